"""Structured documents as trees whose every value knows the line it stands on."""

from responder.triage.signals.trees.jsons import json_documents
from responder.triage.signals.trees.tree import DEEPEST, MISSING, DamagedError, Tree, branch, leaf, listed
from responder.triage.signals.trees.yamls import yaml_documents

__all__ = [
    "DEEPEST",
    "MISSING",
    "DamagedError",
    "Tree",
    "branch",
    "json_documents",
    "leaf",
    "listed",
    "yaml_documents",
]
