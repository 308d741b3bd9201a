"""The bundled incidents, answered by the deterministic stages alone and by the whole run with agents and sandbox."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.acceptance.command import ENTRYPOINT, environment, run, run_folder
from tests.acceptance.expectation import SAMPLES, broken_promises, differences, load

INCIDENTS = sorted(path.parent.name for path in SAMPLES.glob("*/expected.toml"))
RUN_FILES = {
    "audit.jsonl",
    "final_report.md",
    "magentic_one.log",
    "post_mortem.md",
    "report.html",
    "report.json",
    "verification",
}


def test_samples_are_written_by_their_generator(tmp_path: Path) -> None:
    """Running the generator gives the bundled files byte for byte, and there are no others."""
    subprocess.run([sys.executable, SAMPLES / "generate.py", "--out", tmp_path], check=True)

    def files(folder: Path) -> dict[str, bytes]:
        found = folder.glob("*/logs/**/*")
        return {str(path.relative_to(folder)): path.read_bytes() for path in found if path.is_file()}

    assert files(tmp_path) == files(SAMPLES)


def test_there_are_eight_samples() -> None:
    """Every incident folder has logs and an expectation."""
    assert len(INCIDENTS) == 8
    assert {path.parent.name for path in SAMPLES.glob("*/logs")} == set(INCIDENTS)


@pytest.mark.parametrize("incident", INCIDENTS)
def test_expectation_points_at_lines_that_exist(incident: str) -> None:
    """Every place an expectation accepts is found, so a comparison can only fail for the report's sake."""
    expected = load(SAMPLES / incident)

    assert [place for place in expected.places if not place.lines(expected.logs)] == []


@pytest.mark.parametrize("incident", INCIDENTS)
def test_triage_answers(incident: str) -> None:
    """Code alone finds verdict, category, component, first line and onset, and every promise of a report holds."""
    expected = load(SAMPLES / incident)

    ended = run("triage", expected.logs, "--json", "--task", expected.task)

    assert ended.code == 0, ended.stderr
    assert differences(ended.report, expected) == []
    assert broken_promises(ended.report, expected.logs) == []


def test_triage_repeats_itself() -> None:
    """The same bytes in give the same report out, but for the clock."""
    logs = SAMPLES / "dns-failure-cascade" / "logs"

    first, second = (run("triage", logs, "--json").report for _ in range(2))

    for report in (first, second):
        report.pop("timings")
        report["run"].pop("started_at")
    assert first == second


def whole_run(incident: str, out: Path, sandbox: str) -> None:
    """Investigate a sample and hold the run to everything it promises."""
    expected = load(SAMPLES / incident)

    ended = run(
        "investigate", expected.logs, "--out", out, "--model", "analyst", "--sandbox", sandbox, "--json",
        "--task", expected.task,
    )  # fmt: skip

    assert ended.code == 0, ended.stderr
    report = ended.report
    assert differences(report, expected) == []
    assert broken_promises(report, expected.logs) == []
    folder = run_folder(out)
    assert {path.name for path in folder.iterdir()} == RUN_FILES
    assert (folder / "report.json").read_text(encoding="utf-8") == ended.stdout
    verified = run("audit", "verify", folder)
    assert (verified.code, verified.stdout[:2]) == (0, "ok"), verified.stdout
    if expected.verdict == "diagnosed":
        assert report["root_cause"]["verified"] is True
        assert report["agents"]["stop_reason"] == "concluded"
        assert {"Coder", "FileSurfer"} <= set(report["agents"]["turns_by_agent"])
        executions = report["sandbox"]["executions"]
        assert len(executions) >= 2
        assert {execution["ending"] for execution in executions} == {"exited"}
        assert {execution["exit_code"] for execution in executions} == {0}
        assert report["actions"]["immediate"] != []


@pytest.mark.docker
@pytest.mark.parametrize("incident", INCIDENTS)
def test_whole_run_answers_in_docker(incident: str, tmp_path: Path) -> None:
    """The team reaches the same answer, proves it by code in the container, and leaves a complete run folder."""
    whole_run(incident, tmp_path, "docker")


def test_whole_run_answers_in_the_best_sandbox_here(tmp_path: Path) -> None:
    """On any machine the default sample is solved with whatever sandbox passes its self-test, or none, and says so."""
    expected = load(SAMPLES / "postgres-connection-starvation")

    ended = run(
        "investigate", expected.logs, "--out", tmp_path, "--model", "analyst", "--sandbox", "auto", "--json"
    )  # fmt: skip

    assert ended.code == 0, ended.stderr
    assert differences(ended.report, expected) == []
    assert broken_promises(ended.report, expected.logs) == []
    assert ended.report["sandbox"]["tier_reason"] != ""


def test_without_a_sandbox_no_code_runs_and_the_report_says_so(tmp_path: Path) -> None:
    """`--sandbox off` still gives the answer; it is not called verified."""
    expected = load(SAMPLES / "postgres-connection-starvation")

    ended = run("investigate", expected.logs, "--out", tmp_path, "--model", "analyst", "--sandbox", "off", "--json")

    assert ended.code == 0, ended.stderr
    assert differences(ended.report, expected) == []
    assert ended.report["sandbox"]["executions"] == []
    assert ended.report["sandbox"]["backend"] is None
    assert "No code was run" in (run_folder(tmp_path) / "final_report.md").read_text(encoding="utf-8")


def test_without_an_input_the_default_sample_is_solved(tmp_path: Path) -> None:
    """The shortest command line there is investigates the connection starvation."""
    ended = run("--out", tmp_path, "--model", "analyst", "--sandbox", "off", "--json")

    assert ended.code == 0, ended.stderr
    assert ended.report["root_cause"]["category"] == "resource_exhaustion.connections"


def test_expected_answers_are_not_evidence() -> None:
    """No command reads `expected.toml` or the generator when it is given a sample's logs."""
    logs = SAMPLES / "healthy" / "logs"

    paths = [item["path"] for item in run("triage", logs, "--json").report["inputs"]]

    assert sorted(paths) == sorted(str(path.relative_to(logs)) for path in logs.rglob("*") if path.is_file())


def test_ci_sample_is_a_well_formed_junit_file() -> None:
    """The JUnit file of the failed job agrees with itself, so parsers cannot be blamed on it."""
    suite = ElementTree.parse(SAMPLES / "failed-ci-job" / "logs" / "junit.xml").getroot()[0]

    assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
    assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure")) == 2


def test_results_go_to_stdout_and_everything_else_to_stderr(tmp_path: Path) -> None:
    """A pipe gets one JSON document and no control characters; progress is elsewhere."""
    logs = SAMPLES / "healthy" / "logs"
    command = [sys.executable, str(ENTRYPOINT), str(logs), "--out", str(tmp_path), "--sandbox", "off", "--json"]

    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, env=environment(), timeout=60)

    assert done.stdout.startswith(b"{") and done.stdout.endswith(b"}\n")
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"report:" in done.stderr
