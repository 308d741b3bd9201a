"""Checks a journal against its own chain, and against the head that the report carries.

The chain alone shows edits, deletions, swaps and insertions. A tail that was cut cleanly, or a chain that was computed
anew, shows only against a head that was kept elsewhere.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from msgspec import Struct

from responder.audit.chain import EMPTY_HASH, Entry, parse_entry
from responder.audit.interface import Head
from responder.errors import AuditError, ExitCode

__all__ = ["VerifyResult", "entries", "verify"]

_MAX_LINE_BYTES = 512 << 20


class VerifyResult(Struct, frozen=True):
    """What was found; `line` is the first line that is not as it was written."""

    status: Literal["ok", "tampered", "torn"]
    """torn: all complete lines verify, and a crash left part of one more."""
    message: str
    """One sentence for a person."""
    head: Head
    """The end of the part that verifies."""
    good_bytes: int
    """The length of that part."""
    line: int | None = None
    """1-based; None when all is well."""

    @property
    def exit_code(self) -> ExitCode:
        """`OK`, or `AUDIT_FAILED` for anything else."""
        return ExitCode.OK if self.status == "ok" else ExitCode.AUDIT_FAILED


def verify(path: Path, *, head: Head | None) -> VerifyResult:
    """Read the whole journal once and name the first line that is not as it was written.

    Args:
        path: The journal.
        head: What the report says the chain ends with, or ended with when the report was written; later entries
            are accepted when they follow from it.

    Raises:
        AuditError: The file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            result = _verify_stream(stream, head)
            missing = result.head.entries + 1
            if result.status == "tampered" and result.line == missing and (moved := _find(stream, missing)):
                note = f"{result.message}; entry {missing} now stands on line {moved}"
                return VerifyResult("tampered", note, result.head, result.good_bytes, result.line)
            return result
    except OSError as error:
        raise AuditError(f"the audit journal {str(path)!r} cannot be read: {error.strerror}") from error


def entries(path: Path) -> Iterator[Entry]:
    """The entries of a journal up to the first line that does not verify by itself; check with `verify` first.

    Raises:
        AuditError: The file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            for line in _lines(stream):
                try:
                    yield parse_entry(line.removesuffix(b"\n"))
                except ValueError:
                    return
    except OSError as error:
        raise AuditError(f"the audit journal {str(path)!r} cannot be read: {error.strerror}") from error


def _verify_stream(stream: BinaryIO, expected: Head | None) -> VerifyResult:
    head, good = Head(0, EMPTY_HASH), 0
    at_report = EMPTY_HASH if expected and expected.entries == 0 else None
    for number, line in enumerate(_lines(stream), 1):
        if not line.endswith(b"\n"):
            status: Literal["torn", "tampered"] = "torn" if len(line) < _MAX_LINE_BYTES else "tampered"
            torn = f"line {number} is torn: its end is missing"
            if expected and head.entries < expected.entries:
                return VerifyResult("tampered", f"{torn}; {_cut(expected, head)}", head, good, number)
            return VerifyResult(status, torn, head, good, number)
        problem = _problem(line[:-1], head)
        if isinstance(problem, str):
            return VerifyResult("tampered", f"line {number} {problem}", head, good, number)
        head, good = Head(problem.seq, problem.hash), good + len(line)
        if expected and head.entries == expected.entries:
            at_report = head.hash
    return _against_report(head, good, expected, at_report)


def _problem(line: bytes, head: Head) -> Entry | str:
    """The entry when the line is sound and follows from the head, else what is wrong with it."""
    try:
        entry = parse_entry(line)
    except ValueError as error:
        return str(error)
    wanted = head.entries + 1
    if entry.seq < wanted:
        return f"repeats entry {entry.seq}, where entry {wanted} belongs"
    if entry.seq > wanted:
        return f"is entry {entry.seq}: entry {wanted} is missing before it"
    if entry.prev != head.hash:
        return "does not follow from the line before it: the chain was rewritten from here on"
    return entry


def _against_report(head: Head, good: int, expected: Head | None, at_report: str | None) -> VerifyResult:
    if expected is None:
        message = f"{head.entries} entries verify; without the head from a report a cut tail would not show"
        return VerifyResult("ok", message, head, good)
    if head.entries < expected.entries:
        return VerifyResult("tampered", _cut(expected, head), head, good, head.entries + 1)
    if at_report != expected.hash:
        message = f"line {expected.entries} is not the one the report was made with: the chain was computed anew"
        return VerifyResult("tampered", message, head, good, expected.entries)
    later = head.entries - expected.entries
    message = f"{head.entries} entries verify, and the report's head is among them"
    return VerifyResult("ok", message + (f" ({later} written after the report)" if later else ""), head, good)


def _cut(expected: Head, head: Head) -> str:
    return f"line {head.entries + 1} is missing: the report counts {expected.entries} entries, {head.entries} are left"


def _find(stream: BinaryIO, seq: int) -> int | None:
    """The line that holds a given entry, to tell a moved line from a deleted one."""
    stream.seek(0)
    for number, line in enumerate(_lines(stream), 1):
        try:
            if parse_entry(line.removesuffix(b"\n")).seq == seq:
                return number
        except ValueError:
            continue
    return None


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(_MAX_LINE_BYTES):
        yield line
