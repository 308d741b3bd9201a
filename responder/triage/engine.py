"""The engine: reads every artifact once, lets the readers of logs and builds propose, ranks what they propose."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec.structs import replace

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Skipped
from responder.triage.builds import candidates_of_build
from responder.triage.candidates import Candidate, to_finding
from responder.triage.classify import Classifier
from responder.triage.complaints import candidates_of_complaints
from responder.triage.copies import without_copies
from responder.triage.corpus import LARGE_BYTES, LOOKED_AT, Room, read_documents
from responder.triage.documents import Document
from responder.triage.interface import QUIET_SALIENCE, FileFacts, Finding, Triage
from responder.triage.lines import key_of
from responder.triage.logs import candidates_of_log
from responder.triage.mentions import Names
from responder.triage.rhythm import candidates_of_rhythm
from responder.triage.rotation import streams_of
from responder.triage.signals.interface import ClockError, ReadSignals, Signals
from responder.triage.signals.kubernetes import CRASH_LOOP, PROBE_FAILED
from responder.triage.signals.readers import read_signals
from responder.triage.signatures import RulePack, packaged_rules
from responder.triage.trends import candidates_of_trends
from responder.triage.volume import volume_of

__all__ = ["Engine", "default_engine"]

_MOST = 400
"""Findings kept; what comes after is counted in a note, and has never been read by anybody."""
_CHANGE_LIFT = 0.12
_LAST_WORDS, _LAST_WORDS_LIFT, _PLAIN, _PAST = 0.8, 0.35, 0.9, 0.25
_SUSPECTS = ("change", "trend")


class Engine:
    """Finds what stands out.

    Args:
        rules: The failure signatures to know.
        workers: Threads to count large files with; the result does not depend on it.
        large_bytes: From this size on a file is counted instead of held in memory.
        looked_at: Lines of different kinds to look at; where there are more, they are counted, and some looked at.
        read_signals: Takes the evidence that is not a log; what they take is not read as one.
    """

    def __init__(
        self,
        *,
        rules: RulePack,
        workers: int = 1,
        large_bytes: int = LARGE_BYTES,
        looked_at: int = LOOKED_AT,
        read_signals: ReadSignals | None = None,
    ) -> None:
        self._rules = rules
        self._workers = workers
        self._large_bytes = large_bytes
        self._looked_at = looked_at
        self._read_signals = read_signals

    def triage(self, artifacts: Sequence[Artifact], *, baseline: Sequence[Artifact] = ()) -> Triage:
        """See `TriageEngine.triage`."""
        classifier = Classifier(self._rules)
        signals = self._read_signals(artifacts, calm=baseline) if self._read_signals else ()
        taken = {file.path: file for signal in signals for file in signal.files}
        documents, skipped = read_documents(
            [a for a in artifacts if a.path not in taken],
            classifier,
            Room(bytes=self._large_bytes, looked_at=self._looked_at),
            workers=self._workers,
        )
        skipped += [item for signal in signals for item in signal.skipped]
        if not documents and not taken:
            reason = skipped[0].reason if skipped else "no input"
            raise EvidenceError(f"nothing could be read: {reason}", hint="give text logs that are not empty")
        known_good, more = _known_good(baseline)
        skipped += more
        streams = streams_of(documents)
        _settle_years(streams)
        candidates: list[Candidate] = []
        for document in without_copies(streams):
            propose = _build if document.is_build else _log
            candidates += propose(document, known_good)
        candidates += candidates_of_rhythm(streams)
        clocks = {name: error for signal in signals for name, error in signal.clocks.items()}
        findings = _merged(_ranked(candidates, clocks), signals)
        components = {c for d in documents for c in _components(d)} | {f.component for f in findings if f.component}
        components |= {name for signal in signals for name in signal.components}
        return Triage(
            findings=findings,
            files=tuple(
                sorted((*(_facts_on_time(d.facts(), clocks) for d in documents), *taken.values()), key=_path_of)
            ),
            volume=volume_of(documents),
            skipped=tuple(skipped),
            components=tuple(sorted(components)),
            dependencies=tuple(sorted({*_dependencies(findings, components), *_stated(signals)})),
            measured=tuple(sorted({name for signal in signals for name in signal.measured})),
            gaps=tuple(gap for signal in signals for gap in signal.gaps),
        )


def default_engine(*, rules: RulePack | None = None) -> Engine:
    """The engine with every reader, and with the rules this package ships unless others are given."""
    return Engine(
        rules=packaged_rules() if rules is None else rules,
        workers=min(8, os.cpu_count() or 1),
        read_signals=read_signals,
    )


def _build(document: Document, known_good: frozenset[bytes]) -> list[Candidate]:
    return candidates_of_build(document, known_good)


def _log(document: Document, known_good: frozenset[bytes]) -> list[Candidate]:
    candidates = candidates_of_log(document) + candidates_of_complaints(document) + candidates_of_trends(document)
    for candidate in candidates:
        if key_of(document.lines[candidate.line]) in known_good:
            candidate.salience *= 0.3
    return candidates


def _known_good(baseline: Sequence[Artifact]) -> tuple[frozenset[bytes], list[Skipped]]:
    keys: set[bytes] = set()
    skipped = []
    for artifact in baseline:
        try:
            with artifact.open() as stream:
                keys.update(key_of(stream.read()).split(b"\n"))
        except (OSError, EvidenceError) as error:
            skipped.append(Skipped(artifact.path, f"baseline could not be read: {error}"))
    return frozenset(keys), skipped


def _settle_years(documents: list[Document]) -> None:
    """Moments without a year get the one that the rest of the evidence names most often."""
    if not any(document.lacks_years() for document in documents):
        return
    years = Counter(year for document in documents for year in document.stated_years())
    if years:
        year = max(years, key=lambda item: (years[item], item))
        for document in documents:
            document.settle_year(year)


def _ranked(candidates: list[Candidate], clocks: Mapping[str, ClockError]) -> tuple[Finding, ...]:
    failing = any(c.kind not in _SUSPECTS and c.salience >= QUIET_SALIENCE for c in candidates)
    for candidate in candidates:
        if candidate.kind in _SUSPECTS:
            # A change or a climb alone is no trouble; beside a failure it is the first suspect.
            candidate.salience = candidate.salience + _CHANGE_LIFT if failing else min(candidate.salience, 0.25)
    candidates.sort(key=lambda c: (-min(1.0, round(c.salience, 4)), _when(c), c.document.path, c.line))
    return tuple(_on_time(to_finding(one), one.component or "", clocks) for one in candidates[:_MOST])


def _on_time(finding: Finding, writer: str, clocks: Mapping[str, ClockError]) -> Finding:
    """A finding whose writer's clock is wrong, at the time it would have by the others' clocks."""
    error = clocks.get(writer)
    if error is None:
        return finding
    late = timedelta(seconds=error.seconds)
    return replace(
        finding,
        timestamp=finding.timestamp and finding.timestamp - late,
        last_seen=finding.last_seen and finding.last_seen - late,
        why=f"{finding.why.rstrip('.')}; {error.told(writer)}",
    )


def _facts_on_time(facts: FileFacts, clocks: Mapping[str, ClockError]) -> FileFacts:
    error = clocks.get(facts.component or "")
    if error is None:
        return facts
    late = timedelta(seconds=error.seconds)
    return replace(
        facts,
        first_seen=facts.first_seen and facts.first_seen - late,
        last_seen=facts.last_seen and facts.last_seen - late,
        notes=(*facts.notes, error.told(facts.component or "")),
    )


def _merged(findings: tuple[Finding, ...], signals: Sequence[Signals]) -> tuple[Finding, ...]:
    """What the readers found among what the logs say, most salient first."""
    more = [finding for signal in signals for finding in signal.findings]
    ending = {finding.component for finding in more if finding.rule == CRASH_LOOP}
    over = {rule for signal in signals for rule in signal.over}
    told = [_passed(f) if f.rule in over else _lifted(f) if f.component in ending else f for f in findings]
    saying = {finding.component for finding in told if finding.role == "cause" and finding.salience >= _PLAIN}
    seen = (_lowered(finding) if finding.component in saying else finding for finding in more)
    return tuple(sorted((*told, *seen), key=_rank_of)[:_MOST])


def _lifted(finding: Finding) -> Finding:
    """What a program logs that ends after each start is the reason why, where a rule knows it as one."""
    if finding.role != "cause" or finding.salience >= _LAST_WORDS:
        return finding
    return replace(finding, salience=min(_LAST_WORDS, finding.salience + _LAST_WORDS_LIFT))


def _passed(finding: Finding) -> Finding:
    """What is told of a state that is over by the state itself."""
    return replace(finding, role="context", salience=min(_PAST, finding.salience))


def _lowered(finding: Finding) -> Finding:
    """A probe fails because of what the program itself plainly says is wrong with it."""
    if finding.rule != PROBE_FAILED:
        return finding
    return replace(finding, role="symptom", salience=min(_LAST_WORDS, finding.salience))


def _rank_of(finding: Finding) -> tuple[float, float, str, int]:
    moment = finding.timestamp.timestamp() if finding.timestamp else float("inf")
    return -min(1.0, round(finding.salience, 4)), moment, finding.span.path, finding.span.line


def _stated(signals: Sequence[Signals]) -> set[tuple[str, str]]:
    return {pair for signal in signals for pair in signal.dependencies}


def _path_of(file: FileFacts) -> str:
    return file.path


def _when(candidate: Candidate) -> float:
    moment = candidate.document.moment(candidate.line)
    return moment.timestamp() if moment else float("inf")


def _components(document: Document) -> set[str]:
    if document.is_build:
        return set()
    names = {name for name in (document.component,) if name}
    seen: set[int] = set()
    for index, shape in enumerate(document.shapes):
        if shape.parsed.component and id(shape) not in seen:
            seen.add(id(shape))
            if name := document.component_at(index):
                names.add(name)
    return names


def _dependencies(findings: Sequence[Finding], components: set[str]) -> tuple[tuple[str, str], ...]:
    """Who names whom in a failure message: the writer depends on the named one."""
    known = Names(name for name in components if len(name) > 2)
    pairs = set()
    for finding in findings:
        if finding.component is not None:
            pairs |= {(finding.component, name) for name in known.in_text(finding.text) if name != finding.component}
    return tuple(sorted(pairs))
