"""What the objects of a Kubernetes cluster say: the desired state against the real one."""

from responder.triage.signals.kubernetes.reader import KubernetesReader

__all__ = ["KubernetesReader"]
