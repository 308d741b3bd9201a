"""What the objects of a Kubernetes cluster say: the desired state against the real one."""

from responder.triage.signals.kubernetes.reader import KubernetesReader
from responder.triage.signals.kubernetes.rules import CRASH_LOOP, PROBE_FAILED

__all__ = ["CRASH_LOOP", "PROBE_FAILED", "KubernetesReader"]
