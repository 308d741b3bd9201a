"""The past tense of the sentences that rules make, for a document about what is over.

Only verbs that cannot be anything else in those sentences are changed, and only in the project's own words: what
stands between backquotes, and what follows a colon, is from the logs.
"""

import re

from responder.patterns import lazy

__all__ = ["past"]

_PAST = {
    "answers": "answered",
    "are": "were",
    "asks": "asked",
    "begins": "began",
    "belongs": "belonged",
    "breaks": "broke",
    "break": "broke",
    "cannot": "could not",
    "comes": "came",
    "completes": "completed",
    "denies": "denied",
    "dies": "died",
    "do not": "did not",
    "does not": "did not",
    "ends": "ended",
    "expects": "expected",
    "fail": "failed",
    "fails": "failed",
    "falls": "fell",
    "finds": "found",
    "gets": "got",
    "gives": "gave",
    "hangs": "hung",
    "has": "had",
    "have": "had",
    "holds": "held",
    "is": "was",
    "keeps": "kept",
    "knows": "knew",
    "lacks": "lacked",
    "needs": "needed",
    "recovers": "recovered",
    "refuses": "refused",
    "rejects": "rejected",
    "returns": "returned",
    "run out": "ran out",
    "run too long": "ran too long",
    "runs out": "ran out",
    "starts": "started",
    "stops": "stopped",
    "takes": "took",
    "throttles": "throttled",
    "time out": "timed out",
    "times out": "timed out",
    "wait": "waited",
    "waits": "waited",
}
_PLACE = lazy(r"`[^`]+`: (?!`)")
"""Where something happened; a sentence of ours follows."""
_VERBS = "|".join(sorted(_PAST, key=len, reverse=True))
_VERB = lazy(
    rf"(?<![\w.:/`-])(?<!\bto )(?<!\bnot )(?<!\bmay )(?<!\bcan )(?<!\bwill )(?:{_VERBS})"
    r"(?![\w/:`-]|\.\w)(?! not in the evidence)"
)


def past(text: str) -> str:
    """The sentence as it is told afterwards; one that is told so already comes back as it was."""
    place = _PLACE.match(text)
    if place:
        return f"{place[0]}{past(text[place.end() :])}"
    head, colon, rest = _before_colon(text)
    parts = head.split("`")
    parts[::2] = [_VERB.sub(lambda verb: _PAST[verb[0]], part) for part in parts[::2]]
    return f"{'`'.join(parts)}{colon}{rest}"


def _before_colon(text: str) -> tuple[str, str, str]:
    """Split at the first colon outside of a name, behind which a quotation may stand."""
    at = next((match.start() for match in re.finditer(": ", text) if text.count("`", 0, match.start()) % 2 == 0), None)
    return (text, "", "") if at is None else (text[:at], ": ", text[at + 2 :])
