"""Logs that are called after a pod belong to its workload, where the state of the cluster knows one."""

import pytest

from responder.causes import default_engine
from responder.causes.graph import build_graph
from responder.causes.naming import workload_of
from responder.incident import Category
from tests.causes.findings import finding, triage


@pytest.mark.parametrize(
    ("name", "workload"),
    [
        ("report-x2x4z", "report"),
        ("cart-7d9f8b6c5d-x2x4z", "cart"),
        ("cart-7d9f8b6c5d-x2x4z_migrate", "cart"),
        ("cart_migrate", "cart"),
        ("cart-proxy", "cart-proxy"),
        ("store-0", "store-0"),
        ("elsewhere-x2x4z", "elsewhere-x2x4z"),
    ],
)
def test_a_pod_is_called_after_its_workload(name: str, workload: str) -> None:
    """The letters that Kubernetes adds, and a container after a `_`, say whose the log is; other names stay."""
    assert workload_of(name, frozenset({"report", "cart", "store"})) == workload


def test_the_log_of_a_jobs_pod_explains_the_job() -> None:
    """What the pod wrote and what the cluster says of its job are one story, and it is about the job."""
    wrote = finding("ValueError: no rate", component="report-x2x4z", role="cause", category=Category.CODE_EXCEPTION)
    state = finding("message: limit", component="report", rule="cluster.crash-loop", path="jobs.yaml", seconds=9)
    files: dict[str, str | None] = {"report-x2x4z.log": "report-x2x4z", "jobs.yaml": None}

    explained = default_engine().explain(triage([wrote, state], files=files, dependencies=[("report-x2x4z", "store")]))

    assert {hypothesis.component for hypothesis in explained.hypotheses} == {"report"}
    assert explained.hypotheses[0].category is Category.CODE_EXCEPTION


@pytest.mark.parametrize(
    ("logs", "expected"), [(("store-0",), {"store"}), (("store-0", "store-1"), {"store-0", "store-1"})]
)
def test_the_members_of_a_set_stay_apart_only_where_several_wrote(logs: tuple[str, ...], expected: set[str]) -> None:
    """The only log of a stateful set is the set's; of several, which member failed is worth knowing."""
    state = finding("replicas: 1", component="store", rule="cluster.crash-loop", path="sets.yaml", salience=0.31)
    wrote = [finding(f"no space left on {name}", component=name, role="cause", category=Category.DISK) for name in logs]
    files: dict[str, str | None] = {**{f"{name}.log": name for name in logs}, "sets.yaml": None}

    graph, about = build_graph(triage([*wrote, state], files=files), [*wrote, state])

    assert {one.component for one in about if one.category is Category.DISK} == expected
    assert expected <= graph.components
