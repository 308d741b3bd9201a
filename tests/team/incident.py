"""A small incident for the team's tests: a release, refusals of the database, and a rival cause."""

from datetime import UTC, datetime

from responder.causes.interface import Check, Evidence, Explanation, Hypothesis
from responder.incident import Category, ComponentKind, EvidenceId, HypothesisId, Span, Verdict

DEPLOY = "2026-03-14T13:55:00Z release 2.41.0 of checkout: pool 20 -> 200"
REFUSED = "2026-03-14 14:03:12 UTC FATAL:  remaining connection slots are reserved"
BLIP = "2026-03-14T13:20:00Z WARN payment provider answered 502"
FILES = {
    "deploy.log": f"{DEPLOY}\n",
    "db.log": "2026-03-14 13:59:00 UTC LOG:  checkpoint complete\n"
    + "".join(f"{REFUSED.replace('14:03:12', f'14:03:{second}')}\n" for second in (12, 14, 19)),
    "web.log": f"{BLIP}\n2026-03-14T13:21:00Z INFO payment provider answered 200\n",
}


def evidence(number: int, path: str, line: int, text: str, at: datetime) -> Evidence:
    return Evidence(EvidenceId(f"E{number}"), Span(path, line, line, line), text, "0" * 64, "cause", "it matters", at)


def explanation(*, needle: str = "remaining connection slots") -> Explanation:
    refused = datetime(2026, 3, 14, 14, 3, 12, tzinfo=UTC)
    items = (
        evidence(1, "db.log", 2, REFUSED, refused),
        evidence(2, "deploy.log", 1, DEPLOY, datetime(2026, 3, 14, 13, 55, tzinfo=UTC)),
        evidence(3, "web.log", 1, BLIP, datetime(2026, 3, 14, 13, 20, tzinfo=UTC)),
    )
    slots = Hypothesis(
        HypothesisId("H1"),
        1,
        "orders-db ran out of connection slots",
        Category.CONNECTIONS,
        "orders-db",
        ComponentKind.DATABASE,
        0.7,
        (EvidenceId("E1"), EvidenceId("E2")),
        first_seen=refused,
        checks=(
            Check("present", "the refusals are in the log", EvidenceId("E1"), needle),
            Check("count_at_least", "there are several", EvidenceId("E1"), needle, count=2),
            Check("absent_before", "none before the release", EvidenceId("E1"), needle, EvidenceId("E2"), "2.41.0"),
        ),
    )
    provider = Hypothesis(
        HypothesisId("H2"),
        2,
        "the payment provider failed",
        Category.EXTERNAL_SERVICE,
        "payments",
        ComponentKind.EXTERNAL,
        0.2,
        (EvidenceId("E3"),),
        checks=(Check("count_at_least", "it failed again and again", EvidenceId("E3"), "answered 502", count=5),),
    )
    return Explanation(Verdict.DIAGNOSED, (slots, provider), 0.1, items)
