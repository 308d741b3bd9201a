"""Distributed traces as evidence: who calls whom, and where the time and the errors arise."""

from responder.triage.signals.traces.reader import TraceReader

__all__ = ["TraceReader"]
