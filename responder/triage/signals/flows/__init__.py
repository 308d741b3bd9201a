"""Requests followed through the logs: which of them stopped in the middle, and since when."""

from responder.triage.signals.flows.reader import FlowReader

__all__ = ["FlowReader"]
