"""Units: systemd says that one failed, the unit itself why."""

from pathlib import Path

from responder.evidence import FileSource
from responder.triage import QUIET_SALIENCE, Finding, default_engine


def findings(tmp_path: Path, lines: list[str]) -> list[Finding]:
    (tmp_path / "messages").write_text("\n".join(lines) + "\n")
    triage = default_engine().triage(FileSource().collect([tmp_path / "messages"]).artifacts)
    return [finding for finding in triage.findings if finding.salience >= QUIET_SALIENCE]


def syslog(*said: str) -> list[str]:
    quiet = [
        f"Mar 11 09:{n // 60:02}:{n % 60:02} edge-3 systemd[1]: Started Session {n} of user ops." for n in range(60)
    ]
    return [*quiet, *(f"Mar 11 09:14:02 edge-3 {line}" for line in said)]


def test_the_last_words_of_a_unit_come_before_its_end(tmp_path: Path) -> None:
    """They state no level, and no rule knows them; they stand right before what systemd makes of them."""
    lines = syslog(
        "gatewayd[4121]: reading configuration",
        "gatewayd[4121]: open /etc/gateway/routes.yaml: no such file or directory",
        "systemd[1]: gateway.service: Main process exited, code=exited, status=1/FAILURE",
        "systemd[1]: gateway.service: Failed with result 'exit-code'.",
    )

    first = findings(tmp_path, lines)[0]

    assert (first.span.line, first.category, first.component) == (62, "configuration.missing", "gateway.service")


def test_a_unit_that_said_nothing_has_no_last_words(tmp_path: Path) -> None:
    """What another program wrote long before is not about it."""
    lines = syslog(
        "gatewayd[4121]: ready",
        "systemd[1]: gateway.service: Main process exited, code=killed, status=9/KILL",
    )

    assert [finding.span.line for finding in findings(tmp_path, lines)] == [62]
