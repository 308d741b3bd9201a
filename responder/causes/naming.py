"""Names of components in text: as addresses, as captured values, in the middle of a sentence."""

import re
from collections.abc import Sequence

from responder.patterns import lazy
from responder.triage.components import without_pod_hash
from responder.triage.interface import Finding

__all__ = ["captured", "mentions", "resolve", "workload_of"]

_WORD = lazy(r"[A-Za-z][A-Za-z0-9_.-]*")
_ADDRESS = lazy(r"^[\d.]+$|^[0-9a-f]*:[0-9a-f:]+$")
_POD = lazy(r"^(?P<owner>.+?)(?:-[0-9a-f]{6,10}-[a-z0-9]{5}|-[0-9a-f]{6,10}|-\d{1,3})$")
_OF_JOB = lazy(r"^(?P<owner>.+)-[bcdfghjklmnpqrstvwxz2456789]{5}$")
"""A pod of a job or daemon set: Kubernetes adds five letters without vowels, and digits that look like no letter."""
_MOST_TEXT = 4000


def captured(finding: Finding, names: Sequence[str]) -> list[str]:
    """The values a rule took under any of `names`, in the order of `names`.

    A pattern with several alternatives numbers its groups: `host2` is another `host`.
    """
    values = [(key.rstrip("0123456789"), value.strip()) for key, value in sorted(finding.captures.items())]
    return [value for name in names for key, value in values if key == name and value]


def resolve(name: str, known: frozenset[str] | set[str]) -> str | None:
    """Turn an address as logs write it into a component's name.

    `postgres://orders-db.prod.svc:5432/orders` is `orders-db`, and so is the pod `orders-db-0`. An address of digits
    only is nobody's name. A host name that is not known yet stays whole.
    """
    host = name.strip().partition("://")[2] or name.strip()
    host = re.split(r"[/?#\s]", host, maxsplit=1)[0].rpartition("@")[2]
    if host in known:
        return host
    host = re.sub(r":\d+$", "", host).strip("[]\"'`.,;")
    if not host or _ADDRESS.match(host) or host.lower() in ("localhost", "none", "null", "unknown"):
        return None
    for candidate in dict.fromkeys((host, host.lower(), host.partition(".")[0], host.partition(".")[0].lower())):
        if candidate in known:
            return candidate
        if (pod := _POD.match(candidate)) and pod["owner"] in known:
            return pod["owner"]
    return host if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}", host) else None


def workload_of(name: str, known: frozenset[str] | set[str]) -> str:
    """The workload among `known` whose pod, or container of a pod, a log is called after; else the name itself.

    `kubectl logs` names no file, so people call them after the pod, or after pod and container with a `_` between.
    """
    for pod in dict.fromkeys((name, name.partition("_")[0])):
        job = _OF_JOB.match(pod)
        for owner in (without_pod_hash(pod), job["owner"] if job else pod, pod):
            if owner in known:
                return owner
    return name


def mentions(text: str, known: frozenset[str] | set[str]) -> list[str]:
    """The known components that a text names as whole words, pods and host names among them, in order."""
    found: dict[str, None] = {}
    for word in _WORD.findall(text[:_MOST_TEXT]):
        if (name := _known(word.strip("-_."), known)) is not None and len(name) > 2:
            found.setdefault(name)
    return list(found)


def _known(word: str, known: frozenset[str] | set[str]) -> str | None:
    if word in known:
        return word
    for part in (word, word.partition(".")[0]):
        if part in known:
            return part
        if (pod := _POD.match(part)) and pod["owner"] in known:
            return pod["owner"]
    return None
