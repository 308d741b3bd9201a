"""One change as a finding, with the captured names that the causes read."""

from collections.abc import Mapping
from datetime import datetime

from responder.incident import Category
from responder.triage.components import kind_of
from responder.triage.interface import Finding, Level
from responder.triage.signals.content import Content

__all__ = ["change"]

_SALIENCE, _MERGED = 0.45, 0.2


def change(
    content: Content,
    line: int,
    *,
    rule: str,
    component: str | None,
    summary: str,
    why: str,
    category: Category,
    at: datetime | None = None,
    captures: Mapping[str, str] | None = None,
) -> Finding:
    """Build a change whose evidence is one line.

    Args:
        content: Where it stands.
        line: The line that says so.
        rule: Which kind of record it is.
        component: Whose running state changed.
        summary: What was changed.
        why: Why it is suspect, or why it is not.
        category: What fails if it is wrong; unknown for what is not known to have reached the running system.
        at: When the running system changed.
        captures: What `responder.causes.changes` names: `version`, `setting`, `old`, `new`.
    """
    span, text, digest = content.quote(line)
    return Finding(
        kind="change",
        span=span,
        text=text,
        sha256=digest,
        count=1,
        salience=_MERGED if category is Category.UNKNOWN else _SALIENCE,
        why=why,
        category=category,
        role="context",
        rule=f"change.{rule}",
        summary=summary,
        component=component,
        component_kind=kind_of(component),
        level=Level.INFO,
        timestamp=at,
        last_seen=at,
        needle=text.strip()[:60],
        captures={key: value for key, value in (captures or {}).items() if value},
        next_check="whether the failures stop with what ran before",
    )
