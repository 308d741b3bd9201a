"""One finding about one object, with its line quoted."""

from collections.abc import Mapping
from datetime import datetime

from responder.incident import Category, ComponentKind, Role
from responder.triage.components import kind_of
from responder.triage.interface import Finding, Level, Remedy
from responder.triage.signals.content import Content

__all__ = ["trouble"]


def trouble(
    content: Content,
    line: int,
    *,
    rule: str,
    category: Category,
    component: str,
    summary: str,
    next_check: str,
    remedy: str,
    salience: float,
    role: Role = "cause",
    kind: ComponentKind | None = None,
    count: int = 1,
    captures: Mapping[str, str] | None = None,
    explains: tuple[str, ...] = (),
    first: datetime | None = None,
    last: datetime | None = None,
) -> Finding:
    """Build a finding whose evidence is one line."""
    span, text, digest = content.quote(line)
    return Finding(
        kind="signature",
        span=span,
        text=text,
        sha256=digest,
        count=count,
        salience=salience,
        why=summary,
        category=category,
        role=role,
        rule=f"cluster.{rule}",
        summary=summary,
        component=component,
        component_kind=kind or kind_of(component),
        level=Level.ERROR,
        timestamp=first,
        last_seen=last or first,
        needle=text.strip()[:60],
        captures=captures or {},
        next_check=next_check,
        remedies=(Remedy(remedy, next_check, "Apply the manifest that was there before"),),
        explains=explains,
    )
