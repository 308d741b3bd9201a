"""Whether everything that went wrong is seen to have ended by itself: an incident that asks for nothing any more.

A line that says a thing is well again ends what its rule names, and what that brought about. Only when nothing is left
is the answer `healthy`; when anything went on, or the end is not in evidence, the trouble is weighed as ever.
"""

from collections.abc import Sequence

from responder.causes.naming import captured
from responder.causes.situation import Situation, not_after
from responder.causes.stories import is_effect, known_effects
from responder.incident import Category
from responder.triage.interface import Finding

__all__ = ["endings", "is_over"]

_NAMES = ("node", "host", "pod", "service", "component")


def is_over(situation: Situation) -> bool:
    """Whether recoveries end every trouble, directly or by ending what brought it about."""
    ended = [finding for finding in situation.trouble if any(_ends(end, finding) for end in _recoveries(situation))]
    if not ended:
        return False
    effects = known_effects(ended)
    over = {id(finding) for finding in ended}
    return all(id(finding) in over or is_effect(finding, effects) for finding in situation.trouble)


def endings(trouble: Sequence[Finding], situation: Situation) -> tuple[Finding, ...]:
    """The lines which say that one of `trouble` is past, in evidence order."""
    return tuple(end for end in _recoveries(situation) if any(_ends(end, finding) for finding in trouble))


def _recoveries(situation: Situation) -> list[Finding]:
    return [finding for finding in situation.context if finding.category is Category.HEALTHY and finding.explains]


def _ends(recovery: Finding, trouble: Finding) -> bool:
    """Whether one line says that another is past; of a thing with another name, or before it, it says nothing."""
    if not is_effect(trouble, frozenset(recovery.explains)):
        return False
    if not not_after(trouble.last_seen or trouble.timestamp, recovery.last_seen or recovery.timestamp):
        return False
    well, ill = captured(recovery, _NAMES), captured(trouble, _NAMES)
    return not well or not ill or bool(set(well) & set(ill))
