"""Complaints without a level: seen when they begin late and come back, and only then."""

from pathlib import Path

from responder.causes import default_engine as causal_engine
from responder.evidence import FileSource
from responder.incident import Verdict
from responder.triage import default_engine


def _log(complaints: list[tuple[int, str]], lines: int = 200) -> str:
    said = dict(complaints)
    return "".join(
        f"Mar  4 10:{at // 60:02d}:{at % 60:02d} node-1 spooler[7]: {said.get(at, f'page {at} of tray 3 laid out')}\n"
        for at in range(lines)
    )


def _verdict(folder: Path, text: str) -> tuple[Verdict, list[str]]:
    (folder / "spool.log").write_text(text)
    triage = default_engine().triage(FileSource().collect([folder]).artifacts)
    explanation = causal_engine().explain(triage)
    return explanation.verdict, [item.text for item in explanation.evidence]


def test_a_log_that_begins_to_complain_is_not_called_healthy(tmp_path: Path) -> None:
    """Words no rule knows, at no level, that start in the middle and repeat: not healthy, and the first is shown."""
    at = [120, 130, 140, 150]

    verdict, shown = _verdict(tmp_path, _log([(second, f"fuser lost its temper on sheet {second}") for second in at]))

    assert verdict is Verdict.INCONCLUSIVE
    assert "fuser lost its temper on sheet 120" in shown[0]


def test_what_was_always_said_is_no_complaint(tmp_path: Path) -> None:
    """The same words from the first minute on are this system's way of talking."""
    verdict, _ = _verdict(tmp_path, _log([(second, f"sheet {second} lost its margin") for second in range(3, 200, 9)]))

    assert verdict is Verdict.HEALTHY


def test_one_complaint_alone_is_nothing(tmp_path: Path) -> None:
    """A single odd line does not make an incident."""
    verdict, _ = _verdict(tmp_path, _log([(150, "fuser lost its temper on sheet 150")]))

    assert verdict is Verdict.HEALTHY


def test_warnings_that_begin_and_come_back_are_complaints_too(tmp_path: Path) -> None:
    """Some programs only warn of what stops them: five times the same is no longer routine."""
    text = "".join(
        f"2026-03-04 10:{at // 60:02d}:{at % 60:02d} "
        + (
            f"WARN  spooler: sheet {at} was rejected by the fuser\n"
            if at > 120 and at % 9 == 0
            else "INFO  spooler: page\n"
        )
        for at in range(200)
    )

    verdict, shown = _verdict(tmp_path, text)

    assert verdict is Verdict.INCONCLUSIVE
    assert "rejected by the fuser" in shown[0]


def test_a_disk_that_fails_says_so_once(tmp_path: Path) -> None:
    """What does not mend itself is worth one line, though nothing repeats it."""
    verdict, shown = _verdict(tmp_path, _log([(150, "VD is now DEGRADED; PD 252:3 failed")]))

    assert verdict is Verdict.INCONCLUSIVE
    assert "DEGRADED" in shown[0]
