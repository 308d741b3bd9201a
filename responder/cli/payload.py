"""`--show-payload`: what would leave the machine first, exactly, and nothing is sent."""

import tempfile
from pathlib import Path

from msgspec import structs

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

    def __init__(self, redactor: TextRedactor, *, has_coder: bool, mask_key: bytes | None) -> None:
        self._redactor = redactor
        self._mask_key = mask_key
        self._has_coder = has_coder

    async def investigate(self, case: Case) -> Conclusion:
        """See `Team.investigate`."""
        from responder.cli.console import write_result
        from responder.team.briefing.prompts import first_request

        clean = case.redacted(self._redactor)
        masked = self._mask_key is not None
        text = self._redactor.redact(first_request(clean, has_coder=self._has_coder, masked=masked))
        if self._mask_key is not None:
            from responder.team.masking.known import mask_for

            text = mask_for(clean, key=self._mask_key).put_on(text)
        write_result(text)
        return Conclusion("not_run")


async def show_payload(settings: Settings, choice: ModelChoice, incident: Incident) -> ExitCode:
    """Run the stages before the team, print what the model would get first, and leave nothing behind."""
    from responder.cli.console import say
    from responder.cli.wiring.run import investigation
    from responder.cli.wiring.stages import redaction_key
    from responder.pipeline import investigate

    has_coder = settings.sandbox != "off"
    with tempfile.TemporaryDirectory(prefix="magentic-one-responder-") as folder:
        quiet = structs.replace(settings, out=Path(folder), sandbox="off")
        async with investigation(quiet, choice, incident, tell=lambda line: None) as opened:
            key = redaction_key(incident, opened.deps.nonce) or opened.deps.nonce.encode()
            mask_key = key if settings.mask == "identifiers" and choice.provider != "analyst" else None
            team = _ShowingTeam(opened.deps.redactor, has_coder=has_coder, mask_key=mask_key)
            outcome = await investigate(incident, deps=structs.replace(opened.deps, team=team))
    if outcome.failure is not None:
        raise outcome.failure
    say(f"This is what {choice.model} would get first ({choice.reason}). Nothing was sent.")
    return ExitCode.OK
