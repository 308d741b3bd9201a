"""One incident told in typed values, and small makers for what the tests change in it.

The story: release 2.41 of `checkout` raised its pool from 20 to 200 a pod, `orders-db` ran out of slots at 14:03:12.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from responder.audit.interface import Head
from responder.causes.interface import CausalLink, Evidence, Explanation, Hypothesis, Impact, Step, TimelineEntry
from responder.evidence.interface import Skipped
from responder.incident import Category, ComponentKind, EvidenceId, HypothesisId, Incident, Span, Verdict
from responder.reporting.model import Report, build_report
from responder.sandbox.interface import Execution, SandboxInfo
from responder.team.interface import AgentUsage, Claim, Conclusion, StruckClaim, Verification
from responder.triage.interface import FileFacts, Remedy, Triage, VolumeBucket

START = datetime(2026, 3, 14, 13, 50, tzinfo=UTC)


def at(minutes: float, seconds: float = 0) -> datetime:
    """So long after 13:50 UTC."""
    return START + timedelta(minutes=minutes, seconds=seconds)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class PlainRedactor:
    """Redacts nothing but one known secret: the tests here are about the report, not about patterns."""

    def redact(self, text: str) -> str:
        return text.replace("hunter2", "[REDACTED:password:1f3a]")


def quote(number: int, path: str, line: int, text: str, **changes: Any) -> Evidence:
    values: dict[str, Any] = {
        "id": EvidenceId(f"E{number}"),
        "span": Span(path=path, line=line, line_start=line, line_end=line + text.count("\n")),
        "text": text,
        "sha256": sha(text),
        "role": "symptom",
        "why": "An error record.",
    }
    return Evidence(**(values | changes))


REFUSAL = "2026-03-14 14:03:12.418 UTC [2217] FATAL:  remaining connection slots are reserved for superuser connections"
RELEASE = '2026-03-14T13:58:41Z level=info msg="rollout complete" app=checkout version=2.41 pool_max=200 replicas=6'
TIMEOUT = """2026-03-14 14:03:19,002 ERROR [checkout] order 88121 failed
org.postgresql.util.PSQLException: FATAL: remaining connection slots are reserved for superuser connections
\tat org.postgresql.core.v3.ConnectionFactoryImpl.doAuthentication(ConnectionFactoryImpl.java:693)
\tat com.zaxxer.hikari.pool.PoolBase.newConnection(PoolBase.java:364)
\tat shop.checkout.OrderStore.save(OrderStore.java:58)"""
GATEWAY = '10.0.4.7 - - [14/Mar/2026:14:03:24 +0000] "POST /api/orders HTTP/1.1" 503 182 "-" "Mozilla/5.0"'

EVIDENCE = (
    quote(
        1,
        "orders-db/postgresql.log",
        4312,
        REFUSAL,
        role="cause",
        why="`orders-db` refuses connections because every ordinary slot is taken.",
        timestamp=at(13, 12.418),
        component="orders-db",
        count=412,
    ),
    quote(
        2,
        "deploy/rollout.log",
        31,
        RELEASE,
        role="cause",
        why="Release 2.41 of `checkout` raises `pool_max` from 20 to 200 on each of 6 replicas.",
        timestamp=at(8, 41),
        component="checkout",
    ),
    quote(
        3,
        "checkout/app.log",
        9120,
        TIMEOUT,
        why="`checkout` cannot save orders: the database refuses it.",
        timestamp=at(13, 19.002),
        component="checkout",
        count=388,
    ),
    quote(
        4,
        "gateway/access.log",
        20871,
        GATEWAY,
        why="The gateway answers customers with 503.",
        timestamp=at(13, 24),
        component="gateway",
        count=1904,
    ),
    quote(
        5,
        "payments/app.log",
        77,
        "2026-03-14 13:51:02 WARN  retry 1/3 to ledger.internal took 2104 ms",
        role="context",
        why="A slow call to the ledger, once, twelve minutes before the onset.",
        timestamp=at(1, 2),
        component="payments",
    ),
)

POOL = Hypothesis(
    id=HypothesisId("H1"),
    rank=1,
    summary="orders-db ran out of connection slots because release 2.41 of checkout raised its pool from 20 to 200 "
    "per pod",
    category=Category.CONNECTIONS,
    component="orders-db",
    component_kind=ComponentKind.DATABASE,
    probability=0.86,
    supporting=(EvidenceId("E1"), EvidenceId("E2"), EvidenceId("E3")),
    status="confirmed",
    next_check="Count sessions by application name in `pg_stat_activity`.",
    first_seen=at(13, 12.418),
    steps=(
        Step(0.12, 0.64, "The release raised the pool 4 min 31 s before the first refusal.", (EvidenceId("E2"),)),
        Step(0.64, 0.86, "A code run confirmed that no refusal precedes the release.", ()),
    ),
    remedies=(
        Remedy(
            what="Roll `checkout` back to 2.40.",
            verify="New records of `remaining connection slots` stop within two minutes.",
            undo="Roll forward to 2.41 again.",
        ),
        Remedy(
            what="If the roll-back is slow, set `pool_max` to 20 and restart one pod at a time.",
            verify="`pg_stat_activity` shows fewer than 100 sessions of `checkout`.",
            undo="Restore the previous value.",
        ),
        Remedy(
            what="Put a connection pooler in front of `orders-db` and give each service a session limit.",
            verify="A test with ten times the pods keeps free slots.",
            undo="",
            prevents=True,
        ),
    ),
)
LEAK = Hypothesis(
    id=HypothesisId("H2"),
    rank=2,
    summary="checkout leaks connections on its error path",
    category=Category.CODE_LOGIC,
    component="checkout",
    component_kind=ComponentKind.SERVICE,
    probability=0.07,
    supporting=(EvidenceId("E3"),),
    next_check="See whether sessions in `idle in transaction` grow while traffic is flat.",
)
SLOW = Hypothesis(
    id=HypothesisId("H3"),
    rank=3,
    summary="the ledger slowed payments, which held its connections for longer",
    category=Category.LATENCY,
    component="payments",
    component_kind=ComponentKind.SERVICE,
    probability=0.01,
    supporting=(EvidenceId("E5"),),
    contradicting=(EvidenceId("E1"),),
    status="ruled_out",
    ruled_out_because="The only slow call stands 12 min before the first refusal, and no other follows.",
)

EXPLANATION = Explanation(
    verdict=Verdict.DIAGNOSED,
    hypotheses=(POOL, LEAK, SLOW),
    none_of_these=0.06,
    evidence=EVIDENCE,
    timeline=(
        TimelineEntry(at(1, 2), "`payments` waits 2.1 s for the ledger, once", (EvidenceId("E5"),)),
        TimelineEntry(
            at(8, 41), "Release 2.41 of `checkout` completes, with `pool_max=200`", (EvidenceId("E2"),), "change"
        ),
        TimelineEntry(at(13, 12.418), "`orders-db` refuses the first connection", (EvidenceId("E1"),), "onset"),
        TimelineEntry(at(13, 19.002), "`checkout` begins to fail orders", (EvidenceId("E3"),), "consequence"),
        TimelineEntry(at(13, 24), "The gateway answers the first customer with 503", (EvidenceId("E4"),), "detected"),
    ),
    chain=(
        CausalLink(EvidenceId("E2"), EvidenceId("E1"), "6 pods x 200 connections exceed the 100 slots of the server"),
        CausalLink(EvidenceId("E1"), EvidenceId("E3"), "checkout needs a new connection for each order"),
        CausalLink(EvidenceId("E3"), EvidenceId("E4"), "the gateway passes the failure on"),
    ),
    impact=Impact(
        components=("checkout", "gateway", "orders-db"),
        started_at=at(13, 12.418),
        failed_records=2704,
        evidence=(EvidenceId("E1"), EvidenceId("E4")),
    ),
    not_checked=("The metrics of `orders-db` are not in the evidence.",),
)

CODE = """from pathlib import Path

lines = Path("/evidence/orders-db/postgresql.log").read_text().split("\\n")
refused = [number for number, line in enumerate(lines, 1) if "remaining connection slots" in line]
print(len(refused), "refusals, the first at line", refused[0])
"""
VERIFICATION = Verification(
    id="V1",
    execution=Execution(
        language="python",
        code=CODE,
        code_sha256=sha(CODE),
        exit_code=0,
        ending="exited",
        output="412 refusals, the first at line 4312\n0 before the release\n",
        seconds=0.214,
        name="V1.py",
        output_bytes=57,
    ),
    hypothesis=HypothesisId("H1"),
    outcome="confirmed",
    statement="412 refusals, all after 14:03:12; none before the release.",
)
CONCLUSION = Conclusion(
    stop_reason="concluded",
    claims=(
        Claim("The refusals begin 4 min 31 s after the release.", (EvidenceId("E1"), EvidenceId("E2")), ("V1",)),
        Claim("Orders fail only while slots are refused.", (EvidenceId("E3"),)),
    ),
    struck=(StruckClaim("The disk of orders-db was full.", "no line of the evidence says so"),),
    verifications=(VERIFICATION,),
    usage=AgentUsage(
        turns=7,
        max_turns=20,
        model="analyst",
        calls=15,
        prompt_tokens=9120,
        completion_tokens=1311,
        tokens_estimated=True,
    ),
    notes=("Docker did not answer, so code ran under bubblewrap.",),
    turns_by_agent={"Coder": 4, "FileSurfer": 3},
)


def facts(path: str, lines: int, size: int, **changes: Any) -> FileFacts:
    values: dict[str, Any] = {
        "path": path,
        "bytes": size,
        "sha256": sha(path),
        "format": "text",
        "lines": lines,
        "first_seen": at(0),
        "last_seen": at(26),
    }
    return FileFacts(**(values | changes))


def volume(*, onset: int = 13) -> tuple[VolumeBucket, ...]:
    """Twenty-six minutes: quiet, then a storm of errors from the minute `onset` on."""
    buckets = []
    for minute in range(26):
        storm = minute >= onset
        errors = (180 + 37 * (minute % 5)) if storm else (2 if minute % 4 == 1 else 0)
        buckets.append(VolumeBucket(at(minute), 60, 820 + 61 * ((minute * 7) % 5) + errors, errors))
    return tuple(buckets)


TRIAGE = Triage(
    findings=(),
    files=(
        facts("checkout/app.log", 14802, 2_411_730, format="logback", component="checkout", levels={"error": 388}),
        facts("deploy/rollout.log", 64, 7_104, format="logfmt"),
        facts("gateway/access.log", 31_077, 4_102_993, format="nginx", component="gateway"),
        facts("orders-db/postgresql.log", 5_240, 611_020, format="postgresql", component="orders-db"),
        facts("payments/app.log", 2_004, 190_870, notes=("time zone assumed to be UTC",), component="payments"),
    ),
    volume=volume(),
    skipped=(Skipped("orders-db/core.dump", "binary", "name it alone to read it as text"),),
    components=("checkout", "gateway", "orders-db", "payments"),
    dependencies=(("checkout", "orders-db"), ("gateway", "checkout")),
)
INCIDENT = Incident(inputs=(Path("sample_logs/starvation"),), started_at=at(60), task="analyse the outage")
SANDBOX = SandboxInfo(
    backend="bwrap",
    tier_reason="bubblewrap, since no Docker engine answers on this machine.",
    facts={"interfaces": "lo", "uid": "65534"},
)
TIMINGS = {"collect": 0.0121, "triage": 0.1842, "causes": 0.0033, "staging": 0.0911, "team": 1.6204}
HEAD = Head(entries=64, hash=sha("journal"))


def all_verified(explanation: Explanation) -> dict[EvidenceId, bool]:
    return {item.id: True for item in explanation.evidence}


def report(explanation: Explanation = EXPLANATION, conclusion: Conclusion = CONCLUSION, **changes: Any) -> Report:
    """The story's report; `verified`, `triage`, `incident` and every option of `build_report` can be changed."""
    options: dict[str, Any] = {
        "verified": all_verified(explanation),
        "redactor": PlainRedactor(),
        "redactions": {"password": 2, "token": 1},
        "sandbox": SANDBOX,
        "timings": TIMINGS,
        "audit_head": HEAD,
    }
    options |= changes
    incident = options.pop("incident", INCIDENT)
    triage = options.pop("triage", TRIAGE)
    return build_report(incident, triage, explanation, conclusion, **options)


def without(verified: Mapping[EvidenceId, bool], *ids: str) -> dict[EvidenceId, bool]:
    """The same, with these found different from the original."""
    return dict(verified) | {EvidenceId(item): False for item in ids}


def healthy() -> Report:
    explanation = Explanation(verdict=Verdict.HEALTHY, hypotheses=(), none_of_these=1.0, evidence=())
    triage = replace(TRIAGE, skipped=(), volume=volume(onset=99))
    return report(explanation, Conclusion("not_run"), triage=triage, sandbox=None, audit_head=None, redactions={})


def inconclusive() -> Report:
    doubtful = replace(POOL, probability=0.41, status="open")
    leak = replace(LEAK, probability=0.33)
    explanation = replace(
        EXPLANATION, verdict=Verdict.INCONCLUSIVE, hypotheses=(doubtful, leak, SLOW), none_of_these=0.25
    )
    stopped = replace(
        CONCLUSION,
        stop_reason="turn_limit",
        verifications=(replace(VERIFICATION, outcome="none", statement=""),),
        claims=(),
    )
    return report(explanation, stopped)
