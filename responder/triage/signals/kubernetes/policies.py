"""What keeps traffic or admission from working: network policies, routes, webhooks."""

from collections.abc import Iterator

from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.endpoints import ends_of
from responder.triage.signals.kubernetes.facts import labels_of, matches
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import Tree

__all__ = ["findings_of_policies"]

_EXPLAINS = ("kubernetes.*", "k8s.*", "network.*", "dependency.*", "cluster.probe-failed")


def findings_of_policies(cluster: Cluster) -> Iterator[Finding]:
    """What a policy forbids although something else in the cluster counts on it."""
    yield from _isolated(cluster)
    yield from _ingresses(cluster)
    yield from _webhooks(cluster)


def _isolated(cluster: Cluster) -> Iterator[Finding]:
    """Services whose pods are picked by policies none of which lets anything in."""
    policies = [item for item in cluster.of("NetworkPolicy") if item.tree.at("spec")]
    if not policies:
        return
    wanted = [(item.namespace, item.tree.pairs("spec", "selector").items()) for item in cluster.of("Service")]
    seen: set[str] = set()
    for pod in cluster.of("Pod"):
        labels = labels_of(pod)
        closing = [item for item in policies if item.namespace == pod.namespace and _closes(item, labels)]
        if not closing or pod.app in seen or any(item.tree.items("spec", "ingress") for item in closing):
            continue
        if any(pairs and space == pod.namespace and pairs <= labels.items() for space, pairs in wanted):
            seen.add(pod.app)
            where = closing[0].tree.at("spec", "podSelector")
            said = f"The network policy {closing[0].name} lets nothing in to {pod.app}, which a service stands for"
            yield _finding(closing[0], where, "isolated", Category.CONNECTIVITY, pod.app, said, 0.96)


def _closes(policy: Resource, labels: dict[str, str]) -> bool:
    types = {item.text() for item in policy.tree.items("spec", "policyTypes")} or {"Ingress"}
    return "Ingress" in types and matches(policy.tree.at("spec", "podSelector"), labels)


def _ingresses(cluster: Cluster) -> Iterator[Finding]:
    """Routes to a service, or a port of one, that is not there."""
    services = {(item.name, item.namespace): item for item in cluster.of("Service")}
    for ingress in cluster.of("Ingress"):
        for rule in ingress.tree.items("spec", "rules"):
            for path in rule.items("http", "paths"):
                backend = path.at("backend", "service") or path.at("backend")
                name = backend.at("name") or backend.at("serviceName")
                service = services.get((name.text(), ingress.namespace))
                if not name or len(services) < 2:
                    continue
                port = backend.at("port", "number") or backend.at("port", "name") or backend.at("servicePort")
                if service is None:
                    said = f"The ingress {ingress.name} sends to the service {name.text()}, which does not exist"
                    yield _finding(ingress, name, "route", Category.CONFIGURATION_MISMATCH, ingress.name, said, 0.95)
                elif port and port.text() not in _ports(service):
                    said = f"The ingress {ingress.name} sends to port {port.text()}, which {service.name} does not have"
                    yield _finding(ingress, port, "route", Category.CONFIGURATION_MISMATCH, ingress.name, said, 0.95)


def _ports(service: Resource) -> frozenset[str]:
    ports = service.tree.items("spec", "ports")
    return frozenset(text for port in ports for key in ("port", "name") if (text := port.text(key)))


def _webhooks(cluster: Cluster) -> Iterator[Finding]:
    """Webhooks that everything must pass, and that no pod answers."""
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        for item in cluster.of(kind):
            for hook in item.tree.items("webhooks"):
                service = hook.at("clientConfig", "service")
                name, space = service.text("name"), service.text("namespace")
                if hook.text("failurePolicy") == "Ignore" or not name:
                    continue
                if _unanswered(cluster, name, space):
                    where = service.at("name")
                    said = f"Everything must pass the webhook {hook.text('name')}, and nothing stands behind {name}"
                    yield _finding(item, where, "webhook", Category.DEPLOYMENT_ADMISSION, name, said, 0.97)


def _unanswered(cluster: Cluster, name: str, space: str) -> bool:
    """Whether a service is known to be missing, or to have no address behind it."""
    if cluster.lists("Service", space) and cluster.find("Service", name, space) is None:
        return True
    ends = ends_of(cluster, name, space)
    return ends is not None and not ends.ready


def _finding(
    item: Resource, where: Tree, rule: str, category: Category, component: str, said: str, salience: float
) -> Finding:
    return trouble(
        item.content,
        where.line or item.tree.line,
        rule=rule,
        category=category,
        component=component,
        summary=said,
        next_check="Read this object, and what it names, as they are in the cluster now",
        remedy="Correct the rule, or bring back what it counts on",
        salience=salience,
        explains=_EXPLAINS,
    )
