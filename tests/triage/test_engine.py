"""The engine on whole logs: the first line is the one that explains, and quiet logs stay quiet."""

import hashlib
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.errors import EvidenceError
from responder.evidence import FileSource
from responder.triage import QUIET_SALIENCE, Engine, Finding, Triage, default_engine
from responder.triage.interface import Level
from responder.triage.signatures import packaged_rules


def triage(folder: Path, baseline: Path | None = None) -> Triage:
    source = FileSource()
    good = source.collect([baseline]).artifacts if baseline else ()
    return default_engine().triage(source.collect([folder]).artifacts, baseline=good)


def loud(result: Triage) -> list[Finding]:
    return [finding for finding in result.findings if finding.salience >= QUIET_SALIENCE]


def steady(minutes: int, level: str = "INFO", text: str = "request {n} done in 12 ms") -> list[str]:
    return [f"2026-01-02T03:{n:02}:00Z {level} {text.format(n=n)}" for n in range(minutes)]


def write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def test_the_cause_comes_before_its_many_symptoms(tmp_path: Path) -> None:
    """One line of a full disk outranks a hundred failed requests, and names its component."""
    write(tmp_path / "web" / "app.log", [*steady(20), *steady(40, "ERROR", "GET /orders/{n} returned 503")])
    write(
        tmp_path / "orders-db" / "postgresql.log",
        ['2026-01-02 03:19:30.000 UTC [71] ERROR:  could not extend file "base/1/2": No space left on device'],
    )

    top = triage(tmp_path).findings[0]

    assert (top.rule, top.role, top.component) == ("postgresql.disk_full", "cause", "orders-db")
    assert top.timestamp == datetime(2026, 1, 2, 3, 19, 30, tzinfo=UTC)


def test_a_finding_quotes_the_original_bytes(tmp_path: Path) -> None:
    """Lines are counted on newline bytes only, and the hash is of the bytes as they are."""
    odd = b"2026-01-02T03:00:00Z INFO a\rb\x0bc \xe2\x80\xa8 d\r\n" * 3
    bad = b"2026-01-02T03:01:00Z ERROR \xff pool: could not acquire connection from pool\r"
    (tmp_path / "app.log").write_bytes(odd + bad + b"\n")

    top = triage(tmp_path).findings[0]

    assert (top.span.line, top.span.line_start, top.span.line_end) == (4, 4, 4)
    assert top.sha256 == hashlib.sha256(bad).hexdigest()
    assert top.text == bad.decode(errors="replace")
    assert top.needle in top.text


def test_a_trace_is_one_record_with_its_telling_line(tmp_path: Path) -> None:
    """A Python traceback is one finding, whose line is the exception and whose quotation begins at its head."""
    lines = [
        *steady(5),
        "2026-01-02T03:06:00Z ERROR unhandled error in worker",
        "Traceback (most recent call last):",
        '  File "/app/worker.py", line 31, in run',
        "    total = price * rate",
        "TypeError: unsupported operand type(s) for *: 'int' and 'NoneType'",
        "2026-01-02T03:06:01Z INFO worker restarted",
    ]
    write(tmp_path / "worker.log", lines)

    (finding,) = loud(triage(tmp_path))

    assert (finding.span.line_start, finding.span.line, finding.span.line_end) == (6, 10, 10)
    assert finding.level is Level.ERROR


@pytest.mark.parametrize(
    "text",
    [
        "INFO error budget 99.9 %, 0 errors",
        "INFO registered handlers: NotFound, FatalError, TimeoutError",
        "DEBUG retry 1 after connection refused",
        "INFO job done, 0 failed",
        "WARN slow query took 1200 ms",
        "INFO session expired for user 7, certificate expires in 80 days",
    ],
)
def test_scary_words_in_quiet_logs_are_quiet(tmp_path: Path, text: str) -> None:
    """What a program tells at INFO is told, not suffered."""
    write(tmp_path / "app.log", [*steady(30), f"2026-01-02T03:31:00Z {text}", *steady(30)])

    assert loud(triage(tmp_path)) == []


def test_a_deployment_alone_is_no_trouble(tmp_path: Path) -> None:
    """A change is quiet by itself, and a suspect beside a failure."""
    deploy = "2026-01-02T03:10:00Z INFO deployer: deploying orders v2.4.0 to production"
    write(tmp_path / "deploy.log", [deploy])
    alone = triage(tmp_path)
    write(tmp_path / "app.log", [*steady(10), *steady(40, "ERROR", "QueuePool limit of size 5 overflow 10 reached")])
    beside = triage(tmp_path)

    assert loud(alone) == []
    assert "change" in [finding.kind for finding in loud(beside)]


def test_noise_from_the_start_ranks_below_what_is_new(tmp_path: Path) -> None:
    """An error that was there all day is not today's incident."""
    lines = steady(60)
    for n in range(0, 60, 6):
        lines[n] = f"2026-01-02T03:{n:02}:00Z ERROR legacy importer: bad row {n}"
    for n in range(41, 59, 2):
        lines[n] = f"2026-01-02T03:{n:02}:30Z ERROR price service gave no answer for basket {n}"
    write(tmp_path / "app.log", lines)

    assert "price service" in triage(tmp_path).findings[0].text


def test_the_same_bytes_give_the_same_result(tmp_path: Path) -> None:
    """Nothing depends on time, hash seeds or what was read before."""
    write(tmp_path / "app.log", [*steady(5), *steady(9, "ERROR", "boom {n}")])

    assert triage(tmp_path) == triage(tmp_path)


def test_files_are_described(tmp_path: Path) -> None:
    """Format, line count, time range, levels, assumptions and volume are stated."""
    write(tmp_path / "app.log", [line.replace("Z ", " ") for line in [*steady(5), *steady(2, "ERROR")]])

    result = triage(tmp_path)
    (facts,) = result.files

    assert (facts.format, facts.lines, facts.levels) == ("app", 7, {"error": 2, "info": 5})
    assert facts.sha256 == hashlib.sha256((tmp_path / "app.log").read_bytes()).hexdigest()
    assert facts.notes == ("some times name no zone: UTC assumed", "the clock goes back by 240 s at line 6")
    assert (sum(bucket.total for bucket in result.volume), sum(bucket.errors for bucket in result.volume)) == (7, 2)


def test_a_missing_year_is_taken_from_the_other_files(tmp_path: Path) -> None:
    """Syslog names no year; the evidence beside it does, and the note says so."""
    write(tmp_path / "app.log", steady(5))
    write(tmp_path / "syslog", ["Jan  2 03:04:05 node-1 kernel: Out of memory: Killed process 7 (java)"])

    result = triage(tmp_path)

    assert result.findings[0].timestamp == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert "some dates name no year: 2026 assumed" in result.files[1].notes


def test_who_depends_on_whom_is_read_from_the_failures(tmp_path: Path) -> None:
    """A service that complains about another one by name depends on it."""
    write(tmp_path / "web.log", [*steady(3), *steady(3, "ERROR", "call to payments failed: connection refused")])
    write(tmp_path / "payments.log", steady(3))

    assert triage(tmp_path).dependencies == (("web", "payments"),)


def test_nothing_readable_is_an_error() -> None:
    """No artifact at all is the caller's error, with a hint."""
    with pytest.raises(EvidenceError) as caught:
        default_engine().triage([])

    assert caught.value.hint


@given(
    data=st.binary(min_size=1, max_size=600),
    lines=st.lists(st.sampled_from(["ERROR x", "\tat a.b(C.java:1)", "{", "}"])),
)
def test_any_bytes_give_a_result_that_quotes_them(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, lines: list[str]
) -> None:
    """No content makes triage fail, and every quotation stands where it says."""
    path = tmp_path_factory.mktemp("fuzz") / "app.log"
    path.write_bytes("\n".join(lines).encode() + b"\n" + data)
    try:
        artifacts = FileSource().collect([path]).artifacts
    except EvidenceError:
        return
    result = default_engine().triage(artifacts)

    raw = path.read_bytes().split(b"\n")
    for finding in result.findings:
        quoted = b"\n".join(raw[finding.span.line_start - 1 : finding.span.line_end])
        assert hashlib.sha256(quoted).hexdigest() == finding.sha256
        assert finding.span.line_start <= finding.span.line <= finding.span.line_end


def test_a_folder_of_many_logs_is_not_held_whole(tmp_path: Path) -> None:
    """Once enough kinds of lines are held, further files are counted, and a failure in the last one is still found."""
    letters = "abcdefghij"
    for number in range(6):
        lines = [
            f"2026-01-02T03:0{number}:00Z INFO {''.join(letters[int(digit)] for digit in str(number * 10_000 + line))}"
            for line in range(3000)
        ]
        (tmp_path / f"{number}.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with (tmp_path / "5.log").open("a", encoding="utf-8") as file:
        file.write("2026-01-02T03:05:01Z ERROR could not connect to db:5432: Connection refused\n")
    artifacts = FileSource().collect([tmp_path]).artifacts

    found = Engine(rules=packaged_rules(), looked_at=2_000).triage(artifacts)
    whole = Engine(rules=packaged_rules()).triage(artifacts)

    assert [(finding.span, finding.rule) for finding in found.findings[:1]] == [
        (finding.span, finding.rule) for finding in whole.findings[:1]
    ]
    assert [file.lines for file in found.files] == [file.lines for file in whole.files]


def test_one_failure_in_the_last_of_many_files_comes_first(tmp_path: Path) -> None:
    """Lines of which hardly two are alike, a third of them with words of trouble, by the hundred thousand: it leads."""
    chance = random.Random(4)
    names = ["".join(chance.choices("abcdefghijklmnop", k=7)) for _ in range(700)]
    shapes = (
        "Compiling {}-{} in {}",
        "DEBUG retrying {} after error {}, attempt of {}",
        "src/{}/{}.c: warning: unused variable '{}'",
        "tests/{}/test_{}.py::test_{} PASSED",
    )
    for number in range(24):
        lines = [
            f"2026-01-02T03:04:05Z {chance.choice(shapes).format(*chance.choices(names, k=3))}" for _ in range(6000)
        ]
        if number == 23:
            lines[4000:4000] = [
                "2026-01-02T03:04:05Z FAILED tests/cart/test_total.py::test_sum - AssertionError: assert 10.01 == 10.0"
            ]
        (tmp_path / f"worker-{number:02}.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    artifacts = FileSource().collect([tmp_path]).artifacts

    found = Engine(rules=packaged_rules(), workers=2, looked_at=10_000).triage(artifacts)

    assert (found.findings[0].span.path, found.findings[0].span.line) == ("worker-23.log", 4001)
    assert any("counted, not looked at" in note for note in found.files[-1].notes)
