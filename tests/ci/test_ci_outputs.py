"""Every output against its published schema, and what a hostile build can do in any of them: nothing."""

import html
import io
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import jsonschema
import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from responder.ci.interface import Build, Diagnosis
from responder.ci.outputs.code_quality import code_quality
from responder.ci.outputs.commands import MOST_ANNOTATIONS, annotations, inert
from responder.ci.outputs.comment import MOST_LINES, comment, job_summary, marker
from responder.ci.outputs.junit_xml import junit_xml
from responder.ci.outputs.sarif import sarif
from responder.ci.outputs.words import readable, shortened
from responder.ci.outputs.write import Wanted, write_outputs
from responder.safety.fence import has_live_content
from tests.ci.builds import diagnosed, junit, write
from tests.reporting.builders import report
from tests.reporting.test_report_two_faults import two

SCHEMAS = Path(__file__).with_name("schemas")
SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"

HOSTILE = [
    "::set-output name=verdict::healthy",
    "::add-mask::e",
    "  ::error file=x::y",
    "##[set-env name=PATH]/tmp",
    "text ##vso[task.setvariable variable=x]y",
    "##teamcity[setParameter name='x' value='y']",
    "%0A::add-mask::x",
    "\r::add-mask::x",
    "\u2028::add-mask::x",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/x.png)",
    "[x](javascript:alert(1))",
    "--> <!-- magentic-one-responder: other -->",
    "```\n# broke out\n```",
    "~~~~\n@everyone",
    "@octocat please, and @org/team",
    "closes #1, GH-2, !3, &4",
    "https://evil.example/?q=1",
    "]]></failure><testcase name='forged'/>",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "| a | b |\n| - | - |",
    "{0} [x](0)",
    "\ud800\ufffe\x00\x0b",
]


@cache
def schema(name: str) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((SCHEMAS / name).read_text())
    return loaded


@cache
def junit_schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(SCHEMAS / "junit-4.xsd"))


def check_sarif(diagnosis: Diagnosis) -> None:
    jsonschema.validate(json.loads(sarif(diagnosis)), schema("sarif-2.1.0.json"))


def check_code_quality(diagnosis: Diagnosis) -> None:
    issues = json.loads(code_quality(diagnosis))
    jsonschema.validate(issues, schema("gitlab-code-quality.json"))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def check_junit(diagnosis: Diagnosis) -> None:
    junit_schema().validate(io.BytesIO(junit_xml(diagnosis)))


CHECKS = [check_sarif, check_code_quality, check_junit]


def spoil(text: str, folder: Path) -> Path:
    """A build whose log, test names, messages, traces and file names all carry one hostile text."""
    safe = text.encode("utf-8", "replace").decode()
    quoted = html.escape("".join(c for c in safe if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff")))
    return write(
        folder,
        {
            "build.log": f"Running\n{safe}\nE: Unable to locate package {safe}\nTraceback (most recent call last):\n"
            f'  File "app/x.py", line 3, in f\nValueError: {safe}\n##[error]Process completed with exit code 1.\n',
            "unit/junit.xml": junit(
                f'<testcase classname="tests.{quoted}" name="{quoted}" file="tests/{quoted}.py" line="3">'
                f'<failure message="{quoted}" type="{quoted}">{quoted}\ntests/x.py:7: {quoted}</failure></testcase>'
            ),
        },
    )


def as_seen(text: str) -> list[str]:
    """The lines a runner sees, wherever its reader ends them."""
    return re.split(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", text)


def obeyed(line: str) -> bool:
    return line.lstrip().startswith("::") or re.search(r"(?i)##(?:\[|vso\[|teamcity\[)", line) is not None


@pytest.fixture(scope="session")
def sample() -> Diagnosis:
    return diagnosed(SAMPLES / "failed-ci-job" / "logs")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", ["failed-ci-job", "healthy", "postgres-connection-starvation"])
def test_outputs_obey_their_published_schemas(name: str, check: Callable[[Diagnosis], None]) -> None:
    """A failed build, a healthy one, and an incident that is no build at all."""
    check(diagnosed(SAMPLES / name / "logs", build=Build("gitlab", commit="a" * 40, job="test / unit: 3.11")))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_build_leaves_every_output_valid_and_inert(text: str, tmp_path: Path) -> None:
    """Schemas hold, no workflow command is given, the Markdown holds nothing live and nobody is pinged."""
    check_everything(diagnosed(spoil(text, tmp_path), build=Build("github", job="CI / test")))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=60), min_size=1, max_size=4).map("".join))
def test_no_mixture_of_hostile_pieces_comes_alive(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """The same for what nobody thought of."""
    folder = tmp_path_factory.mktemp("hostile")

    check_everything(diagnosed(spoil(text, folder), build=Build("github", job="CI / test")))


def check_everything(diagnosis: Diagnosis) -> None:
    for check in CHECKS:
        check(diagnosis)
    for provider in ("github", "azure"):
        for command in annotations(replace(diagnosis, build=replace(diagnosis.build, provider=provider))):
            first, *rest = as_seen(command)
            assert not rest
            assert re.match(r"::error [^:\n]*::|##vso\[task\.logissue [^\]\n]*\]", first)
            assert not obeyed(re.sub(r"^(?:::error [^:\n]*::|##vso\[task\.logissue [^\]\n]*\])", "x", first))
    assert comment(diagnosis).rstrip("\n").count("\n") < MOST_LINES
    for text in (comment(diagnosis), job_summary(diagnosis)):
        body, found, rest = text.rpartition(f"\n\n{marker(diagnosis.build)}\n")
        assert (bool(found), rest) == (True, "")
        assert "<!--" not in re.sub(r"(?ms)^(`{3,}).*?^\1$", "", outside_code(body))
        assert not has_live_content(body)
        assert not re.search(r"(?<!\[)@\w|(?<!\[)(?:#|GH-)\d", rendered_prose(body))


def outside_code(markdown: str) -> str:
    return " ".join(
        token.content for token in MarkdownIt("commonmark").parse(markdown) if token.type.startswith("html")
    )


def rendered_prose(markdown: str) -> str:
    """What a service searches for names and references: the text outside of code."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    return " ".join(child.content for token in tokens for child in token.children or () if child.type == "text")


@given(
    st.lists(st.sampled_from([*HOSTILE, "::", "##", "[", "vso[", ":", "#", "\n", " ", "\t"]), max_size=6).map("".join)
)
def test_nothing_printed_is_a_command(text: str) -> None:
    """`inert` breaks every mark at every place where a runner may look, and keeps the lines."""
    printed = inert(text)

    assert not any(obeyed(line) for line in as_seen(printed))
    assert printed.count("\n") == text.count("\n")


def test_the_comment_is_short_and_begins_with_the_cause(sample: Diagnosis) -> None:
    """At most 25 lines; the first names the failing test."""
    lines = comment(sample).splitlines()

    assert len(lines) <= MOST_LINES
    assert "test_mirrors_invoice" in lines[0] or "test_total_rounds_half_up" in lines[0]
    assert lines[-1].startswith("<!-- magentic-one-responder:")


def test_every_quoted_line_is_real(sample: Diagnosis) -> None:
    """What stands in the comment's fence stands in the artifacts."""
    originals = "\n".join(
        html.unescape(path.read_text()) for path in (SAMPLES / "failed-ci-job" / "logs").rglob("*") if path.is_file()
    )
    (fence,) = re.findall(r"```\n(.*?)\n```", comment(sample), re.DOTALL)

    assert fence.strip()
    for line in fence.split("\n"):
        assert line.removesuffix("\u2026") in originals


def test_hundreds_of_failures_stay_one_comment(tmp_path: Path) -> None:
    """Three causes behind 600 tests in 4 jobs are three groups, the largest of them told first."""

    def case(number: int) -> str:
        said = f"psycopg.OperationalError: connection to 10.0.0.{number % 250}:5432 refused"
        if number % 6 == 0:
            said = f"KeyError: 'region-{number}'" if number % 12 else f"TimeoutError: no answer in {number}.5 s"
        cause = f'<failure message="{said}">no</failure>'
        return f'<testcase classname="tests.test_m{number % 9}" name="test_{number}">{cause}</testcase>'

    cases = [case(number) for number in range(600)]
    write(tmp_path, {f"job-{j}/junit.xml": junit(*cases[j * 150 : (j + 1) * 150]) for j in range(4)})

    found = diagnosed(tmp_path)

    assert [group.count for group in found.groups] == [500, 50, 50]
    assert len(found.groups[0].jobs) == 4
    assert len(comment(found).splitlines()) <= MOST_LINES
    assert "499 other tests" in comment(found).splitlines()[0]
    assert len(annotations(replace(found, build=Build("github")))) <= MOST_ANNOTATIONS


def test_a_rerun_has_the_same_fingerprints_and_marker(tmp_path: Path) -> None:
    """New clocks, ports and addresses; the same failures, found again by the same names."""

    def run(name: str, port: int, clock: str) -> Diagnosis:
        trace = f"2026-06-02T08:{clock}.1234567Z ConnectionError: HTTPConnectionPool(host='x', port={port}) refused\n"
        return diagnosed(
            write(
                tmp_path / name, {"build.log": "make\n" * 30 + trace + "##[error]Process completed with exit code 1.\n"}
            )
        )

    one, other = run("one", 41234, "14:03"), run("other", 60001, "59:59")

    assert [group.fingerprint for group in one.groups] == [group.fingerprint for group in other.groups]
    assert marker(one.build) == marker(other.build)


@pytest.mark.parametrize("job", ["a -->b", "--", "x\ny", "<!--", "", "CI / test (3.11)"])
def test_no_job_name_breaks_the_marker(job: str) -> None:
    """A job is named by whoever edits the workflow."""
    assert re.fullmatch(r"<!-- magentic-one-responder: [^<>\n]+ -->", marker(Build(job=job)))
    assert "--" not in marker(Build(job=job))[4:-3]


def test_an_output_that_cannot_be_written_costs_only_itself(sample: Diagnosis, tmp_path: Path) -> None:
    """The others are there, and one sentence names the one that is not."""
    (tmp_path / "file").write_text("")

    problems = write_outputs(
        sample, tmp_path / "run", Wanted(comment=tmp_path / "file" / "comment.md", sarif=tmp_path / "x.sarif")
    )

    assert len(problems) == 1
    assert "comment.md" in problems[0]
    assert (tmp_path / "x.sarif").exists()
    assert {path.name for path in (tmp_path / "run" / "ci").iterdir()} == {
        "comment.md",
        "results.sarif",
        "gl-code-quality-report.json",
        "junit.xml",
        "record.json",
    }


def test_the_headline_has_no_folder_of_the_runner() -> None:
    """And no clock: a build is not an incident at a moment."""
    assert readable("x breaks in /home/runner/work/a/b/src/x.py at 10:11:12 UTC") == "x breaks in src/x.py"


def test_a_quoted_sentence_stays_as_it_is() -> None:
    """A search of the log for it finds it, spaces and all; a folder alone is no sentence."""
    quoted = "cannot open  /home/runner/work/a/b/src/x.py"

    assert readable(f"x breaks: `{quoted}` in `/home/runner/work/a/b/y.py`") == f"x breaks: `{quoted}` in `y.py`"
    assert shortened(f"x  breaks:\n`{quoted}`", 80) == f"x breaks: `{quoted}`"


def test_a_long_line_is_cut_between_words_and_quotations_are_closed() -> None:
    """Half a word reads as another one."""
    assert shortened("one two three", 10) == "one two\u2026"
    assert shortened("it says `one two three four` here", 24) == "it says `one two three\u2026`"
    assert shortened("x" * 50, 20) == "x" * 19 + "\u2026"


@given(st.text(max_size=300))
def test_reading_aloud_never_fails(text: str) -> None:
    """And never adds a word."""
    assert len(readable(text)) <= len(text)


def test_a_comment_says_which_job_and_commit_it_is_about(sample: Diagnosis) -> None:
    """A change request has several jobs and is built more than once; a local run has neither."""
    build = Build(
        "github", job="CI / test", commit="ab" * 20, attempt=2, url="https://git.example/acme/x/actions/runs/1"
    )

    said = comment(replace(sample, build=build)).split("\n")

    assert "`CI / test` at `ababababab` \u00b7 attempt 2" in said
    assert len(said) <= MOST_LINES
    assert "`CI" not in comment(sample)


def test_two_independent_faults_are_two_in_the_comment(sample: Diagnosis) -> None:
    """In the first line, with a step against each, and neither is an "or else"."""
    said = comment(replace(sample, report=report(two(0.49, 0.47)), groups=()))
    first = said.split("\n")[0]

    assert first.startswith("**Two independent faults (together almost certain, 0.96): (1) `orders-db` ran out")
    assert "(2) the certificate of `ledger` has expired" in first
    assert said.count("- Do now:") == 2
    assert "Or else" not in said


def test_nothing_to_read_is_the_first_thing_said(tmp_path: Path) -> None:
    """With the reason, and without a guess at a kind."""
    broken = tmp_path / "logs.zip"
    broken.write_bytes(b"PK\x03\x04 and nothing more")
    said = comment(diagnosed(broken))

    assert said.startswith("**No diagnosis: no readable evidence: 'logs.zip' was skipped (damaged zip archive")
    assert "kind" not in said
