"""Pure code that reads everything and points at the lines that matter."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from responder.triage.engine import Engine, default_engine
    from responder.triage.interface import QUIET_SALIENCE, Finding, Triage, TriageEngine

__all__ = ["QUIET_SALIENCE", "Engine", "Finding", "Triage", "TriageEngine", "default_engine"]


def __getattr__(name: str) -> Any:
    """Load the engine when it is asked for: who needs one value of this package waits for no engine."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from responder.triage import engine, interface

    return getattr(engine if name in engine.__all__ else interface, name)
