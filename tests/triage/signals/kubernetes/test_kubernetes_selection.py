"""Pods are found by labels as if each had been looked at."""

from io import BytesIO

import yaml
from hypothesis import given
from hypothesis import strategies as st

from responder.evidence.interface import Artifact
from responder.triage.signals.content import Content
from responder.triage.signals.kubernetes.facts import labels_of, matches
from responder.triage.signals.kubernetes.forms.documents import read_objects
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.selection import Selection

LABELS = st.dictionaries(st.sampled_from(["app", "tier"]), st.sampled_from(["a", "b", "c"]))


def _read(things: list[dict[str, object]]) -> list[Resource]:
    raw = "\n---\n".join(map(yaml.safe_dump, things)).encode()
    return read_objects(Content(Artifact(path="x.yaml", size_bytes=len(raw), opener=lambda: BytesIO(raw))), "yaml")[0]


@given(pods=st.lists(st.tuples(LABELS, st.sampled_from(["shop", "ops"])), max_size=6), wanted=LABELS)
def test_a_selection_picks_what_looking_at_each_pod_picks(
    pods: list[tuple[dict[str, str], str]], wanted: dict[str, str]
) -> None:
    """The index leaves out no pod that a selector picks, and adds none; an empty selector picks a whole namespace."""
    things: list[dict[str, object]] = [
        {"kind": "Pod", "metadata": {"name": f"p{at}", "namespace": space, "labels": labels}, "status": {"phase": "x"}}
        for at, (labels, space) in enumerate(pods)
    ]
    picker = {"kind": "Picker", "metadata": {"name": "one"}, "spec": {"selector": {"matchLabels": wanted}}}
    *found, last = _read([*things, picker])
    selector = last.tree.at("spec", "selector")

    selection = Selection(Cluster(found))

    plain = [pod for pod in found if pod.namespace == "shop" and matches(selector, labels_of(pod))]
    assert selection.picked(selector, "shop") == plain
    assert selection.fitting(wanted, "shop") == plain
