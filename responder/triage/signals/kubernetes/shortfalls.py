"""Workloads that lack pods although nothing says why: not sound, and no cause either."""

from collections.abc import Iterator, Sequence

from responder.incident import Category
from responder.triage.interface import QUIET_SALIENCE, Finding
from responder.triage.signals.kubernetes.facts import unready
from responder.triage.signals.kubernetes.objects import Cluster
from responder.triage.signals.kubernetes.trouble import trouble

__all__ = ["findings_of_shortfalls"]

_SALIENCE = 0.45


def findings_of_shortfalls(cluster: Cluster, known: Sequence[Finding]) -> Iterator[Finding]:
    """One symptom for each workload that is not ready and that no finding among `known` is about."""
    told = {finding.component for finding in known if finding.salience >= QUIET_SALIENCE}
    for app, (item, where) in unready(cluster).items():
        if app not in told:
            yield trouble(
                item.content,
                where.line,
                rule="not-ready",
                category=Category.UNKNOWN,
                component=app,
                summary=f"{app} has fewer pods ready than it wants, and no object says why",
                next_check="kubectl describe the workload and its pods; kubectl logs --previous",
                remedy="Find out why its pods do not become ready",
                salience=_SALIENCE,
                role="symptom",
            )
