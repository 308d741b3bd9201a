"""A failing step that no rule knows: which of its lines is shown, and what kind of fault is guessed from its work."""

from pathlib import Path

import pytest

from responder.evidence import FileSource
from responder.triage import QUIET_SALIENCE, Finding, default_engine


def _first(tmp_path: Path, command: str, output: list[str], after: list[str] | None = None) -> Finding:
    lines = [f"$ {command}", *output, f'The command "{command}" exited with 1.', *(after or [])]
    (tmp_path / "build.log").write_text("\n".join(lines) + "\n")
    findings = default_engine().triage(FileSource().collect([tmp_path / "build.log"]).artifacts).findings
    return next(finding for finding in findings if finding.salience >= QUIET_SALIENCE)


def test_a_finding_with_a_place_comes_before_the_count_of_findings(tmp_path: Path) -> None:
    """Checkers print findings first and count them last; the first finding is what to read."""
    output = ["checking 14 files", "lib/cart.zz:14:3: brace on its own line", "", "1 remark", "took 3 s"]

    assert _first(tmp_path, "zzstyle lib", output).span.line == 3


def test_advice_and_counts_are_not_the_reason(tmp_path: Path) -> None:
    """The line that complains is shown, though the step ends in a pointer to its manual."""
    output = ["reading", "stanza 4 must not be empty", "See the manual for more about stanzas", "Duration: 3 s"]

    assert _first(tmp_path, "zzstyle lib", output).span.line == 3


def test_the_list_of_a_formatter_is_shown(tmp_path: Path) -> None:
    """Formatters that only check print nothing but the names of files."""
    assert _first(tmp_path, "zzfmt -l .", ["zzfmt 4.1", "internal/cart/cart.go"]).span.line == 3


def test_what_runs_after_the_failure_is_not_its_reason(tmp_path: Path) -> None:
    """A clean-up command right below the end of the failing step belongs to itself."""
    after = ["$ cat build/error.log", "cat: build/error.log: No such file or directory"]

    first = _first(tmp_path, "zzcheck", ["stanza 4 of the menu is empty"], after)

    assert first.span.line == 2


@pytest.mark.parametrize(
    ("command", "category"),
    [
        ("make lint", "code_defect.lint"),
        ("npm run e2e", "test_failure.assertion"),
        ("zz deps.get", "dependency.resolution"),
        ("zz build //...", "code_defect.compile"),
        ("./deploy.sh staging", "unknown"),
    ],
)
def test_the_kind_of_fault_is_guessed_from_the_work(tmp_path: Path, command: str, category: str) -> None:
    """What no rule knows is taken for what such work usually meets; other work says nothing."""
    assert _first(tmp_path, command, ["stanza 4 of the menu is empty"]).category == category


def test_a_trace_that_says_failed_behind_its_section_is_a_failure(tmp_path: Path) -> None:
    """GitLab writes the end of the last section and the verdict of the job on one line."""
    text = (
        "\x1b[0KRunning with gitlab-runner 16.9.0 (656c1943)\x1b[0;m\n"
        "section_start:1709286010:step_script\r\x1b[0K\x1b[32;1m$ zzpush\x1b[0;m\n"
        "no room in the shed\n"
        "section_end:1709286100:step_script\r\x1b[0Ksection_start:1709286100:cleanup_file_variables\r\x1b[0K\n"
        "section_end:1709286101:cleanup_file_variables\r\x1b[0K\x1b[31;1mERROR: Job failed: exit code 1\n\x1b[0;m\n"
    )
    (tmp_path / "job.log").write_text(text, newline="")

    findings = default_engine().triage(FileSource().collect([tmp_path / "job.log"]).artifacts).findings

    assert findings[0].span.line == 3
    assert findings[0].salience >= QUIET_SALIENCE


def test_the_line_that_says_what_is_wrong_comes_before_those_that_only_complain(tmp_path: Path) -> None:
    """Of several complaints the one whose words name the kind of fault is read first."""
    output = ["stanza 4 could not be served", "cook: open /srv/menu: permission denied", "the menu was not made"]

    first = _first(tmp_path, "zzcook menu", output)

    assert (first.span.line, first.category) == (3, "security.authorization")


def test_a_tool_that_says_how_it_ended_has_failed_without_a_service(tmp_path: Path) -> None:
    """No rule knows the tool nor the service; that it ended badly it says in words that all tools use."""
    lines = [*(f"cooked dish {number}" for number in range(30)), "cook: the oven has no fuel left to be used"]
    lines += [
        "run.sh: line 3:    44 Killed                  cook --all",
        "cook terminated with an error exit status (137)",
    ]
    (tmp_path / "build.log").write_text("\n".join(lines) + "\n")

    findings = default_engine().triage(FileSource().collect([tmp_path / "build.log"]).artifacts).findings

    loud = [finding for finding in findings if finding.salience >= QUIET_SALIENCE]
    assert loud
    assert loud[0].category == "resource_exhaustion.memory"


def test_what_passes_after_all_did_not_end_badly(tmp_path: Path) -> None:
    """A status that is told on the way, before the verdict, is not the end."""
    lines = [*(f"cooked dish {number}" for number in range(30)), "taster returned status 3, once more"]
    lines += ["All tests successful.", "Done. Your build exited with 0."]
    (tmp_path / "build.log").write_text("\n".join(lines) + "\n")

    findings = default_engine().triage(FileSource().collect([tmp_path / "build.log"]).artifacts).findings

    assert [finding for finding in findings if finding.salience >= QUIET_SALIENCE] == []


def test_a_refused_deployment_is_of_the_kind_of_the_reason_it_passes_on(tmp_path: Path) -> None:
    """Whoever deploys says that a resource was refused; why, says the service that refused it."""
    refused = (
        "ShopStack | 33/61 | 10:01:00 | CREATE_FAILED | AWS::SQS::Queue | Retry (Retry7C) Resource handler returned "
        'message: "User: arn:aws:sts::1:assumed-role/ci is not authorized to perform: sqs:createqueue"'
    )

    assert _first(tmp_path, "zz deploy", [refused]).category == "security.authorization"
