"""What keeps requests from being routed or admitted: ingresses to nowhere, webhooks that nobody answers."""

from collections.abc import Iterator

from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.endpoints import ends_of
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import Tree

__all__ = ["findings_of_policies"]

_EXPLAINS = ("kubernetes.*", "k8s.*", "network.*", "dependency.*", "cluster.probe-failed")


def findings_of_policies(cluster: Cluster) -> Iterator[Finding]:
    """What leads to a service, or must pass it, and what is not there."""
    yield from _ingresses(cluster)
    yield from _webhooks(cluster)


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
