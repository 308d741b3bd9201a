"""What the benchmarks read, made from a seed: logs of running services, output of builds, and worst cases.

Real logs have a few kinds of lines that make up most of them and thousands of rare ones, some lines with an id that is
letters and digits, and in builds hardly a line twice. The corpora are made like that; a log of six templates would be
counted several times as fast and tell nothing.
"""

import random
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

__all__ = ["artifact_folder", "build_log", "many_kinds", "one_line", "service_log"]

_SYLLABLES = (
    "ba be bi bo ca ce co da de do fa fe fi ga go ha ke ko la le li lo ma me mo na no pa pe po ra re ro sa ta to"
)
_COMMON = (
    "{t}Z INFO [orders] request {n} done in {m} ms path=/orders/{n}",
    '{{"time":"{t}Z","level":"info","service":"cart","msg":"basket read","id":{n},"took_ms":{m}}}',
    '{t}.{m:03}Z stderr F level=debug msg="cache hit" key=user:{n}',
    "{t}.{m:03} UTC [{m}] app@orders LOG:  duration: {m}.1 ms  statement: SELECT * FROM orders WHERE id = {n}",
    '10.0.{a}.{b} - - [02/Jan/2026:03:04:05 +0000] "GET /item/{n} HTTP/1.1" 200 {n} "-" "agent/{m}"',
    "{t},{m:03} WARN [pool-{a}] c.e.Cache - evicted {n} entries",
)
_TROUBLE = (
    "{t}.{m:03} UTC [{m}] app@orders FATAL:  remaining connection slots are reserved for superuser connections",
    "{t}Z ERROR [orders] QueuePool limit of size {a} overflow {b} reached, connection timed out, request {n}",
)
_RARE_KINDS = 3000
_SHARE_RARE, _SHARE_WITH_ID = 0.06, 0.01
_FAILURE = (
    "{t} tests/cart/test_total.py::test_rounding FAILED",
    "{t} E       AssertionError: assert 10.01 == 10.0",
    "{t} FAILED tests/cart/test_total.py::test_rounding - AssertionError: assert 10.01 == 10.0",
    "{t} make: *** [Makefile:12: ci] Error 1",
    "{t} ##[error]Process completed with exit code 2.",
)


def service_log(path: Path, megabytes: float, seed: int = 7) -> None:
    """Logs of services in several formats: six common kinds, 3,000 rare ones, some lines with an id, an outage."""
    chance = random.Random(seed)
    words = _words(chance, 400)
    rare = [
        f"{{t}}Z INFO [{_pick(chance, words)}] {' '.join(chance.choices(words, k=8))} {{n}}" for _ in range(_RARE_KINDS)
    ]
    weights = list(accumulate(1 / (rank + 1) for rank in range(_RARE_KINDS)))

    def lines() -> Iterator[str]:
        for second in range(10**9):
            clock = f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
            t = f"2026-01-{2 + second // 86_400 % 28:02}T{clock}"
            common = _TROUBLE if second % 97 == 0 else _COMMON
            for _ in range(200):
                share = chance.random()
                if share < _SHARE_WITH_ID:
                    yield f"{t}Z DEBUG trace {chance.getrandbits(128):032x} sent"
                    continue
                shape = chance.choices(rare, cum_weights=weights)[0] if share < _SHARE_RARE else chance.choice(common)
                yield shape.format(
                    t=t, n=chance.randrange(10**6), m=chance.randrange(1000), a=second % 99, b=second % 251
                )

    _write(path, lines(), megabytes)


def build_log(path: Path, megabytes: float, seed: int = 11, *, failed: bool = True) -> None:
    """The output of a build as a CI service keeps it: nearly every line is unlike every other."""
    chance = random.Random(seed)
    words = _words(chance, 1500)

    def some() -> str:
        return _pick(chance, words)

    shapes: tuple[Callable[[int], str], ...] = (
        lambda i: f"[{i % 4000}/4000] Building CXX object src/{some()}/{some()}/{some()}.cc.o",
        lambda i: f"  Compiling {some()}-{some()} v{i % 9}.{i % 30}.{i % 7}",
        lambda i: f"Downloading https://repo.example.org/maven2/{some()}/{some()}/{some()}.jar ({i % 900} kB)",
        lambda i: f"tests/{some()}/test_{some()}.py::test_{some()}[{some()}] PASSED [{i % 100:3}%]",
        lambda i: (
            f"src/{some()}/{some()}.c:{i % 900}:{i % 80}: warning: unused variable '{some()}' [-Wunused-variable]"
        ),
        lambda i: f"DEBUG retrying {some()} after error {some()}, attempt {i % 4}",
    )

    def lines() -> Iterator[str]:
        for i in range(10**9):
            yield f"{_clock(i)} {chance.choice(shapes)(i)}"

    _write(path, lines(), megabytes, last=[line.format(t=_clock(10**6)) for line in _FAILURE] if failed else [])


def artifact_folder(folder: Path, megabytes: float) -> None:
    """What a job leaves: one large log, many small ones, test results in JUnit XML."""
    (folder / "workers").mkdir(parents=True)
    (folder / "junit").mkdir()
    build_log(folder / "build.log", 0.6 * megabytes)
    for number in range(int(megabytes * 1.5)):
        build_log(folder / "workers" / f"worker-{number}.log", 0.2, number, failed=False)
    chance = random.Random(5)
    words = _words(chance, 500)
    for number in range(max(1, int(megabytes / 5))):
        cases = "".join(
            f'<testcase classname="{_pick(chance, words)}.{_pick(chance, words)}" name="test_{case}" time="0.1"/>\n'
            for case in range(6000)
        )
        failed = (
            '<testcase name="test_rounding"><failure message="assert 10.01 == 10.0"/></testcase>' if number == 3 else ""
        )
        text = f'<testsuites><testsuite name="s{number}">{cases}{failed}</testsuite></testsuites>'
        (folder / "junit" / f"TEST-{number}.xml").write_text(text, encoding="utf-8")


def many_kinds(path: Path, lines: int, seed: int = 3) -> None:
    """Every line differs from all others in words."""
    chance = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    with path.open("w", encoding="utf-8") as file:
        for i in range(lines):
            a, b, c = ("".join(chance.choices(letters, k=8)) for _ in range(3))
            file.write(f"2026-03-04T10:{i // 60 % 60:02}:{i % 60:02}Z INFO [{a}] {b} of {c} in {i % 999} ms\n")


def one_line(path: Path, megabytes: int) -> None:
    """A line without end between two of trouble."""
    with path.open("w", encoding="utf-8") as file:
        file.write("2026-01-02T03:04:05Z ERROR connection refused\n")
        for _ in range(megabytes):
            file.write("an error or 2 " * (10**6 // 14))
        file.write("\n2026-01-02T03:04:06Z ERROR connection refused\n")


def _clock(i: int) -> str:
    return f"2026-03-04T{i // 360_000 % 24:02}:{i // 6000 % 60:02}:{i // 100 % 60:02}.{i % 100 * 10_000:07}Z"


def _words(chance: random.Random, number: int) -> list[str]:
    return ["".join(chance.choices(_SYLLABLES.split(), k=chance.randint(2, 4))) for _ in range(number)]


def _pick(chance: random.Random, words: list[str]) -> str:
    return words[int(chance.random() * len(words))]


def _write(path: Path, lines: Iterator[str], megabytes: float, last: list[str] | None = None) -> None:
    missing = megabytes * 1e6
    with path.open("w", encoding="utf-8") as file:
        while missing > 0:
            line = next(lines) + "\n"
            file.write(line)
            missing -= len(line)
        file.writelines(f"{line}\n" for line in last or ())
