"""Well-known faults of clusters, each in every form that people save a cluster in: fault, culprit and line hold."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from responder.causes import default_engine as cause_engine
from responder.evidence.interface import Artifact
from responder.incident import Category
from responder.triage import default_engine
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes import KubernetesReader
from tests.triage.signals.kubernetes.shop import FORMS, HASH, Shop, as_text

Form = Callable[[Shop], dict[str, str]]
Break = Callable[[Shop], object]

CART = f"cart-{HASH}-x2x4z"


def _artifacts(texts: dict[str, str]) -> list[Artifact]:
    def of(path: str, raw: bytes) -> Artifact:
        return Artifact(path=path, size_bytes=len(raw), opener=lambda: BytesIO(raw))

    return [of(path, text.encode()) for path, text in texts.items()]


def _findings(shop: Shop, form: Form) -> list[Finding]:
    found = KubernetesReader().read(_artifacts(form(shop))).findings
    return sorted((f for f in found if f.salience >= 0.3), key=lambda f: -f.salience)


def _container(name: str, **parts: Any) -> Break:
    return lambda shop: shop.change_template(name, lambda spec: spec["containers"][0].update(parts))


def _image(shop: Shop) -> None:
    shop.wait("cart", "ImagePullBackOff", 'Back-off pulling image "registry.example/cart:9"')
    shop.warn("Pod", CART, "Failed", 'Failed to pull image "registry.example/cart:9": manifest unknown')


def _pull_refused(shop: Shop) -> None:
    shop.wait("cart", "ErrImagePull", "pull access denied, may require authorization: 401 Unauthorized")
    shop.warn("Pod", CART, "Failed", 'Failed to pull image "private.example/cart:1": 401 Unauthorized')


def _registry_name(shop: Shop) -> None:
    shop.wait("cart", "ImagePullBackOff")
    shop.warn("Pod", CART, "Failed", 'Failed to pull image "reg/cart": dial tcp: lookup reg.example: no such host')


def _missing_secret(shop: Shop) -> None:
    ref = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "cart-token", "key": "token"}}}
    shop.change_template("cart", lambda spec: spec["containers"][0]["env"].append(ref))
    shop.wait("cart", "CreateContainerConfigError", 'secret "cart-token" not found')


def _out_of_memory(shop: Shop) -> None:
    shop.wait("cart", "CrashLoopBackOff", "back-off 40s", phase="Running", reason="OOMKilled", exitCode=137)


def _command(shop: Shop) -> None:
    said = 'failed to create containerd task: exec: "/app/serve": stat /app/serve: no such file or directory: unknown'
    shop.wait("cart", "RunContainerError", said, phase="Running")


def _exit_127(shop: Shop) -> None:
    shop.wait("cart", "CrashLoopBackOff", "back-off 40s", phase="Running", reason="Error", exitCode=127)


def _as_root(shop: Shop) -> None:
    said = "container has runAsNonRoot and image will run as root"
    shop.wait("cart", "CreateContainerConfigError", said)


def _unhealthy(kind: str) -> Break:
    def broken(shop: Shop) -> None:
        shop.wait("cart", "CrashLoopBackOff", "", phase="Running", reason="Error", exitCode=137)
        shop.warn("Pod", CART, "Unhealthy", f"{kind} probe failed: dial tcp 10.1.0.4:7070: connect: connection refused")

    return broken


def _probe_port(shop: Shop) -> None:
    probe = {"tcpSocket": {"port": 7071}, "periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3}
    shop.change_template("cart", lambda spec: spec["containers"][0].update(readinessProbe=probe))
    shop._down("cart", "Running", [{"name": "cart", "ready": False, "restartCount": 0, "state": {"running": {}}}])


def _selector(shop: Shop) -> None:
    shop.get("Service", "cart")["spec"]["selector"] = {"app": "basket"}


def _target_port(shop: Shop) -> None:
    shop.get("Service", "cart")["spec"]["ports"][0]["targetPort"] = 7071


def _protocol(shop: Shop) -> None:
    shop.get("Service", "cart")["spec"]["ports"][0]["protocol"] = "UDP"


def _address(value: str) -> Break:
    def broken(shop: Shop) -> None:
        def point(spec: dict[str, Any]) -> None:
            spec["containers"][0]["env"][1]["value"] = value

        shop.change_template("cart", point)

    return broken


def _port_taken_twice(shop: Shop) -> None:
    def add(spec: dict[str, Any]) -> None:
        proxy = {"name": "proxy", "image": "registry.example/proxy:2", "ports": [{"containerPort": 7070}]}
        spec["containers"].append(proxy)

    shop.change_template("cart", add)
    shop.wait("cart", "CrashLoopBackOff", "back-off 40s", phase="Running", reason="Error", exitCode=1)


def _no_replicas(shop: Shop) -> None:
    shop.get("Deployment", "cart").update(
        spec={**shop.get("Deployment", "cart")["spec"], "replicas": 0}, status={"replicas": 0}
    )
    shop.things.remove(shop.pod("cart"))


def _quota(shop: Shop) -> None:
    shop.add("ResourceQuota", "small", status={"hard": {"requests.cpu": "300m"}, "used": {"requests.cpu": "300m"}})
    shop.refuse("cart", "pods is forbidden: exceeded quota: small, requested: requests.cpu=100m")


def _pod_quota(shop: Shop) -> None:
    shop.add("ResourceQuota", "few", status={"hard": {"pods": "2"}, "used": {"pods": "2"}})
    shop.refuse("cart", "pods is forbidden: exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2")


def _limit_range(shop: Shop) -> None:
    shop.refuse("cart", "pods is forbidden: [maximum cpu usage per Container is 100m, but limit is 200m]")


def _account(shop: Shop) -> None:
    shop.things.remove(shop.get("ServiceAccount", "cart"))
    shop.refuse(
        "cart", 'pods is forbidden: error looking up service account shop/cart: serviceaccount "cart" not found'
    )


def _priority(shop: Shop) -> None:
    shop.refuse("cart", "pods is forbidden: no PriorityClass with name urgent was found")


def _webhook(shop: Shop) -> None:
    shop.refuse("cart", 'Internal error occurred: failed calling webhook "check.example": connection refused')


def _pod_security(shop: Shop) -> None:
    shop.refuse("cart", 'pods is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation')


def _too_large(resource: str, wish: str) -> Break:
    def broken(shop: Shop) -> None:
        def ask(spec: dict[str, Any]) -> None:
            spec["containers"][0]["resources"]["requests"][resource] = wish

        shop.change_template("cart", ask)
        shop.pend("cart", f"0/2 nodes are available: 2 Insufficient {resource}.")

    return broken


def _node_selector(shop: Shop) -> None:
    shop.change_template("cart", lambda spec: spec.update(nodeSelector={"disk": "fast"}))
    shop.pend("cart", "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.")


def _taints(shop: Shop) -> None:
    for name in ("node-a", "node-b"):
        shop.get("Node", name)["spec"]["taints"] = [{"key": "team", "value": "data", "effect": "NoSchedule"}]
    shop.pend("cart", "0/2 nodes are available: 2 node(s) had untolerated taint {team: data}.")


def _cordoned(shop: Shop) -> None:
    for name in ("node-a", "node-b"):
        taint = {"key": "node.kubernetes.io/unschedulable", "value": "", "effect": "NoSchedule"}
        shop.get("Node", name)["spec"].update(unschedulable=True, taints=[taint])
    shop.pend("cart", "0/2 nodes are available: 2 node(s) were unschedulable.")


def _anti_affinity(shop: Shop) -> None:
    shop.pend("cart", "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.")


def _claim(wish: dict[str, Any], offer: dict[str, Any]) -> Break:
    def broken(shop: Shop) -> None:
        size = {"resources": {"requests": {"storage": "1Gi"}}}
        shop.claim("store", {"storageClassName": "slow", "accessModes": ["ReadWriteOnce"], **size, **wish})
        capacity = {"storageClassName": "slow", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "5Gi"}}
        shop.add("PersistentVolume", "disk-1", spec={**capacity, **offer}, status={"phase": "Available"})
        said = "no persistent volumes available for this claim and no storage class is set"
        shop.warn("PersistentVolumeClaim", "store-data", "FailedBinding", said, normal=True)

    return broken


def _mount(shop: Shop) -> None:
    shop.wait("store", "ContainerCreating")
    pod = f"store-{HASH}-x2x4z"
    shop.warn("Pod", pod, "FailedAttachVolume", 'Multi-Attach error for volume "disk-1": used by pod(s) store-old')


def _node_down(shop: Shop) -> None:
    shop.get("Node", "node-a")["status"]["conditions"][-1].update(status="Unknown", reason="NodeStatusUnknown")


def _disk_pressure(shop: Shop) -> None:
    shop.get("Node", "node-a")["status"]["conditions"][1]["status"] = "True"
    shop.pend("cart", "0/2 nodes are available: 2 node(s) had untolerated taint {disk-pressure: }.")


def _dns_down(shop: Shop) -> None:
    shop._workload("coredns", 53, "")
    shop.wait("coredns", "CrashLoopBackOff", "back-off 5m", phase="Running", reason="Error", exitCode=1)
    for thing in shop.things:
        if thing["metadata"]["name"].startswith("coredns"):
            thing["metadata"]["namespace"] = "kube-system"


def _no_network(shop: Shop) -> None:
    shop.wait("cart", "ContainerCreating")
    shop.warn("Pod", CART, "FailedCreatePodSandBox", "failed to setup network for sandbox: plugin type=calico failed")


def _evicted(shop: Shop) -> None:
    shop.wait("cart", "Error")
    shop.warn("Pod", CART, "Evicted", "The node was low on resource: memory. Threshold quantity: 100Mi")


FAULTS: dict[str, tuple[Break, Category, str]] = {
    "image that does not exist": (_image, Category.DEPLOYMENT_IMAGE, "cart"),
    "image that may not be pulled": (_pull_refused, Category.DEPLOYMENT_IMAGE, "cart"),
    "registry that has no address": (_registry_name, Category.DNS, "cart"),
    "secret that does not exist": (_missing_secret, Category.CONFIGURATION_MISSING, "cart"),
    "memory limit": (_out_of_memory, Category.MEMORY, "cart"),
    "command that is not there": (_command, Category.CONFIGURATION_INVALID, "cart"),
    "exit code of a shell that finds nothing": (_exit_127, Category.CONFIGURATION_INVALID, "cart"),
    "image that runs as root": (_as_root, Category.CONFIGURATION_INVALID, "cart"),
    "liveness probe": (_unhealthy("Liveness"), Category.DEPLOYMENT_PROBE, "cart"),
    "readiness probe": (_unhealthy("Readiness"), Category.DEPLOYMENT_PROBE, "cart"),
    "startup probe": (_unhealthy("Startup"), Category.DEPLOYMENT_PROBE, "cart"),
    "probe of another port": (_probe_port, Category.DEPLOYMENT_PROBE, "cart"),
    "selector that matches nothing": (_selector, Category.CONFIGURATION_MISMATCH, "cart"),
    "target port": (_target_port, Category.CONFIGURATION_MISMATCH, "cart"),
    "protocol of a service": (_protocol, Category.CONFIGURATION_MISMATCH, "cart"),
    "address with a wrong port": (_address("store:6380"), Category.CONFIGURATION_MISMATCH, "cart"),
    "address with a typing error": (_address("stor:6379"), Category.CONFIGURATION_MISMATCH, "cart"),
    "port taken twice in a pod": (_port_taken_twice, Category.CONFIGURATION_MISMATCH, "cart"),
    "no replicas": (_no_replicas, Category.CONFIGURATION_INVALID, "cart"),
    "quota of cpu": (_quota, Category.QUOTA, "shop"),
    "quota of pods": (_pod_quota, Category.QUOTA, "shop"),
    "limit range": (_limit_range, Category.QUOTA, "shop"),
    "service account": (_account, Category.DEPLOYMENT_ADMISSION, "cart"),
    "priority class": (_priority, Category.DEPLOYMENT_ADMISSION, "cart"),
    "webhook": (_webhook, Category.DEPLOYMENT_ADMISSION, "cart"),
    "pod security": (_pod_security, Category.DEPLOYMENT_ADMISSION, "cart"),
    "more cpu than any node": (_too_large("cpu", "64"), Category.DEPLOYMENT_SCHEDULING, "cart"),
    "more memory than any node": (_too_large("memory", "640Gi"), Category.DEPLOYMENT_SCHEDULING, "cart"),
    "node selector": (_node_selector, Category.DEPLOYMENT_SCHEDULING, "cart"),
    "taints": (_taints, Category.DEPLOYMENT_SCHEDULING, "cart"),
    "cordoned nodes": (_cordoned, Category.DEPLOYMENT_SCHEDULING, "cart"),
    "anti-affinity": (_anti_affinity, Category.DEPLOYMENT_SCHEDULING, "cart"),
    "storage class": (_claim({"storageClassName": "fast"}, {}), Category.STORAGE, "store"),
    "access mode": (_claim({"accessModes": ["ReadWriteMany"]}, {}), Category.STORAGE, "store"),
    "size of a claim": (_claim({}, {"capacity": {"storage": "500Mi"}}), Category.STORAGE, "store"),
    "volume still attached elsewhere": (_mount, Category.STORAGE, "store"),
    "node that is gone": (_node_down, Category.NODE, "node-a"),
    "node without disk": (_disk_pressure, Category.DISK, "node-a"),
    "DNS of the cluster": (_dns_down, Category.DNS, "coredns"),
    "network plug-in": (_no_network, Category.CONNECTIVITY, "cart"),
    "eviction for memory": (_evicted, Category.MEMORY, "cart"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_sound_shop_gives_no_trouble(form: Form) -> None:
    """In no form does a sound cluster speak of trouble."""
    assert _findings(Shop(), form) == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_in_every_form(fault: str, form: Form) -> None:
    """Fault and culprit are the most telling finding, and its evidence is a line of the file as it stands."""
    broken, category, component = FAULTS[fault]
    shop = Shop(broken)

    first = _findings(shop, form)[0]

    assert (first.category, first.component) == (category, component), first.summary
    assert first.role == "cause"
    lines = form(shop)[first.span.path].split("\n")
    assert first.text == lines[first.span.line - 1][:2000]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leads_the_hypotheses(fault: str) -> None:
    """From the texts of kubectl alone the first hypothesis names fault and culprit."""
    broken, category, component = FAULTS[fault]

    triage = default_engine().triage(_artifacts(as_text(Shop(broken))))
    lead = cause_engine().explain(triage).hypotheses[0]

    assert (lead.category, lead.component) == (category, component)
