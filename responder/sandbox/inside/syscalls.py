"""Which system calls agent code may not make, as data: the numbers differ by machine, the reasons do not.

A deny list, because the code is arbitrary Python that needs most of the kernel's ordinary surface. What it removes:
other processes, the kernel's own configuration, new namespaces and mounts, devices, and every socket.
"""

__all__ = ["ALWAYS_DENIED", "DENIED_WITHOUT_MOUNTS", "DENIED_WITHOUT_SCOPES", "SPECIAL", "numbers"]

Numbers = dict[str, tuple[int, int]]
"""Name to (x86_64, aarch64); -1 where the machine has no such call."""

ALWAYS_DENIED: Numbers = {
    # Other processes' memory and descriptors.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # Kernel interfaces with a history of holes, none of which log analysis needs.
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "personality": (135, 92),
    "modify_ldt": (154, -1),
    "lookup_dcookie": (212, 18),
    # Memory that is in no process's share, so that nobody's limit counts it.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    # Namespaces, mounts and devices.
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "move_mount": (429, 429),
    "statmount": (457, 457),
    "listmount": (458, 458),
    "mount_setattr": (442, 442),
    "mknod": (133, -1),
    "mknodat": (259, 33),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    # Shared memory, semaphores and queues: they outlive the sandbox, and those of others may be in reach.
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "shmdt": (67, 197),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "semctl": (66, 191),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    # The machine itself, and the processors given to the sandbox.
    "sched_setaffinity": (203, 122),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "iopl": (172, -1),
    "ioperm": (173, -1),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
}

DENIED_WITHOUT_MOUNTS: Numbers = {
    # Landlock does not cover these, and without a mount namespace they would reach the user's own files.
    "chmod": (90, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, -1),
    "fchown": (93, 55),
    "lchown": (94, -1),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "utime": (132, -1),
    "utimes": (235, -1),
    "futimesat": (261, -1),
    "utimensat": (280, 88),
    "inotify_init": (253, -1),
    "inotify_init1": (294, 26),
    # Without a process namespace these reach the user's other processes, or leave the group that is killed.
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
}

DENIED_WITHOUT_SCOPES: Numbers = {
    # Landlock keeps signals inside from its sixth version on, and file truncation from its third; before that
    # the code may neither signal nor truncate by name at all.
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "truncate": (76, 45),
}

SPECIAL: Numbers = {
    "socket": (41, 198),
    "socketpair": (53, 199),
    "clone": (56, 220),
    "clone3": (435, 435),
    "prlimit64": (302, 261),
    "mmap": (9, 222),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
}
"""Judged by their arguments, or answered in another way than a plain refusal."""

_MACHINES = {"x86_64": 0, "aarch64": 1}


def numbers(table: Numbers, machine: str) -> dict[str, int]:
    """The numbers of `table` on `machine`, without the calls it does not have.

    Raises:
        LookupError: The machine is not one whose numbers are known.
    """
    column = _MACHINES[machine]
    return {name: row[column] for name, row in table.items() if row[column] >= 0}
