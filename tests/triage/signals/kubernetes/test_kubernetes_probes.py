"""Probes that wait too little, by what the log says, and containers that their CPU limit holds back."""

from io import BytesIO
from typing import Any

import pytest
import yaml

from responder.causes import default_engine as cause_engine
from responder.evidence.interface import Artifact
from responder.incident import Category
from responder.triage import default_engine
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes import KubernetesReader
from tests.triage.signals.kubernetes.shop import HASH, Shop, as_text, as_yaml

CART = f"cart-{HASH}-x2x4z"
LOG = f"logs/{CART}.log"
LATE = 'probe failed: Get "http://10.1.0.4:7070/ready": context deadline exceeded (Client.Timeout exceeded)'
REFUSED = "probe failed: dial tcp 10.1.0.4:7070: connect: connection refused"


def _artifacts(texts: dict[str, str]) -> list[Artifact]:
    def of(path: str, raw: bytes) -> Artifact:
        return Artifact(path=path, size_bytes=len(raw), opener=lambda: BytesIO(raw))

    return [of(path, text.encode()) for path, text in texts.items()]


def _found(texts: dict[str, str], rule: str) -> list[Finding]:
    return [f for f in KubernetesReader().read(_artifacts(texts)).findings if f.rule == f"cluster.{rule}"]


def _probe(kind: str, message: str, **times: Any) -> Shop:
    shop = Shop()
    probe = {"httpGet": {"path": "/ready", "port": 7070}, **times}
    shop.change_template("cart", lambda spec: spec["containers"][0].update({kind: probe}))
    state: dict[str, Any] = {"name": "cart", "ready": False, "restartCount": 9, "state": {"running": {}}}
    shop._down("cart", "Running", [state])
    shop.warn("Pod", CART, "Unhealthy", f"{kind.removesuffix('Probe').capitalize()} {message}", 30)
    return shop


STARTS = [
    "INFO main c.s.Cart : Started Cart in 48.3 seconds (process running for 49.9)",
    "Server ready after 48300 ms",
    "Startup took 48.3s",
    "boot: initialized in 48.3 s",
]


@pytest.mark.parametrize("line", STARTS)
def test_a_probe_that_gives_up_before_the_start_is_over_is_named(line: str) -> None:
    """The time that the log states stands against the time that the probe leaves, and both are in the sentence."""
    shop = _probe("livenessProbe", REFUSED, initialDelaySeconds=10, periodSeconds=5, failureThreshold=3)
    texts = as_yaml(shop) | {LOG: f"loading\n{line}\n"}

    lead = cause_engine().explain(default_engine().triage(_artifacts(texts))).hypotheses[0]

    assert (lead.component, lead.category) == ("cart", Category.DEPLOYMENT_PROBE)
    assert lead.summary.startswith(
        f"The liveness probe of cart gives up 21 s after the start, which takes 48.3 s by its log ({LOG}:2)"
    )


def test_a_startup_probe_that_is_patient_enough_guards_the_start() -> None:
    """Then the liveness probe waits for it, and its own times do not matter to the start."""
    shop = _probe("livenessProbe", REFUSED, initialDelaySeconds=1, periodSeconds=5, failureThreshold=3)
    patient = {"tcpSocket": {"port": 7070}, "periodSeconds": 10, "failureThreshold": 30}
    shop.change_template("cart", lambda spec: spec["containers"][0].update(startupProbe=patient))

    assert _found(as_yaml(shop) | {LOG: STARTS[0]}, "probe-too-early") == []


def test_a_readiness_probe_ends_no_start() -> None:
    """However early it asks, it only waits."""
    shop = _probe("readinessProbe", REFUSED, periodSeconds=1, failureThreshold=1)

    assert _found(as_yaml(shop) | {LOG: STARTS[0]}, "probe-too-early") == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("method=GET path=/ready status=200 duration_ms=1741", "takes 1.741 s"),
        ('{"path": "/ready", "status": 200, "latency": "2.5s"}', "takes 2.5 s"),
        ("GET /ready 200 took 1.2 s", "takes 1.2 s"),
        ("method=GET path=/ready status=200 duration_ms=14", ""),
        ("method=GET path=/cart status=200 duration_ms=1741", ""),
        ("method=GET path=/ready status=200 duration=1741", ""),
    ],
)
def test_a_probe_that_waits_less_than_an_answer_takes_is_named(line: str, said: str) -> None:
    """Only an answer to the probe's own path counts, and only where the log says in which unit it measures."""
    shop = _probe("readinessProbe", LATE, timeoutSeconds=1)
    found = _found(as_yaml(shop) | {LOG: f"{line}\n"}, "probe-too-short")

    assert [finding.component for finding in found] == (["cart"] if said else [])
    assert all(said in finding.summary for finding in found)


TOP = "NAME                    CPU(cores)   MEMORY(bytes)\n{pod}   {cpu}m         40Mi\n"


def test_a_workload_that_its_limit_holds_back_answers_its_probe_late() -> None:
    """`kubectl top` at the CPU limit explains probes without an answer, described or dumped."""
    shop = Shop(lambda shop: shop.warn("Pod", CART, "Unhealthy", f"Readiness {LATE}", 30))

    for texts in (as_yaml(shop), as_text(shop)):
        explained = default_engine().triage(_artifacts(texts | {"top.txt": TOP.format(pod=CART, cpu=199)}))
        lead = cause_engine().explain(explained).hypotheses[0]
        assert (lead.component, lead.category) == ("cart", Category.CPU)
        assert "cart uses 199m of CPU, and its limit is 200m" in lead.summary


@pytest.mark.parametrize(("cpu", "limited"), [(120, True), (900, False)])
def test_who_is_not_at_a_limit_is_not_held_back(cpu: int, limited: bool) -> None:
    """Less than the limit, or no limit at all, holds nobody back."""
    shop = Shop()
    if not limited:
        shop.change_template("cart", lambda spec: spec["containers"][0]["resources"].pop("limits"))

    assert _found(as_yaml(shop) | {"top.txt": TOP.format(pod=CART, cpu=cpu)}, "used-up") == []


def test_a_busy_worker_that_nobody_waits_for_is_a_symptom_at_most() -> None:
    """It may take all that it is given."""
    (found,) = _found(as_yaml(Shop()) | {"top.txt": TOP.format(pod=CART, cpu=199)}, "used-up")

    assert (found.role, found.salience) == ("symptom", 0.5)


def test_metrics_of_the_api_say_the_same_as_the_table() -> None:
    """`kubectl get pods.metrics.k8s.io -o yaml` counts in billionths of a core."""
    usage = {"name": "cart", "usage": {"cpu": "199123456n", "memory": "40Mi"}}
    meta = {"name": CART, "namespace": "shop", "creationTimestamp": "2026-05-04T10:00:00Z"}
    metrics = {"apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics", "metadata": meta, "containers": [usage]}

    (found,) = _found(as_yaml(Shop()) | {"metrics.yaml": yaml.safe_dump(metrics)}, "used-up")

    assert found.summary.startswith("cart uses 199m of CPU")


def test_a_node_without_anything_left_is_named() -> None:
    """`kubectl top nodes` gives the shares itself."""
    top = "NAME     CPU(cores)   CPU%   MEMORY(bytes)   MEMORY%\nnode-a   7980m        99%    4000Mi          25%\n"

    (found,) = _found(as_yaml(Shop()) | {"top.txt": top}, "used-up")

    assert (found.component, found.category) == ("node-a", Category.CPU)
