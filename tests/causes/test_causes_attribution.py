"""Whom lines are about, when they are not about who wrote them."""

import pytest

from responder.causes import default_engine
from responder.causes.attribution import is_observer
from responder.causes.graph import build_graph
from responder.incident import Category, ComponentKind
from responder.triage.interface import Finding
from tests.causes.findings import finding, triage


def placed(*findings: Finding, **more: object) -> list[tuple[str | None, str | None]]:
    given = triage(findings, **more)  # type: ignore[arg-type]
    graph, about = build_graph(given, findings)
    return [(one.component, graph.witness(one)) for one in about]


@pytest.mark.parametrize(
    "name", ["kubernetes", "kernel", "deployer", "argocd", "get_events", "disk-monitor", "datadog_logs"]
)
def test_machinery_is_an_observer(name: str) -> None:
    """The cluster, deployers and monitors write about others."""
    assert is_observer(name)


@pytest.mark.parametrize("name", ["checkout", "orders-db", "events-api", "monitor-billing", "sync-orders", None])
def test_services_are_not_observers(name: str | None) -> None:
    """A service whose name holds such a word is a service."""
    assert not is_observer(name)


def test_observer_writes_about_the_object_it_names() -> None:
    """A kernel line about a process and an event about a pod belong to the component, which is also who is hurt."""
    own = finding("ERROR x", component="recommender")
    kernel = finding("Killed process 4 (recommender)", component="kernel", path="kern.log")
    event = finding("Warning OOMKilled pod/recommender-7c4d8f9b5-49h99 x", component="kubernetes", path="events.txt")

    assert placed(own, kernel, event) == [("recommender", "recommender")] * 3


def test_observer_that_names_nobody_means_the_host_of_its_file() -> None:
    """A disk monitor's line in the syslog of a host is about the host."""
    line = finding("WARNING: / 91% used", component="disk-monitor", path="db-1/syslog")

    assert placed(line, files={"db-1/syslog": "db-1"})[0][0] == "db-1"


def test_client_complains_about_whom_it_calls() -> None:
    """`upstream=checkout` blames checkout and shows the edge hurt."""
    complaint = finding(
        "upstream failed upstream=checkout status=503", component="edge", category=Category.DEPENDENCY_UNAVAILABLE
    )

    assert placed(finding("ERROR y", component="checkout"), complaint)[1] == ("checkout", "edge")


def test_server_words_in_a_client_log_are_the_servers() -> None:
    """The database's refusal, quoted in the log of a client, is the database's refusal."""
    refusal = "FATAL: too many clients already"
    own = finding(refusal, component="ledger-db", component_kind=ComponentKind.DATABASE, rule="postgresql.slots")
    quoted = finding(
        refusal, component="orders", component_kind=ComponentKind.DATABASE, rule="postgresql.slots", line=2
    )

    assert placed(own, quoted) == [("ledger-db", "ledger-db"), ("ledger-db", "orders")]


def test_change_by_a_deployer_is_a_change_of_what_it_names() -> None:
    """A roll-out record belongs to the service that was rolled out, even one without a log of its own."""
    record = finding("search-indexer 1.18.5 rolled out", component="deployer", path="deploy.log", kind="change")

    assert placed(record)[0][0] == "search-indexer"


def test_same_complaint_of_many_is_one_hypothesis() -> None:
    """Three services that cannot resolve names and the resolver's own error are one story with three witnesses."""
    failing = [
        finding("lookup db.int: no such host", seconds=10 + n, component=name, category=Category.DNS, count=20)
        for n, name in enumerate(("cart", "catalog", "mailer"))
    ]
    resolver = finding(
        "[ERROR] plugin/errors: 2 db.int. A: read udp: i/o timeout",
        component="coredns",
        component_kind=ComponentKind.NETWORK,
        category=Category.DNS,
        role="cause",
        salience=0.9,
        count=90,
    )

    explanation = default_engine().explain(triage([*failing, resolver]))

    assert [(h.component, h.category) for h in explanation.hypotheses] == [("coredns", Category.DNS)]
    assert explanation.impact.components == ("cart", "catalog", "coredns", "mailer")
