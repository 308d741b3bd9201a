"""What may go no further although nothing is broken: budgets, autoscalers, jobs and schedules."""

from io import BytesIO
from typing import Any

import pytest

from responder.evidence.interface import Artifact
from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes import KubernetesReader
from tests.triage.signals.kubernetes.shop import Shop, as_yaml


def _read(texts: dict[str, str]) -> list[Finding]:
    def of(path: str, raw: bytes) -> Artifact:
        return Artifact(path=path, size_bytes=len(raw), opener=lambda: BytesIO(raw))

    findings = KubernetesReader().read([of(path, text.encode()) for path, text in texts.items()]).findings
    return sorted((f for f in findings if f.salience >= 0.3), key=lambda f: -f.salience)


def _found(shop: Shop) -> list[tuple[str | None, str | None]]:
    return [(finding.rule, finding.component) for finding in _read(as_yaml(shop))]


def _budget(shop: Shop, *, cordoned: bool = True, healthy: int = 1, allowed: int = 0) -> None:
    status = {"disruptionsAllowed": allowed, "currentHealthy": healthy, "desiredHealthy": 1, "expectedPods": 1}
    shop.add(
        "PodDisruptionBudget",
        "keep",
        spec={"minAvailable": 1, "selector": {"matchLabels": {"app": "cart"}}},
        status=status,
    )
    if cordoned:
        shop.get("Node", "node-a")["spec"]["unschedulable"] = True


def test_a_budget_that_spares_nobody_is_why_a_node_is_not_drained() -> None:
    """It is named with its wish, on the line of the wish, while a node that runs such a pod is cordoned."""
    (found,) = _read(as_yaml(Shop(_budget)))

    assert (found.rule, found.component, found.category) == (
        "cluster.budget",
        "cart",
        Category.DEPLOYMENT_SCHEDULING,
    )
    assert found.text.strip() == "minAvailable: 1"
    assert found.summary == (
        "The disruption budget keep (minAvailable 1) lets none of the pods of cart go, so node-a cannot be drained"
    )


@pytest.mark.parametrize("changed", [{"cordoned": False}, {"healthy": 0}, {"allowed": 1}])
def test_a_budget_is_no_trouble_of_its_own(changed: dict[str, Any]) -> None:
    """Nobody drains a node, a pod is missing already, or one may go: then the budget explains nothing."""
    assert _found(Shop(lambda shop: _budget(shop, **changed))) == []


DESCRIBED_BUDGET = """\
Name:           keep
Namespace:      shop
Min available:  1
Selector:       app=cart
Status:
    Allowed disruptions:  0
    Current:              1
    Desired:              1
    Total:                1
Events:                   <none>
"""


def test_a_described_budget_says_the_same() -> None:
    """`kubectl describe poddisruptionbudgets` beside the dump of pods and nodes is enough."""
    shop = Shop(lambda shop: shop.get("Node", "node-a")["spec"].update(unschedulable=True))

    assert [f.rule for f in _read(as_yaml(shop) | {"budgets.txt": DESCRIBED_BUDGET})] == ["cluster.budget"]


def _scaler(shop: Shop, there: int, now: int, *, resource: str = "cpu", reason: str = "DesiredWithinRange") -> None:
    aim = {"resource": {"name": resource, "target": {"type": "Utilization", "averageUtilization": 70}}}
    load = {"resource": {"name": resource, "current": {"averageUtilization": now}}}
    limited = str(reason != "DesiredWithinRange")
    shop.add(
        "HorizontalPodAutoscaler",
        "cart",
        spec={"scaleTargetRef": {"kind": "Deployment", "name": "cart"}, "maxReplicas": 4, "metrics": [aim]},
        status={
            "currentReplicas": there,
            "currentMetrics": [load],
            "conditions": [{"type": "ScalingLimited", "status": limited, "reason": reason, "message": "said so"}],
        },
    )


@pytest.mark.parametrize(("resource", "category"), [("cpu", Category.CPU), ("memory", Category.MEMORY)])
def test_an_autoscaler_at_its_end_is_short_of_what_it_measures(resource: str, category: Category) -> None:
    """All replicas are there, and the measure is still above its aim: it says by how much."""
    (found,) = _read(as_yaml(Shop(lambda shop: _scaler(shop, 4, 192, resource=resource, reason="TooManyReplicas"))))

    assert (found.component, found.category) == ("cart", category)
    assert found.summary == (
        "The autoscaler of cart may not go beyond 4 replicas, and the load asks for more:"
        f" {resource} at 192% where 70% is aimed at"
    )


@pytest.mark.parametrize(("there", "now"), [(3, 192), (4, 74), (4, 20)])
def test_an_autoscaler_that_may_still_grow_or_need_not_is_no_trouble(there: int, now: int) -> None:
    """Below its maximum, or within the tenth that it tolerates, there is nothing to say."""
    assert _found(Shop(lambda shop: _scaler(shop, there, now))) == []


DESCRIBED_SCALER = """\
Name:                                                  cart
Namespace:                                             shop
Labels:                                                <none>
Reference:                                             Deployment/cart
Metrics:                                               ( current / target )
  resource cpu on pods  (as a percentage of request):  {now}% (480m) / 70%
Min replicas:                                          1
Max replicas:                                          4
Deployment pods:                                       4 current / 4 desired
"""
SCALERS = """\
NAME   REFERENCE         TARGETS        MINPODS   MAXPODS   REPLICAS   AGE
cart   Deployment/cart   cpu: {now}%/70%   1         4         4          38d
"""


@pytest.mark.parametrize("form", [DESCRIBED_SCALER, SCALERS])
def test_an_autoscaler_in_text_says_the_same(form: str) -> None:
    """Described or as a row of a table, the load stands against the aim."""
    (found,) = _read({"scalers.txt": form.format(now=192)})

    assert (found.component, found.category) == ("cart", Category.CPU)
    assert _read({"scalers.txt": form.format(now=60)}) == []


def _job(shop: Shop, **states: dict[str, Any]) -> None:
    pod = shop.add("Pod", "report-x2x4z", spec={"containers": [{"name": name} for name in states]})
    pod["metadata"]["ownerReferences"] = [{"kind": "Job", "name": "report"}]
    statuses = [{"name": name, "ready": "running" in state, "state": state} for name, state in states.items()]
    conditions = [{"type": "Ready", "status": "False"}]
    pod["status"] = {"phase": "Running", "containerStatuses": statuses, "conditions": conditions}


def test_a_job_that_waits_for_its_helper_does_not_end() -> None:
    """The work is done and a proxy beside it runs on: the proxy is named."""
    done: dict[str, Any] = {"terminated": {"reason": "Completed", "exitCode": 0}}
    both = Shop(lambda shop: _job(shop, main=done, proxy={"running": {}}))
    working = Shop(lambda shop: _job(shop, main={"running": {}}, proxy={"running": {}}))

    (found,) = _read(as_yaml(both))

    assert (found.rule, found.component) == ("cluster.endless-job", "report")
    assert found.summary == "The job report does not end: its container proxy runs on, and main is done"
    assert ("cluster.endless-job", "report") not in _found(working)


def _schedule(shop: Shop, *, suspended: bool = True, last: str = "2026-05-01T10:00:00Z") -> None:
    status = {"lastScheduleTime": last} if last else {}
    shop.add("CronJob", "bills", spec={"schedule": "0 * * * *", "suspend": suspended}, status=status)
    shop.warn("Service", "web", "Seen", "nothing of note")


def test_a_schedule_that_was_switched_off_is_named() -> None:
    """It ran not long before the evidence was taken, so somebody may miss it; the sentence says when."""
    (found,) = _read(as_yaml(Shop(_schedule)))

    assert (found.component, found.role) == ("bills", "symptom")
    assert found.summary == "The schedule of bills is suspended; it last ran at 2026-05-01 10:00 UTC"


@pytest.mark.parametrize("changed", [{"suspended": False}, {"last": ""}, {"last": "2026-01-01T10:00:00Z"}])
def test_a_schedule_that_is_meant_to_rest_is_no_trouble(changed: dict[str, Any]) -> None:
    """It is not suspended, or never ran, or was switched off months ago."""
    assert _found(Shop(lambda shop: _schedule(shop, **changed))) == []


SCHEDULES = """\
NAME    SCHEDULE    TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE
bills   0 * * * *   <none>     {suspend}      0        {age}              90d
"""


@pytest.mark.parametrize(("suspend", "age", "expected"), [("True ", "8d", 1), ("False", "8d", 0), ("True ", "80d", 0)])
def test_a_row_of_a_schedule_says_the_same(suspend: str, age: str, expected: int) -> None:
    """A table of cron jobs shows what is suspended, and how long it has not run."""
    assert len(_read({"schedules.txt": SCHEDULES.format(suspend=suspend, age=age)})) == expected


DESCRIBED_SCHEDULE = """\
Name:                          bills
Namespace:                     shop
Labels:                        <none>
Schedule:                      0 * * * *
Concurrency Policy:            Forbid
Suspend:                       True
Starting Deadline Seconds:     <unset>
Last Schedule Time:  Fri, 01 May 2026 10:00:00 +0000
"""


def test_a_described_schedule_says_the_same() -> None:
    """`kubectl describe cronjobs` shows it too."""
    assert [finding.component for finding in _read({"schedules.txt": DESCRIBED_SCHEDULE})] == ["bills"]


def test_an_autoscaler_without_metrics_points_at_who_measures() -> None:
    """Where the metrics server itself is not ready, it is the culprit, and not the workload that is not scaled."""
    blind = {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "message": "no metrics"}

    def broken(shop: Shop) -> None:
        _scaler(shop, 1, 20)
        shop.get("HorizontalPodAutoscaler", "cart")["status"]["conditions"] = [blind]

    def unmeasured(shop: Shop) -> None:
        shop._workload("metrics-server", 4443, "")
        running = {"name": "metrics-server", "ready": False, "restartCount": 0, "state": {"running": {}}}
        shop._down("metrics-server", "Running", [running])
        broken(shop)

    assert _found(Shop(broken)) == [("cluster.autoscaler", "cart")]
    assert _found(Shop(unmeasured))[0] == ("cluster.autoscaler", "metrics-server")


_DISCOVERY = "NamespaceDeletionDiscoveryFailure"


def _leaving(shop: Shop, *held: str, phase: str = "Terminating") -> None:
    conditions = [{"type": name, "status": "True", "reason": "Why", "message": f"because of {name}"} for name in held]
    gone = shop.add("Namespace", "old", status={"phase": phase, "conditions": conditions})
    del gone["metadata"]["namespace"]


def test_a_namespace_that_cannot_go_says_what_holds_it() -> None:
    """An API that does not answer is the deeper reason; what is left stays because nobody can list it."""
    (api,) = _read(as_yaml(Shop(lambda shop: _leaving(shop, "NamespaceFinalizersRemaining", _DISCOVERY))))
    (left,) = _read(as_yaml(Shop(lambda shop: _leaving(shop, "NamespaceFinalizersRemaining"))))

    assert (api.component, api.category) == ("old", Category.CONTROL_PLANE)
    assert api.text.endswith(f"message: because of {_DISCOVERY}")
    assert left.category is Category.CONFIGURATION_MISMATCH
    assert _found(Shop(_leaving)) == []
