"""What only follows from something else in the cluster is not taken for its cause."""

from io import BytesIO
from typing import Any

from responder.causes import default_engine as cause_engine
from responder.evidence.interface import Artifact
from responder.triage import default_engine
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes import KubernetesReader
from tests.triage.signals.kubernetes.shop import HASH, Shop, as_text, as_yaml


def _artifacts(texts: dict[str, str]) -> list[Artifact]:
    def of(path: str, raw: bytes) -> Artifact:
        return Artifact(path=path, size_bytes=len(raw), opener=lambda: BytesIO(raw))

    return [of(path, text.encode()) for path, text in texts.items()]


def _told(texts: dict[str, str]) -> list[tuple[str | None, str | None]]:
    found: tuple[Finding, ...] = KubernetesReader().read(_artifacts(texts)).findings
    return [(f.rule, f.component) for f in sorted(found, key=lambda f: -f.salience) if f.salience >= 0.3]


def _named_port(shop: Shop) -> dict[str, str]:
    """Described, with the port of a service named, and nothing behind it."""
    shop.get("Service", "cart")["spec"]["ports"][0]["targetPort"] = "main"
    texts = as_text(shop)
    ends = "Endpoints:                10.1.0.4:7070"
    return texts | {"describe_services.txt": texts["describe_services.txt"].replace(ends, "Endpoints:      <none>")}


def test_a_service_has_no_end_when_its_pods_are_not_ready() -> None:
    """That a described service leads nowhere speaks against the name of its port only while pods are ready."""
    broken = Shop(lambda shop: shop.wait("cart", "ContainerCreating"))

    assert _told(_named_port(Shop())) == [("cluster.target-port", "cart")]
    assert _told(_named_port(broken)) == [("cluster.not-ready", "cart")]


def _lose_node(shop: Shop) -> None:
    shop.get("Node", "node-a")["status"]["conditions"][-1].update(status="Unknown", reason="NodeStatusUnknown")
    shop._workload("coredns", 53, "")
    for thing in shop.things:
        if thing["metadata"]["name"].startswith("coredns"):
            thing["metadata"]["namespace"] = "kube-system"
    shop._down("coredns", "Running", [{"name": "coredns", "ready": False, "restartCount": 0, "state": {"running": {}}}])


def test_parts_of_the_cluster_on_a_lost_node_do_not_stand_above_it() -> None:
    """A resolver on a node that is gone is not ready because of the node."""
    lead = cause_engine().explain(default_engine().triage(_artifacts(as_yaml(Shop(_lose_node))))).hypotheses[0]

    assert lead.component == "node-a"


def test_a_row_of_a_table_is_the_pod_that_is_described() -> None:
    """The pod of a stateful set is named by its set although a row of `kubectl get pods` does not say so."""
    shop = Shop(lambda shop: shop.wait("cart", "ContainerCreating"))
    pod = shop.pod("cart")
    pod["metadata"].update(name="cart-0", ownerReferences=[{"kind": "StatefulSet", "name": "cart"}])

    assert {name for _, name in _told(as_text(shop))} == {"cart"}


def _evicted(**status: Any) -> Shop:
    shop = Shop()
    gone = shop.add("Pod", f"cart-{HASH}-z9z9z", spec=dict(shop.pod("cart")["spec"]))
    gone["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": f"cart-{HASH}"}]
    gone["status"] = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
    shop.get("Deployment", "cart")["status"].update(status)
    return shop


def test_an_evicted_pod_that_was_replaced_is_past() -> None:
    """The remains of an eviction are trouble only while the workload lacks the pod."""
    assert _told(as_yaml(_evicted())) == []
    assert ("cluster.evicted-for-memory", "cart") in _told(as_yaml(_evicted(readyReplicas=0)))


def _fail_below(shop: Shop) -> None:
    """The server says that it is not ready, because what it calls was killed, and killed again."""
    shop.wait("store", "CrashLoopBackOff", "", phase="Running", reason="OOMKilled", exitCode=137)
    last = shop.pod("store")["status"]["containerStatuses"][0]["lastState"]["terminated"]
    last["finishedAt"] = "2026-05-04T10:04:50Z"
    shop.warn("Pod", f"store-{HASH}-x2x4z", "BackOff", "Back-off restarting failed container store")
    shop._down("cart", "Running", [{"name": "cart", "ready": False, "restartCount": 0, "state": {"running": {}}}])
    shop.warn(
        "Pod", f"cart-{HASH}-x2x4z", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"
    )


def test_a_server_that_says_it_is_not_ready_is_not_the_cause() -> None:
    """Its answer of 503 shows trouble; the killed store below it, first seen with its first restart, is the cause."""
    lead = cause_engine().explain(default_engine().triage(_artifacts(as_yaml(Shop(_fail_below))))).hypotheses[0]

    assert lead.component == "store"
    assert lead.first_seen is not None
    assert f"{lead.first_seen:%H:%M:%S}" == "10:00:00"
