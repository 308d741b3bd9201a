"""Network policies of `kubectl describe` as the API writes them."""

from collections.abc import Iterator, Sequence

from responder.triage.signals.kubernetes.forms.policies import matching
from responder.triage.signals.kubernetes.forms.sections import Parts, Section, find, told
from responder.triage.signals.trees import Tree, branch, leaf, listed

__all__ = ["policy_parts"]

_SELECTORS = {"PodSelector": "podSelector", "NamespaceSelector": "namespaceSelector"}
_WAYS = (("ingress", "from", "From"), ("egress", "to", "To"))


def policy_parts(outer: Sequence[Section]) -> Parts:
    """Whom a policy is for, which ways it closes, and what it lets through."""
    spec = find(outer, "Spec")
    if spec is None:
        return {}
    selector, types = spec.get("PodSelector"), spec.get("Policy Types")
    entries: dict[str, Tree | None] = {
        "podSelector": matching(selector) or branch(selector.line if selector else spec.line, {}),
        "policyTypes": listed(types.line, [leaf(t.strip(), types.line) for t in types.value.split(",")])
        if types
        else None,
    }
    for way, key, title in _WAYS:
        allowing = spec.get(f"Allowing {way} traffic")
        if allowing is not None:
            closed = any("isolated" in section.text for section in allowing.inner) and not told(allowing.value)
            entries[way] = listed(allowing.line, [] if closed else list(_rules(allowing, key, title)))
    return {"spec": branch(spec.line, entries)}


def _rules(allowing: Section, key: str, title: str) -> Iterator[Tree]:
    """The rules between lines of dashes: ports, and the ends that may use them."""
    ports: list[Tree] = []
    peers: list[Tree] = []
    for section in (*allowing.inner, Section("-", allowing.line, 0, "", "-")):
        if not section.text.strip("-"):
            if ports or peers or section.line != allowing.line:
                lists = {"ports": listed(allowing.line, ports), key: listed(allowing.line, peers)}
                yield branch(ports[0].line if ports else allowing.line, {k: v for k, v in lists.items() if v})
            ports, peers = [], []
        elif section.key == "To Port":
            number, _, protocol = section.value.partition("/")
            if not section.value.startswith("<any>"):
                found = {"port": leaf(number, section.line), "protocol": leaf(protocol, section.line)}
                ports.append(branch(section.line, dict(found)))
        elif section.key == title and not section.value.startswith("<any>"):
            peers.append(_peer(section))


def _peer(section: Section) -> Tree:
    """One end; what its text says in another way than by plain labels stays unknown."""
    found: dict[str, Tree | None] = {}
    for inner in section.inner:
        key = _SELECTORS.get(inner.key, "")
        if not key or any(mark in inner.value for mark in ("(", "!")) or " in " in inner.value:
            return branch(section.line, {"ipBlock": leaf(inner.text, inner.line)})
        found[key] = matching(inner) or branch(inner.line, {})
    return branch(section.line, found)
