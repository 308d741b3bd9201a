"""Metric exports as evidence: which series left their normal range, when, and whose they are."""

from responder.triage.signals.metrics.reader import MetricReader

__all__ = ["MetricReader"]
