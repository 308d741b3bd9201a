"""What would matter and was not in the evidence, or was not read."""

from collections.abc import Iterator, Sequence

from responder.causes.situation import Situation
from responder.causes.stories import Story
from responder.triage.interface import Triage

__all__ = ["find_gaps"]

_MOST_SKIPPED = 5


def find_gaps(triage: Triage, situation: Situation, lead: Story | None) -> tuple[str, ...]:
    """Say what is missing, as sentences, the most important first."""
    return tuple(_gaps(triage, situation, lead))


def _gaps(triage: Triage, situation: Situation, lead: Story | None) -> Iterator[str]:
    if lead is not None and not lead.is_build:
        own = situation.graph.with_own_log
        if lead.component and own and lead.component not in own:
            yield f"No log of `{lead.component}` itself was given; it is known only from what others wrote."
        if not situation.changes:
            yield "No record of a deployment or configuration change was found, so what set it off may be missing."
        if lead.component and triage.measured and not _is_measured(lead.component, triage.measured):
            others = ", ".join(f"`{name}`" for name in triage.measured[:3])
            yield f"No metrics of `{lead.component}` were given, though there are of others: {others}."
        if lead.first is None:
            yield "The decisive lines carry no time, so nothing was checked for order against other files."
    yield from triage.gaps
    for file in triage.files:
        yield from (
            f"The end of `{file.path}` is missing: {note}." for note in file.notes if note.startswith("damaged")
        )
    for skipped in triage.skipped[:_MOST_SKIPPED]:
        yield f"`{skipped.path}` was not read: {skipped.reason}."
    if len(triage.skipped) > _MOST_SKIPPED:
        yield f"{len(triage.skipped) - _MOST_SKIPPED} more inputs were not read."


def _is_measured(component: str, measured: Sequence[str]) -> bool:
    """Whether there are metrics of a component, of a set it belongs to, or of one of its members."""
    return any(name.startswith(component) or component.startswith(name) for name in measured)
