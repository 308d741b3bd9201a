"""From what a model asked to run to a file inside `CODE_DIR`, without trusting its language, name or text."""

import functools
import hashlib
import importlib.util
import marshal
import os
import re
import secrets
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from responder.patterns import lazy
from responder.sandbox import inside

__all__ = ["Block", "CodeFolder", "UnusableBlock", "code_sha256", "requested_name"]

MAX_CODE_BYTES = 1 << 20

_INTERPRETERS = {"python": "python", "py": "python", "python3": "python", "sh": "sh", "shell": "sh", "bash": "bash"}
_SUFFIXES = {"python": "py", "sh": "sh", "bash": "sh"}
_NAME = lazy(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_NAME_LINE = lazy(r"\A#[ \t]*filename:[ \t]*([^\r\n]{1,200})", re.IGNORECASE)

_PROGRAMS_FOLDER = ".sandbox"  # a name that no block can have


class UnusableBlock(ValueError):
    """The request cannot be run as it stands; the message is written for the model."""


class Block(Struct, frozen=True):
    """A block that lies ready in the code folder."""

    name: str
    interpreter: str
    """`python`, `sh` or `bash`."""


def code_sha256(code: str) -> str:
    """Hash of the code as it is written to the file."""
    return hashlib.sha256(_encoded(code)).hexdigest()


def requested_name(code: str) -> str | None:
    """The file name in a leading `# filename: NAME` line, AutoGen's way to ask for one; None without it."""
    found = _NAME_LINE.match(code)
    return found[1].strip() if found else None


class CodeFolder:
    """The host side of `CODE_DIR`: readable inside, writable by this process only.

    Args:
        path: Its place; made by `prepare`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._count = 0

    def prepare(self) -> None:
        """Make the folder with the inside programs in it. Idempotent."""
        programs = self.path / _PROGRAMS_FOLDER / "inside"
        compiled = programs / "__pycache__"
        for folder in (self.path, programs.parent, programs, compiled):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)
        for name, (source, code) in _programs().items():
            self._write(programs, f"{name}.py", source)
            self._write(compiled, f"{name}.{sys.implementation.cache_tag}.pyc", code)

    @staticmethod
    def program(seen_at: str, module: str, function: str, config: Mapping[str, object]) -> list[str]:
        """Arguments for `python3` that start an inside program, where the folder is seen at `seen_at`.

        Args:
            seen_at: The folder's path, as the program will see it.
            module: Of `inside`.
            function: Called with the configuration.
            config: Plain values, which Python can write as literals; a reader of another notation would cost time.
        """
        folder = f"{seen_at}/{_PROGRAMS_FOLDER}"
        start = (
            f"import sys; sys.path[:0] = {[folder]!r}; from inside.{module} import {function}; {function}({config!r})"
        )
        return ["-I", "-S", "-B", "-c", start]

    def place(self, code: str, *, language: str, name: str | None) -> Block:
        """Write one block as a new file.

        Raises:
            UnusableBlock: An unknown language, a name that is not a plain file name, or too much code.
        """
        interpreter = _INTERPRETERS.get(language.strip().lower())
        if interpreter is None:
            raise UnusableBlock(f"Unsupported language {language[:20]!r}; use python or sh.")
        data = _encoded(code)
        if len(data) > MAX_CODE_BYTES:
            raise UnusableBlock(f"The code has {len(data)} bytes; the limit is {MAX_CODE_BYTES}.")
        self._count += 1
        if not name:
            name = f"block_{self._count:03d}_{hashlib.sha256(data).hexdigest()[:12]}.{_SUFFIXES[interpreter]}"
        elif not _NAME.fullmatch(name):
            raise UnusableBlock("The file name must be plain, like analyse.py, without a folder.")
        self._write(self.path, name, data)
        return Block(name, interpreter)

    @staticmethod
    def _write(folder: Path, name: str, data: bytes) -> None:
        """A new inode renamed over the name: nothing that already stands there is opened or followed."""
        anchor = os.open(folder, os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            draft = f".{secrets.token_hex(8)}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o444, dir_fd=anchor)
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, 0o444)  # whatever the umask
                file.write(data)
            os.rename(draft, name, src_dir_fd=anchor, dst_dir_fd=anchor)
        finally:
            os.close(anchor)


@functools.cache
def _programs() -> dict[str, tuple[bytes, bytes]]:
    """Each inside program as source, and compiled for a Python like this one; another one compiles for itself."""
    made = {}
    for path in Path(inside.__file__).parent.glob("*.py"):
        source = path.read_bytes()
        # As a program that is used as it is, whatever the times of the files say (PEP 552).
        head = importlib.util.MAGIC_NUMBER + struct.pack("<I", 1) + importlib.util.source_hash(source)
        code = compile(source, f"inside/{path.name}", "exec", dont_inherit=True)
        made[path.stem] = source, head + marshal.dumps(code)
    return made


def _encoded(code: str) -> bytes:
    return code.encode("utf-8", errors="replace")
