"""The evidence graph: who depends on whom, as far as the evidence says.

Failure moves against the arrows: a caller fails because of its callee. Edges come from three places, the surest first:
what triage read from the logs, names that rules captured (`peer`, `upstream`, ...), and the names of known components
in the failure messages of others. A weaker source never adds the reverse of a surer edge, so a database that logs the
names of its clients does not come to depend on them.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from responder.incident import ComponentKind
from responder.triage.interface import Finding, Triage

__all__ = ["EvidenceGraph", "build_graph", "captured", "resolve"]

CALLEE_CAPTURES = ("peer", "upstream", "host", "server", "target", "dependency", "backend", "service", "resolver")
"""Captured names of whom the writer of a message depends on."""
CALLER_CAPTURES = ("client", "caller", "consumer", "application", "app", "user")
"""Captured names of who depends on the writer; taken only when they name a component that is known anyway."""

_SERVERS = frozenset({ComponentKind.DATABASE, ComponentKind.CACHE, ComponentKind.QUEUE, ComponentKind.NODE})
"""What these write about other components is about their clients."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_ADDRESS = re.compile(r"^[\d.]+$|^[0-9a-f]*:[0-9a-f:]+$")
_POD = re.compile(r"^(?P<owner>.+?)(?:-[0-9a-f]{6,10}-[a-z0-9]{5}|-\d{1,3})$")
_MOST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class EvidenceGraph:
    """Components and the arrows between them."""

    components: frozenset[str]
    callees: Mapping[str, frozenset[str]]
    callers: Mapping[str, frozenset[str]]
    writers: Mapping[str, str]
    """Path of a file to the component whose log it is."""
    kinds: Mapping[str, ComponentKind]
    _dependents: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    def place(self, finding: Finding) -> str | None:
        """The component a finding is about: the one it names, else the owner of the file."""
        return finding.component or self.writers.get(finding.span.path)

    def witness(self, finding: Finding) -> str | None:
        """The component that reported a finding: the owner of the file, else the one it names."""
        return self.writers.get(finding.span.path) or finding.component

    def dependents(self, component: str | None) -> frozenset[str]:
        """Everything that depends on `component`, directly or through others, without itself."""
        if component is None:
            return frozenset()
        known = self._dependents.get(component)
        if known is None:
            seen: set[str] = set()
            ahead = list(self.callers.get(component, ()))
            while ahead:
                name = ahead.pop()
                if name not in seen:
                    seen.add(name)
                    ahead.extend(self.callers.get(name, ()))
            known = frozenset(seen - {component})
            self._dependents[component] = known
        return known

    def related(self, one: str | None, other: str | None) -> bool:
        """Whether failure of one could reach the other; unknown places could be anywhere."""
        return (
            one is None
            or other is None
            or one == other
            or one in self.dependents(other)
            or other in self.dependents(one)
        )


def resolve(name: str, known: frozenset[str] | set[str]) -> str | None:
    """Turn an address as logs write it into a component's name.

    `postgres://orders-db.prod.svc:5432/orders` is `orders-db`, and so is the pod `orders-db-0`. An address of digits
    only is nobody's name. A host name that is not known yet stays whole.
    """
    host = name.strip().partition("://")[2] or name.strip()
    host = re.split(r"[/?#\s]", host, maxsplit=1)[0].rpartition("@")[2]
    if host in known:
        return host
    host = re.sub(r":\d+$", "", host).strip("[]\"'`.,;")
    if not host or _ADDRESS.match(host) or host.lower() in ("localhost", "none", "null", "unknown"):
        return None
    for candidate in (host, host.lower(), host.partition(".")[0], host.partition(".")[0].lower()):
        if candidate in known:
            return candidate
        if (pod := _POD.match(candidate)) and pod["owner"] in known:
            return pod["owner"]
    return host if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}", host) else None


def captured(finding: Finding, names: Sequence[str]) -> list[str]:
    """The values a rule took under any of `names`, in the order of `names`.

    A pattern with several alternatives numbers its groups: `host2` is another `host`.
    """
    values = [(key.rstrip("0123456789"), value.strip()) for key, value in sorted(finding.captures.items())]
    return [value for name in names for key, value in values if key == name and value]


def build_graph(triage: Triage) -> EvidenceGraph:
    """Draw the graph from everything triage learnt."""
    writers = {file.path: file.component for file in triage.files if file.component}
    known = {*triage.components, *writers.values()}
    known |= {finding.component for finding in triage.findings if finding.component}
    known |= {name for pair in triage.dependencies for name in pair}
    kinds: dict[str, ComponentKind] = {}
    for finding in triage.findings:
        if finding.component and finding.component_kind is not ComponentKind.UNKNOWN:
            kinds.setdefault(finding.component, finding.component_kind)

    edges = {(caller, callee) for caller, callee in triage.dependencies if caller != callee}
    for inferred in (
        _captured(triage.findings, writers, frozenset(known)),
        _mentioned(triage.findings, writers, known),
    ):
        edges |= {edge for edge in inferred if (edge[1], edge[0]) not in edges}
    callees, callers = defaultdict(set), defaultdict(set)
    for caller, callee in edges:
        callees[caller].add(callee)
        callers[callee].add(caller)
        known |= {caller, callee}
    return EvidenceGraph(
        components=frozenset(known),
        callees={name: frozenset(others) for name, others in callees.items()},
        callers={name: frozenset(others) for name, others in callers.items()},
        writers=writers,
        kinds=kinds,
    )


def _captured(findings: Iterable[Finding], writers: Mapping[str, str], known: frozenset[str]) -> set[tuple[str, str]]:
    edges: set[tuple[str, str]] = set()
    for finding in findings:
        if finding.kind == "change":
            continue
        writer = writers.get(finding.span.path) or finding.component
        if writer is None:
            continue
        callees = [resolve(name, known) for name in captured(finding, CALLEE_CAPTURES)]
        if finding.component != writer and finding.role == "symptom":
            callees.append(finding.component)
        edges |= {(writer, callee) for callee in callees if callee and callee != writer}
        callers = [resolve(name, known) for name in captured(finding, CALLER_CAPTURES)]
        edges |= {(caller, writer) for caller in callers if caller in known and caller != writer}
    return edges


def _mentioned(findings: Iterable[Finding], writers: Mapping[str, str], known: set[str]) -> set[tuple[str, str]]:
    edges: set[tuple[str, str]] = set()
    for finding in findings:
        writer = writers.get(finding.span.path) or finding.component
        if writer is None or finding.kind not in ("signature", "error") or finding.component_kind in _SERVERS:
            continue
        for word in set(_WORD.findall(finding.text[:_MOST_TEXT])):
            name = word.strip("-_")
            if name != writer and name in known and len(name) > 2:
                edges.add((writer, name))
    return edges
