"""Claims about the evidence pack that the agents get first."""

from dataclasses import replace
from pathlib import Path

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
