"""A live Prometheus as evidence: asked once, for the window of the incident, and kept as it answered."""

from responder.evidence.prometheus.interface import LiveSource, Window

__all__ = ["LiveSource", "Window"]
