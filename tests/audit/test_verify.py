from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder.audit.chain import parse_entry, seal
from responder.audit.interface import Head
from responder.audit.journal import FileJournal
from responder.audit.verify import verify
from responder.errors import AuditError, ExitCode
from responder.safety.redact import NullRedactor

Lines = list[bytes]


@pytest.fixture
def journal(tmp_path: Path) -> tuple[Path, Head, Lines]:
    path = tmp_path / "audit.jsonl"
    clock = lambda: datetime(2026, 3, 1, tzinfo=UTC)  # noqa: E731
    with FileJournal(path, clock=clock, redactor=NullRedactor()) as writing:
        for number in range(10):
            writing.record("decision", {"number": number, "allow": False})
        head = writing.head()
    return path, head, path.read_bytes().splitlines(keepends=True)


def _recomputed(lines: Lines) -> Lines:
    """A forger with the source code: one decision changed, the whole chain computed again."""
    forged, prev = [], "0" * 64
    for line in lines:
        entry = parse_entry(line[:-1])
        fields = {"seq": entry.seq, "time": entry.time, "monotonic": entry.monotonic, "event": entry.event}
        sealed, prev = seal({**fields, "data": {**entry.data, "allow": True}, "prev": prev})
        forged.append(sealed)
    return forged


@pytest.mark.parametrize(
    ("tamper", "line", "says"),
    [
        (lambda x: [*x[:4], x[4].replace(b"false", b"true"), *x[5:]], 5, "was changed"),
        (lambda x: [*x[:4], x[4].replace(b'"seq"', b' "seq"'), *x[5:]], 5, "canonical"),
        (lambda x: [*x[:4], *x[5:]], 5, "entry 5 is missing before it"),
        (lambda x: x[1:], 1, "entry 1 is missing"),
        (lambda x: [*x[:4], x[5], x[4], *x[6:]], 5, "entry 5 now stands on line 6"),
        (lambda x: [*x[:5], x[4], *x[5:]], 6, "repeats entry 5"),
        (lambda x: [*x[:4], b"garbage\n", *x[5:]], 5, "not a journal entry"),
        (lambda x: [*x[:4], b"\n", *x[4:]], 5, "not a journal entry"),
        (lambda x: [*x[:4], b"[" * 100_000 + b"\n", *x[4:]], 5, "not a journal entry"),
        (lambda x: x[:6], 7, "the report counts 10 entries, 6 are left"),
        (lambda x: [], 1, "the report counts 10 entries"),
        (_recomputed, 10, "computed anew"),
        (lambda x: [*x[:4], *_recomputed(x)[4:]], 5, "does not follow"),
    ],
)
def test_each_way_to_alter_a_journal_is_found_and_placed(
    journal: tuple[Path, Head, Lines], tamper: Callable[[Lines], Lines], line: int, says: str
) -> None:
    """Edit, deletion, swap, duplicate, garbage, cut tail and forged chain each name the first wrong line."""
    path, head, lines = journal
    path.write_bytes(b"".join(tamper(lines)))

    result = verify(path, head=head)

    assert result.status == "tampered"
    assert result.line == line
    assert says in result.message
    assert result.exit_code is ExitCode.AUDIT_FAILED


def test_a_torn_last_line_is_told_from_tampering(journal: tuple[Path, Head, Lines]) -> None:
    """A crash in the middle of a write is named as such, unless the report knew that line."""
    path, head, lines = journal
    path.write_bytes(b"".join(lines)[:-20])

    alone = verify(path, head=Head(9, parse_entry(lines[8][:-1]).hash))
    against_report = verify(path, head=head)

    assert (alone.status, alone.line, alone.exit_code) == ("torn", 10, ExitCode.AUDIT_FAILED)
    assert (against_report.status, against_report.line) == ("tampered", 10)


def test_entries_after_the_report_are_accepted(journal: tuple[Path, Head, Lines]) -> None:
    """A report is written before the last event of its run."""
    path, _, lines = journal

    result = verify(path, head=Head(8, parse_entry(lines[7][:-1]).hash))

    assert result.status == "ok"
    assert "2 written after the report" in result.message


def test_without_a_head_the_answer_says_what_it_cannot_see(journal: tuple[Path, Head, Lines]) -> None:
    """A cut tail is invisible to the chain alone, and the message does not pretend otherwise."""
    path, _, lines = journal
    path.write_bytes(b"".join(lines[:6]))

    result = verify(path, head=None)

    assert result.status == "ok"
    assert "cut tail would not show" in result.message


def test_a_missing_journal_is_an_error(tmp_path: Path) -> None:
    """No journal is not a journal that verifies."""
    with pytest.raises(AuditError, match="cannot be read"):
        verify(tmp_path / "audit.jsonl", head=None)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_any_changed_byte_is_found(journal: tuple[Path, Head, Lines], data: st.DataObject) -> None:
    """Flip, insert or remove any byte anywhere: the journal no longer verifies against the report's head."""
    path, head, lines = journal
    whole = b"".join(lines)
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.binary(min_size=1, max_size=1).filter(lambda b: b != whole[at : at + 1]))
    kept = data.draw(st.sampled_from([at, at + 1]))
    damaged = whole[:at] + byte + whole[kept:] if data.draw(st.booleans()) else whole[:at] + whole[at + 1 :]
    path.write_bytes(damaged)

    assert verify(path, head=head).status != "ok"
