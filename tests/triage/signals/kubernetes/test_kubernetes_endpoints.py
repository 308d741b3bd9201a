"""What stands behind services, from slices, endpoints, descriptions and tables, where no pods are in evidence."""

from io import BytesIO

import pytest
import yaml

from responder.evidence.interface import Artifact
from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes import KubernetesReader
from tests.triage.signals.kubernetes.shop import Shop, Thing, as_yaml


def _found(texts: dict[str, str]) -> list[Finding]:
    def of(path: str, raw: bytes) -> Artifact:
        return Artifact(path=path, size_bytes=len(raw), opener=lambda: BytesIO(raw))

    findings = KubernetesReader().read([of(path, text.encode()) for path, text in texts.items()]).findings
    return [f for f in findings if f.salience >= 0.3]


def _slice(service: str, *ready: bool | None) -> Thing:
    ends = [{"addresses": [f"10.1.0.{at}"], "conditions": {"ready": state}} for at, state in enumerate(ready, 4)]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{service}-x2x4z",
            "namespace": "shop",
            "uid": "u",
            "labels": {"kubernetes.io/service-name": service},
        },
        "addressType": "IPv4",
        "endpoints": ends or None,
    }


def _services() -> dict[str, str]:
    return {"services.yaml": as_yaml(Shop())["services.yaml"]}


def _dumped(*slices: Thing) -> dict[str, str]:
    return _services() | {"slices.yaml": yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": list(slices)})}


@pytest.mark.parametrize(
    ("ready", "said"),
    [
        ((), "Nothing stands behind service cart"),
        ((False,), "Not even the only address behind service cart is ready"),
        ((False, False), "None of the 2 addresses behind service cart is ready"),
    ],
)
def test_a_service_that_leads_to_nobody_ready_is_named(ready: tuple[bool, ...], said: str) -> None:
    """Slices without a ready address say that the service does not answer, and how many wait behind it."""
    (found,) = _found(_dumped(_slice("cart", *ready), _slice("web", True)))

    assert (found.component, found.category, found.summary) == ("cart", Category.DEPENDENCY_UNAVAILABLE, said)


def test_one_ready_address_in_one_slice_is_enough() -> None:
    """The slices of a service count together, and an address whose state is unknown counts as ready."""
    second = _slice("cart", True)
    second["metadata"]["name"] = "cart-b7b8b"

    assert _found(_dumped(_slice("cart", False), second, _slice("web", None))) == []


DESCRIBED = """\
Name:         cart-x2x4z
Namespace:    shop
Labels:       endpointslice.kubernetes.io/managed-by=endpointslice-controller.k8s.io
              kubernetes.io/service-name=cart
Annotations:  <none>
AddressType:  IPv4
Ports:
  Name  Port  Protocol
  ----  ----  --------
  main  7070  TCP
Endpoints:
  - Addresses:  10.1.0.4
    Conditions:
      Ready:    false
    Hostname:   <unset>
    TargetRef:  Pod/cart-7d9f8b6c5d-x2x4z
    NodeName:   node-a
Events:         <none>
"""


def test_a_described_slice_says_the_same() -> None:
    """`kubectl describe endpointslices` holds the state of each address."""
    (found,) = _found({"slices.txt": DESCRIBED})

    assert (found.component, found.summary) == ("cart", "Not even the only address behind service cart is ready")
    assert _found({"slices.txt": DESCRIBED.replace("Ready:    false", "Ready:    true")}) == []


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("NAME    ENDPOINTS       AGE\ncart    <none>          5d\nweb     10.1.0.4:8080   5d\n", ["cart"]),
        (
            "NAME         ADDRESSTYPE   PORTS     ENDPOINTS   AGE\n"
            "cart-x2x4z   IPv4          <unset>   <unset>     5d\n"
            "web-b7b8b    IPv4          8080      10.1.0.4    5d\n",
            ["cart"],
        ),
        ("NAME    ENDPOINTS       AGE\ncart    10.1.0.9:7070   5d\n", []),
    ],
)
def test_a_table_tells_who_has_nobody(table: str, expected: list[str]) -> None:
    """A row without addresses is enough to know that nobody answers."""
    assert [finding.component for finding in _found({"ends.txt": table})] == expected


def test_pods_in_evidence_say_more_than_the_addresses_behind_a_service() -> None:
    """Where pods are known, a service without ready addresses is what follows from them, and no finding of its own."""
    shop = Shop(lambda shop: shop.wait("cart", "ContainerCreating"))
    shop.things.append(_slice("cart", False))

    assert [finding.rule for finding in _found(as_yaml(shop))] == ["cluster.not-ready"]


def test_a_service_without_a_selector_may_have_no_address() -> None:
    """Whoever made it keeps its addresses, and a lock of a controller is no service at all."""
    shop = Shop()
    shop.get("Service", "cart")["spec"].pop("selector")
    lock = {"control-plane.alpha.kubernetes.io/leader": "{}"}
    meta = {"name": "scheduler", "namespace": "shop", "uid": "u", "annotations": lock}
    locked = {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta}

    assert _found({"services.yaml": as_yaml(shop)["services.yaml"], "s.yaml": yaml.safe_dump(_slice("cart"))}) == []
    assert _found({"ends.yaml": yaml.safe_dump(locked)}) == []
