"""Whom a line is about, and who reported it: the same line blames one component and shows that another is hurt.

Three kinds of lines are not about the one who wrote them. An observer (the kernel, Kubernetes, a deployer) writes about
others. A client complains about whom it called. A server's own words, met in the log of a client, are the server's.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec.structs import replace

from responder.causes.naming import captured, mentions, resolve
from responder.incident import Category, ComponentKind
from responder.patterns import lazy
from responder.triage.components import kind_of, without_pod_hash
from responder.triage.interface import Finding

__all__ = ["SERVERS", "attribute", "is_observer", "kinds_of", "writer_of"]

SERVERS = frozenset({ComponentKind.DATABASE, ComponentKind.CACHE, ComponentKind.QUEUE})
"""What answers others; a name in its log is a client's."""
CALLEE_CAPTURES = ("peer", "upstream", "server", "target", "dependency", "backend", "service", "resolver", "host")
"""Captured names of whom the writer of a message depends on."""
CALLER_CAPTURES = ("client", "caller", "consumer", "application", "app", "user", "role")
"""Captured names of who depends on the writer; taken only when they name a component that is known anyway."""

_SUBJECT_CAPTURES = ("app", "unit", "container", "process", "pod", "deployment", "name", "service")
_OBSERVER = lazy(
    r"""
    k8s | kubernetes | kubelet | kubectl | events? | kernel | kern | dmesg | systemd | supervisord | dockerd?
    | containerd | nomad | consul | cron | sshd | smartd | watchdog
    | (?:auto)?deploy(?:er|ments?)? | argo-?(?:cd)? | flux(?:cd)? | helm | sync | spinnaker | rollouts? | releases?
    | changes? | jenkins | ansible | terraform | puppet | chef | audit
    | alerts? | alertmanager | prometheus | exporter | monitor(?:ing)?
    | (?:datadog|cloudwatch|stackdriver|loki|splunk|sentry|grafana|newrelic|eks|gke|aks)[_-]\S+
    | (?:kube|get|describe|top|list)[_-]\S+ | cluster[_-]info | \S+[_-](?:events|exporter|monitor(?:ing)?|services)
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""The cluster's own machinery, deployers, dumps of `kubectl`, monitors and their exports: they write about others."""
_OBJECT = lazy(
    r"\b(?:pod|deployment|deployments\.apps|replicaset|statefulset|daemonset|job|app|container|unit|service)[s.a-z]*[/=]"
    r'"?(?P<name>[A-Za-z0-9][\w.-]{0,120})'
)
_VERSIONED = lazy(r"\b(?P<name>[a-z][a-z0-9-]{1,60})[ :@]v?\d+\.\d+")
_CLIENTS_WORDS = frozenset(
    {
        Category.DEPENDENCY_UNAVAILABLE,
        Category.CONNECTIVITY,
        Category.LATENCY,
        Category.CERTIFICATE,
        Category.TLS,
    }
)
"""What a client says of whom it called, when the line names somebody."""


def is_observer(name: str | None) -> bool:
    """Whether a component writes about others rather than about itself."""
    return name is not None and bool(_OBSERVER.fullmatch(name))


def kinds_of(names: Sequence[str], formats: Mapping[str, str]) -> dict[str, ComponentKind]:
    """What sort of thing each component is, by the format of its own log, else by its name."""
    kinds = {name: kind_of(name) for name in names}
    for name, log_format in formats.items():
        if (told := kind_of(log_format)) in SERVERS and kinds.get(name) is ComponentKind.SERVICE:
            kinds[name] = told
    return kinds


def writer_of(finding: Finding, owners: Mapping[str, str]) -> str | None:
    """Who wrote a line: the component of the finding, unless a rule took that name from the message."""
    if finding.component is None or finding.component in finding.captures.values():
        return owners.get(finding.span.path, finding.component)
    return finding.component


def attribute(
    finding: Finding,
    writer: str | None,
    *,
    host: str | None,
    known: frozenset[str],
    kinds: Mapping[str, ComponentKind],
    callees: Mapping[str, AbstractSet[str]],
    own_words: Mapping[str | None, AbstractSet[str]],
) -> Finding:
    """Give a finding to the component it is about.

    `host` is the owner of the file, whom an observer means when it names nobody; `own_words` holds, by rule, the
    servers whose own logs have lines of it.
    """
    if is_observer(writer):
        place = _subject(finding, known) or (None if is_observer(host) else host)
        if place is None:
            return replace(finding, component=None, component_kind=ComponentKind.UNKNOWN)
    elif finding.component != writer or finding.kind == "change":
        place = finding.component
    else:
        place = _served_by(finding, writer, known, kinds, callees, own_words) or _called(finding, writer, known, kinds)
    if place is None or place == finding.component:
        return finding
    return replace(finding, component=place, component_kind=kinds.get(place) or kind_of(place))


def _subject(finding: Finding, known: frozenset[str]) -> str | None:
    """Whom an observer writes about."""
    for name in (*(match["name"] for match in _OBJECT.finditer(finding.text)), *captured(finding, _SUBJECT_CAPTURES)):
        if (place := resolve(name, known)) in known and not is_observer(place):
            return place
    for place in mentions(finding.text, known):
        if not is_observer(place):
            return place
    if named := _OBJECT.search(finding.text):
        return without_pod_hash(named["name"])
    versioned = _VERSIONED.search(finding.text) if finding.kind == "change" else None
    return versioned["name"] if versioned else None


def _served_by(
    finding: Finding,
    writer: str | None,
    known: frozenset[str],
    kinds: Mapping[str, ComponentKind],
    callees: Mapping[str, AbstractSet[str]],
    own_words: Mapping[str | None, AbstractSet[str]],
) -> str | None:
    """The server whose own words a client has in its log."""
    if finding.component_kind not in SERVERS or writer is None or kinds.get(writer) in SERVERS:
        return None
    servers = sorted(name for name in known if kinds.get(name) is finding.component_kind)
    named = [name for name in mentions(finding.text, known) if name in servers]
    called = [name for name in servers if name in callees.get(writer, ())]
    said_it = [name for name in servers if name in own_words.get(finding.rule, ())]
    for choice in (named[:1], [name for name in said_it if name in called], said_it, called, servers):
        if len(choice) == 1:
            return choice[0]
    return None


def _called(
    finding: Finding, writer: str | None, known: frozenset[str], kinds: Mapping[str, ComponentKind]
) -> str | None:
    """Whom a client complains about."""
    if finding.category not in _CLIENTS_WORDS or finding.kind != "signature" or kinds.get(writer or "") in SERVERS:
        return None
    clients = {resolve(name, known) for name in captured(finding, CALLER_CAPTURES)}
    told = [resolve(name, known) for name in captured(finding, CALLEE_CAPTURES)]
    named = [*(name for name in told if name in known), *mentions(finding.text, known)]
    others = [name for name in dict.fromkeys(named) if name and name != writer and name not in clients]
    others = [name for name in others if not is_observer(name)]
    return others[0] if len(others) == 1 or (others and others[0] in told) else None
