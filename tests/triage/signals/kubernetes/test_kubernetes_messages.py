"""What Kubernetes says is retold with what it names: the image, the key, the profile, the reason of the scheduler."""

from io import BytesIO

import pytest

from responder.causes import default_engine as cause_engine
from responder.evidence.interface import Artifact
from responder.incident import Category
from responder.triage import default_engine
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes import KubernetesReader
from tests.triage.signals.kubernetes.shop import HASH, Shop, as_yaml

CART = f"cart-{HASH}-x2x4z"


def _artifacts(shop: Shop) -> list[Artifact]:
    def of(path: str, raw: bytes) -> Artifact:
        return Artifact(path=path, size_bytes=len(raw), opener=lambda: BytesIO(raw))

    return [of(path, text.encode()) for path, text in as_yaml(shop).items()]


def _first(shop: Shop) -> Finding:
    return max(KubernetesReader().read(_artifacts(shop)).findings, key=lambda finding: finding.salience)


MESSAGES = [
    (
        "Failed",
        'Failed to pull image "r.example/cart:9": rpc error: code = NotFound desc = r.example/cart:9: not found',
        Category.DEPLOYMENT_IMAGE,
        "The image r.example/cart:9 cannot be pulled: not found",
    ),
    (
        "FailedScheduling",
        "0/3 nodes are available: 3 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }. preemption: no",
        Category.DEPLOYMENT_SCHEDULING,
        "No node takes the pod: 3 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }",
    ),
    (
        "Failed",
        "Error: couldn't find key LOG_LEVEL in ConfigMap shop/cart",
        Category.CONFIGURATION_MISSING,
        "The ConfigMap shop/cart does not have the key LOG_LEVEL that the pod needs",
    ),
    (
        "FailedMount",
        'MountVolume.SetUp failed for volume "cfg" : configmap references non-existent config key: app.yml',
        Category.CONFIGURATION_MISSING,
        "What the pod mounts does not have the key app.yml",
    ),
    (
        "FailedAttachVolume",
        'Multi-Attach error for volume "disk-1" Volume is already exclusively attached to one node',
        Category.STORAGE,
        "The volume disk-1 is still attached to another node",
    ),
    (
        "ProvisioningFailed",
        'failed to provision volume with StorageClass "gp3": rpc error: code = ResourceExhausted desc = limit reached',
        Category.STORAGE,
        "No volume can be made for the claim: limit reached",
    ),
    (
        "Failed",
        'Error: exec: "/app/serve": stat /app/serve: no such file or directory: unknown',
        Category.CONFIGURATION_INVALID,
        "The container cannot be started: /app/serve: no such file or directory",
    ),
    (
        "Failed",
        'Error: cannot load seccomp profile "/var/lib/kubelet/seccomp/audit.json": open: no such file or directory',
        Category.CONFIGURATION_MISSING,
        "The seccomp profile /var/lib/kubelet/seccomp/audit.json that the pod asks for is not on its node",
    ),
    (
        "Evicted",
        "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ",
        Category.DISK,
        "The pod was evicted because it wrote more than its limit of 1Gi to the disk of its node",
    ),
    ("Evicted", "The node was low on resource: pids.", Category.THREADS, None),
    (
        "FailedPostStartHook",
        "PostStartHook failed: command exited with 1",
        Category.CONFIGURATION_INVALID,
        "The hook that runs after the start of the container fails: PostStartHook failed: command exited with 1",
    ),
    (
        "Unhealthy",
        'Liveness probe errored: rpc error: failed to start exec "6f": OCI runtime exec failed: exec failed: unable to'
        ' start container process: exec: "curl": executable file not found in $PATH: unknown',
        Category.DEPLOYMENT_PROBE,
        "The Liveness probe runs curl, which its container does not have",
    ),
    (
        "Failed",
        'Error: failed to create containerd task: error mounting "/var/lib/kubelet/pods/1/cfg" to rootfs at'
        ' "/etc/app/app.yml": mount /var/lib/kubelet/pods/1/cfg: not a directory: unknown',
        Category.CONFIGURATION_INVALID,
        "What is mounted at /etc/app/app.yml does not fit what is there: not a directory",
    ),
    (
        "FailedMount",
        'MountVolume.SetUp failed for volume "cache" : hostPath type check failed: /mnt/cache is not a directory',
        Category.STORAGE,
        "The volume cannot be mounted: hostPath type check failed: /mnt/cache is not a directory",
    ),
    (
        "NotReady",
        'corresponding condition of pod readiness gate "balancer.example/cart" does not exist',
        Category.DEPENDENCY_UNAVAILABLE,
        "The pod waits for its readiness gate balancer.example/cart, which nobody has set",
    ),
    (
        "Unhealthy",
        "Readiness probe failed: HTTP probe failed with statuscode: 404",
        Category.DEPLOYMENT_PROBE,
        "The Readiness probe asks for a path that the server does not have (404)",
    ),
    (
        "Unhealthy",
        'Liveness probe failed: Get "http://10.1.0.4:7070/live": context deadline exceeded',
        Category.DEPLOYMENT_PROBE,
        "The server does not answer its Liveness probe in time",
    ),
    (
        "Unhealthy",
        'Readiness probe failed: Get "https://10.1.0.4:7070/": http: server gave HTTP response to HTTPS client',
        Category.DEPLOYMENT_PROBE,
        "The Readiness probe speaks HTTPS, and the server HTTP",
    ),
]


@pytest.mark.parametrize(("reason", "message", "category", "said"), MESSAGES)
def test_an_event_about_a_pod_is_retold(reason: str, message: str, category: Category, said: str | None) -> None:
    """The sentence names what the message names, and the category is that of the fault."""
    shop = Shop(lambda shop: shop.wait("cart", "ContainerCreating"))
    shop.warn("Pod", CART, reason, message)

    found = _first(shop)

    assert (found.component, found.category) == ("cart", category)
    assert said is None or found.summary == said


REFUSALS = [
    (
        'pods "cart" is forbidden: violates PodSecurity "restricted:v1.30": runAsNonRoot != true',
        Category.DEPLOYMENT_ADMISSION,
        "The pods violate the PodSecurity level restricted:v1.30: runAsNonRoot != true",
    ),
    (
        'admission webhook "policy.example" denied the request: every container needs limits',
        Category.DEPLOYMENT_ADMISSION,
        "The admission webhook policy.example refuses the pods: every container needs limits",
    ),
    (
        'Internal error occurred: failed calling webhook "check.example": no endpoints available',
        Category.DEPLOYMENT_ADMISSION,
        "The webhook check.example that must admit the pods does not answer",
    ),
    (
        'Internal error occurred: failed calling webhook "check.example": failed to call webhook: Post "https://check:443":'
        " tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time is after",
        Category.CERTIFICATE,
        "The API server does not accept the certificate of the webhook check.example:"
        " certificate has expired or is not yet valid",
    ),
    (
        'pods is forbidden: User "system:serviceaccount:shop:deployer" cannot create resource "pods" in API group ""',
        Category.AUTHORIZATION,
        "system:serviceaccount:shop:deployer may not create pods",
    ),
]


@pytest.mark.parametrize(("message", "category", "said"), REFUSALS)
def test_a_refused_pod_is_retold(message: str, category: Category, said: str) -> None:
    """Who refuses the pods of a workload, and what for, stands in the sentence."""
    found = _first(Shop(lambda shop: shop.refuse("cart", message)))

    assert (found.component, found.category, found.summary) == ("cart", category, said)


LASTING = [
    ("Job", "BackoffLimit", "DeadlineExceeded", "Job was active longer than specified deadline", False),
    ("CronJob", "FailedNeedsStart", "FailedNeedsStart", "Too many missed start times: 101", False),
    ("CronJob", "Forbid", "JobAlreadyActive", "prior execution is running and concurrency policy is Forbid", True),
    ("Service", "Balancer", "SyncLoadBalancerFailed", "Error syncing load balancer: no subnet found", False),
]


@pytest.mark.parametrize(("kind", "name", "reason", "message", "normal"), LASTING)
def test_what_no_pod_shows_is_read_from_events(kind: str, name: str, reason: str, message: str, normal: bool) -> None:
    """A job past its deadline, a schedule that is missed and a service without its balancer leave every pod ready."""
    found = _first(Shop(lambda shop: shop.warn(kind, name.lower(), reason, message, normal=normal)))

    assert (found.component, found.role, found.salience >= 0.7) == (name.lower(), "cause", True)


def test_the_container_is_named_where_it_is_not_the_pods_own() -> None:
    """Of several containers in a pod the sentence names the one that was killed."""
    shop = Shop()
    state = {"waiting": {"reason": "CrashLoopBackOff"}}
    last = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    proxy = {"name": "proxy", "ready": False, "restartCount": 9, "state": state, "lastState": last}
    shop.change_template("cart", lambda spec: spec["containers"].append({"name": "proxy", "image": "proxy:1"}))
    shop._down("cart", "Running", [shop.pod("cart")["status"]["containerStatuses"][0], proxy])

    assert _first(shop).summary == "The container was killed at its memory limit, in the container proxy"


def test_what_is_wanted_is_read_before_what_came_of_it() -> None:
    """The line of the claim that names a class which is not there comes before the later words of the scheduler."""
    shop = Shop(lambda shop: shop.claim("store", {"storageClassName": "fast", "accessModes": ["ReadWriteOnce"]}))
    shop.add("StorageClass", "slow", provisioner="disk.example")

    lead = cause_engine().explain(default_engine().triage(_artifacts(shop))).hypotheses[0]

    assert lead.summary.startswith("The claim store-data wants the storage class fast, and no such class exists")
