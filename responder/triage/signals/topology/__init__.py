"""Files that say who depends on whom."""

from responder.triage.signals.topology.reader import TopologyReader

__all__ = ["TopologyReader"]
