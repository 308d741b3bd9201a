"""A fault that the cluster's objects show, among everything that its victims and bystanders log at the same time."""

from collections.abc import Sequence

import pytest

from responder.causes import default_engine
from responder.incident import Category, ComponentKind, Verdict
from responder.triage.interface import Finding
from tests.causes.findings import finding, triage

FAULTS = {
    "image-pull": Category.DEPLOYMENT_IMAGE,
    "registry-lookup": Category.DNS,
    "object-missing": Category.CONFIGURATION_MISSING,
    "start-refused": Category.CONFIGURATION_INVALID,
    "probe-failed": Category.DEPLOYMENT_PROBE,
    "selector": Category.CONFIGURATION_MISMATCH,
    "no-replicas": Category.CONFIGURATION_INVALID,
    "out-of-memory": Category.MEMORY,
    "unschedulable": Category.DEPLOYMENT_SCHEDULING,
    "claim-unbound": Category.STORAGE,
    "service-account-missing": Category.DEPLOYMENT_ADMISSION,
    "admission-denied": Category.DEPLOYMENT_ADMISSION,
}
SHARED = {
    "quota-exceeded": (Category.QUOTA, ComponentKind.NAMESPACE),
    "node": (Category.NODE, ComponentKind.NODE),
}
CALLS = [("front", "cart"), ("checkout", "cart"), ("front", "checkout"), ("mail", "queue")]


def noise() -> Sequence[Finding]:
    """What callers, a routine error and another fault of long ago put into the logs."""
    refused = {"category": Category.CONNECTIVITY, "captures": {"peer": "cart"}, "rule": "network.refused"}
    return [
        finding("connect to cart:7070: connection refused", component="front", count=400, salience=0.72, **refused),
        finding("dial cart: connection refused", component="checkout", count=200, salience=0.7, **refused),
        finding(
            "HTTP 503 from checkout", component="front", category=Category.DEPENDENCY_UNAVAILABLE, count=90, line=2
        ),
        finding("ERROR template took long", component="mail", kind="error", salience=0.52, count=30),
        finding(
            "access denied for user probe",
            component="queue",
            role="cause",
            category=Category.AUTHENTICATION,
            rule="mysql.access_denied",
            salience=0.75,
        ),
    ]


def stated(rule: str, category: Category, component: str, kind: ComponentKind) -> Finding:
    return finding(
        f"what the cluster says: {rule}",
        seconds=None,
        component=component,
        component_kind=kind,
        path="kubectl/describe.txt",
        role="cause",
        category=category,
        rule=f"cluster.{rule}",
        salience=0.96,
    )


@pytest.mark.parametrize("rule", FAULTS)
def test_the_fault_of_a_workload_leads(rule: str) -> None:
    """Louder callers, and a line of another fault elsewhere, do not hide what the objects show."""
    fault = stated(rule, FAULTS[rule], "cart", ComponentKind.SERVICE)

    lead = default_engine().explain(triage([fault, *noise()], dependencies=CALLS)).hypotheses[0]

    assert (lead.component, lead.category) == ("cart", FAULTS[rule])
    assert lead.probability > 0.6


@pytest.mark.parametrize("rule", SHARED)
def test_a_fault_of_what_many_share_leads(rule: str) -> None:
    """A quota or a node stands above the workloads that it hurts."""
    category, kind = SHARED[rule]
    fault = stated(rule, category, "shop", kind)

    explanation = default_engine().explain(triage([fault, *noise()], dependencies=CALLS))

    assert (explanation.hypotheses[0].component, explanation.hypotheses[0].category) == ("shop", category)
    assert explanation.verdict is Verdict.DIAGNOSED
