"""Network policies against who calls whom: callers kept out, ports not let in, workloads kept from the DNS."""

from io import BytesIO
from typing import Any

import pytest

from responder.evidence.interface import Artifact
from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes import KubernetesReader
from tests.triage.signals.kubernetes.shop import Shop, as_text, as_yaml


def _artifacts(texts: dict[str, str]) -> list[Artifact]:
    def of(path: str, raw: bytes) -> Artifact:
        return Artifact(path=path, size_bytes=len(raw), opener=lambda: BytesIO(raw))

    return [of(path, text.encode()) for path, text in texts.items()]


def _found(texts: dict[str, str]) -> list[Finding]:
    return [f for f in KubernetesReader().read(_artifacts(texts)).findings if f.salience >= 0.3]


def _policy(app: str, **spec: Any) -> Shop:
    picked = {"podSelector": {"matchLabels": {"app": app}}}
    return Shop(lambda shop: shop.add("NetworkPolicy", "rules", spec={**picked, **spec}))


def _in(app: str, *, port: Any = 7070, **peer: Any) -> Shop:
    rule = {"from": [peer or {"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": port}]}
    return _policy(app, policyTypes=["Ingress"], ingress=[rule])


def _out(app: str, *rules: Any) -> Shop:
    return _policy(app, policyTypes=["Egress"], egress=list(rules))


NAMED = {"podSelector": {"matchLabels": {"app": "web"}}}
REST = {"podSelector": {"matchLabels": {"app": "frontend"}}}
OTHER_SPACE = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}
TO_STORE = {"to": [{"podSelector": {"matchLabels": {"app": "store"}}}]}
TO_NAMES = {"ports": [{"port": 53, "protocol": "UDP"}]}

SHUT = [
    (_in("cart", **REST), "cart", "The network policy rules does not let web in to cart, which it calls"),
    (_in("cart", **OTHER_SPACE), "cart", "The network policy rules does not let web in to cart, which it calls"),
    (_in("cart", port=80), "cart", "The network policy rules lets web in to cart on port 80 only, not on 7070"),
    (
        _out("cart", {"to": TO_STORE["to"], "ports": [{"port": 6379}]}),
        "cart",
        "The network policy rules does not let cart ask the DNS, and cart calls others by name",
    ),
    (
        _out("web", TO_NAMES, TO_STORE),
        "web",
        "The network policy rules does not let web out to cart, which it calls",
    ),
    (_out("web"), "web", "The network policy rules does not let web ask the DNS, and web calls others by name"),
]


@pytest.mark.parametrize(("shop", "component", "said"), SHUT)
def test_a_policy_that_shuts_off_a_caller_is_named(shop: Shop, component: str, said: str) -> None:
    """Whoever is kept in or out, and by which policy, stands in the sentence; its evidence is a line of the policy."""
    (found,) = _found(as_yaml(shop))

    assert (found.component, found.category, found.summary) == (component, Category.CONNECTIVITY, said)
    assert found.span.path == "networkpolicies.yaml"


OPEN = [
    _in("cart"),
    _in("cart", port="main"),
    _in("cart", port=None),
    _in("cart", ipBlock={"cidr": "10.0.0.0/8"}),
    _in("cart", namespaceSelector={"matchLabels": {"kubernetes.io/metadata.name": "shop"}}, **NAMED),
    _in("cart", namespaceSelector={"matchLabels": {"team": "unknown"}}),
    _in("cart", namespaceSelector={}),
    _policy("cart", policyTypes=["Ingress"], ingress=[{}]),
    _policy("cart", ingress=[{"from": [NAMED], "ports": [{"port": 7000, "endPort": 7100}]}]),
    _out("cart", TO_NAMES, TO_STORE),
    _out("cart", {}),
    _out("store"),
]


@pytest.mark.parametrize("shop", OPEN)
def test_a_policy_that_lets_the_callers_through_is_no_trouble(shop: Shop) -> None:
    """By labels, by name or range of the port, by an address that may be theirs: what may be open counts as open."""
    for name in ("web", "cart", "store"):
        shop.change_template(name, lambda spec: spec["containers"][0]["ports"][0].update(name="main"))

    assert _found(as_yaml(shop)) == []


DESCRIBED = """\
Name:         rules
Namespace:    shop
Created on:   2026-05-04 10:00:00 +0000 UTC
Labels:       <none>
Annotations:  <none>
Spec:
  PodSelector:     app=cart
  Allowing ingress traffic:
    To Port: {port}/TCP
    From:
      PodSelector: app={app}
    ----------
    To Port: 9102/TCP
    From:
      NamespaceSelector: kubernetes.io/metadata.name=monitoring
      PodSelector: app=prometheus
  Not affecting egress traffic
  Policy Types: Ingress
"""


@pytest.mark.parametrize(
    ("port", "app", "said"), [(7070, "web", ""), (80, "web", "on port 80"), (7070, "x", "let web")]
)
def test_a_described_policy_says_the_same(port: int, app: str, said: str) -> None:
    """`kubectl describe networkpolicies` lists ports and ends; one rule that lets the caller through is enough."""
    found = _found(as_text(Shop()) | {"policies.txt": DESCRIBED.format(port=port, app=app)})

    assert len(found) == bool(said)
    assert all(said in finding.summary for finding in found)


def _host(name: str, value: str) -> Shop:
    shop = Shop()
    shop.change_template("web", lambda spec: spec["containers"][0].update(env=[{"name": name, "value": value}]))
    return shop


@pytest.mark.parametrize(
    ("name", "value", "called"),
    [
        ("STORE_HOST", "store", True),
        ("DB_URL", "redis://user:word@store.shop.svc.cluster.local/0", True),
        ("STORE_ADDR", "store:6379", True),
        ("MODE", "store", False),
        ("STORE_HOST", "elsewhere.example.com", False),
    ],
)
def test_the_environment_names_whom_a_workload_calls(name: str, value: str, called: bool) -> None:
    """By address, by URL, or by the bare name of a service in a variable that is called a host."""
    signals = KubernetesReader().read(_artifacts(as_yaml(_host(name, value))))

    assert (("web", "store") in signals.dependencies) is called
