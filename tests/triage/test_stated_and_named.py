"""What a record of a change states in its fields, and which components a text names."""

import pytest

from responder.triage.mentions import Names
from responder.triage.stated import change_fields


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            '{"service": "cart", "from_version": "3.7.4", "to_version": "3.8.0", "status": "succeeded"}',
            {"owner": "cart", "version": "3.8.0"},
        ),
        (
            'level=info msg="configuration changed" service=gateway setting=routes.timeout old=30s new=30ms',
            {"owner": "gateway", "setting": "routes.timeout", "old": "30s", "new": "30ms"},
        ),
        (
            "orders changed: tax.retry.max_attempts 2 -> 12 (by t)",
            {"setting": "tax.retry.max_attempts", "old": "2", "new": "12"},
        ),
        (
            'app=pricing diff="pricing.fx.timeout: 250ms -> 250 msec"',
            {"owner": "pricing", "setting": "pricing.fx.timeout", "old": "250ms", "new": "250 msec"},
        ),
        ("pool.wait: 5 s -> 30 s for a test", {"setting": "pool.wait", "old": "5 s", "new": "30 s"}),
        ("pool.max: 5 -> 30 connections", {"setting": "pool.max", "old": "5", "new": "30"}),
        ("recommender 5.7.2 -> 5.8.0 requested by ci", {}),
        ("banner.server 2.1.0 -> 2.2.0", {}),
        ("setting: pool.max, from: 20, to: 200", {"setting": "pool.max", "old": "20", "new": "200"}),
        ("nothing is stated here", {}),
    ],
)
def test_fields_of_a_change(text: str, fields: dict[str, str]) -> None:
    """Versions are no values, a value needs a setting, and the new version is the one that counts."""
    assert change_fields(text) == fields


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ledger-db-1 was killed", {"ledger-db-1"}),
        ("upstream=ledger-db refused", {"ledger-db-0", "ledger-db-1"}),
        ("dial ledger.prod.svc:80", {"ledger"}),
        ("pod ledger-7d9f8b6c5d-x2x4z is gone", {"ledger"}),
        ("the ledgers of yesterday", set()),
        ("read udp 10.60.0.2:53: timeout", {"10.60.0.2:53"}),
        ("LEDGER is down", {"ledger"}),
    ],
)
def test_names_in_a_text(text: str, named: set[str]) -> None:
    """A whole word, a pod, a host name, all members of a set; never a part of a longer name."""
    assert Names(["ledger", "ledger-db-0", "ledger-db-1", "10.60.0.2:53"]).in_text(text) == named
