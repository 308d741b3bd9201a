"""Secrets planted all over the evidence, and every byte that the program leaves or prints searched for them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from responder.safety.redact import Redactor
from tests.acceptance.command import Ended, run, run_folder
from tests.safety.secrets_corpus import planted

_PIECE = 12
"""A piece this long of a random value is in no text by chance."""


def canaries() -> Mapping[str, str]:
    """One secret a kind, and the words around it, of the kinds that are on one line and known to be found."""
    found: dict[str, str] = {}
    for _, frame, line, secret in planted(seed=23):
        if frame == "plain" and "\n" not in line and secret not in Redactor().redact(line) and len(secret) >= 16:
            found[secret] = line.partition(" ERROR [api] ")[2]
    return found


CANARIES = canaries()


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An incident whose quoted lines hold the secrets, at lengths where quotations and lines are cut."""
    folder = tmp_path_factory.mktemp("canary")
    rows = ["2026-03-14T13:55:00Z INFO deployer release 2.41.0 of checkout: pool size changed from 20 to 200"]
    for number, said in enumerate(CANARIES.values()):
        moment = f"2026-03-14T14:{3 + number // 60:02d}:{number % 60:02d}Z"
        pad = "x " * ((0, 20, 170, 330, 380, 1950, 3950)[number % 7] + number // 7)
        rows.append(f"{moment} ERROR checkout FATAL: remaining connection slots are reserved, {pad}{said}")
    (folder / "checkout.log").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def leaks(texts: Mapping[str, str]) -> list[str]:
    """Where a secret, or a piece of one, stands."""
    return [
        f"{name}: a piece of {secret[:4]}... at {at}"
        for name, text in texts.items()
        for secret in CANARIES
        for at in (0, (len(secret) - _PIECE) // 2, len(secret) - _PIECE)
        if (secret if at == 0 else secret[at : at + _PIECE]) in text
    ]


def printed(ended: Ended) -> dict[str, str]:
    return {"stdout": ended.stdout, "stderr": ended.stderr}


def test_there_are_many_canaries() -> None:
    """Over fifty kinds of secret, each in words that a program would really log."""
    assert len(CANARIES) >= 50


def test_a_whole_run_leaves_no_secret_anywhere(logs: Path, tmp_path: Path) -> None:
    """Reports, journal, log for people, verification, stdout, stderr: no secret, and no half of one."""
    ended = run("investigate", logs, "--model", "analyst", "--sandbox", "bwrap", "--out", tmp_path)
    files = [path for path in run_folder(tmp_path).rglob("*") if path.is_file()]

    assert {"audit.jsonl", "report.html", "V2.out"} <= {path.name for path in files}, ended.stderr
    assert leaks({path.name: path.read_text(encoding="utf-8") for path in files} | printed(ended)) == []


@pytest.mark.parametrize("arguments", [("triage",), ("triage", "--json"), ("investigate", "--show-payload")])
def test_what_is_printed_holds_no_secret(arguments: tuple[str, ...], logs: Path) -> None:
    """Neither the summary, nor the report as JSON, nor what a model would be sent."""
    command, *options = arguments

    ended = run(command, logs, *options)

    assert "remaining connection slots" in ended.stdout
    assert leaks(printed(ended)) == []
