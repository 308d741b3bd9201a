"""What a run writes about itself when it starts, and reads back when it is resumed or repeated."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from responder.errors import ConfigError
from responder.incident import Incident
from responder.secret import SecretStr
from responder.settings import Settings
from responder.team.models import ModelChoice, choose_worker

if TYPE_CHECKING:
    from responder.team.replay.recording import Recording

__all__ = ["Resumption", "described", "incident_of"]


class Resumption(Struct, frozen=True):
    """A run that did not finish, and what it had been told until then."""

    path: Path
    recording: "Recording"

    @property
    def incident(self) -> Incident:
        """What the run was asked.

        Raises:
            ConfigError: It read standard input, which is gone.
        """
        return incident_of(self.recording.first("run.started"))


def incident_of(started: Mapping[str, Any]) -> Incident:
    """Read back what a run was asked, from its `run.started`.

    Raises:
        ConfigError: It read standard input, which is gone.
    """
    if "-" in started["inputs"]:
        raise ConfigError("the run read standard input, which is gone", hint="only runs over files can be repeated")
    return Incident(
        tuple(Path(path) for path in started["inputs"]),
        datetime.fromisoformat(started["started_at"]),
        started["task"],
        tuple(Path(path) for path in started["baseline"]),
    )


def described(settings: Settings, choice: ModelChoice, incident: Incident, nonce: str) -> dict[str, Any]:
    """Write what a run is asked and allowed, for its `run.started`; no key is in it."""
    worker = choose_worker(settings) or choice
    return {
        "inputs": [str(path) for path in incident.inputs],
        "baseline": [str(path) for path in incident.baseline],
        "task": incident.task,
        "started_at": incident.started_at,
        "folder": str(Path.cwd()),
        "nonce": nonce,
        "provider": choice.provider,
        "model": choice.model,
        "model_reason": choice.reason,
        "worker_provider": worker.provider,
        "worker_model": worker.model,
        "settings": {
            name: str(value)
            for name, value in asdict(settings).items()
            if value is not None and not isinstance(value, SecretStr)
        },
    }
