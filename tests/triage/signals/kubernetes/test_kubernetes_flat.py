"""Summaries that tools make of a cluster: lists under the names of kinds, fields in snake case."""

import json
from io import BytesIO
from typing import Any

from responder.causes import default_engine as cause_engine
from responder.evidence.interface import Artifact
from responder.incident import Category, Verdict
from responder.triage import default_engine
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes import KubernetesReader

Thing = dict[str, Any]


def _artifacts(**documents: Thing) -> list[Artifact]:
    def of(name: str, raw: bytes) -> Artifact:
        return Artifact(path=f"{name}.json", size_bytes=len(raw), opener=lambda: BytesIO(raw))

    return [of(name, json.dumps(document, indent=2).encode()) for name, document in documents.items()]


def _pods(*, ready: bool, restarts: int, reason: str = "") -> Thing:
    state: Thing = {"waiting": True, "reason": reason, "message": "back-off"} if reason else {"running": True}
    container = {"name": "cart", "ready": ready, "restart_count": restarts, "state": state}
    pod = {"name": "cart-7d9f8b6c5d-x2x4z", "namespace": "shop", "phase": "Running", "containers": [container]}
    return {"pods": [{**pod, "node_name": "node-a"}]}


def _event(reason: str, message: str, count: int, last: str = "2026-05-04T10:05:00Z") -> Thing:
    times = {"first_time": "2026-05-04T10:00:00Z", "last_time": last}
    about = "Pod/cart-7d9f8b6c5d-x2x4z"
    said = {"reason": reason, "message": message, "type": "Warning", "count": count, "involved_object": about}
    return {"namespace": "shop", **said, **times}


def _told(**documents: Thing) -> list[Finding]:
    findings = KubernetesReader().read(_artifacts(**documents)).findings
    return sorted((f for f in findings if f.salience >= 0.3), key=lambda f: -f.salience)


def test_a_summary_names_the_fault_and_when() -> None:
    """The event in a summary is read like one of the API, with its object, count and moment."""
    events = {"warning_events": [_event("BackOff", "Back-off restarting cart (reason: OOMKilled, exit code: 137)", 8)]}

    first = _told(events=events, pods=_pods(ready=False, restarts=8, reason="CrashLoopBackOff"))[0]

    assert (first.category, first.component, first.count) == (Category.MEMORY, "cart", 8)
    assert f"{first.timestamp:%H:%M}" == "10:00"


def test_a_node_without_disk_is_found_in_a_flat_list() -> None:
    """States of a node that stand beside its name count like its conditions."""
    nodes = {"cluster": "shop", "nodes": [{"name": "node-a", "ready": "True", "disk_pressure": "True"}]}

    (finding,) = _told(nodes=nodes)

    assert (finding.category, finding.component) == (Category.DISK, "node-a")
    assert '"disk_pressure": "True"' in finding.text


def test_fewer_ready_than_desired_is_told() -> None:
    """A deployment short of pods is a symptom even where nothing else is known."""
    deployments = {"deployments": [{"name": "cart", "namespace": "shop", "desired": 3, "ready": 1}]}

    (finding,) = _told(deployments=deployments)

    assert (finding.component, finding.role) == ("cart", "symptom")


def test_a_probe_that_failed_for_a_moment_restarted_nothing() -> None:
    """A liveness probe of a pod that is ready and never was restarted failed too seldom to matter."""
    events = {"warning_events": [_event("Unhealthy", "Liveness probe failed: connection refused", 3)]}

    assert _told(events=events, pods=_pods(ready=True, restarts=0)) == []
    assert _told(events=events, pods=_pods(ready=True, restarts=3)) != []


def test_an_event_of_days_ago_explains_nothing_now() -> None:
    """Of a collection of events only those near the newest are about what is wrong now."""
    old = _event("FailedMount", "MountVolume.SetUp failed for volume data: transient", 1, "2026-04-30T10:00:00Z")
    new = _event("Failed", "Failed to pull image registry.example/cart:9: manifest unknown", 6)

    told = _told(events={"events": [old, new]}, pods=_pods(ready=False, restarts=0, reason="ImagePullBackOff"))

    assert [finding.category for finding in told] == [Category.DEPLOYMENT_IMAGE]


def test_an_alert_about_a_node_is_over_when_every_node_is_ready() -> None:
    """What an alert says of a node counts for less than the state of the nodes that is there to be read."""
    alert = {"title": "Warning events", "summary": "Several events fired (NodeNotReady, BackOff, Unhealthy)."}
    sound = {"nodes": [{"name": "node-a", "ready": "True"}]}
    broken = {"nodes": [{"name": "node-a", "ready": "False"}]}
    pods = _pods(ready=True, restarts=0)

    def verdict(nodes: Thing) -> Verdict:
        return cause_engine().explain(default_engine().triage(_artifacts(alert=alert, nodes=nodes, pods=pods))).verdict

    assert verdict(sound) is Verdict.HEALTHY
    assert verdict(broken) is Verdict.DIAGNOSED
