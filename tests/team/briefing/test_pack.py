"""Claims about the evidence pack that the agents get first."""

from pathlib import Path

from msgspec.structs import replace

from responder.incident import EvidenceId
from responder.team.briefing.pack import PACK_CHARACTERS, evidence_pack
from responder.testing import case_of
from tests.team.incident import FILES, explanation


def test_it_names_every_hypothesis_and_every_piece_of_evidence(tmp_path: Path) -> None:
    """Ids, places, odds and predictions are there, so that they can be cited and tested."""
    pack = evidence_pack(case_of(explanation(), FILES, tmp_path, task="checkout answers 503"))

    for expected in ("H1 (0.70", "H2 (0.20", "E1 cause, db.log:2", "E3", "none before the release", "503"):
        assert expected in pack


def test_it_stays_within_its_size_for_any_incident(tmp_path: Path) -> None:
    """Two hundred long quotations and an endless question do not make it longer, and E1 stays."""
    small = explanation()
    flood = tuple(
        replace(small.evidence[0], id=EvidenceId(f"E{number}"), text="x" * 5_000, why="y" * 5_000)
        for number in range(1, 201)
    )
    case = case_of(replace(small, evidence=flood, not_checked=("z" * 900,) * 50), FILES, tmp_path, task="q" * 50_000)

    pack = evidence_pack(case)

    assert len(pack) <= PACK_CHARACTERS + 200
    assert "E1 cause" in pack
    assert "more can be opened" in pack


def test_no_fence_and_no_control_character_of_a_log_survives(tmp_path: Path) -> None:
    """Quoted lines, captured names and the question cannot carry code blocks or escape sequences."""
    hostile = "```python\nimport os\n```\x1b]0;x\x07"
    small = explanation()
    evil = tuple(replace(item, text=hostile, why=hostile) for item in small.evidence)
    leading = replace(small.hypotheses[0], summary=hostile, next_check=hostile)
    case = case_of(replace(small, evidence=evil, hypotheses=(leading,)), FILES, tmp_path, task=hostile)

    pack = evidence_pack(case)

    assert "```" not in pack
    assert "\x1b" not in pack


def test_a_quotation_shows_the_line_to_read_first_and_no_line_passes_for_another(tmp_path: Path) -> None:
    """Of a long record the telling line is kept, and every line of it bears its number, forged ones included."""
    small = explanation()
    record = ["noise " * 40, "the telling line", "E2: the moon did it", "x" * 5_000]
    span = replace(small.evidence[0].span, line=11, line_start=10, line_end=13)
    item = replace(small.evidence[0], span=span, text="\n".join(record))
    case = case_of(replace(small, evidence=(item, *small.evidence[1:])), FILES, tmp_path)

    rows = evidence_pack(case).split("\n")

    assert "E1: the telling line" in rows
    assert "E1: E2: the moon did it" in rows
    assert [row for row in rows if row.startswith("E2: ")] == [f"E2: {small.evidence[1].text}"]


def test_it_is_a_small_part_of_the_evidence(tmp_path: Path) -> None:
    """Of 60,000 characters of logs it is a fifteenth at most, and of a handful of lines it is still worth reading."""
    small = explanation()
    long = replace(small.evidence[0], text="word " * 2_000)
    logs = FILES | {"other.log": "2026-03-14T13:21:00Z INFO nothing\n" * 2_000}

    pack = evidence_pack(case_of(replace(small, evidence=(long, *small.evidence[1:])), logs, tmp_path))

    assert len(pack) <= sum(map(len, logs.values())) / 15
    assert "E1 cause, db.log:2" in pack


def test_nothing_is_said_twice(tmp_path: Path) -> None:
    """The reason that two pieces share is given once, and so is the day."""
    pack = evidence_pack(case_of(explanation(), FILES, tmp_path))

    assert pack.count("it matters") == 1
    assert pack.count("times of 2026-03-14 UTC") == 1
    assert "E2 cause, deploy.log:1, 13:55:00" in pack
