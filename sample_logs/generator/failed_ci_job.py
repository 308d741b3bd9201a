# ruff: noqa: E501 - log lines are as long as programs write them
"""A red CI job: two tests fail because a commit changed how invoice totals are rounded.

The commit says so itself: "Round invoice totals half-even". `test_total_rounds_half_up` and the credit note that mirrors
it fail, everything else passes.

Misleading on purpose: a cache that could not be restored, a package download that was retried, a test that was run
again and passed, deprecation warnings, tests whose names are full of errors, and a progress bar drawn with carriage
returns.
"""

from datetime import datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from generator.scene import Scene, ms, utc

START = utc("2026-06-02 08:14:03.118")

SUITE = (
    ("test_accounts", ("test_open", "test_close", "test_close_twice_is_an_error", "test_rename", "test_currency_is_fixed")),
    ("test_api", ("test_list_invoices", "test_unknown_invoice_is_404", "test_error_body_has_a_code", "test_paging", "test_etag", "test_rejects_bad_json")),
    ("test_credit_notes", ("test_full", "test_partial", "test_mirrors_invoice", "test_cannot_exceed_invoice")),
    ("test_dunning", ("test_first_reminder", "test_second_reminder", "test_stops_after_payment")),
    ("test_error_handling", ("test_error_handling", "test_retry_after_connection_reset", "test_timeout_is_reported", "test_fatal_stops_the_worker")),
    ("test_export", ("test_csv", "test_datev", "test_large_export", "test_empty_export")),
    ("test_invoices", ("test_number_is_unique", "test_draft_can_change", "test_sent_cannot_change", "test_lines_keep_order", "test_tax_by_country", "test_reverse_charge")),
    ("test_ledger", ("test_balanced", "test_unbalanced_is_refused", "test_replay", "test_snapshot")),
    ("test_mail", ("test_subject", "test_attachment", "test_bounce_is_recorded")),
    ("test_tax", ("test_standard_rate", "test_reduced_rate", "test_exempt", "test_unknown_country_is_an_error")),
    ("test_totals", ("test_empty_is_zero", "test_sums_lines", "test_discount", "test_total_rounds_half_up", "test_negative_lines")),
)  # fmt: skip

CREDIT_NOTE = ("test_credit_notes", "test_mirrors_invoice")
TOTAL = ("test_totals", "test_total_rounds_half_up")

FAILURES = {
    CREDIT_NOTE: (
        "AssertionError: assert Decimal('-10.01') == Decimal('-10.00')",
        """    def test_mirrors_invoice() -> None:
        invoice = make_invoice(lines=[Line(price=Decimal("10.005"), quantity=1)], total=Decimal("10.01"))

        note = credit(invoice)

>       assert -invoice.total == note.total
E       AssertionError: assert Decimal('-10.01') == Decimal('-10.00')
E        +  where Decimal('-10.00') = CreditNote(number='C-1', total=Decimal('-10.00')).total

tests/test_credit_notes.py:41: AssertionError
----------------------------- Captured log call ------------------------------
INFO     billing.credit:credit.py:27 credit note C-1 for invoice R-1""",
    ),
    TOTAL: (
        "AssertionError: assert Decimal('10.00') == Decimal('10.01')",
        """    def test_total_rounds_half_up() -> None:
        lines = [Line(price=Decimal("10.005"), quantity=1)]

>       assert invoice_total(lines) == Decimal("10.01")
E       AssertionError: assert Decimal('10.00') == Decimal('10.01')
E        +  where Decimal('10.00') = invoice_total([Line(price=Decimal('10.005'), quantity=1)])

tests/test_totals.py:33: AssertionError""",
    ),
}


class Console:
    """The job's console: every line gets the time at which it was printed."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.at: datetime = START

    def say(self, text: str, *, pause_ms: int = 4) -> None:
        """Print `text`, one record a line, after a pause of about `pause_ms`."""
        self.at += ms(pause_ms) + timedelta(microseconds=self.scene.between(0, 1000 * pause_ms))
        for line in text.split("\n"):
            fraction = f"{self.at.microsecond:06d}{self.scene.between(0, 9)}"
            self.scene.log("console.log").add(self.at, f"{self.at:%Y-%m-%dT%H:%M:%S}.{fraction}Z {line}")
            self.at += timedelta(microseconds=self.scene.between(40, 700))


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("failed-ci-job")
    times = {(module, test): scene.between(1, 90) for module, tests in SUITE for test in tests}
    console = Console(scene)
    _check_out(console)
    _install(console)
    _lint(console)
    started = console.at
    _tests(console, times)
    _finish(console)
    _junit(scene, started, times)
    return scene


def _check_out(console: Console) -> None:
    for text in (
        "Current runner version: '2.325.0'",
        "##[group]Operating System\nUbuntu\n24.04.2\nLTS\n##[endgroup]",
        "##[group]GITHUB_TOKEN Permissions\nContents: read\nMetadata: read\n##[endgroup]",
        "Complete job name: test (3.12)",
        "##[group]Run actions/checkout@v4\nwith:\n  fetch-depth: 2\n  persist-credentials: false\n##[endgroup]",
        "Syncing repository: shop/billing",
        "[command]/usr/bin/git -c protocol.version=2 fetch --no-tags --depth=2 origin +5f0a31c9:refs/remotes/pull/812/merge",
        "remote: Enumerating objects: 412, done.\nremote: Counting objects: 100% (412/412), done.\nremote: Compressing objects: 100% (288/288), done.",
        "HEAD is now at 5f0a31c Round invoice totals half-even",
        "##[group]Run git show --stat HEAD\ngit show --stat HEAD\nshell: /usr/bin/bash -e {0}\n##[endgroup]",
        "commit 5f0a31c92be11e4d1f0c5b7a7d1f6f4e0a9b3c55\nAuthor: Jonas Weber <jonas@shop.example>\nDate:   Tue Jun 2 10:11:48 2026 +0200\n\n    Round invoice totals half-even\n\n    The new ledger expects banker's rounding.\n\n billing/totals.py | 4 ++--\n CHANGELOG.md      | 1 +\n 2 files changed, 3 insertions(+), 2 deletions(-)",
    ):
        console.say(text, pause_ms=260)


def _install(console: Console) -> None:
    console.say(
        "##[group]Run actions/setup-python@v5\nwith:\n  python-version: 3.12\n  cache: pip\n##[endgroup]", pause_ms=120
    )
    console.say("Successfully set up CPython (3.12.10)", pause_ms=400)
    console.say("##[warning]Failed to restore: Cache service responded with 503")
    console.say("pip cache is not found")
    console.say(
        "##[group]Run pip install -r requirements-dev.txt\npip install -r requirements-dev.txt\nshell: /usr/bin/bash -e {0}\nenv:\n  pythonLocation: /opt/hostedtoolcache/Python/3.12.10/x64\n##[endgroup]",
        pause_ms=60,
    )
    packages = (
        ("attrs", "25.3.0", 63), ("certifi", "2026.4.26", 165), ("charset-normalizer", "3.4.2", 148), ("fastapi", "0.115.12", 95),
        ("httpx", "0.28.1", 73), ("idna", "3.10", 70), ("iniconfig", "2.1.0", 6), ("mypy", "1.16.0", 12400), ("packaging", "25.0", 66),
        ("pluggy", "1.6.0", 20), ("psycopg", "3.2.9", 202), ("pydantic", "2.11.5", 444), ("pydantic-core", "2.33.2", 2000),
        ("pytest", "8.4.0", 363), ("pytest-cov", "6.1.1", 23), ("pytest-rerunfailures", "15.1", 13), ("requests", "2.32.3", 64),
        ("ruff", "0.11.12", 11500), ("sqlalchemy", "2.0.41", 3200), ("starlette", "0.46.2", 72), ("typing-extensions", "4.14.0", 43), ("urllib3", "2.4.0", 128),
    )  # fmt: skip
    for name, version, size in packages:
        console.say(f"Collecting {name}=={version} (from -r requirements-dev.txt)", pause_ms=35)
        if name == "mypy":
            console.say(
                "  WARNING: Retrying (Retry(total=4, connect=None, read=None, redirect=None, status=None)) after connection broken by 'ReadTimeoutError(\"HTTPSConnectionPool(host='files.example', port=443): Read timed out. (read timeout=15)\")': /packages/mypy-1.16.0.whl",
                pause_ms=9000,
            )
        console.say(f"  Downloading {name.replace('-', '_')}-{version}-py3-none-any.whl ({size} kB)")
        if size > 2500:
            drawn = "\r".join(
                f"     {'━' * (done // 5):<20} {size * done // 100}/{size} kB" for done in (0, 35, 70, 100)
            )
            console.say(drawn, pause_ms=300)
    names = " ".join(f"{name}-{version}" for name, version, _ in packages)
    console.say("Installing collected packages: " + ", ".join(name for name, _, _ in packages), pause_ms=200)
    console.say(f"Successfully installed {names}", pause_ms=2600)
    console.say("[notice] A new release of pip is available: 25.0.1 -> 25.1.1")


def _lint(console: Console) -> None:
    console.say(
        "##[group]Run ruff check billing tests && mypy billing\nruff check billing tests && mypy billing\nshell: /usr/bin/bash -e {0}\n##[endgroup]",
        pause_ms=80,
    )
    console.say("All checks passed!", pause_ms=300)
    console.say("Success: no issues found in 38 source files", pause_ms=5200)


def _tests(console: Console, times: dict[tuple[str, str], int]) -> None:
    console.say(
        "##[group]Run pytest -v --reruns 1 --cov=billing --junitxml=junit.xml\npytest -v --reruns 1 --cov=billing --junitxml=junit.xml\nshell: /usr/bin/bash -e {0}\n##[endgroup]",
        pause_ms=70,
    )
    total = sum(len(tests) for _, tests in SUITE)
    console.say(
        "============================= test session starts ==============================\nplatform linux -- Python 3.12.10, pytest-8.4.0, pluggy-1.6.0 -- /opt/hostedtoolcache/Python/3.12.10/x64/bin/python\ncachedir: .pytest_cache\nrootdir: /home/runner/work/billing/billing\nconfigfile: pyproject.toml\nplugins: cov-6.1.1, rerunfailures-15.1",
        pause_ms=900,
    )
    console.say(f"collecting ... collected {total} items\n", pause_ms=700)
    done = 0
    for module, tests in SUITE:
        for test in tests:
            done += 1
            share = f"[{done * 100 // total:3d}%]"
            name = f"tests/{module}.py::{test}"
            if test == "test_large_export":
                console.say(f"{name} RERUN {share}", pause_ms=1900)
            outcome = "PASSED"
            if (module, test) in FAILURES:
                console.say(f"{name} RERUN {share}", pause_ms=times[module, test])
                outcome = "FAILED"
            console.say(f"{name} {outcome} {share}", pause_ms=times[module, test])
    console.say("\n=================================== FAILURES ===================================", pause_ms=300)
    for (_, test), (_, body) in FAILURES.items():
        console.say(f"{' ' + test + ' ':_^80}\n\n{body}")
    console.say(
        "=============================== warnings summary ===============================\ntests/test_api.py::test_list_invoices\n  /opt/hostedtoolcache/Python/3.12.10/x64/lib/python3.12/site-packages/starlette/testclient.py:391: DeprecationWarning: You should not use the 'timeout' argument with the TestClient.\n    warnings.warn(\n\ntests/test_export.py::test_datev\n  /home/runner/work/billing/billing/billing/export.py:88: DeprecationWarning: datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version.\n    stamp = datetime.utcnow()\n\n-- Docs: https://docs.pytest.org/en/stable/how-to/capture-warnings.html"
    )
    console.say("- generated xml file: /home/runner/work/billing/billing/junit.xml -")
    rows = "\n".join(
        f"billing/{name}.py {statements:>{32 - len(name)}} {missed:>6} {100 - missed * 100 // statements:>5}%"
        for name, statements, missed in (
            ("accounts", 61, 2), ("api", 140, 11), ("credit", 48, 0), ("dunning", 39, 1), ("errors", 22, 0), ("export", 97, 6),
            ("invoices", 118, 3), ("ledger", 133, 5), ("mail", 44, 4), ("tax", 57, 0), ("totals", 19, 0),
        )
    )  # fmt: skip
    console.say(
        f"================================ tests coverage ================================\nName {'Stmts':>39} {'Miss':>6} {'Cover':>6}\n{'-' * 58}\n{rows}\n{'-' * 58}\nTOTAL {778:>38} {32:>6} {96:>5}%"
    )
    console.say("=========================== short test summary info ============================")
    for (module, test), (reason, _) in FAILURES.items():
        console.say(f"FAILED tests/{module}.py::{test} - {reason}")
    console.say(f"============ 2 failed, {total - 2} passed, 2 warnings, 3 rerun in 6.71s =============")
    console.say("##[error]Process completed with exit code 1.", pause_ms=200)


def _finish(console: Console) -> None:
    console.say(
        "##[group]Run actions/upload-artifact@v4\nwith:\n  name: junit\n  path: junit.xml\n  if-no-files-found: warn\n##[endgroup]",
        pause_ms=120,
    )
    console.say("With the provided path, there will be 1 file uploaded", pause_ms=300)
    console.say("Artifact junit.zip successfully finalized. Artifact ID 3308114720")
    console.say("Post job cleanup.", pause_ms=400)
    console.say("[command]/usr/bin/git config --local --name-only --get-regexp core\\.sshCommand")
    console.say("Cleaning up orphan processes", pause_ms=200)


def _junit(scene: Scene, started: datetime, times: dict[tuple[str, str], int]) -> None:
    log = scene.log("junit.xml", head='<?xml version="1.0" encoding="utf-8"?>')
    count = len(times)
    log.add(
        started,
        f'<testsuites name="pytest tests"><testsuite name="pytest" errors="0" failures="2" skipped="0" tests="{count}" time="6.710" timestamp="{started:%Y-%m-%dT%H:%M:%S}.000000+00:00" hostname="runner-7">',
    )
    for (module, test), took in times.items():
        case = f'<testcase classname="tests.{module}" name="{test}" time="0.{took:03d}"'
        if (module, test) not in FAILURES:
            log.add(started, f"{case} />")
            continue
        reason, body = FAILURES[module, test]
        log.add(started, f"{case}><failure message={quoteattr(reason)}>{escape(body)}</failure></testcase>")
    log.add(started, "</testsuite></testsuites>")
