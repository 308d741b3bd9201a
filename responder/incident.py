"""The words every stage shares: the incident itself, categories, places in the evidence.

Nothing here reads a file or decides anything; a value that only one stage trades in lives in that stage's
`interface.py`.
"""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal, NewType

from msgspec import Struct, field

__all__ = [
    "Category",
    "ComponentKind",
    "EvidenceId",
    "HypothesisId",
    "Incident",
    "Role",
    "Span",
    "Verdict",
]

EvidenceId = NewType("EvidenceId", str)
"""`E1`, `E2`, ... in reading order: E1 is the first line a person should read."""

HypothesisId = NewType("HypothesisId", str)
"""`H1`, `H2`, ... in the order the engine first ranked them; stable while probabilities move."""

Role = Literal["cause", "symptom", "context"]
"""What a piece of evidence is to the incident."""


class Verdict(StrEnum):
    """How a run ends."""

    DIAGNOSED = "diagnosed"
    INCONCLUSIVE = "inconclusive"
    HEALTHY = "healthy"


class ComponentKind(StrEnum):
    """What sort of thing a component is."""

    SERVICE = "service"
    DATABASE = "database"
    QUEUE = "queue"
    CACHE = "cache"
    NODE = "node"
    NAMESPACE = "namespace"
    NETWORK = "network"
    EXTERNAL = "external"
    BUILD_STEP = "build_step"
    TEST = "test"
    SOURCE_FILE = "source_file"
    PACKAGE = "package"
    UNKNOWN = "unknown"


class Category(StrEnum):
    """The failure taxonomy; the part before the dot is the family."""

    CONNECTIONS = "resource_exhaustion.connections"
    MEMORY = "resource_exhaustion.memory"
    CPU = "resource_exhaustion.cpu"
    DISK = "resource_exhaustion.disk"
    THREADS = "resource_exhaustion.threads"
    FILE_DESCRIPTORS = "resource_exhaustion.file_descriptors"
    QUOTA = "resource_exhaustion.quota"
    DNS = "network.dns"
    CONNECTIVITY = "network.connectivity"
    LATENCY = "network.latency"
    TLS = "network.tls"
    ROUTING = "network.routing"
    DEPENDENCY_UNAVAILABLE = "dependency.unavailable"
    DEPENDENCY_RESOLUTION = "dependency.resolution"
    DEPENDENCY_INCOMPATIBLE = "dependency.incompatible"
    CONFIGURATION_INVALID = "configuration.invalid"
    CONFIGURATION_MISSING = "configuration.missing"
    CONFIGURATION_MISMATCH = "configuration.mismatch"
    DEPLOYMENT_REGRESSION = "deployment.regression"
    DEPLOYMENT_IMAGE = "deployment.image"
    DEPLOYMENT_SCHEDULING = "deployment.scheduling"
    DEPLOYMENT_ADMISSION = "deployment.admission"
    DEPLOYMENT_PROBE = "deployment.probe"
    CODE_EXCEPTION = "code_defect.exception"
    CODE_COMPILE = "code_defect.compile"
    CODE_TYPE = "code_defect.type"
    CODE_LINT = "code_defect.lint"
    CODE_LOGIC = "code_defect.logic"
    TEST_ASSERTION = "test_failure.assertion"
    TEST_TIMEOUT = "test_failure.timeout"
    TEST_FLAKY = "test_failure.flaky"
    TEST_SETUP = "test_failure.setup"
    AUTHENTICATION = "security.authentication"
    AUTHORIZATION = "security.authorization"
    CERTIFICATE = "security.certificate"
    SECRET = "security.secret"  # noqa: S105 - a category, not a credential
    DATA_CORRUPTION = "data.corruption"
    DATA_SCHEMA = "data.schema"
    DATA_LOCK = "data.lock"
    NODE = "infrastructure.node"
    STORAGE = "infrastructure.storage"
    CONTROL_PLANE = "infrastructure.control_plane"
    CI_RUNNER = "infrastructure.ci_runner"
    EXTERNAL_SERVICE = "infrastructure.external_service"
    HEALTHY = "healthy"
    UNKNOWN = "unknown"

    @property
    def family(self) -> str:
        """The first word: `network` of `network.dns`."""
        return self.value.partition(".")[0]


class Span(Struct, frozen=True):
    r"""A run of whole lines of one artifact.

    Line numbers are 1-based and inclusive, on the original bytes (of a compressed file: its content) split on
    `\n` only. Lone carriage returns, form feeds and Unicode separators do not end a line.
    """

    path: str
    """Relative to the input, with `/`; a member of an archive is `archive.zip!/member`."""
    line: int
    """The one to read first; `line_start <= line <= line_end`."""
    line_start: int
    line_end: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Incident(Struct, frozen=True):
    """What one run is asked to explain."""

    inputs: tuple[Path, ...]
    """Files, folders or archives; `Path("-")` is standard input."""
    started_at: datetime
    """When the run began, UTC."""
    task: str = ""
    """What the caller asks or reports, in their words; may be empty. Untrusted text."""
    baseline: tuple[Path, ...] = field(default=())
    """The same kind of inputs from the last good run, if the caller has them."""
