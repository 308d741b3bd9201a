"""The predictions of the bundled incidents, tested in their files by the program that the sandbox runs."""

import json
from pathlib import Path

import pytest

from responder.causes import default_engine
from responder.causes.interface import Check, Explanation
from responder.evidence import FileSource
from responder.team.analyst.probe import Logs, judge
from responder.triage import default_engine as triage_engine

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"
INCIDENTS = sorted(path.parent.name for path in SAMPLES.glob("*/expected.toml"))


def staged(logs: Path, root: Path) -> Explanation:
    """Explain a sample, and lay its files out whole, as staging does for small evidence."""
    artifacts = FileSource().collect([logs]).artifacts
    files = []
    for number, artifact in enumerate(artifacts):
        with artifact.open() as stream:
            content = stream.read()
        (root / f"{number}.txt").write_bytes(content)
        lines = content.count(b"\n") + 1
        files.append({"path": artifact.path, "staged": f"{number}.txt", "lines": lines, "segments": [[1, 1, lines]]})
    (root / "index.json").write_text(json.dumps({"files": files}))
    return default_engine().explain(triage_engine().triage(artifacts))


def outcome(check: Check, explanation: Explanation, logs: Logs) -> bool | None:
    cited = explanation.cited()

    def side(evidence_id: str, needle: str) -> dict[str, object]:
        return {"id": evidence_id, "path": cited[evidence_id].span.path, "needle": needle}

    told: dict[str, object] = {"kind": check.kind, "count": check.count, "first": side(check.first, check.first_needle)}
    if check.second is not None:
        told["second"] = side(check.second, check.second_needle)
    return judge(logs, told)[0]


@pytest.mark.parametrize("incident", INCIDENTS)
def test_predictions_tell_the_cause_from_its_rivals(incident: str, tmp_path: Path) -> None:
    """Every prediction of the leading hypothesis holds in the files, and no rival with predictions has them all."""
    explanation = staged(SAMPLES / incident / "logs", tmp_path)
    for hypothesis in explanation.hypotheses:
        logs = Logs(tmp_path, hypothesis.first_seen.year if hypothesis.first_seen else 2026)
        outcomes = [outcome(check, explanation, logs) for check in hypothesis.checks]

        if hypothesis.rank == 1:
            assert outcomes
            assert all(outcomes)
        elif outcomes:
            assert not all(outcomes)


@pytest.mark.parametrize("incident", INCIDENTS)
def test_quotations_are_the_lines_of_their_spans(incident: str, tmp_path: Path) -> None:
    """What is quoted stands in the file at exactly the stated lines, narrowed or not."""
    explanation = staged(SAMPLES / incident / "logs", tmp_path)

    for item in explanation.evidence:
        lines = (SAMPLES / incident / "logs" / item.span.path).read_bytes().split(b"\n")
        assert item.text.encode() == b"\n".join(lines[item.span.line_start - 1 : item.span.line_end])
