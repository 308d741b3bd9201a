"""Deployment records, commits and differences: what counts as a change of the running system, and from when."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.causes import default_engine as cause_engine
from responder.evidence.interface import Artifact
from responder.incident import Category
from responder.triage import default_engine
from responder.triage.interface import Finding
from responder.triage.signals.changes import ChangeReader
from responder.triage.signals.interface import Signals

LOG = """\
commit 3333333333333333333333333333333333333333 (HEAD -> main)
Author: Ada <ada@example.com>
Date:   Mon May 4 12:30:00 2026 +0000

    Rename a button

 web/src/button.ts | 2 +-

commit 2222222222222222222222222222222222222222 (tag: v2.5.0)
Author: Ada <ada@example.com>
Date:   Mon May 4 09:00:00 2026 +0200

    Lower the pool of connections

 config/checkout.yaml | 2 +-

commit 1111111111111111111111111111111111111111
Author: Bob <bob@example.com>
Date:   Sun May 3 18:00:00 2026 +0000

    Read the currency from the cart

 checkout/pay.py | 9 ++++++---

commit 0000000000000000000000000000000000000000 (tag: v2.4.0)
Author: Bob <bob@example.com>
Date:   Fri May 1 08:00:00 2026 +0000

    First shop
"""
RECORDS = """\
[
  {"service": "checkout", "version": "2.4.0", "sha": "0000000000000000000000000000000000000000",
   "deployed_at": "2026-05-01T10:00:00Z", "status": "success"},
  {"service": "checkout", "version": "2.5.0", "sha": "2222222222222222222222222222222222222222",
   "deployed_at": "2026-05-04T11:58:00Z", "status": "success"},
  {"service": "web", "version": "7.1.0", "deployed_at": "2026-05-04T12:10:00Z", "status": "failed"}
]
"""
DIFF = """\
diff --git a/config/checkout.yaml b/config/checkout.yaml
index 1f7a..2e8b 100644
--- a/config/checkout.yaml
+++ b/config/checkout.yaml
@@ -3,5 +3,5 @@ database:
   host: orders-db
   pool:
-    maximumPoolSize: 50
+    maximumPoolSize: 5
     idle: 2
"""


def _read(**texts: str) -> Signals:
    return ChangeReader().read([_artifact(name.replace("__", "."), text.encode()) for name, text in texts.items()])


def _artifact(path: str, raw: bytes) -> Artifact:
    return Artifact(path=path, size_bytes=len(raw), opener=lambda: BytesIO(raw))


def _by_line(signals: Signals) -> dict[int, Finding]:
    return {finding.span.line: finding for finding in signals.findings}


def _at(finding: Finding) -> str:
    return f"{finding.timestamp:%d %H:%M}" if finding.timestamp else ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deployments__json", '[{"app": "cart", "image": "r/cart:1.2", "finishedAt": "2026-05-04T11:58:00Z"}]'),
        ("deployments__json", '{"deployments": [{"service": "cart", "tag": "1.2", "deployed_at": 1777895880}]}'),
        ("records__json", '[{"application": "cart", "appVersion": "1.2", "deployedAt": 1777895880000}]'),
        ("releases__jsonl", '{"component": "cart", "version": "1.2", "time": "2026-05-04T11:58:00Z"}\n'),
        ("deploys__csv", "time,service,version,by\n2026-05-04 11:58:00,cart,1.2,ada\n"),
        ("x__csv", "service;version;deployed_at\ncart;1.2;2026-05-04T11:58:00Z\n"),
        (
            "helm-history-cart__txt",
            "REVISION\tUPDATED                 \tSTATUS  \tCHART     \tAPP VERSION\tDESCRIPTION\n"
            "7       \tMon May  4 11:58:00 2026\tdeployed\tshop-4.1.0\t1.2        \tUpgrade complete\n",
        ),
        (
            "github-deployments__json",
            '[{"id": 1, "ref": "1.2", "environment": "production", "created_at": "2026-05-04T11:58:00Z",'
            ' "repository_url": "https://api.example/repos/shop/cart"}]',
        ),
    ],
)
def test_a_record_says_what_went_out_and_when(name: str, text: str) -> None:
    """Whatever a tool calls them, service, version and moment are those of the record."""
    (finding,) = _read(**{name: text}).findings

    assert (finding.component, _at(finding), finding.kind) == ("cart", "04 11:58", "change")
    assert finding.captures["version"].endswith("1.2")
    assert finding.category is Category.DEPLOYMENT_REGRESSION


def test_what_failed_to_go_out_changed_nothing() -> None:
    """A deployment that failed left the running system as it was, so it is no change of it."""
    failed = _by_line(_read(deployments__json=RECORDS))[6]

    assert failed.category is Category.UNKNOWN
    assert "stayed as it was" in failed.why


def test_a_commit_counts_from_its_deployment() -> None:
    """The commits between two deployments changed the running system when the second one went out."""
    found = _by_line(_read(deployments__json=RECORDS, log__txt=LOG))

    lowered, currency = found[13], found[21]
    assert (_at(lowered), lowered.component) == ("04 11:58", "checkout")
    assert (_at(currency), currency.component) == ("04 11:58", "checkout")
    assert lowered.category is Category.CONFIGURATION_MISMATCH
    assert "merged 2026-05-04 07:00" in lowered.why


def test_merged_is_not_deployed() -> None:
    """A commit that no deployment brought out is context, and says so."""
    merged = _by_line(_read(deployments__json=RECORDS, log__txt=LOG))[5]

    assert merged.category is Category.UNKNOWN
    assert "merged is not deployed" in merged.why


def test_a_short_log_with_dates_is_read() -> None:
    """One line for each commit, as people print a log for a ticket, gives the same commits."""
    short = "2222222 2026-05-04 09:00:00 +0200 Lower the pool\n1111111 2026-05-03 18:00:00 +0000 Read the currency\n"

    lines = [(f.span.line, _at(f)) for f in _read(deployments__json=RECORDS, log__txt=short).findings[3:]]

    assert lines == [(1, "04 11:58"), (2, "03 18:00")]


def test_a_difference_gives_the_setting_with_both_values() -> None:
    """A setting that a difference changes is named with what it was, what it is, and whose it is."""
    (finding,) = _read(config__diff=DIFF).findings

    assert finding.captures == {"setting": "maximumPoolSize", "old": "50", "new": "5"}
    assert (finding.component, finding.span.line) == ("checkout", 9)


def test_a_variable_is_named_by_the_line_above() -> None:
    """In a list of names and values the setting is the name, and not the word value."""
    listed = DIFF.partition("   host")[0] + '   - name: RETRIES\n-    value: "3"\n+    value: "30"\n'

    (finding,) = _read(config__diff=listed).findings

    assert finding.captures == {"setting": "RETRIES", "old": "3", "new": "30"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cart__log", '{"time": "2026-05-04T11:58:00Z", "level": "info", "service": "cart", "version": "1.2"}\n' * 3),
        ("metrics__csv", "time,cpu,memory\n2026-05-04 11:58:00,1,2\n"),
        ("deploy__log", "2026-05-04T11:58:00Z INFO deployer: cart 1.1 -> 1.2 requested\n"),
        ("package__json", '{"name": "shop", "version": "1.2.0", "dependencies": {}}'),
    ],
)
def test_what_only_holds_versions_is_left_to_others(name: str, text: str) -> None:
    """A structured log, a table of metrics or a manifest of packages is no list of deployments."""
    assert _read(**{name: text}) == Signals()


def test_a_deployment_record_is_found_guilty_end_to_end() -> None:
    """Errors that begin minutes after a recorded deployment are laid to that deployment, and the record is cited."""
    lines = [f"2026-05-04T11:{minute}:00Z INFO checkout order {minute} paid" for minute in range(30, 58)]
    error = "ERROR checkout Traceback: KeyError: 'currency' in pay() at checkout/pay.py:41"
    lines += [f"2026-05-04T12:{minute:02}:10Z {error}" for minute in range(20)]
    artifacts = [
        _artifact("checkout.log", "\n".join(lines).encode()),
        _artifact("deployments.json", RECORDS.encode()),
        _artifact("git-log.txt", LOG.encode()),
    ]

    explanation = cause_engine().explain(default_engine().triage(artifacts))

    assert explanation.hypotheses[0].component == "checkout"
    cited = [item.span.path for item in explanation.evidence if item.role == "cause"]
    assert "deployments.json" in cited


@given(st.text(alphabet=st.sampled_from('commit 0123abcdef\n+-@{}[]",:=AuthorDate '), max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever looks a little like a log of commits, a difference or records is read without an error."""
    for path in ("deployments.json", "deployments.csv", "log.txt"):
        artifact = _artifact(path, text.encode())
        assert ChangeReader().read([artifact]) == ChangeReader().read([artifact])
