"""A run that asks a live Prometheus: what it says is evidence like any other, and the run needs it only once."""

import shutil
from pathlib import Path

import pytest

from tests.acceptance.command import run, run_folder
from tests.acceptance.expectation import broken_promises
from tests.evidence.prometheus_server import PASSWORD, USER, serve

LOG = """\
2026-05-12T13:38:02.114Z level=info service=checkout msg="order 4411 accepted" took_ms=31
2026-05-12T13:41:20.907Z level=error service=checkout msg="order 4502 failed" upstream=orders-db error="i/o timeout"
2026-05-12T13:44:51.330Z level=error service=checkout msg="order 4519 failed" upstream=orders-db error="i/o timeout"
2026-05-12T13:59:57.002Z level=error service=checkout msg="order 4602 failed" upstream=orders-db error="i/o timeout"
"""


def logs(folder: Path) -> Path:
    path = folder / "logs" / "checkout" / "checkout.log"
    path.parent.mkdir(parents=True)
    path.write_text(LOG)
    return folder / "logs"


@pytest.mark.prometheus
def test_a_run_asks_keeps_cites_and_repeats(tmp_path: Path) -> None:
    """The saturated database is found in the metrics; citations hold in the kept table, and so does a replay offline.

    The password of the address is nowhere: not in the run folder, not on the screen.
    """
    folder = logs(tmp_path)
    with serve(tmp_path) as url:
        address = url.replace("://", f"://{USER}:{PASSWORD}@")
        ended = run(
            "investigate", folder, "--prometheus", address, "--out", tmp_path / "out", "--model", "analyst",
            "--sandbox", "off", "--json",
        )  # fmt: skip
    kept = run_folder(tmp_path / "out")
    replayed = run("replay", kept)
    shutil.copytree(kept / "prometheus", folder / "prometheus")  # beside the logs, where citations are resolved

    assert ended.code == 0, ended.stderr
    assert ended.report["root_cause"]["component"] == "orders-db"
    assert ended.report["root_cause"]["category"] == "resource_exhaustion.memory"
    assert ended.report["evidence"][0]["path"] == "prometheus/metrics.csv"
    assert broken_promises(ended.report, folder) == []
    assert (replayed.code, replayed.stdout[:9]) == (0, "identical"), replayed.stdout + replayed.stderr
    written = [path.read_bytes() for path in kept.rglob("*") if path.is_file()]
    assert len(written) > 6
    assert not any(PASSWORD.encode() in content for content in written)
    assert PASSWORD not in ended.stdout + ended.stderr


@pytest.mark.prometheus
def test_triage_works_on_a_server_alone(tmp_path: Path) -> None:
    """With no input but a server, its last hour is the evidence; one that has none of it is an error that says so."""
    with serve(tmp_path) as url:
        ended = run("triage", "--prometheus", url, "--json")

    assert ended.code == 4
    assert "prometheus was the only source" in ended.stderr


def test_a_server_that_is_gone_costs_nothing_but_its_answers(tmp_path: Path) -> None:
    """The files are explained all the same, and what was not checked says why."""
    folder = logs(tmp_path)

    without = run("triage", folder, "--json")
    gone = run("triage", folder, "--prometheus", f"http://{USER}:{PASSWORD}@127.0.0.1:9", "--json")

    assert gone.report["hypotheses"] == without.report["hypotheses"]
    (gap,) = set(gone.report["not_checked"]) - set(without.report["not_checked"])
    assert gap.startswith("`prometheus` was not read: it cannot be reached")
    assert PASSWORD not in gone.stdout + gone.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--prometheus", "ftp://metrics.example"), "--prometheus"),
        (("--prometheus", f"http://{USER}:{PASSWORD}@:99999"), "--prometheus"),
        (("--prometheus", "http://127.0.0.1:9", "--prometheus-match", "namespace=shop} or up"), "--prometheus-match"),
    ],
)
def test_a_wrong_setting_is_explained(options: tuple[str, ...], said: str) -> None:
    """It is refused with the option's name and without the password."""
    ended = run("triage", *options)

    assert ended.code == 2
    assert said in ended.stderr
    assert PASSWORD not in ended.stdout + ended.stderr
