"""What a text holds of a cluster, by its beginning.

Most evidence is none of it. So this loads nothing else of the package, and each pattern is behind a plain search for
what it cannot match without.
"""

import re
from typing import Literal

from responder.patterns import lazy

__all__ = ["FLAT_KINDS", "Form", "ObjectForm", "form_of"]

ObjectForm = Literal["described", "table", "yaml", "json", "flat"]
"""A way in which objects are written."""
Form = ObjectForm | Literal["refused", "units", "alerts"]

FLAT_KINDS = {
    "pods": "Pod",
    "deployments": "Deployment",
    "statefulsets": "StatefulSet",
    "stateful_sets": "StatefulSet",
    "daemonsets": "DaemonSet",
    "daemon_sets": "DaemonSet",
    "replicasets": "ReplicaSet",
    "replica_sets": "ReplicaSet",
    "services": "Service",
    "nodes": "Node",
    "events": "Event",
    "warning_events": "Event",
    "warningEvents": "Event",
}
"""Names of the lists in which tools summarise objects, and the kind of what is in them."""

_UNITS = lazy(r"^\s+Active: (?:active|inactive|failed)", re.MULTILINE)
_PLACED = lazy(r"^Node:\s*\S", re.MULTILINE)
_REFUSED = lazy(r"\A(?:Error: )?Error from server[ :(][^\n]*\s*\Z")
"""What kubectl prints instead of what was asked for: it says that evidence is missing, and nothing of the system."""
_ALERTS = lazy(r'"alerts"\s*:\s*\[')
_TABLE = lazy(
    r"(?:NAMESPACE\s+)?(?:NAME\s{2,}(?:READY|STATUS|DESIRED|TYPE|ENDPOINTS|ADDRESSTYPE|DATA|AGE|SECRETS|CAPACITY"
    r"|PROVISIONER|ROLE|POD-SELECTOR|REFERENCE|MIN AVAILABLE|CLASS|COMPLETIONS|SCHEDULE|VALUE|WEBHOOKS|CPU)\b"
    r"|LAST SEEN\s+TYPE\s)"
)
_EVENT_ROW = lazy(r"\d+[smhd]\S*\s+(?:Normal|Warning)\s+\w+\s+[a-z.]+/")
_DESCRIBED = lazy(
    r"^Name:\s+\S[^\n]*\n(?:Namespace|Labels|Roles|Priority|StorageClass|IsDefaultClass|Value):", re.MULTILINE
)
_YAML = lazy(r"\A(?:#[^\n]*\n|---[^\n]*\n|\s)*+(?:apiVersion|kind|metadata|items):", re.MULTILINE)
_YAML_OBJECT = lazy(r"^(?:- |  )?kind: ?\"?[A-Z][A-Za-z]+\"?\s*$", re.MULTILINE)
_JSON_OBJECT = lazy(r'"kind"\s*:\s*"[A-Z][A-Za-z]+"')
_JSON_HEAD = lazy(r'\A\s*(?:\{|\[\s*\{)\s*"(?:apiVersion|kind|metadata|items|spec)"')
_FLAT = lazy(
    r'\A\s*\{\s*(?:"[\w-]{1,40}"\s*:\s*(?:"[^"\n]{0,200}"|[\w.-]{1,40})\s*,\s*){0,6}"(?:'
    + "|".join(FLAT_KINDS)
    + r')"\s*:\s*\[\s*\{'
)
"""A few scalars at most, then the list."""


def form_of(head: str) -> Form | None:
    """What the beginning of a text says it is; None when it holds nothing of a cluster."""
    if head.startswith("Error") and _REFUSED.match(head):
        return "refused"
    if "Active: " in head and _UNITS.search(head) and _PLACED.search(head):
        return "units"
    if head.lstrip()[:1] == "{" and '"alerts"' in head and _ALERTS.search(head):
        return "alerts"
    return _objects(head)


def _objects(head: str) -> ObjectForm | None:
    if "Name:" in head and _DESCRIBED.search(head):
        return "described"
    if (head.startswith(("NAME", "LAST SEEN")) and _TABLE.match(head)) or _EVENT_ROW.match(head):
        return "table"
    if head.lstrip()[:1] in ("{", "["):
        if _JSON_HEAD.match(head) and _JSON_OBJECT.search(head):
            return "json"
        if _FLAT.match(head):
            return "flat"
    return "yaml" if _YAML.match(head) and "kind:" in head and _YAML_OBJECT.search(head) else None
