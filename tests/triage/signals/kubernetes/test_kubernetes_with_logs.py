"""What the state of the cluster and the logs of its programs say together."""

from io import BytesIO

from responder.causes import default_engine as cause_engine
from responder.causes.interface import Hypothesis
from responder.evidence.interface import Artifact
from responder.incident import Category, Verdict
from responder.triage import default_engine
from tests.triage.signals.kubernetes.shop import HASH, Shop, as_text

CART = f"cart-{HASH}-x2x4z"


def _lead(shop: Shop, **logs: str) -> Hypothesis:
    texts = as_text(shop) | {f"logs/{name}.log": text for name, text in logs.items()}
    return cause_engine().explain(default_engine().triage([_artifact(*item) for item in texts.items()])).hypotheses[0]


def _artifact(path: str, text: str) -> Artifact:
    raw = text.encode()
    return Artifact(path=path, size_bytes=len(raw), opener=lambda: BytesIO(raw))


def test_the_last_words_say_why_a_container_ends() -> None:
    """Of a container that ends after each start its own log names the cause, however mildly it is worded."""
    shop = Shop(lambda s: s.wait("store", "CrashLoopBackOff", "", phase="Running", reason="Error", exitCode=1))
    log = "1:C 04 May 2026 10:00:00.000 * Redis version=7.2.4, just started\n"
    log += "1:M 04 May 2026 10:00:00.001 # Can't open or create append-only dir appendonlydir: Permission denied\n"

    lead = _lead(shop, store=log)

    assert lead.component == "store"
    assert lead.category in (Category.AUTHORIZATION, Category.STORAGE, Category.CONFIGURATION_INVALID)


def test_a_probe_fails_because_of_what_the_server_says() -> None:
    """A server that says it is out of connections fails its probe for that reason, and not because of the probe."""
    shop = Shop(lambda s: s.wait("store", "Error", "", phase="Running"))
    shop.warn("Pod", f"store-{HASH}-x2x4z", "Unhealthy", "Readiness probe failed: command timed out", count=40)
    lines = [f"2026-05-04T10:{minute:02}:00Z 488 [Warning] Too many connections" for minute in range(60)]

    lead = _lead(shop, store="\n".join(lines) + "\n")

    assert (lead.component, lead.category) == ("store", Category.CONNECTIONS)


def test_pods_that_are_missing_without_a_reason_are_no_health() -> None:
    """A workload short of pods is told even where no object says why, and nothing is claimed of the cause."""

    def gone(shop: Shop) -> None:
        shop.things.remove(shop.pod("cart"))
        shop.get("Deployment", "cart")["status"] = {"replicas": 1, "unavailableReplicas": 1}
        shop.get("ReplicaSet", "cart")["status"] = {"replicas": 1}

    texts = as_text(Shop(gone))
    explanation = cause_engine().explain(default_engine().triage([_artifact(*item) for item in texts.items()]))

    assert explanation.verdict is Verdict.INCONCLUSIVE
    assert (explanation.hypotheses[0].component, explanation.hypotheses[0].category) == ("cart", Category.UNKNOWN)
