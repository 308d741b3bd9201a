"""What only follows from something else in the cluster is not taken for its cause."""

from io import BytesIO
from typing import Any

import pytest

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


PODS = """\
NAMESPACE   NAME                    READY   STATUS    RESTARTS   AGE
shop        cart-7d9f8b6c5d-z9z9z   0/1     Evicted   0          9d
"""


def test_a_row_of_an_evicted_pod_that_was_replaced_is_past() -> None:
    """Nothing of it is started again, so the row says nothing of the workload."""
    assert _told(as_text(Shop()) | {"get_more_pods.txt": PODS}) == []


@pytest.mark.parametrize(("ended", "expected"), [("2026-05-04T09:00:00Z", 1), ("2026-04-04T09:00:00Z", 0)])
def test_a_container_that_was_killed_long_ago_and_serves_since_is_past(ended: str, expected: int) -> None:
    """Its status remembers its last end for ever; the newest moment of the evidence says how long ago that was."""
    shop = Shop()
    last = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": ended}}
    shop.pod("cart")["status"]["containerStatuses"][0].update(restartCount=1, lastState=last)
    shop.get("Node", "node-a")["status"]["conditions"][-1]["lastHeartbeatTime"] = "2026-05-04T10:00:00Z"

    assert len(_told(as_yaml(shop))) == expected


def test_a_container_that_starts_again_is_no_release() -> None:
    """That it states its version at each start changed nothing: the fault stands without a change before it."""
    shop = Shop(lambda shop: shop.wait("cart", "CrashLoopBackOff", phase="Running", reason="Error", exitCode=1))
    log = (
        "2026-05-04T10:00:01Z INFO Starting cart v1.4.0\n"
        "2026-05-04T10:00:02Z FATAL open /tmp/cache.db: read-only file system\n"
    )
    texts = as_yaml(shop) | {f"logs/cart-{HASH}-x2x4z.log": log}

    lead = cause_engine().explain(default_engine().triage(_artifacts(texts))).hypotheses[0]

    assert lead.component == "cart"
    assert "release" not in lead.summary


CLAIMS = """\
NAME           STATUS    VOLUME   CAPACITY   ACCESS MODES   STORAGECLASS   AGE
data-store-1   Pending                                      fast           25h
"""
CLASSES = """\
NAME   PROVISIONER    RECLAIMPOLICY   VOLUMEBINDINGMODE   AGE
slow   disk.example   Delete          Immediate           70d
"""
MEMBERS = """\
NAME      READY   STATUS    RESTARTS   AGE
store-0   1/1     Running   0          25h
store-1   0/1     Pending   0          25h
"""


def test_a_claim_that_is_called_after_a_member_of_a_set_is_its_own() -> None:
    """Tables do not say who mounts a claim; the name that a stateful set gives it does."""
    told = _told({"claims.txt": CLAIMS, "classes.txt": CLASSES, "pods.txt": MEMBERS})

    assert told[0] == ("cluster.reference", "store-1")


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
