"""What network policies shut off although something in the cluster counts on it: who calls whom says the environment.

A policy that picks a pod closes it to all that no policy opens. What a rule says by addresses, or by the labels of a
namespace that is not in evidence, is taken as open.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.addresses import calls_of
from responder.triage.signals.kubernetes.facts import labels_of, matches, ports_of, spec_of
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.selection import Selection
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import Tree

__all__ = ["findings_of_traffic"]

_EXPLAINS = ("kubernetes.*", "k8s.*", "network.*", "dns.*", "dependency.*", "http.*", "cluster.probe-failed")
_SHUT, _CLOSED = 0.96, 0.94
_NAME_LABEL = "kubernetes.io/metadata.name"
"""Every namespace carries its own name under it."""
_DNS = "53"


class _Call(NamedTuple):
    """A workload that counts on the pods behind a service."""

    caller: Resource
    callee: Resource
    ports: frozenset[str]
    """Number and name of the port as the pod has it; empty where the address names none."""


class _Policies:
    """The policies that pick each pod."""

    def __init__(self, policies: Sequence[Resource], selection: Selection) -> None:
        self._all = policies
        self._of_pods: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        for policy in policies:
            for pod in selection.picked(policy.tree.at("spec", "podSelector"), policy.namespace):
                self._of_pods[pod.name, pod.namespace].append(policy)

    def closing(self, item: Resource, way: str) -> list[Resource]:
        """The policies that pick a pod, or the pods that a workload makes, for one direction."""
        if item.kind == "Pod":
            mine: Sequence[Resource] = self._of_pods.get((item.name, item.namespace), ())
        else:
            mine = [one for one in self._all if one.namespace == item.namespace and _picks(one, item)]
        return [policy for policy in mine if way in _ways(policy)]


def _picks(policy: Resource, item: Resource) -> bool:
    return matches(policy.tree.at("spec", "podSelector"), labels_of(item))


def findings_of_traffic(cluster: Cluster) -> Iterator[Finding]:
    """Policies that let nothing in, that keep a caller out or in, and that keep a workload from the DNS."""
    listed = [item for item in cluster.of("NetworkPolicy") if item.tree.at("spec")]
    if not listed:
        return
    selection = Selection(cluster)
    policies = _Policies(listed, selection)
    shut = set()
    for finding in _isolated(cluster, policies):
        shut.add(finding.component)
        yield finding
    seen: set[str] = set()
    for call in _calls(cluster, selection):
        for finding in (*_kept_from_names(cluster, call, policies), *_kept_in(cluster, call, policies)):
            if finding.component not in seen:
                seen.add(finding.component or "")
                yield finding
        if call.callee.app not in shut | seen and (found := _kept_out(cluster, call, policies)) is not None:
            seen.add(call.callee.app)
            yield found


def _isolated(cluster: Cluster, policies: _Policies) -> Iterator[Finding]:
    """Services whose pods are picked by policies none of which lets anything in."""
    wanted = [(item.namespace, item.tree.pairs("spec", "selector").items()) for item in cluster.of("Service")]
    seen: set[str] = set()
    for pod in cluster.of("Pod"):
        closing = policies.closing(pod, "Ingress")
        if not closing or pod.app in seen or any(item.tree.items("spec", "ingress") for item in closing):
            continue
        if any(pairs and space == pod.namespace and pairs <= labels_of(pod).items() for space, pairs in wanted):
            seen.add(pod.app)
            where = closing[0].tree.at("spec", "podSelector")
            said = f"The network policy {closing[0].name} lets nothing in to {pod.app}, which a service stands for"
            yield _finding(closing[0], where, pod.app, said, _SHUT)


def _calls(cluster: Cluster, selection: Selection) -> Iterator[_Call]:
    pods = {(pod.app, pod.namespace): pod for pod in reversed(cluster.of("Pod"))}
    behind: dict[tuple[str, str], Resource | None] = {}
    for item, service, port in calls_of(cluster):
        key = service.name, service.namespace
        if key not in behind:
            wanted = service.tree.pairs("spec", "selector")
            behind[key] = next(iter(selection.fitting(wanted, service.namespace)), None) if wanted else None
        caller, callee = pods.get((item.app, item.namespace), item), behind[key]
        if callee is not None and caller.app != callee.app:
            yield _Call(caller, callee, _ports(service, callee, port))


def _ports(service: Resource, callee: Resource, port: str) -> frozenset[str]:
    """The port of a pod that a port of its service leads to, by number and by name."""
    entry = next((entry for entry in service.tree.items("spec", "ports") if entry.text("port") == port), None)
    if entry is None:
        return frozenset()
    target = entry.text("targetPort") or port
    served = ports_of(spec_of(callee)).get(target)
    if served is not None:
        return frozenset(filter(None, (target, served.text("containerPort"), served.text("name"))))
    led_to = entry.text("endpoints").partition(",")[0].rpartition(":")[2]  # a description shows the number there
    return frozenset(filter(str.isdecimal, (target, led_to)))


def _kept_from_names(cluster: Cluster, call: _Call, policies: _Policies) -> Iterator[Finding]:
    closing = policies.closing(call.caller, "Egress")
    if closing and not any(_names_a_port(rule, _DNS) for item in closing for rule in item.tree.items("spec", "egress")):
        app = call.caller.app
        said = f"The network policy {closing[0].name} does not let {app} ask the DNS, and {app} calls others by name"
        yield _finding(closing[0], _where(closing[0], "egress"), app, said, _CLOSED)


def _names_a_port(rule: Tree, number: str) -> bool:
    ports = rule.items("ports")
    return not ports or any(_is_port(port, frozenset({number, "dns"})) for port in ports)


def _kept_in(cluster: Cluster, call: _Call, policies: _Policies) -> Iterator[Finding]:
    closing = policies.closing(call.caller, "Egress")
    rules = [(item, rule) for item in closing for rule in item.tree.items("spec", "egress")]
    if closing and not any(_opens(cluster, item, rule, "to", call.callee, call.ports) for item, rule in rules):
        app = call.caller.app
        said = f"The network policy {closing[0].name} does not let {app} out to {call.callee.app}, which it calls"
        yield _finding(closing[0], _where(closing[0], "egress"), app, said, _CLOSED)


def _kept_out(cluster: Cluster, call: _Call, policies: _Policies) -> Finding | None:
    closing = policies.closing(call.callee, "Ingress")
    rules = [(item, rule) for item in closing for rule in item.tree.items("spec", "ingress")]
    if not closing or any(_opens(cluster, item, rule, "from", call.caller, call.ports) for item, rule in rules):
        return None
    asked, app = call.caller.app, call.callee.app
    other = next((rule for item, rule in rules if _opens(cluster, item, rule, "from", call.caller, frozenset())), None)
    if other is None:
        said = f"The network policy {closing[0].name} does not let {asked} in to {app}, which it calls"
        return _finding(closing[0], _where(closing[0], "ingress"), app, said, _CLOSED)
    open_ports = ", ".join(port.text("port") for port in other.items("ports"))
    serving = next(iter(sorted(call.ports)), "another")
    said = f"The network policy {closing[0].name} lets {asked} in to {app} on port {open_ports} only, not on {serving}"
    return _finding(closing[0], next(iter(other.items("ports"))).at("port"), app, said, _CLOSED)


def _where(policy: Resource, way: str) -> Tree:
    return policy.tree.at("spec", way) or policy.tree.at("spec", "podSelector") or policy.tree.at("spec")


def _ways(policy: Resource) -> set[str]:
    return {item.text() for item in policy.tree.items("spec", "policyTypes")} or {"Ingress"}


def _opens(cluster: Cluster, policy: Resource, rule: Tree, side: str, other: Resource, ports: frozenset[str]) -> bool:
    """Whether a rule lets the other end through, on one of some ports where any are asked for."""
    wanted, ends = rule.items("ports"), rule.items(side)
    if ports and wanted and not any(_is_port(port, ports) for port in wanted):
        return False
    return not ends or any(_is_end(cluster, policy, end, other) for end in ends)


def _is_port(port: Tree, ports: frozenset[str]) -> bool:
    first, last = port.whole("port"), port.whole("endPort")
    if first is not None and last is not None:
        return any(name.isdecimal() and first <= int(name) <= last for name in ports)
    return not port.text("port") or port.text("port") in ports


def _is_end(cluster: Cluster, policy: Resource, end: Tree, other: Resource) -> bool:
    if "ipBlock" in end.fields():
        return True
    picks: Callable[[str], bool] = end.fields().__contains__
    if picks("podSelector") and not matches(end.at("podSelector"), labels_of(other)):
        return False
    if not picks("namespaceSelector"):
        return other.namespace == policy.namespace
    return _picks_namespace(cluster, end.at("namespaceSelector"), other.namespace)


def _picks_namespace(cluster: Cluster, selector: Tree, name: str) -> bool:
    known = cluster.find("Namespace", name)
    if known is None and set(selector.pairs("matchLabels")) - {_NAME_LABEL}:
        return True
    labels = known.tree.pairs("metadata", "labels") if known is not None else {}
    return matches(selector, {**labels, _NAME_LABEL: name})


def _finding(policy: Resource, where: Tree, component: str, said: str, salience: float) -> Finding:
    return trouble(
        policy.content,
        where.line,
        rule="isolated",
        category=Category.CONNECTIVITY,
        component=component,
        summary=said,
        next_check="kubectl describe networkpolicies: who may reach these pods, and whom do they reach?",
        remedy="Let the policy admit the labels and the port of those who call, or take it back",
        salience=salience,
        explains=_EXPLAINS,
    )
