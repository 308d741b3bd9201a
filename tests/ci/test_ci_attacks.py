"""The corpus of log-borne attacks through the whole step: whatever stands in the logs, no output obeys it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from responder.ci.outputs.comment import MOST_LINES
from responder.cli.main import COMMANDS, build_app
from responder.safety.fence import has_live_content
from tests.adversarial.corpus import FAMILIES, Attack, logs_of
from tests.ci.runner import SERVICES

ATTACKS = [attack for family in FAMILIES for attack in family.attacks]
WITH_TEAM = ATTACKS[::16]
"""A sample: with the agents a run takes some ten times as long."""
ELSEWHERE = [("azure", attack) for attack in ATTACKS[::5]] + [("gitlab", attack) for attack in ATTACKS[2::9]]
"""The other services differ in the commands they are given alone."""

_OURS = re.compile(r"::error (?:file=[^:\n]*,line=\d+,)?title=[^:\n]*::|##vso\[task\.logissue [^\]\n]*\]")
_LINE_ENDS = re.compile(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SECTION = re.compile(r"section_(?:start|end):\d+:[^\n]*?[\r\x1b]")


@dataclass(frozen=True)
class Left:
    """What one step printed and wrote."""

    printed: str
    run: Path
    files: Path


def step(
    attack: Attack,
    service: str,
    folder: Path,
    capfd: pytest.CaptureFixture[str],
    *,
    env: pytest.MonkeyPatch,
    agents: bool,
) -> Left:
    workspace, files = folder / "workspace", folder / "files"
    for path in (workspace, files):
        path.mkdir()
    for name, text in logs_of(attack, twin=False, outside=str(folder / "outside.txt"), secret="hunter2").items():
        target = workspace / name.replace("/", "_")
        target.write_text(text, encoding="utf-8", errors="surrogateescape")
    for name, value in SERVICES[service].items():
        env.setenv(name, value.format(workspace=workspace, files=files))
    env.setenv("RESPONDER_ENV_FILE", "/dev/null")
    wanted = ["--comment-file", str(files / "comment.md")]
    how = ["--model", "analyst", "--sandbox", "off"] if agents else ["--no-agents"]
    with pytest.raises(SystemExit) as ended:
        build_app("ci", COMMANDS)(args=["ci", *how, *wanted, "--out", str(folder / "out"), str(workspace)])
    assert ended.value.code in (0, None)
    told = capfd.readouterr()
    return Left(f"{told.out}\n{told.err}", folder / "out" / "latest", files)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_no_attack_is_obeyed(
    attack: Attack, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code alone: nothing printed is a command, nothing written is alive, nobody is pinged."""
    check(step(attack, "github", tmp_path, capfd, env=monkeypatch, agents=False))


@pytest.mark.parametrize(("service", "attack"), ELSEWHERE, ids=lambda value: getattr(value, "id", value))
def test_no_attack_is_obeyed_elsewhere(
    service: str, attack: Attack, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for services with other commands, or none."""
    check(step(attack, service, tmp_path, capfd, env=monkeypatch, agents=False))


@pytest.mark.parametrize("attack", WITH_TEAM, ids=lambda attack: attack.id)
def test_no_attack_is_obeyed_with_the_team(
    attack: Attack, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same after the agents have read the logs and written of them."""
    check(step(attack, "github", tmp_path, capfd, env=monkeypatch, agents=True))


def check(left: Left) -> None:
    check_printed(left.printed)
    names = {path.name for path in (left.run / "ci").iterdir()}
    assert names == {"comment.md", "results.sarif", "gl-code-quality-report.json", "junit.xml", "record.json"}
    for path in (left.run / "ci" / "comment.md", left.files / "comment.md"):
        text = path.read_text()
        assert text.count("\n") <= MOST_LINES
        assert text.rstrip("\n").splitlines()[-1].startswith("<!-- magentic-one-responder: ")
        check_markdown(text.rstrip("\n").rpartition("\n")[0])
        check_printed(text)
    for path in (left.run / "final_report.md", left.run / "post_mortem.md", left.files / "summary.md"):
        if path.exists():
            check_markdown(re.sub(r"<!-- magentic-one-responder: [^<>\n]+ -->\n*\Z", "", path.read_text()))
    for name in ("results.sarif", "gl-code-quality-report.json", "record.json"):
        text = (left.run / "ci" / name).read_text()
        json.loads(text)
        check_printed(text)
    xml = (left.run / "ci" / "junit.xml").read_text()
    assert ElementTree.fromstring(xml).tag == "testsuites"
    check_printed(xml)
    if (left.files / "output").exists():
        check_outputs((left.files / "output").read_text())


def check_printed(text: str) -> None:
    """What a runner sees, wherever its reader ends a line: only commands of ours, of the form we give them."""
    assert not _SECTION.search(text)
    for line in _LINE_ENDS.split(text):
        rest = _OURS.sub("", line, count=1)
        assert not rest.lstrip().startswith("::"), line
        assert not re.search(r"(?i)##(?:vso|teamcity)\[", rest), line


def check_markdown(text: str) -> None:
    assert has_live_content(text) == []
    prose = " ".join(_prose(text))
    assert not re.search(r"(?<![\w.\[])@[A-Za-z]", prose), prose
    assert not re.search(r"(?i)(?<!\w)(?:GH-|[#!])\d", prose), prose


def _prose(text: str) -> Iterator[str]:
    """Text outside of code, where a service looks for names and references."""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        for child in token.children or ():
            if child.type == "text":
                yield child.content


def check_outputs(text: str) -> None:
    """One line a value, each of a form that no log can widen."""
    forms = {
        "verdict": r"diagnosed|inconclusive|healthy",
        "category": r"[a-z_.]+",
        "confidence": r"[01]\.\d\d",
        "kind": r"[a-z]+",
        "fingerprint": r"[0-9a-f]{16}|",
        "report": r"/\S+",
    }
    pairs = [line.partition("=")[::2] for line in text.splitlines()]
    assert [name for name, _ in pairs] == list(forms)
    for name, value in pairs:
        assert re.fullmatch(forms[name], value), (name, value)
