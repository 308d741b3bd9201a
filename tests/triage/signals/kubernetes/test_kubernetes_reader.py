"""What the reader of Kubernetes objects finds, and what it leaves alone."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.evidence.interface import Artifact
from responder.incident import Category, ComponentKind
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes import KubernetesReader

POD = """\
Name:             cart-7d9f8b6c5d-x2x4z
Namespace:        shop
Priority:         0
Node:             node-a/10.0.0.4
Labels:           app=cart
Containers:
  server:
    Port:           7070/TCP
    Readiness:  tcp-socket :7070 delay=5s timeout=1s period=10s #success=1 #failure=3
    Environment:
      STORE_ADDR:  store:6379
QoS Class:        Burstable
Events:
  Type     Reason     Age   From     Message
"""
SERVICE = """\
Name:                     {name}
Namespace:                shop
Labels:                   app={name}
Selector:                 {selector}
Port:                     grpc  {port}/TCP
TargetPort:               {target}/TCP
Endpoints:                10.1.0.4:{target}
Session Affinity:         None
"""
PODS = """\
NAME                    READY   STATUS    RESTARTS   AGE   IP         NODE
cart-7d9f8b6c5d-x2x4z   {ready}     {status}   0          72s   10.1.0.4   node-a
"""
CART = SERVICE.format(name="cart", selector="app=cart", port=7070, target=7070)
STORE = SERVICE.format(name="store", selector="app=store", port=6379, target=6379)

Found = Callable[..., tuple[Finding, ...]]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    def read(**texts: str) -> tuple[Finding, ...]:
        artifacts = []
        for name, text in texts.items():
            path = tmp_path / f"{name}.txt"
            path.write_text(text)
            artifacts.append(_artifact(path))
        return KubernetesReader().read(artifacts).findings

    return read


def _artifact(path: Path) -> Artifact:
    return Artifact(path=path.name, size_bytes=path.stat().st_size, opener=lambda: path.open("rb"))


def _in_memory(raw: bytes) -> Artifact:
    return Artifact(path="x.txt", size_bytes=len(raw), opener=lambda: BytesIO(raw))


def _told(findings: tuple[Finding, ...]) -> list[tuple[str | None, str | None]]:
    return [(finding.rule, finding.component) for finding in findings if finding.salience >= 0.3]


def test_a_sound_cluster_gives_no_trouble(found: Found) -> None:
    """Objects that agree with each other say nothing."""
    assert (
        _told(found(pods=PODS.format(ready="1/1", status="Running"), pod=POD, services=f"{CART}\n---\n{STORE}")) == []
    )


def test_a_selector_that_matches_nothing_is_the_services(found: Found) -> None:
    """A service whose selector matches none of its pods is named, on the selector's line."""
    wrong = CART.replace("app=cart\nPort", "app=basket\nPort")

    findings = found(pod=POD, services=f"{wrong}\n---\n{STORE}")

    assert _told(findings) == [("cluster.selector", "cart")]
    assert findings[0].text.startswith("Selector:")
    assert findings[0].category is Category.CONFIGURATION_MISMATCH


def test_a_target_port_that_nothing_serves_is_found(found: Found) -> None:
    """A service that sends to a port its pods do not have is named."""
    wrong = SERVICE.format(name="cart", selector="app=cart", port=7070, target=7071)

    assert _told(found(pod=POD, services=f"{wrong}\n---\n{STORE}")) == [("cluster.target-port", "cart")]


def test_an_address_with_a_port_the_service_lacks_blames_the_caller(found: Found) -> None:
    """The workload whose variable is wrong is the culprit, and not the service that it names."""
    wrong = POD.replace("store:6379", "store:6380")

    assert _told(found(pod=wrong, services=f"{CART}\n---\n{STORE}")) == [("cluster.address", "cart")]


def test_an_address_of_a_part_that_is_not_installed_is_no_trouble(found: Found) -> None:
    """A variable for an optional service that nobody installed stays below what speaks of trouble."""
    optional = POD.replace("STORE_ADDR:  store:6379", "ASSISTANT_ADDR:  assistant:80")

    assert _told(found(pod=optional, services=f"{CART}\n---\n{STORE}")) == []


def test_a_probe_of_another_port_is_found(found: Found) -> None:
    """A probe that asks a port which the container does not declare is a fault of the probe."""
    wrong = POD.replace("tcp-socket :7070", "tcp-socket :7999")

    findings = found(pod=wrong, services=f"{CART}\n---\n{STORE}")

    assert [finding.category for finding in findings] == [Category.DEPLOYMENT_PROBE]


@pytest.mark.parametrize(
    ("message", "category", "component"),
    [
        ("exceeded quota: q, requested: requests.cpu=1, used: 10, limited: 10", Category.QUOTA, "shop"),
        (
            'error looking up service account shop/x: serviceaccount "x" not found',
            Category.DEPLOYMENT_ADMISSION,
            "cart",
        ),
        ('Error: secret "tls" not found', Category.CONFIGURATION_MISSING, "cart"),
        ("0/4 nodes are available: 3 Insufficient cpu.", Category.DEPLOYMENT_SCHEDULING, "cart"),
        ("0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims.", Category.STORAGE, "cart"),
        ('Failed to pull image "r/x": dial tcp: lookup r: no such host', Category.DNS, "cart"),
        ('Failed to pull image "r/x": 403 Forbidden', Category.DEPLOYMENT_IMAGE, "cart"),
    ],
)
def test_a_warning_names_fault_and_culprit(found: Found, message: str, category: Category, component: str) -> None:
    """What Kubernetes says of a workload that is not ready gives the fault and whom to look at."""
    event = f"  Warning  Failed  5s  kubelet  {message}\n"

    findings = found(pods=PODS.format(ready="0/1", status="Pending"), pod=POD + event)

    assert (findings[0].category, findings[0].component, findings[0].role) == (category, component, "cause")


def test_a_warning_of_the_start_is_forgotten_once_the_pod_is_ready(found: Found) -> None:
    """A probe that failed twice while the container started says nothing about a ready pod."""
    event = "  Warning  Unhealthy  72s (x2 over 80s)  kubelet  Readiness probe failed: connection refused\n"

    assert _told(found(pods=PODS.format(ready="1/1", status="Running"), pod=POD + event)) == []


def test_a_node_stands_above_what_it_does_to_pods(found: Found) -> None:
    """Where a node's kubelet is down, its pods' troubles are symptoms."""
    units = "Service: kubelet\nNode: node-a\n     Active: inactive (dead) since Fri\n"
    event = "  Warning  FailedScheduling  5s  scheduler  0/4 nodes are available: 1 node had untolerated taint\n"

    findings = found(pods=PODS.format(ready="0/1", status="Pending"), pod=POD + event, units=units)

    assert findings[0].component == "node-a"
    assert findings[0].component_kind is ComponentKind.NODE
    assert {finding.role for finding in findings[1:]} == {"symptom"}


def test_no_replicas_behind_a_service_is_a_fault(found: Found) -> None:
    """A deployment scaled to nothing is named when a service stands for it."""
    table = "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\ncart   0/0     0            0           6m\n"

    assert _told(found(deployments=table, services=CART)) == [("cluster.no-replicas", "cart")]


def test_what_kubectl_could_not_get_is_told(tmp_path: Path) -> None:
    """A refusal of the API server in place of a log is missing evidence and no failure of the system."""
    path = tmp_path / "cart.previous.log"
    path.write_text('Error from server (BadRequest): previous terminated container "x" not found\n')

    signals = KubernetesReader().read([_artifact(path)])

    assert signals.findings == ()
    assert "previous terminated container" in signals.skipped[0].reason


@given(st.text(alphabet=st.sampled_from('Name:\n NAMEREADY STATUS0/1x-Pending\t{}[]"alerts'), max_size=400))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever looks a little like a dump of objects is read without an error, the same way twice."""
    artifact = _in_memory(text.encode())

    assert KubernetesReader().read([artifact]) == KubernetesReader().read([artifact])
