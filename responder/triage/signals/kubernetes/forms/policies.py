"""Storage, limits and policies of `kubectl describe` as the API writes them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from responder.patterns import lazy
from responder.triage.signals.kubernetes.forms.pods import conditions_of, labels_of
from responder.triage.signals.kubernetes.forms.sections import Parts, Section, find, leaf_of, told
from responder.triage.signals.trees import Tree, branch, leaf, listed

__all__ = [
    "account_parts",
    "budget_parts",
    "claim_parts",
    "class_parts",
    "data_parts",
    "limits_parts",
    "matching",
    "measured",
    "quota_parts",
    "scaler_parts",
    "schedule_parts",
    "volume_parts",
]

_MODES = {"RWO": "ReadWriteOnce", "ROX": "ReadOnlyMany", "RWX": "ReadWriteMany", "RWOP": "ReadWriteOncePod"}
"""Access modes as kubectl shortens them."""
_SCALED = lazy(r"\d{1,6} current / \d{1,6} desired")
_LOAD = lazy(r"resource (?P<name>\w+) \S.{0,80}:\s+(?P<now>\d{1,6})%.{0,40} / (?P<aim>\d{1,6})%")


def claim_parts(outer: Sequence[Section]) -> Parts:
    """A claim: what it asks for, what it got, and which pods use it."""
    used = find(outer, "Used By")
    return {
        "spec": branch(
            outer[0].line,
            {
                "storageClassName": leaf_of(find(outer, "StorageClass")) or None,
                "volumeName": leaf_of(find(outer, "Volume")) or None,
                "accessModes": _modes(find(outer, "Access Modes")),
                "volumeMode": leaf_of(find(outer, "VolumeMode")) or None,
            },
        ),
        "status": branch(
            outer[0].line,
            {
                "phase": leaf_of(find(outer, "Status")),
                "usedBy": listed(used.line, [leaf(text, line) for line, text in used.values()]) if used else None,
            },
        ),
    }


def _modes(section: Section | None) -> Tree | None:
    if section is None or not told(section.value):
        return None
    names = [name.strip() for name in section.value.split(",")]
    return listed(section.line, [leaf(_MODES.get(name, name), section.line) for name in names])


def volume_parts(outer: Sequence[Section]) -> Parts:
    """A volume: what it offers, and to whom it is bound."""
    capacity = find(outer, "Capacity")
    return {
        "spec": branch(
            outer[0].line,
            {
                "storageClassName": leaf_of(find(outer, "StorageClass")) or None,
                "accessModes": _modes(find(outer, "Access Modes")),
                "capacity": branch(capacity.line, {"storage": leaf_of(capacity)}) if capacity else None,
                "claimRef": leaf_of(find(outer, "Claim")) or None,
            },
        ),
        "status": branch(outer[0].line, {"phase": leaf_of(find(outer, "Status"))}),
    }


def class_parts(outer: Sequence[Section]) -> Parts:
    """A storage class."""
    return {
        "provisioner": leaf_of(find(outer, "Provisioner")),
        "volumeBindingMode": leaf_of(find(outer, "VolumeBindingMode")) or None,
    }


def quota_parts(outer: Sequence[Section]) -> Parts:
    """A quota: what may be used of each resource, and what is."""
    rows = [(section.line, section.text.split()) for section in outer]
    amounts = [(line, cells) for line, cells in rows if len(cells) == 3 and cells[1][:1].isdigit()]
    first = outer[0].line
    return {
        "status": branch(
            first,
            {
                "hard": Tree({cells[0]: leaf(cells[2], line) for line, cells in amounts}, first),
                "used": Tree({cells[0]: leaf(cells[1], line) for line, cells in amounts}, first),
            },
        )
    }


def limits_parts(outer: Sequence[Section]) -> Parts:
    """A limit range: the least, the most and the default of each resource."""
    items = []
    for section in outer:
        cells = section.text.split()
        if len(cells) >= 6 and cells[0] in ("Container", "Pod", "PersistentVolumeClaim"):
            named = zip(("min", "max", "defaultRequest", "default"), cells[2:6], strict=False)
            found = {
                key: Tree({cells[1]: leaf(value, section.line)}, section.line) for key, value in named if value != "-"
            }
            items.append(branch(section.line, {"type": leaf(cells[0], section.line), **found}))
    return {"spec": branch(outer[0].line, {"limits": listed(outer[0].line, items)})}


def account_parts(outer: Sequence[Section]) -> Parts:
    """A service account: the secrets that its pods pull images with."""
    secrets = find(outer, "Image pull secrets")
    if secrets is None:
        return {}
    items = [branch(line, {"name": leaf(text.removesuffix(" (not found)"), line)}) for line, text in secrets.values()]
    return {"imagePullSecrets": listed(secrets.line, items)}


def data_parts(outer: Sequence[Section]) -> Parts:
    """The keys of a config map: each stands alone above a line of dashes."""
    found = {}
    for one, below in pairwise(outer):
        if below.text == "----" and one.key and not one.value:
            found[one.key] = leaf("", one.line)
    return {"data": Tree(found, outer[0].line)}


def scaler_parts(outer: Sequence[Section]) -> Parts:
    """An autoscaler: whom it scales between which numbers, by what, and whether it can."""
    reference = next((section for section in outer if section.key == "Reference"), None)
    kind, _, name = (reference.value if reference else "").partition("/")
    line = reference.line if reference else outer[0].line
    least, most = find(outer, "Min replicas"), find(outer, "Max replicas")
    shown = find(outer, "Metrics")
    pods = next((section for section in outer if _SCALED.match(section.value)), None)
    aims, loads = measured(
        [
            (match["name"], match["now"], match["aim"], row.line)
            for row in _rows(shown)
            if (match := _LOAD.match(row.text))
        ]
    )
    return {
        "spec": branch(
            line,
            {
                "scaleTargetRef": branch(line, {"kind": leaf(kind, line), "name": leaf(name, line)}),
                "minReplicas": leaf_of(least) or None,
                "maxReplicas": leaf_of(most) or None,
                "metrics": aims,
            },
        ),
        "status": branch(
            line,
            {
                "conditions": conditions_of(find(outer, "Conditions")),
                "currentMetrics": loads,
                "currentReplicas": leaf(pods.value.partition(" ")[0], pods.line) if pods else None,
            },
        ),
    }


def _rows(section: Section | None) -> Sequence[Section]:
    return section.inner if section else ()


def measured(rows: Iterable[tuple[str, str, str, int]]) -> tuple[Tree, Tree]:
    """What an autoscaler aims at and what it measures, of name, percentage now, percentage aimed at, and line."""
    aims, loads = [], []
    for name, now, aim, line in rows:
        target = branch(line, {"averageUtilization": leaf(aim, line)})
        aims.append(branch(line, {"resource": branch(line, {"name": leaf(name, line), "target": target})}))
        current = branch(line, {"averageUtilization": leaf(now, line)})
        loads.append(branch(line, {"resource": branch(line, {"name": leaf(name, line), "current": current})}))
    first = aims[0].line if aims else 0
    return listed(first, aims), listed(first, loads)


def schedule_parts(outer: Sequence[Section]) -> Parts:
    """A cron job: its schedule, whether it is suspended, and when it last ran."""
    keys = {
        "schedule": "Schedule",
        "suspend": "Suspend",
        "concurrencyPolicy": "Concurrency Policy",
        "startingDeadlineSeconds": "Starting Deadline Seconds",
    }
    last = leaf_of(find(outer, "Last Schedule Time"))
    return {
        "spec": branch(outer[0].line, {key: leaf_of(find(outer, shown)) or None for key, shown in keys.items()}),
        "status": branch(outer[0].line, {"lastScheduleTime": last or None}),
    }


def budget_parts(outer: Sequence[Section]) -> Parts:
    """A disruption budget: what must stay, and how many may go now."""
    status = find(outer, "Status")
    shown = {"disruptionsAllowed": "Allowed disruptions", "currentHealthy": "Current", "expectedPods": "Total"}
    found: dict[str, Tree | None] = {}
    for key, name in shown.items():
        found[key] = leaf_of(find(outer, name) or (status.get(name) if status else None)) or None
    least, most = leaf_of(find(outer, "Min available")), leaf_of(find(outer, "Max unavailable"))
    return {
        "spec": branch(
            outer[0].line,
            {
                "minAvailable": least or None,
                "maxUnavailable": most or None,
                "selector": matching(find(outer, "Selector")),
            },
        ),
        "status": branch(outer[0].line, found),
    }


def matching(section: Section | None) -> Tree | None:
    """A selector of plain labels; None where it names none."""
    labels = labels_of(section)
    return branch(labels.line, {"matchLabels": labels}) if labels else None
