"""How the run went, as sentences: what was read, what ran, what it cost, and where the journal ends."""

from collections.abc import Iterator, Mapping

from responder.incident import Verdict
from responder.reporting.model import Report
from responder.reporting.sentences import Sentence, bare, capital
from responder.reporting.wording import amount, duration, moment, plural, size
from responder.team.interface import StopReason

__all__ = ["about_run", "healthy_lines"]


_MAX_PATHS = 5
_ENDINGS: Mapping[StopReason, str] = {
    "concluded": "they reached a conclusion",
    "turn_limit": "they were stopped at the turn limit",
    "budget": "they were stopped at the budget",
    "timeout": "they were stopped at the time limit",
    "stalled": "they were stopped for finding nothing new",
    "model_failed": "the model failed",
    "interrupted": "they were interrupted",
    "not_run": "they were not asked",
}


def about_run(report: Report) -> tuple[Sentence, ...]:
    """One sentence a subject, in the order the run did them."""
    return tuple(Sentence(text) for text in (*_intake(report), *_work(report), *_ledger(report)))


def healthy_lines(report: Report) -> tuple[str, ...]:
    """The three lines that a healthy folder gets; nothing for any other verdict."""
    if report.verdict is not Verdict.HEALTHY:
        return ()
    skipped = "; ".join(f"`{item.path}` ({item.reason})" for item in report.skipped)
    unread = [f"Not read: {skipped}.", *report.not_checked] if skipped else list(report.not_checked)
    unread += [f"`{item.path}`: {note}." for item in report.files for note in item.notes if "looked at" in note]
    return (
        f"Healthy: nothing in {_read(report)} asks for action.",
        _covered(report),
        " ".join(unread) or "Everything that was given was read.",
    )


def _read(report: Report) -> str:
    lines = sum(item.lines for item in report.files)
    return f"{plural(lines, 'line')} of {plural(len(report.files), 'file')} ({size(_bytes(report))})"


def _bytes(report: Report) -> int:
    return sum(item.bytes for item in report.files)


def _covered(report: Report) -> str:
    starts = [item.first_seen for item in report.files if item.first_seen]
    ends = [item.last_seen for item in report.files if item.last_seen]
    if not starts or not ends:
        return "The records carry no times."
    errors = sum(bucket.errors for bucket in report.volume)
    usual = "not an unusual one" if errors == 1 else "none of them unusual"
    ordinary = f"{plural(errors, 'error record')}, {usual}" if errors else "no error records"
    return f"The records run from {moment(min(starts))} to {moment(max(ends))}: {ordinary}."


def _intake(report: Report) -> Iterator[str]:
    yield f"Read: {_read(report)}."
    for note, paths in _notes(report).items():
        where = ", ".join(f"`{path}`" for path in paths[:_MAX_PATHS])
        more = f" and {plural(len(paths) - _MAX_PATHS, 'more file')}" if len(paths) > _MAX_PATHS else ""
        yield f"{capital(bare(note))} ({where}{more})."
    if report.redactions is None:
        yield "Redaction was switched off."
    elif report.redactions:
        kinds = ", ".join(f"{kind} {amount(count)}" for kind, count in sorted(report.redactions.items()))
        yield f"Redacted: {plural(sum(report.redactions.values()), 'secret')} ({kinds})."


def _notes(report: Report) -> dict[str, list[str]]:
    """The files that each note is about."""
    notes: dict[str, list[str]] = {}
    for item in report.files:
        for note in item.notes:
            notes.setdefault(note, []).append(item.path)
    return notes


def _work(report: Report) -> Iterator[str]:
    usage = report.conclusion.usage
    if report.conclusion.stop_reason == "not_run":
        yield "No agents were asked: this is the deterministic part alone."
    else:
        who = ", ".join(f"{name} {turns}" for name, turns in sorted(report.conclusion.turns_by_agent.items()))
        spent = usage.prompt_tokens + usage.completion_tokens
        cost = "" if usage.cost is None else f", {usage.cost:.2f} US dollars"
        tokens = f"{'about ' if usage.tokens_estimated else ''}{amount(spent)} tokens{cost}" if spent else "no tokens"
        yield (
            f"Agents: {usage.turns} of {usage.max_turns} turns{f' ({who})' if who else ''}, "
            f"{plural(usage.calls, 'call')} of `{usage.model}`, {tokens}; "
            f"{_ENDINGS[report.conclusion.stop_reason]}."
        )
    if report.sandbox:
        runs = plural(len(report.conclusion.verifications), "code block")
        yield f"Sandbox: `{report.sandbox.backend}`, {runs}. {_chosen(report.sandbox.tier_reason)}"
    else:
        yield "Sandbox: none; no code was run."


def _chosen(reason: str) -> str:
    """Why this sandbox, as a sentence: selection gives a clause such as `the strongest that works here`."""
    verb = "It is " if reason.startswith("the ") else "It was " if reason.startswith("asked ") else ""
    return f"{verb or ''}{reason if verb else capital(bare(reason))}." if reason else ""


def _ledger(report: Report) -> Iterator[str]:
    if report.timings:
        total = duration(sum(report.timings.values()))
        stages = ", ".join(f"{stage} {duration(seconds)}" for stage, seconds in report.timings.items())
        yield f"Time: {total} ({stages})."
    if report.audit:
        entries = "1 entry" if report.audit.head.entries == 1 else f"{amount(report.audit.head.entries)} entries"
        yield f"Journal: `{report.audit.path}`, {entries}, head `{report.audit.head.hash}`."
