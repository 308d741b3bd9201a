"""A sandbox that runs nothing and gives what each block printed then."""

from responder.sandbox.interface import Execution, Sandbox, SandboxInfo
from responder.team.replay.recording import Divergence, Recording

__all__ = ["RecordedSandbox"]


class RecordedSandbox(Sandbox):
    """Runs nothing: gives the recorded result of each block in its order."""

    def __init__(self, recording: Recording) -> None:
        chosen = recording.first("sandbox.selected")
        self.info = SandboxInfo(chosen["backend"], chosen["because"], dict(chosen["facts"]))
        self._recording = recording

    async def start(self) -> None:
        """Do nothing."""

    async def execute(self, code: str, *, language: str = "python", name: str | None = None) -> Execution:
        """Return the next recorded result."""
        entry = self._recording.next_code()
        if entry is None and self._recording.is_at_the_cut:
            await self._recording.end_here()
        if entry is None:
            raise Divergence("the journal has no further code run")
        data = entry.data
        return Execution(
            language,
            code,
            data["sha256"],
            data["exit_code"],
            data["ending"],
            data["output"],
            float(data["seconds"]),
            data["name"],
            data["output_bytes"],
            data["note"],
        )

    async def stop(self) -> None:
        """Do nothing."""
