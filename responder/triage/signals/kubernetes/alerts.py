"""Alerts that stand beside the objects: a JSON list of what a watcher of the cluster found abnormal."""

import json
import re
from collections.abc import Iterator

from msgspec import Struct

from responder.incident import Category, ComponentKind
from responder.patterns import lazy
from responder.triage.interface import Finding
from responder.triage.signals.content import Content
from responder.triage.signals.kubernetes.objects import app_of
from responder.triage.signals.kubernetes.trouble import trouble

__all__ = ["findings_of_alerts"]

_CHANGE = lazy(r"\(\+(?P<percent>\d{1,12}(?:\.\d{1,6})?)%\)")
_KINDS = (
    (lazy(r"retrans|packet|network", re.IGNORECASE), Category.CONNECTIVITY),
    (lazy(r"throttl|\bcpu", re.IGNORECASE), Category.CPU),
    (lazy(r"memory|\boom", re.IGNORECASE), Category.MEMORY),
    (lazy(r"disk|\bio_?wait|filesystem", re.IGNORECASE), Category.DISK),
    (lazy(r"latency|slow|duration", re.IGNORECASE), Category.LATENCY),
    (lazy(r"error|success|avail|down", re.IGNORECASE), Category.DEPENDENCY_UNAVAILABLE),
)
"""By the words of an alert, the nearer to a cause the earlier."""
_NODE, _MOST, _OTHERS = 0.97, 0.9, 0.5


class _Alert(Struct, frozen=True):
    name: str
    on_node: bool
    category: Category
    percent: float
    text: str


def findings_of_alerts(content: Content) -> Iterator[Finding]:
    """One finding for each alert: a node's above those of services, then the one that deviates most."""
    try:
        listed = json.loads(content.text).get("alerts", ())
    except (ValueError, RecursionError, AttributeError):
        return
    items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    alerts = [alert for alert in map(_alert, items) if alert is not None]
    most = max((alert.percent for alert in alerts if not alert.on_node), default=0.0)
    for alert in alerts:
        leads = alert.on_node or alert.percent >= most
        yield trouble(
            content,
            _line_of(content, alert.text),
            rule="alert",
            category=alert.category,
            component=alert.name if alert.on_node else app_of(alert.name),
            kind=ComponentKind.NODE if alert.on_node else None,
            summary=f"An alert on {alert.name}: {alert.text[:160]}",
            next_check="Compare the alert's metric with that of its neighbours and of what it calls",
            remedy="Take away what slows it: load, a limit, or a fault of its network",
            salience=_NODE if alert.on_node else _MOST if leads else _OTHERS,
            role="cause" if leads else "symptom",
            explains=("cluster.alert", "network.*", "dependency.*"),
        )


def _alert(item: dict[str, object]) -> _Alert | None:
    name, evidence = item.get("name"), item.get("evidence")
    said = [line for line in evidence if isinstance(line, str)] if isinstance(evidence, list) else []
    if not isinstance(name, str) or not name or not said:
        return None
    text = "; ".join(said)[:4000]
    category = next((category for words, category in _KINDS if words.search(text)), None)
    percents = [float(match["percent"]) for match in _CHANGE.finditer(text)]
    if category is None:
        return None
    return _Alert(name, str(item.get("type", "")).lower() == "node", category, max(percents, default=0.0), said[0])


def _line_of(content: Content, text: str) -> int:
    """The line where the first words of an alert stand, as JSON writes them."""
    at = content.text.find(json.dumps(text)[1:-1])
    at = at if at >= 0 else content.text.find(json.dumps(text, ensure_ascii=False)[1:-1])
    return content.line_at(max(at, 0))
