"""From root to nobody: for a run that root started, before anything untrusted is near.

In a mount namespace of its own it shows the few host folders at a place that everybody can reach, whatever the
permissions of their parents, gives the workspace a size limit, becomes an unprivileged user, and starts the command.
"""

import ctypes
import os
import sys

from . import confine, signals

TYPE_CHECKING = False  # `typing` is a third of this program's start-up time
if TYPE_CHECKING:
    from typing import Any

__all__ = ["descend"]

_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_CLONE_NEWNS = 0x20000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]


def descend(config: "dict[str, Any]") -> None:
    """Set the stage, drop root, and become the command in the program's arguments.

    `config` has `user` (a number) and, where this process may mount, `stage`: an existing folder that is covered with
    a tmpfs in which `folders` (name to host path, shown read-only) and an empty `work` of `work_bytes` and
    `work_files` appear.
    """
    if config.get("stage"):
        _set_stage(config)
    os.setgroups([])
    os.setresgid(config["user"], config["user"], config["user"])
    os.setresuid(config["user"], config["user"], config["user"])
    confine.signal_on_parent_death(signals.SIGTERM)  # forgotten by the kernel when the user changes
    os.chdir("/")
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - the next wall, not agent code


def _set_stage(config: "dict[str, Any]") -> None:
    stage, user = config["stage"], config["user"]
    if _libc.unshare(_CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    _mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    # Opened before the stage is covered, in case one of them lies below it.
    sources = {name: os.open(path, os.O_PATH | os.O_DIRECTORY) for name, path in config["folders"].items()}
    _mount("tmpfs", stage, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=64k,nr_inodes=32,mode=0755")
    for name, source in sources.items():
        place = f"{stage}/{name}"
        os.mkdir(place, 0o755)  # noqa: PTH102 - see confine
        _mount(f"/proc/self/fd/{source}", place, "", _MS_BIND)
        _mount("none", place, "", _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV)
        os.close(source)
    work = f"{stage}/work"
    os.mkdir(work, 0o700)  # noqa: PTH102 - see confine
    options = f"size={config['work_bytes']},nr_inodes={config['work_files']},mode=0700,uid={user},gid={user}"
    _mount("tmpfs", work, "tmpfs", _MS_NOSUID | _MS_NODEV, options)


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    if _libc.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"mount {target}")
