"""Pure code that reads everything and points at the lines that matter."""

from responder.triage.engine import Engine, default_engine
from responder.triage.interface import QUIET_SALIENCE, Finding, Triage, TriageEngine

__all__ = ["QUIET_SALIENCE", "Engine", "Finding", "Triage", "TriageEngine", "default_engine"]
