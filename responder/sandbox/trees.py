"""Emptying a folder that untrusted code has filled: no link is followed, and no depth or permission stops it."""

import os
import secrets
from pathlib import Path

__all__ = ["empty_tree"]


def empty_tree(folder: Path) -> None:
    """Remove everything below `folder`, which must not change meanwhile.

    Folders are not descended into but flattened: what a folder contains is moved up one level and dealt with there.
    So a million nested folders cost neither recursion, nor path length, nor descriptors.

    Raises:
        OSError: Something cannot be removed even by its owner.
    """
    top = os.open(folder, os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        while entries := _entries(top):
            for name, is_folder in entries:
                if is_folder:
                    _flatten(top, name)
                else:
                    os.unlink(name, dir_fd=top)
    finally:
        os.close(top)


def _flatten(top: int, name: str) -> None:
    # chmod follows no link here: the entry was seen to be a folder, and nobody else is left to change it.
    os.chmod(name, 0o700, dir_fd=top)
    inner = os.open(name, os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
    try:
        for child, is_folder in _entries(inner):
            if is_folder:
                os.chmod(child, 0o700, dir_fd=inner)  # a folder can only be moved by who may write to it
                os.rename(child, f".{secrets.token_hex(8)}", src_dir_fd=inner, dst_dir_fd=top)
            else:
                os.unlink(child, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)


def _entries(descriptor: int) -> list[tuple[str, bool]]:
    with os.scandir(descriptor) as found:
        return [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
