"""Whose a series is, by its labels: the thing that is measured, not the exporter that measured it."""

import re
from collections.abc import Mapping

from responder.patterns import lazy
from responder.triage.components import without_pod_hash

__all__ = ["OWNER_LABELS", "owner_of", "plain_name"]

OWNER_LABELS = (
    *("podname", "pod", "deployment", "statefulset", "daemonset", "appkubernetesioname", "app", "application"),
    *("servicename", "service", "microservice", "component", "container", "containername", "database", "datname"),
    *(
        "queue",
        "topic",
        "cmdbid",
        "target",
        "nodename",
        "node",
        "host",
        "hostname",
        "instance",
        "job",
        "name",
        "entity",
    ),
)
"""Names of labels and columns, without separators and in lower case; the surest first."""
_EXPORTERS = lazy(
    r"(?:kube-?state-?metrics|kubelet|c?advisor|node(?:-?exporter)?|blackbox(?:-?exporter)?|kubernetes-\S*|"
    r"prometheus\S*|push-?gateway|\S+[-_]exporter|federate|integrations/\S+)",
    re.IGNORECASE,
)
"""Who measures others."""
_ADDRESS = lazy(r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]|localhost)(?::\d+)?")
_ORDINAL = lazy(r"-\d{1,3}$")
"""Of the pods of a stateful set."""
_PORT = lazy(r":\d{1,5}$")


def plain_name(name: str) -> str:
    """A label or column as `OWNER_LABELS` writes it."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def owner_of(labels: Mapping[str, str]) -> str | None:
    """The component of a series; None when no label names one.

    An exporter and an address say less than any other name, and an address more than an exporter.
    """
    plain = {plain_name(name): value.strip() for name, value in labels.items()}
    for pod in ("pod", "podname"):
        if pod in plain:
            plain[pod] = _ORDINAL.sub("", plain[pod])
    known = [value for name in OWNER_LABELS if (value := plain.get(name))]
    named = [value for value in known if not _EXPORTERS.fullmatch(value) and not _ADDRESS.fullmatch(value)]
    addresses = [value for value in known if _ADDRESS.fullmatch(value)]
    best = next(iter((*named, *addresses, *known)), None)
    return without_pod_hash(_PORT.sub("", best)) if best else None
