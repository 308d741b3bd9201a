"""The constant part of a message: what is left when ids, numbers, names of hosts and paths are masked.

A token is masked when it holds a digit, or is plainly a value; words are never masked, so two messages that differ in
words stay two templates. That is blunt beside a clustering parser, and has no order, no state and no threshold: the
same line gets the same template in any file, at any place, in any split.
"""

from collections.abc import Iterable

from responder.patterns import lazy
from responder.triage.lines import clean
from responder.triage.parsing import Parser

__all__ = ["MASK", "mask", "needle_in", "template_ids"]

MASK = "<*>"

_VARIABLE = lazy(
    r"https?://\S+"
    # A moment, a value after `=`, a name after the word that announces one, a dotted name such as a class or package.
    r"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2}"
    r" [\d:.]{5,16}(?: \d{4})?"
    r"|(?<=[\w-]=)[^\s,;\"'(){}\[\]<>&]+"
    r"|(?<=\buser )(?!by\b|request|unknown|is\b|has\b|was\b|not\b)[\w.@$-]+|(?<=\bfor )[\w.@$-]+(?= from\b)"
    r"|(?<![\w.])[A-Za-z_]\w*(?:\.[A-Za-z_$][\w$-]*){2,}"
    r"|(?<![\w/])/(?:[\w.@%+~-]+/)+[\w.@%+~-]*"
    r"|\"[^\"]{1,200}\"|(?<!\w)'[^']{1,200}'(?!\w)"
    r"|[^\s=,:;\"'()\[\]{}<>|]*\d[^\s=,;\"'()\[\]{}<>|]*"
    r"|\b[0-9a-fA-F]{8,}\b"
    r"|\b(?:true|false|null)\b"
)
_REPEATED = lazy(r"(?:<\*>[\s,.:/-]{0,2}){2,}")
_LITERAL = lazy(r"[^\d\s\"'][^\d\"']{2,79}")


def mask(message: str) -> str:
    """The template of a message."""
    masked = _REPEATED.sub(MASK + " ", _VARIABLE.sub(MASK, message).replace("()", f"({MASK})"))
    return " ".join(masked.split())


def needle_in(message: str, raw_text: str) -> str:
    """The longest literal part of a message that a plain search can find in the original line."""
    pieces = (piece.strip(" .,:;-=()[]{}<>|\t") for piece in _LITERAL.findall(message))
    return max((piece for piece in pieces if len(piece) >= 3 and piece in raw_text), key=len, default="")


def template_ids(lines: Iterable[bytes]) -> tuple[list[str], dict[str, str]]:
    """The template id of each line, and the template behind each id.

    Ids are `T1`, `T2`, ... in the order of first use. Headers (time, level, logger, ...) are no part of a template.
    """
    parser = Parser()
    ids: dict[str, str] = {}
    result = []
    for raw in lines:
        template = mask(parser.parse(clean(raw)).message)
        result.append(ids.setdefault(template, f"T{len(ids) + 1}"))
    return result, {number: template for template, number in ids.items()}
