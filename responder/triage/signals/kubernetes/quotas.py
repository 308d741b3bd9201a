"""Quotas that leave no room for what is wanted."""

import re
from collections.abc import Iterator

from responder.incident import Category, ComponentKind
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.objects import Cluster, Row
from responder.triage.signals.kubernetes.trouble import trouble

__all__ = ["findings_of_quotas"]

_LINE = re.compile(
    r"^(?P<resource>[a-z][\w./-]{0,100})\s+(?P<used>[\d.]+)(?P<u>[A-Za-z]*)\s+(?P<hard>[\d.]+)(?P<h>[A-Za-z]*)\s*$"
)
_UNITS = {"": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_UNITS |= {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}
_FULL = 0.8
_NO_CLAIM = re.compile(r'persistentvolumeclaim "[^"]{1,200}" not found')


def findings_of_quotas(cluster: Cluster) -> Iterator[Finding]:
    """Quotas nearly used up in a namespace where something wanted was not created."""
    claims = any(_NO_CLAIM.search(text) for item in cluster.of("pod") for text in item.texts)
    pods = any(_lacks_pods(row) for row in cluster.having("DESIRED", "CURRENT", "READY"))
    for item in cluster.of("quota"):
        for at, text in enumerate(item.texts):
            match = _LINE.match(text[:400])
            if match is None:
                continue
            used, hard = _amount(match["used"], match["u"]), _amount(match["hard"], match["h"])
            stored = "storage" in match["resource"] or "persistentvolumeclaims" in match["resource"]
            if used >= _FULL * hard and (claims if stored else pods):
                yield trouble(
                    item.content,
                    item.first + at,
                    rule="quota-used-up",
                    category=Category.QUOTA,
                    component=item.namespace,
                    kind=ComponentKind.NAMESPACE,
                    summary=f"The quota {item.name} of {item.namespace} leaves no room for what is wanted",
                    next_check="kubectl describe resourcequota; kubectl get events: read what was forbidden",
                    remedy="Raise the quota, or lower the requests of the workloads in the namespace",
                    salience=1.0,
                    explains=("cluster.*", "kubernetes.*", "k8s.*", "dependency.*", "network.*", "deployment.*"),
                )


def _lacks_pods(row: Row) -> bool:
    wanted, there = row["DESIRED"], row["CURRENT"]
    return wanted.isdecimal() and there.isdecimal() and len(wanted) < 8 and len(there) < 8 and int(there) < int(wanted)


def _amount(number: str, unit: str) -> float:
    try:
        return float(number) * _UNITS.get(unit, 1.0)
    except ValueError:
        return 0.0
