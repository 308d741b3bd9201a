"""`--show-payload`: what would leave the machine first, exactly, and nothing is sent."""

import dataclasses
import tempfile
from pathlib import Path

from responder.errors import ExitCode
from responder.incident import Incident
from responder.safety.interface import TextRedactor
from responder.settings import Settings
from responder.team.case import Case
from responder.team.interface import Conclusion
from responder.team.models import ModelChoice

__all__ = ["show_payload"]


class _ShowingTeam:
    """Prints the first request instead of sending it."""

    def __init__(self, redactor: TextRedactor, *, has_coder: bool) -> None:
        self._redactor = redactor
        self._has_coder = has_coder

    async def investigate(self, case: Case) -> Conclusion:
        """See `Team.investigate`."""
        from responder.cli.console import write_result
        from responder.team.briefing.prompts import first_request

        clean = case.redacted(self._redactor)
        write_result(self._redactor.redact(first_request(clean, has_coder=self._has_coder)))
        return Conclusion("not_run")


async def show_payload(settings: Settings, choice: ModelChoice, incident: Incident) -> ExitCode:
    """Run the stages before the team, print what the model would get first, and leave nothing behind."""
    from responder.cli.console import say
    from responder.cli.wiring.run import investigation
    from responder.pipeline import investigate

    has_coder = settings.sandbox != "off"
    with tempfile.TemporaryDirectory(prefix="magentic-one-responder-") as folder:
        quiet = dataclasses.replace(settings, out=Path(folder), sandbox="off")
        async with investigation(quiet, choice, incident, tell=lambda line: None) as opened:
            team = _ShowingTeam(opened.deps.redactor, has_coder=has_coder)
            outcome = await investigate(incident, deps=dataclasses.replace(opened.deps, team=team))
    if outcome.failure is not None:
        raise outcome.failure
    say(f"This is what {choice.model} would get first ({choice.reason}). Nothing was sent.")
    return ExitCode.OK
