"""Claims about citations of very long lines."""

from pathlib import Path

from responder.causes import default_engine as cause_engine
from responder.evidence import FileSource
from responder.staging.originals import verify_evidence
from responder.triage import default_engine as triage_engine

FATAL = "2026-03-14 14:03:{:02d}.418 UTC [12] FATAL:  remaining connection slots are reserved for superusers"


def test_a_line_of_many_kilobytes_can_be_cited(tmp_path: Path) -> None:
    """Only its beginning is quoted, cut inside a character perhaps, and the citation still holds."""
    lines = [f"{FATAL.format(second)} {'é' * 4000}" for second in range(10, 20)]
    (tmp_path / "postgresql.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    artifacts = FileSource().collect([tmp_path]).artifacts
    evidence = cause_engine().explain(triage_engine().triage(artifacts)).evidence

    verified = verify_evidence(evidence, artifacts)

    assert evidence
    assert all(len(item.text) < 4000 for item in evidence)
    assert all(verified.values())


def test_a_changed_line_is_still_found_out(tmp_path: Path) -> None:
    """The hash is of the whole line, so a change behind the quoted part shows."""
    path = tmp_path / "postgresql.log"
    path.write_text(f"{FATAL.format(1)} {'x' * 9000}\n", encoding="utf-8")
    artifacts = FileSource().collect([tmp_path]).artifacts
    evidence = cause_engine().explain(triage_engine().triage(artifacts)).evidence
    path.write_text(f"{FATAL.format(1)} {'x' * 8999}y\n", encoding="utf-8")

    assert not any(verify_evidence(evidence, artifacts).values())
