"""Readers of evidence that is not a log: cluster dumps, metrics, traces. Each turns its artifacts into findings."""
