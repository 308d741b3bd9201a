"""Who depends on whom, read from names in the evidence."""

import pytest

from responder.causes.graph import EvidenceGraph
from responder.causes.graph import build_graph as build
from responder.causes.naming import resolve
from responder.incident import ComponentKind
from responder.triage.interface import Triage
from tests.causes.findings import finding, triage


def build_graph(given: Triage) -> EvidenceGraph:
    return build(given, given.findings)[0]


KNOWN = frozenset({"orders-db", "checkout", "payments"})


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("orders-db", "orders-db"),
        ("postgres://app:x@orders-db.prod.svc.cluster.local:5432/orders", "orders-db"),
        ("http://checkout:8080/health", "checkout"),
        ("orders-db-0", "orders-db"),
        ("checkout-6c9d7f5b84-7h7tr", "checkout"),
        ("CHECKOUT", "checkout"),
        ("10.0.3.7:5432", None),
        ("::1", None),
        ("localhost", None),
        ("", None),
        ("api.provider.example:443", "api.provider.example"),
        ("two words", "two"),
        ("*", None),
    ],
)
def test_addresses_become_component_names(written: str, name: str | None) -> None:
    """Schemes, ports, domains and pod suffixes are not part of a name; bare addresses name nobody."""
    assert resolve(written, KNOWN) == name


def test_callers_are_found_through_others() -> None:
    """Dependence is transitive, and nobody depends on itself even in a circle."""
    graph = build_graph(
        triage([finding("x", component=name) for name in "abc"], dependencies=[("a", "b"), ("b", "c"), ("c", "b")])
    )

    assert graph.dependents("c") == {"a", "b"}
    assert graph.dependents("b") == {"a", "c"}
    assert graph.related("a", "c")
    assert not graph.related("a", "elsewhere")


def test_captured_peer_is_a_callee_and_numbered_groups_count() -> None:
    """`host2` of an alternative in a pattern names a peer as `host` does."""
    graph = build_graph(triage([finding("ERROR x", component="checkout", captures={"host2": "orders-db:5432"})]))

    assert graph.callees["checkout"] == {"orders-db"}


def test_a_server_that_names_its_clients_does_not_depend_on_them() -> None:
    """A known client is a caller; a mention in a database's log is no dependency."""
    graph = build_graph(
        triage(
            [
                finding(
                    "FATAL too many clients, checkout is one",
                    component="orders-db",
                    component_kind=ComponentKind.DATABASE,
                    captures={"user": "checkout"},
                ),
                finding("WARN retry", component="checkout"),
            ]
        )
    )

    assert graph.callers["orders-db"] == {"checkout"}
    assert "orders-db" not in graph.callees


def test_blamed_component_is_a_callee_of_the_file_that_blames_it() -> None:
    """A line in the edge's log that blames checkout makes the edge a caller of checkout."""
    blaming = finding("503", component="checkout", path="edge.log", captures={"upstream": "checkout"})

    assert build_graph(triage([blaming], files={"edge.log": "edge"})).callees["edge"] == {"checkout"}


def test_names_in_messages_never_reverse_a_known_dependency() -> None:
    """What the logs state outright wins over a name in a sentence."""
    graph = build_graph(
        triage(
            [finding("ERROR answer to edge failed", component="checkout"), finding("WARN slow", component="edge")],
            dependencies=[("edge", "checkout")],
        )
    )

    assert graph.callees == {"edge": {"checkout"}}
