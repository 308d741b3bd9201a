"""Containers that prepare a pod and do not end: what they wait for, and whether that exists."""

from io import BytesIO

import pytest

from responder.evidence.interface import Artifact
from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.interface import Signals
from responder.triage.signals.kubernetes import KubernetesReader
from tests.triage.signals.kubernetes.shop import Shop, as_text, as_yaml


def _read(texts: dict[str, str]) -> Signals:
    def of(path: str, raw: bytes) -> Artifact:
        return Artifact(path=path, size_bytes=len(raw), opener=lambda: BytesIO(raw))

    return KubernetesReader().read([of(path, text.encode()) for path, text in texts.items()])


def _waiting(command: str, **more: str) -> Shop:
    """The cart waits for its preparing container."""
    container = {"name": "prepare", "image": "busybox:1.36", "command": ["sh", "-c", command], **more}
    state = {"name": "prepare", "ready": False, "restartCount": 0, "state": {"running": {}}}
    shop = Shop(lambda shop: shop.wait("cart", "PodInitializing"))
    shop.change_template("cart", lambda spec: spec.update(initContainers=[container]))
    shop.pod("cart")["status"]["initContainerStatuses"] = [state]
    return shop


def _first(shop: Shop, *, text: bool = False) -> Finding:
    return max(_read(as_text(shop) if text else as_yaml(shop)).findings, key=lambda finding: finding.salience)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("until nc -z stores 6379; do sleep 2; done", "stores, and no such service exists"),
        ("until nslookup store1; do sleep 2; done", "store1, and no such service exists"),
        ("until nc -z store 6380; do sleep 2; done", "port 6380, which service store does not have"),
        ("wait-for-it.sh store.shop.svc.cluster.local:6380", "port 6380, which service store does not have"),
    ],
)
def test_a_container_that_waits_for_nothing_there_is_why_the_pod_does_not_start(command: str, reason: str) -> None:
    """Its command names a service that is not there, or a port that the service lacks; the line is cited."""
    found = _first(_waiting(command))

    assert (found.component, found.category, found.role) == ("cart", Category.CONFIGURATION_MISMATCH, "cause")
    assert found.summary == f"cart waits for its init container prepare, which waits for {reason}"
    assert command in found.text


def test_a_container_that_waits_for_what_exists_shows_a_dependency() -> None:
    """Then the fault is with what it waits for, and the evidence graph learns who depends on whom."""
    shop = _waiting("until nc -z store 6379; do sleep 2; done")
    shop.change_template("cart", lambda spec: spec["containers"][0].update(env=[]))

    found = _first(shop)

    assert (found.role, found.summary) == (
        "symptom",
        "cart waits for its init container prepare, which waits for store",
    )
    assert ("cart", "store") in _read(as_yaml(shop)).dependencies


def test_a_container_of_which_no_more_is_known_is_named() -> None:
    """That the pod waits for it is all that can be said, and is said from text as well."""
    shop = _waiting("/migrate up")
    described = as_text(shop)["describe_pods.txt"]

    assert _first(shop).summary == "cart waits for its init container prepare, which does not end"
    assert "prepare" in described


def test_a_sidecar_among_the_preparing_containers_runs_on() -> None:
    """One that is to be restarted always does not end, and nobody waits for its end."""
    shop = _waiting("until nc -z stores 6379; do sleep 2; done", restartPolicy="Always")

    assert [f.rule for f in _read(as_yaml(shop)).findings if f.salience >= 0.3] == ["cluster.not-ready"]
