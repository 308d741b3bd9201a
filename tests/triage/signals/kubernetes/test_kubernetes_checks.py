"""Checks of one object against the others that no message of Kubernetes accompanies, and roll-outs."""

from collections.abc import Callable
from copy import deepcopy
from io import BytesIO
from typing import Any

import pytest
import yaml

from responder.evidence.interface import Artifact
from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes import KubernetesReader
from tests.triage.signals.kubernetes.shop import HASH, Shop, Thing, as_documents, as_text, as_yaml


def _read(texts: dict[str, str]) -> tuple[Finding, ...]:
    def of(path: str, raw: bytes) -> Artifact:
        return Artifact(path=path, size_bytes=len(raw), opener=lambda: BytesIO(raw))

    return KubernetesReader().read([of(path, text.encode()) for path, text in texts.items()]).findings


def _rules(shop: Shop, **more: str) -> list[tuple[str | None, str | None]]:
    found = _read(as_documents(shop) | {name.replace("__", "/") + ".yaml": text for name, text in more.items()})
    return [(f.rule, f.component) for f in sorted(found, key=lambda f: -f.salience) if f.salience >= 0.3]


def _crash(shop: Shop) -> None:
    shop.wait("cart", "ContainerCreating")


def _add(*kinds: tuple[str, str]) -> Callable[[Shop], None]:
    def broken(shop: Shop) -> None:
        for kind, name in kinds:
            shop.add(kind, name)
        _crash(shop)

    return broken


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("Secret", {"volumes": [{"name": "x", "secret": {"secretName": "gone"}}]}),
        ("ConfigMap", {"volumes": [{"name": "x", "configMap": {"name": "gone"}}]}),
        ("Secret", {"imagePullSecrets": [{"name": "gone"}]}),
        ("PersistentVolumeClaim", {"volumes": [{"name": "x", "persistentVolumeClaim": {"claimName": "gone"}}]}),
        ("PriorityClass", {"priorityClassName": "gone"}),
        ("ServiceAccount", {"serviceAccountName": "gone"}),
    ],
)
def test_a_reference_to_nothing_is_cited_where_it_stands(kind: str, change: Thing) -> None:
    """A workload that does not run and names what no listing holds is explained by the line with the name."""
    shop = Shop(_add((kind, "one"), (kind, "two")))
    shop.change_template("cart", lambda spec: spec.update(deepcopy(change)))

    (found,) = [f for f in _read(as_documents(shop)) if f.rule == "cluster.reference"]

    assert (found.component, found.text.strip().rpartition(": ")[2]) == ("cart", "gone")


def test_what_runs_does_without_what_it_names() -> None:
    """A reference to nothing of a workload that is ready is no trouble, and neither is an optional one."""
    ready = Shop(lambda shop: (shop.add("Secret", "one"), shop.add("Secret", "two")))
    ready.change_template("cart", lambda spec: spec.update(imagePullSecrets=[{"name": "gone"}]))
    optional = Shop(_add(("ConfigMap", "one"), ("ConfigMap", "two")))
    volume = {"name": "x", "configMap": {"name": "gone", "optional": True}}
    optional.change_template("cart", lambda spec: spec.update(volumes=[volume]))

    assert _rules(ready) == []
    assert _rules(optional) == [("cluster.not-ready", "cart")]


def test_one_object_asked_for_by_name_is_no_listing() -> None:
    """That a lone secret was saved does not say that there is no other."""
    shop = Shop(_add(("Secret", "one")))
    shop.change_template("cart", lambda spec: spec.update(imagePullSecrets=[{"name": "another"}]))

    assert ("cluster.reference", "cart") not in _rules(shop)


def test_a_manifest_that_was_not_applied_is_found() -> None:
    """A service that a manifest beside the dump wants, and that the dump does not have, is missing."""
    manifest = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "mail", "namespace": "shop"}, "spec": {}}

    assert _rules(Shop(), applied__mail=yaml.safe_dump(manifest)) == [("cluster.not-applied", "mail")]


def test_a_manifest_of_what_is_there_says_nothing_more() -> None:
    """The dump of an object counts, and not the manifest that it came from."""
    manifest = {k: v for k, v in Shop().get("Service", "cart").items() if k != "metadata"}
    manifest["metadata"] = {"name": "cart", "namespace": "shop"}
    manifest["spec"] = {**manifest["spec"], "selector": {"app": "other"}}

    assert _rules(Shop(), applied__cart=yaml.safe_dump(manifest)) == []


def test_a_policy_that_lets_nothing_in_isolates_a_service() -> None:
    """It does so only for the pods it selects, and only while no other policy lets something in."""
    closed = {"podSelector": {"matchLabels": {"app": "cart"}}, "policyTypes": ["Ingress"]}
    opened = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {}}]}]}

    shut = Shop(lambda shop: shop.add("NetworkPolicy", "shut", spec=closed))
    both = Shop(lambda s: (s.add("NetworkPolicy", "shut", spec=closed), s.add("NetworkPolicy", "open", spec=opened)))
    callers = {"podSelector": {"matchLabels": {"app": "store"}}, "policyTypes": ["Egress"]}
    egress = Shop(lambda s: s.add("NetworkPolicy", "out", spec=callers))  # it calls nobody

    assert [_rules(shop) for shop in (shut, both, egress)] == [[("cluster.isolated", "cart")], [], []]


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ({"name": "web", "port": {"number": 8080}}, []),
        ({"name": "web", "port": {"name": "main"}}, []),
        ({"name": "web", "port": {"number": 80}}, [("cluster.route", "front")]),
        ({"name": "gone", "port": {"number": 80}}, [("cluster.route", "front")]),
    ],
)
def test_a_route_must_lead_to_a_port_of_a_service(backend: Thing, expected: list[Any]) -> None:
    """An ingress is checked against the services of its namespace, by number and by name of the port."""
    rules = [{"http": {"paths": [{"path": "/", "backend": {"service": backend}}]}}]

    assert _rules(Shop(lambda shop: shop.add("Ingress", "front", spec={"rules": rules}))) == expected


def test_an_autoscaler_that_cannot_measure_is_told() -> None:
    """Without metrics it scales nothing, which is a fault of what it depends on."""
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "cart"}, "minReplicas": 1, "maxReplicas": 5}
    said = {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "message": "no metrics"}
    blind = {"conditions": [said]}

    found = _rules(Shop(lambda s: s.add("HorizontalPodAutoscaler", "cart", spec=spec, status=blind)))

    assert found == [("cluster.autoscaler", "cart")]


def test_a_webhook_that_nobody_answers_stops_admission() -> None:
    """Unless it may be passed over, everything waits for a service without addresses."""
    hook = {"name": "check.example", "clientConfig": {"service": {"name": "guard", "namespace": "shop"}}}

    def guarded(policy: str) -> Callable[[Shop], object]:
        def add(shop: Shop) -> None:
            shop.add("Endpoints", "guard", subsets=[])
            shop.add("ValidatingWebhookConfiguration", "guard", webhooks=[{**hook, "failurePolicy": policy}])

        return add

    assert _rules(Shop(guarded("Fail"))) == [("cluster.webhook", "guard")]
    assert _rules(Shop(guarded("Ignore"))) == []


def test_a_resolver_of_its_own_finds_no_service() -> None:
    """A pod that calls services by name and does not ask the cluster's DNS is told on the line that decides it."""
    shop = Shop()
    own = {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["203.0.113.9"]}}
    shop.change_template("cart", lambda spec: spec.update(deepcopy(own)))

    (found,) = [f for f in _read(as_documents(shop)) if f.salience >= 0.3]

    assert (found.category, found.component) == (Category.DNS, "cart")
    assert found.text.strip() == "nameservers:"


def _rolled_out(shop: Shop) -> None:
    older = shop.get("ReplicaSet", f"cart-{HASH}")
    newer = deepcopy(older)
    newer["metadata"]["name"] = "cart-5f6b7c8d9f"
    for number, (item, day) in enumerate(((older, "01"), (newer, "04")), 1):
        item["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": str(number)}
        item["metadata"]["creationTimestamp"] = f"2026-05-{day}T10:00:00Z"
    container = newer["spec"]["template"]["spec"]["containers"][0]
    container["image"] = "registry.example/cart:1.5.0"
    container["env"][1]["value"] = "store-2:6379"
    older["spec"]["replicas"] = 0
    shop.things.append(newer)


def test_a_rollout_is_the_difference_of_two_revisions() -> None:
    """What changed is told by setting, old and new value, from the moment when the newer pods came."""
    changes = [f for f in _read(as_yaml(Shop(_rolled_out))) if f.kind == "change"]

    told = {f.captures.get("setting") or f.captures["version"]: f"{f.timestamp:%d %H:%M}" for f in changes}
    assert told == {"1.5.0": "04 10:00", "STORE_ADDR": "04 10:00"}
    assert {f.component for f in changes} == {"cart"}


def test_a_rollback_counts_from_the_scaling_and_not_from_the_age_of_its_pods() -> None:
    """The replica set that is rolled back to is old; when it was scaled up again is what counts."""

    def rolled_back(shop: Shop) -> None:
        _rolled_out(shop)
        shop.get("ReplicaSet", f"cart-{HASH}")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "3"
        said = f"Scaled up replica set cart-{HASH} from 0 to 1"
        shop.warn("Deployment", "cart", "ScalingReplicaSet", said, normal=True)

    changes = [f for f in _read(as_yaml(Shop(rolled_back))) if f.kind == "change"]

    assert {(f"{f.timestamp:%d}", f.captures.get("old", "")) for f in changes} == {("04", ""), ("04", "store-2:6379")}


def test_what_a_deployer_writes_into_its_object_is_a_change() -> None:
    """The history that Argo CD keeps says when which revision went out; a first installation changed nothing."""
    entries = [{"deployedAt": f"2026-05-0{day}T10:00:00Z", "revision": f"abc{day}"} for day in (1, 4)]

    def deployed(count: int) -> Callable[[Shop], object]:
        return lambda shop: shop.add("Application", "cart", status={"history": entries[:count]})

    (change,) = [f for f in _read(as_documents(Shop(deployed(2)))) if f.kind == "change"]
    assert (change.component, change.captures, f"{change.timestamp:%d}") == ("cart", {"version": "abc4"}, "04")
    assert not [f for f in _read(as_documents(Shop(deployed(1)))) if f.kind == "change"]


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_a_dump_that_ends_early_is_read_as_far_as_it_goes(cut: float) -> None:
    """What stands before the damage counts, and the file's facts say where it ends."""
    text = as_documents(Shop(lambda shop: shop.warn("Node", "node-a", "x", "y")))["shop.yaml"]
    raw = (text[: int(len(text) * cut)] + "\nkind: [\n").encode()

    signals = KubernetesReader().read([Artifact(path="shop.yaml", size_bytes=len(raw), opener=lambda: BytesIO(raw))])

    assert [note for file in signals.files for note in file.notes if note.startswith("not whole: line ")]


def test_the_order_of_files_does_not_matter() -> None:
    """The same objects in another order of files give the same findings."""
    shop = Shop(lambda s: s.wait("cart", "CrashLoopBackOff", "", phase="Running", reason="OOMKilled", exitCode=137))
    texts = as_text(shop) | as_yaml(shop)

    assert _read(texts) == _read(dict(reversed(texts.items())))
