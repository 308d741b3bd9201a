"""How changes are told, joined and blamed."""

import pytest

from responder.causes import default_engine
from responder.causes.changes import focus_on, group_changes
from responder.causes.situation import survey
from responder.incident import Category, ComponentKind
from responder.triage.interface import Finding
from tests.causes.findings import finding, triage

ENGINE = default_engine()


def change(text: str, *, seconds: float, component: str = "checkout", **captures: str) -> Finding:
    return finding(
        text,
        seconds=seconds,
        component=component,
        path="deploy.log",
        line=int(seconds) + 5000,
        kind="change",
        role="context",
        category=Category.DEPLOYMENT_REGRESSION if "version" in captures else Category.CONFIGURATION_MISMATCH,
        salience=0.4,
        captures=captures,
    )


@pytest.mark.parametrize(
    ("captures", "told"),
    [
        (
            {"version": "2.41", "setting": "pool", "old": "20", "new": "200"},
            "release 2.41 of `checkout` raised `pool` from 20 to 200",
        ),
        ({"key": "timeout", "old": "30s", "new": "5s"}, "`timeout` of `checkout` was lowered from 30s to 5s"),
        ({"key": "mode", "old": "a", "new": "b"}, "`mode` of `checkout` was changed from a to b"),
        ({"key": "mode", "new": "b"}, "`mode` of `checkout` was set to b"),
        ({"version": "2.41"}, "release 2.41 of `checkout` went out"),
        ({"version2": "2.41"}, "release 2.41 of `checkout` went out"),
    ],
)
def test_change_is_told_from_its_values(captures: dict[str, str], told: str) -> None:
    """The clause holds who, what, from and to, as far as the logs say."""
    situation = survey(triage([change("x", seconds=0, **captures), finding("ERROR y", seconds=5)]))

    assert group_changes(situation)[0].told() == told


def test_records_of_one_roll_out_are_one_change() -> None:
    """Release line and configuration line minutes apart on one component are told together; another day is another."""
    situation = survey(
        triage(
            [
                change("checkout 2.41 requested", seconds=0, version="2.41"),
                change("log level info", seconds=1, key="log.level", old="info", new="warn"),
                change("pool 20 -> 200", seconds=60, key="pool", old="20", new="200"),
                change("checkout 2.42", seconds=40_000, version="2.42"),
            ]
        )
    )

    first, second = group_changes(situation)
    assert focus_on(first, Category.CONNECTIONS).told() == "release 2.41 of `checkout` raised `pool` from 20 to 200"
    assert second.version == "2.42"


def test_release_right_before_exceptions_is_the_fault() -> None:
    """Exceptions that no rule knows, minutes after a release of the same component, are a regression of it."""
    explanation = ENGINE.explain(
        triage(
            [
                change("payments 3.2 rolled out", seconds=0, component="payments", version="3.2"),
                finding(
                    "ERROR NullPointerException in Refund.apply",
                    seconds=90,
                    lasts=600,
                    component="payments",
                    kind="error",
                    category=Category.CODE_EXCEPTION,
                    salience=0.8,
                    count=80,
                ),
            ]
        )
    )

    lead = explanation.hypotheses[0]
    assert (lead.component, lead.category) == ("payments", Category.DEPLOYMENT_REGRESSION)
    assert "because release 3.2 of `payments` went out" in lead.summary


def test_value_that_failures_repeat_is_blamed() -> None:
    """When the callers' errors hold the very value that was just set, the setting is the cause, not the network."""
    explanation = ENGINE.explain(
        triage(
            [
                change("upstream set", seconds=0, component="gateway", key="payment.host", old="pay-a", new="pay-blue"),
                finding(
                    "ERROR lookup pay-blue: no such host",
                    seconds=20,
                    lasts=600,
                    component="gateway",
                    category=Category.DNS,
                    salience=0.75,
                    count=90,
                    captures={"host": "pay-blue"},
                ),
            ]
        )
    )

    lead = explanation.hypotheses[0]
    assert (lead.component, lead.category.family) == ("gateway", "configuration")
    assert "pay-blue" in lead.summary


def test_change_after_the_onset_is_not_a_cause() -> None:
    """A rollback during the incident is no hypothesis."""
    explanation = ENGINE.explain(
        triage(
            [
                finding("ERROR boom", seconds=0, lasts=900, component="web", kind="error", salience=0.8, count=50),
                change("web 1.1 rolled back", seconds=600, component="web", version="1.1"),
            ]
        )
    )

    assert [h.category for h in explanation.hypotheses] == [Category.UNKNOWN]


def test_exhaustion_is_blamed_on_the_consumer_not_on_the_nearest_release() -> None:
    """Of two releases before it, the one that raised the use of the resource is the reason."""
    explanation = ENGINE.explain(
        triage(
            [
                change("checkout 2.41 pool", seconds=0, version="2.41", key="pool", old="20", new="200"),
                change("orders 7.0", seconds=200, component="orders", version="7.0"),
                finding(
                    "FATAL: sorry, too many clients already",
                    seconds=290,
                    lasts=300,
                    component="orders-db",
                    component_kind=ComponentKind.DATABASE,
                    role="cause",
                    category=Category.CONNECTIONS,
                    salience=0.95,
                    count=50,
                ),
            ],
            dependencies=[("checkout", "orders-db"), ("orders", "orders-db")],
        )
    )

    assert "release 2.41 of `checkout` raised `pool`" in explanation.hypotheses[0].summary


def test_sign_of_another_kind_is_the_reason_of_an_exhaustion() -> None:
    """Without a change, what rules connect with the fault is told: the standby that left before the disk filled up."""
    standby = finding(
        "LOG: terminating walsender process due to replication timeout",
        seconds=0,
        component="db-1",
        role="context",
        category=Category.DEPENDENCY_UNAVAILABLE,
        salience=0.2,
        explains=("postgresql.disk_full",),
        summary="A standby left and the log stays",
    )
    warning = finding(
        "WARNING: / 91% used; largest: pg_wal",
        seconds=3600,
        line=2,
        component="db-1",
        role="context",
        category=Category.DISK,
        salience=0.3,
        explains=("postgresql.disk_full",),
    )
    full = finding(
        "PANIC: No space left on device",
        seconds=7200,
        line=3,
        component="db-1",
        component_kind=ComponentKind.DATABASE,
        role="cause",
        category=Category.DISK,
        salience=0.9,
        rule="postgresql.disk_full",
    )

    explanation = ENGINE.explain(triage([standby, warning, full], until=7300))

    assert explanation.hypotheses[0].summary == (
        "`db-1` ran out of disk space at 16:00:00 UTC because at 14:00:00 UTC a standby left and the log stays."
    )
    assert [item.span.line for item in explanation.evidence] == [3, 1, 2]
    assert [(link.cause, link.effect) for link in explanation.chain] == [("E2", "E1"), ("E3", "E1")]
