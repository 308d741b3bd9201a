"""The evidence graph: who depends on whom, as far as the evidence says.

Failure moves against the arrows: a caller fails because of its callee. Edges come from three places, the surest first:
names that rules captured (`peer`, `upstream`, ...), what triage read from the logs, and the names of known components
in the failure messages of others. A weaker source never adds the reverse of a surer edge, a server does not come to
depend on the clients it names, and an observer is nobody's dependency.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from responder.causes.attribution import (
    CALLEE_CAPTURES,
    CALLER_CAPTURES,
    SERVERS,
    attribute,
    is_observer,
    kinds_of,
    writer_of,
)
from responder.causes.naming import captured, mentions, resolve, workload_of
from responder.incident import ComponentKind
from responder.patterns import lazy
from responder.triage.interface import Finding, Triage

__all__ = ["BELOW_ALL", "EvidenceGraph", "build_graph"]

BELOW_ALL = frozenset({ComponentKind.NODE, ComponentKind.NETWORK, ComponentKind.NAMESPACE})
"""What every component stands on, whether or not a log names it as a dependency."""
_ORDINAL = lazy(r"(?P<set>[A-Za-z].*[A-Za-z0-9])-\d{1,3}")
"""A member of a stateful set."""
Edge = tuple[str, str]
"""Caller and callee."""


class EvidenceGraph(Struct, frozen=True):
    """Components, the arrows between them, and who reported what."""

    components: frozenset[str]
    callees: Mapping[str, frozenset[str]]
    callers: Mapping[str, frozenset[str]]
    kinds: Mapping[str, ComponentKind]
    with_own_log: frozenset[str]
    """Components whose own records are in the evidence."""
    witnesses: Mapping[tuple[str, int, str | None], str]
    """Path, line and component of a finding to the component that reported it; a row of a table is about many."""
    _dependents: dict[str, frozenset[str]] = field(default_factory=dict)

    def witness(self, finding: Finding) -> str | None:
        """The component that a finding shows to be hurt: who reported it, or whom an observer reported on."""
        return self.witnesses.get((finding.span.path, finding.span.line, finding.component), finding.component)

    def kind(self, component: str | None, findings: Sequence[Finding]) -> ComponentKind:
        """What sort of thing a component is, by its name and log, else by what its findings say."""
        by_name = self.kinds.get(component or "", ComponentKind.UNKNOWN)
        vague = by_name in (ComponentKind.SERVICE, ComponentKind.UNKNOWN)
        if not vague or component in self.with_own_log:
            return by_name
        told = (finding.component_kind for finding in findings)
        return next((kind for kind in told if kind is not ComponentKind.UNKNOWN), by_name)

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
            known = self._dependents[component] = frozenset(seen - {component})
        return known

    def related(self, one: str | None, other: str | None) -> bool:
        """Whether failure of one could reach the other; unknown places could be anywhere."""
        if one is None or other is None or one == other:
            return True
        if self.kinds.get(one) in BELOW_ALL or self.kinds.get(other) in BELOW_ALL:
            return True
        return one in self.dependents(other) or other in self.dependents(one)


def build_graph(triage: Triage, findings: Sequence[Finding]) -> tuple[EvidenceGraph, tuple[Finding, ...]]:
    """Draw the graph, and give each of the findings to the component it is about."""
    named = _workloads(triage, findings)
    findings = [replace(f, component=named.get(f.component, f.component)) if f.component else f for f in findings]
    owners = {f.path: named.get(f.component, f.component) for f in triage.files if f.component}
    writers = [writer_of(finding, owners) for finding in findings]
    own_logs = frozenset({*owners.values(), *(name for name in writers if name)})
    known = own_logs | {name for finding in findings if (name := finding.component)}
    known |= {*triage.components, *(name for pair in triage.dependencies for name in pair)}
    kinds = kinds_of(sorted(known), {file.component: file.format for file in triage.files if file.component})

    arrows = _Arrows(known, kinds)
    written = [(finding, writer) for finding, writer in zip(findings, writers, strict=True) if writer]
    arrows.draw(edge for finding, writer in written for edge in arrows.captured(finding, writer))
    arrows.draw(
        arrows.clients_first((named.get(one, one), named.get(other, other)) for one, other in triage.dependencies)
    )
    arrows.draw(edge for finding, writer in written for edge in arrows.mentioned(finding, writer))
    own_words: dict[str | None, set[str]] = defaultdict(set)
    for finding, writer in written:
        if kinds.get(writer) in SERVERS:
            own_words[finding.rule].add(writer)
    about = tuple(
        attribute(
            finding,
            writer,
            host=owners.get(finding.span.path),
            known=known,
            kinds=kinds,
            callees=arrows.callees,
            own_words=own_words,
        )
        for finding, writer in zip(findings, writers, strict=True)
    )
    blamed = zip(about, writers, strict=True)
    arrows.draw((writer, f.component) for f, writer in blamed if writer and f.component and f.kind != "change")

    reporters = zip(about, writers, strict=True)
    witnesses = {
        (f.span.path, f.span.line, f.component): f.component if is_observer(writer) else writer
        for f, writer in reporters
    }
    graph = EvidenceGraph(
        components=known,
        callees={name: frozenset(others) for name, others in arrows.callees.items()},
        callers={name: frozenset(others) for name, others in arrows.callers.items()},
        kinds=kinds,
        with_own_log=own_logs,
        witnesses={place: name for place, name in witnesses.items() if name},
    )
    return graph, about


def _workloads(triage: Triage, findings: Sequence[Finding]) -> dict[str, str]:
    """The workload of each log that is called after a pod, where the state of the cluster knows such a workload.

    The members of a stateful set stay apart when there are logs of several.
    """
    stated = {f.component for f in findings if f.component and (f.rule or "").startswith("cluster.")}
    logs = {file.component for file in triage.files if file.component} - stated
    stated |= {name for pair in triage.dependencies for name in pair} - logs
    named = {name: home for name in logs if (home := workload_of(name, stated)) != name}
    members = {name: match["set"] for name in logs if (match := _ORDINAL.fullmatch(name)) and match["set"] in stated}
    return named | {name: home for name, home in members.items() if [*members.values()].count(home) == 1}


class _Arrows:
    """Edges under construction; one that contradicts a surer one is dropped."""

    def __init__(self, known: frozenset[str], kinds: Mapping[str, ComponentKind]) -> None:
        self.callees: dict[str, set[str]] = defaultdict(set)
        self.callers: dict[str, set[str]] = defaultdict(set)
        self._known = known
        self._kinds = kinds
        self._sets: dict[str, list[str]] = defaultdict(list)
        for name in sorted(known):
            if member := _ORDINAL.fullmatch(name):
                self._sets[member["set"]].append(name)

    def draw(self, edges: Iterable[Edge]) -> None:
        """Add edges of one source; within a source both directions may stand."""
        surer = {callee: set(callers) for callee, callers in self.callers.items()}
        for caller, callee in ((caller, one) for caller, named in edges for one in self._members(named)):
            if caller == callee or is_observer(caller) or is_observer(callee) or callee in surer.get(caller, ()):
                continue
            self.callees[caller].add(callee)
            self.callers[callee].add(caller)

    def _members(self, name: str) -> tuple[str, ...]:
        """The numbered members of a set that is called by its common name only; else the name itself."""
        return (name, *self._sets.get(name, ())) if name not in self._known else (name,)

    def captured(self, finding: Finding, writer: str) -> Iterator[Edge]:
        """Edges from the names that a rule took."""
        if finding.kind == "change":
            return
        for name in captured(finding, CALLER_CAPTURES):
            if (caller := resolve(name, self._known)) in self._known and caller:
                yield caller, writer
        if self._kinds.get(writer) not in SERVERS:
            for name in captured(finding, CALLEE_CAPTURES):
                if callee := resolve(name, self._known):
                    yield writer, callee

    def clients_first(self, pairs: Iterable[Edge]) -> Iterator[Edge]:
        """Turn the edges of servers to those they name: it is the clients that depend on a server."""
        for caller, callee in pairs:
            served = self._kinds.get(caller) in SERVERS and self._kinds.get(callee) not in SERVERS
            yield (callee, caller) if served else (caller, callee)

    def mentioned(self, finding: Finding, writer: str) -> Iterator[Edge]:
        """Edges from the names in a failure message."""
        if finding.kind in ("signature", "error"):
            yield from self.clients_first((writer, name) for name in mentions(finding.text, self._known))
