"""Findings and triage results made by hand, as small as a test needs them."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from responder.incident import Category, ComponentKind, Role, Span
from responder.triage.interface import FileFacts, Finding, FindingKind, Level, Triage

START = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def finding(
    text: str,
    *,
    seconds: float | None = 0,
    lasts: float = 0,
    component: str | None = "web",
    path: str | None = None,
    line: int = 1,
    kind: FindingKind = "signature",
    role: Role = "symptom",
    category: Category = Category.UNKNOWN,
    salience: float = 0.7,
    count: int = 1,
    level: Level | None = None,
    rule: str | None = None,
    summary: str = "",
    component_kind: ComponentKind = ComponentKind.SERVICE,
    captures: Mapping[str, str] | None = None,
    explains: Sequence[str] = (),
    needle: str | None = None,
) -> Finding:
    first = None if seconds is None else at(seconds)
    lines = text.count("\n")
    return Finding(
        kind=kind,
        span=Span(path or f"{component or 'log'}.log", line, line, line + lines),
        text=text,
        sha256=digest(text),
        count=count,
        salience=salience,
        why=f"it says {text.splitlines()[0][:40] if text.strip() else 'nothing'}",
        category=category,
        role=role,
        rule=rule,
        summary=summary,
        component=component,
        component_kind=component_kind,
        level=level or (Level.INFO if kind == "change" else Level.ERROR),
        timestamp=first,
        last_seen=None if first is None else first + timedelta(seconds=lasts),
        template=text.partition("\n")[0],
        needle=text.partition("\n")[0] if needle is None else needle,
        captures=captures or {},
        explains=tuple(explains),
    )


def triage(
    findings: Sequence[Finding],
    *,
    dependencies: Sequence[tuple[str, str]] = (),
    files: Mapping[str, str | None] | None = None,
    until: float = 1200,
) -> Triage:
    """Wrap findings as a triage result; each finding's file belongs to its component unless `files` says otherwise."""
    owners: dict[str, str | None] = {item.span.path: item.component for item in findings}
    owners |= files or {}
    facts = tuple(
        FileFacts(path, 1000, digest(path), "text", 100, owner, START, at(until))
        for path, owner in sorted(owners.items())
    )
    return Triage(
        findings=tuple(sorted(findings, key=lambda f: -f.salience)),
        files=facts,
        components=tuple(sorted({name for name in owners.values() if name})),
        dependencies=tuple(sorted(dependencies)),
    )


def starvation() -> Triage:
    """A database out of slots because a release of a client raised its pool; the client and the edge complain."""
    return triage(
        [
            finding(
                "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
                seconds=192,
                lasts=600,
                component="orders-db",
                component_kind=ComponentKind.DATABASE,
                role="cause",
                category=Category.CONNECTIONS,
                salience=0.95,
                count=412,
                level=Level.CRITICAL,
                rule="postgresql.connection_slots",
                summary="PostgreSQL has no connection slot left for ordinary roles",
                explains=("resource_exhaustion.connections", "dependency.*", "network.latency"),
            ),
            finding(
                "ERROR could not acquire a connection from the pool in 30000 ms",
                seconds=200,
                lasts=600,
                component="checkout",
                category=Category.CONNECTIONS,
                salience=0.75,
                count=230,
                rule="hikari.pool_timeout",
            ),
            finding(
                "upstream returned 503 for /checkout",
                seconds=205,
                lasts=600,
                component="edge",
                category=Category.DEPENDENCY_UNAVAILABLE,
                salience=0.7,
                count=900,
                rule="nginx.upstream_5xx",
                captures={"upstream": "checkout"},
            ),
            finding(
                "checkout 2.41 rolled out: orders-pool 20 -> 200",
                seconds=-98,
                component="checkout",
                path="deploy.log",
                kind="change",
                role="context",
                salience=0.4,
                level=Level.INFO,
                captures={"version": "2.41", "setting": "orders-pool", "old": "20", "new": "200"},
            ),
            finding(
                "search 1.18.5 rolled out",
                seconds=-1700,
                component="search",
                path="deploy.log",
                line=9,
                kind="change",
                role="context",
                salience=0.4,
                level=Level.INFO,
                captures={"version": "1.18.5"},
            ),
            finding(
                "ERROR cache refresh failed, will retry",
                seconds=-900,
                lasts=20,
                component="catalog",
                kind="error",
                salience=0.5,
                count=4,
            ),
        ],
        dependencies=[("checkout", "orders-db"), ("edge", "checkout"), ("catalog", "catalog-db")],
        files={"deploy.log": None},
    )
