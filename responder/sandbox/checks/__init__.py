"""The attacks and faults that the project runs against its own sandboxes, on every machine that asks.

`sandbox check` and the conformance tests run the same list.
"""

from collections.abc import Sequence

from responder.sandbox.checks.attacks_files import FILE_ATTACKS
from responder.sandbox.checks.attacks_kernel import KERNEL_ATTACKS
from responder.sandbox.checks.attacks_network import NETWORK_ATTACKS
from responder.sandbox.checks.conduct import CONDUCT
from responder.sandbox.checks.container import CONTAINER_CHECKS
from responder.sandbox.checks.deaths import DEATHS
from responder.sandbox.checks.faults import FAULTS
from responder.sandbox.checks.model import Bench, Check, CheckResult
from responder.sandbox.checks.requests import REQUESTS
from responder.sandbox.checks.run import bench, run_check

__all__ = ["CHECKS", "Bench", "Check", "CheckResult", "bench", "run_check"]

CHECKS: Sequence[Check] = (
    *NETWORK_ATTACKS,
    *FILE_ATTACKS,
    *KERNEL_ATTACKS,
    *FAULTS,
    *CONDUCT,
    *REQUESTS,
    *CONTAINER_CHECKS,
    *DEATHS,
)
"""Every check, each name once."""
