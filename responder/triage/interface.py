"""What triage finds: values only. The engine is pure code, so the same bytes in give the same result out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Literal, Protocol

from msgspec import Struct, field

from responder.evidence.interface import Artifact, Skipped
from responder.incident import Category, ComponentKind, Role, Span

__all__ = [
    "QUIET_SALIENCE",
    "FileFacts",
    "Finding",
    "FindingKind",
    "Level",
    "Remedy",
    "Triage",
    "TriageEngine",
    "VolumeBucket",
]

QUIET_SALIENCE = 0.3
"""Findings below this do not speak of trouble: evidence with nothing at or above it is healthy."""


class Level(IntEnum):
    """Log levels on one scale; the numbers order them and are not shown."""

    UNKNOWN = 0
    DEBUG = 10
    INFO = 20
    NOTICE = 25
    WARNING = 30
    ERROR = 40
    CRITICAL = 50


FindingKind = Literal["signature", "error", "burst", "silence", "trend", "novelty", "change", "exit", "test_failure"]
"""signature: a rule matched; error: an error record no rule knows; burst / silence: a rate changed;
trend: a number inside a message grew or shrank; novelty: absent from the baseline; change: a deployment, release or
configuration change; exit: a process or step ended badly; test_failure: a test that failed."""


class Remedy(Struct, frozen=True):
    """One step a person can take, as a rule file states it."""

    what: str
    verify: str
    """How to see that it worked."""
    undo: str
    """How to take it back; empty when there is nothing to take back."""
    prevents: bool = False
    """True for a lasting fix, False for a step to take now."""
    takes_back: bool = False
    """True where it is a roll-back of whatever was changed; one that names the change says it better."""


class Finding(Struct, frozen=True):
    """One unusual thing in the evidence: what, where, since when, how often, and why it stands out."""

    kind: FindingKind
    span: Span
    text: str
    """The lines of `span` as they stand, decoded with replacement; unsanitised."""
    sha256: str
    """Hex digest of the original bytes of lines `line_start..line_end`, newlines between them included and the
    last one excluded."""
    count: int
    """How many records are like this one."""
    salience: float
    """0..1: how much this line alone explains; orders findings, promises nothing about probability."""
    why: str
    """One sentence that says why it stands out."""
    category: Category = Category.UNKNOWN
    role: Role = "symptom"
    rule: str | None = None
    """`technology.rule` for a signature, else None."""
    summary: str = ""
    """The rule's sentence for the cause, with its captured values filled in."""
    component: str | None = None
    """Who wrote it, or whom the message blames when it names one."""
    component_kind: ComponentKind = ComponentKind.UNKNOWN
    level: Level = Level.UNKNOWN
    timestamp: datetime | None = None
    """First occurrence, UTC."""
    last_seen: datetime | None = None
    """Last occurrence, UTC."""
    template: str = ""
    """The message with its variable parts masked."""
    needle: str = ""
    """A literal part of the line by which a plain search finds the records like it."""
    captures: Mapping[str, str] = field(default_factory=dict)
    """Named values a rule took from the message: `limit`, `peer`, `file`, `version`, ..."""
    next_check: str = ""
    """The one observation that would confirm or exclude what the rule suspects."""
    remedies: tuple[Remedy, ...] = ()
    explains: tuple[str, ...] = ()
    """Rule ids (or `technology.*`, or a category family with `.*`) whose findings this one would cause."""


class FileFacts(Struct, frozen=True):
    """What was read of one artifact."""

    path: str
    bytes: int
    sha256: str
    """Of the whole content as triage read it."""
    format: str
    """Name of the log format that most lines parse as, else `text` or `binary`."""
    lines: int
    component: str | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    levels: Mapping[str, int] = field(default_factory=dict)
    """Records by level name, lower case."""
    notes: tuple[str, ...] = ()
    """Assumptions and oddities: time zone assumed, year inferred, invalid UTF-8, truncated."""


class VolumeBucket(Struct, frozen=True):
    """Records of one time bucket, for the drawing of log volume."""

    start: datetime
    seconds: int
    total: int
    errors: int
    """Records at ERROR or above."""


class Triage(Struct, frozen=True):
    """Everything the engine learnt by reading all of the evidence once."""

    findings: tuple[Finding, ...]
    """Most salient first; ties by time, then in evidence order."""
    files: tuple[FileFacts, ...]
    volume: tuple[VolumeBucket, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    """What collection skipped, plus records and files triage could not use."""
    components: tuple[str, ...] = ()
    """Every component seen, sorted."""
    dependencies: tuple[tuple[str, str], ...] = ()
    """(caller, callee) pairs that the logs themselves name, sorted."""
    measured: tuple[str, ...] = ()
    """Components that there are metrics of, sorted."""
    gaps: tuple[str, ...] = ()
    """What the evidence should say and does not, as sentences: metrics that end in the middle."""


class TriageEngine(Protocol):
    """Reads everything, points at the lines that matter."""

    def triage(self, artifacts: Sequence[Artifact], *, baseline: Sequence[Artifact] = ()) -> Triage:
        """Stream all artifacts once.

        Unreadable or damaged artifacts become `Skipped` entries with what was read before the damage kept.

        Raises:
            EvidenceError: Not one artifact gave a single line.
        """
        ...
