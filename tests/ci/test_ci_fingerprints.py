"""Fingerprints: the same cause gives the same one in every run, other causes give others."""

import itertools
import re
import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.ci.fingerprint import cause_key, fingerprint, normalised
from responder.ci.wordings import Wording, cause_of, packaged_wordings
from tests.ci.builds import diagnosed, write
from tests.ci.container_builds import CAUSES, logs

# Failing container builds, written for this test: each list is one cause as different builds print it.
SAME_CAUSE = {
    "package not in the index": [
        ("#9 12.31 E: Unable to locate package php7.1-curl", {"package": "php7.1-curl"}),
        ("E: Unable to locate package libssl1.0.0", {"package": "libssl1.0.0"}),
        ("2026-05-08T05:53:13.1494460Z #12 4.117 E: Unable to locate package python-pip", {"package": "python-pip"}),
    ],
    "release has ended": [
        ("W: Failed to fetch http://deb.debian.org/debian/dists/jessie/main/binary-amd64/Packages  404  Not Found", {}),
        ("W: Failed to fetch http://security.debian.org/dists/wheezy/main/binary-i386/Packages  404  Not Found", {}),
    ],
    "no space": [
        ("write /usr/lib/x86_64-linux-gnu/libLLVM-7.so.1: no space left on device", {}),
        ("write /opt/conda/pkgs/mkl-2019.4-243/lib/libmkl_core.so: no space left on device", {}),
    ],
    "python too old": [
        ("ERROR: Package 'Django' requires a different Python: 2.7.18 not in '>=3.8'", {}),
        ("ERROR: Package 'pip' requires a different Python: 3.5.2 not in '>=3.6'", {}),
    ],
    "no such version": [
        ("ERROR: Could not find a version that satisfies the requirement torch==9.9 (from versions: 1.7.1, 1.8.0)", {}),
        ("  Could not find a version that satisfies the requirement tensorflow>=3 (from versions: none)", {}),
    ],
    "npm peer": [
        ("npm ERR! Could not resolve dependency:", {}),
        ("npm error Could not resolve dependency:", {}),
        ("#14 7.902 npm ERR! Could not resolve dependency:", {}),
    ],
    "checksum": [
        ("sha256sum: WARNING: 1 computed checksum did NOT match", {}),
        ("sha256sum: WARNING: 2 computed checksum did NOT match", {}),
    ],
    "compiler missing": [
        ("unable to execute 'gcc': No such file or directory", {}),
        ("unable to execute 'x86_64-linux-gnu-gcc': No such file or directory", {}),
    ],
    "tool missing": [
        ("/bin/sh: 1: npm: not found", {"tool": "npm"}),
        ("/bin/sh: 3: npm: not found", {"tool": "npm"}),
    ],
    "name does not resolve": [
        ("curl: (6) Could not resolve host: dl.example.org", {"host": "dl.example.org"}),
        ("curl: (6) Could not resolve host: mirrors.cdn.example", {"host": "mirrors.cdn.example"}),
    ],
    "memory": [("fatal error: out of memory allocating 65536 bytes after a total of 9281536 bytes", {})],
    "gem needs ruby": [
        ("ERROR:  Error installing bundler: bundler requires Ruby version >= 3.0.0.", {}),
        ("ERROR:  Error installing bundler: bundler requires Ruby version >= 2.6.0.", {}),
    ],
}


@pytest.mark.parametrize("cause", SAME_CAUSE)
def test_one_cause_has_one_fingerprint(cause: str) -> None:
    """Versions, hosts, paths, step numbers and clocks do not part what one cause prints."""
    assert len({cause_key(line, captures=captures) for line, captures in SAME_CAUSE[cause]}) == 1


def test_different_causes_have_different_fingerprints() -> None:
    """Masking never goes so far that two causes look alike."""
    for one, other in itertools.combinations(SAME_CAUSE, 2):
        for (line, captures), (second, more) in itertools.product(SAME_CAUSE[one], SAME_CAUSE[other]):
            assert cause_key(line, captures=captures) != cause_key(second, captures=more), (line, second)


@pytest.fixture(scope="module")
def prints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The first fingerprint of every build of the corpus, by cause, each log through all deterministic stages."""
    found: dict[str, list[str]] = {}
    for number, (cause, failures) in enumerate(CAUSES.items()):
        for variant, failure in enumerate(failures):
            for builder, text in logs(failure, 3 * number + variant + 1):
                folder = write(tmp_path_factory.mktemp(builder), {"build.log": text})
                groups = diagnosed(folder).groups
                found.setdefault(cause, []).append(groups[0].fingerprint if groups else f"nothing in {folder}")
    return found


def test_builds_that_fail_for_one_cause_share_a_fingerprint(prints: dict[str, list[str]]) -> None:
    """Over base images, packages, versions, builders and clocks; at least 19 of 20 pairs."""
    pairs = [one == other for found in prints.values() for one, other in itertools.combinations(found, 2)]

    assert len(pairs) > 900
    assert share(pairs) >= 0.95


def test_builds_that_fail_for_different_causes_do_not(prints: dict[str, list[str]]) -> None:
    """At least 99 of 100 pairs of builds; the wrapper lines and the noise around them are all alike."""
    pairs = [
        one != other
        for first, second in itertools.combinations(prints, 2)
        for one, other in itertools.product(prints[first], prints[second])
    ]

    assert len(pairs) > 50_000
    assert share(pairs) >= 0.99


def share(outcomes: Iterable[bool]) -> float:
    listed = list(outcomes)
    return sum(listed) / len(listed)


@pytest.mark.parametrize("wording", packaged_wordings(), ids=lambda wording: wording.id)
def test_a_wording_knows_its_own_lines(wording: Wording) -> None:
    """And no cause before it in the list takes them; with a name, all its lines tell the same one."""
    assert wording.says
    for line in wording.says:
        assert cause_of(line)[:1] == (wording.id,), line
    assert len({cause_of(line) for line in wording.says}) == 1


@pytest.mark.parametrize("wording", packaged_wordings(), ids=lambda wording: wording.id)
def test_a_wording_takes_linear_time(wording: Wording) -> None:
    """On lines made of its own words."""
    for seed in (*wording.says, "a ", "/x", "1 ", ": ", "-", "'"):
        line = (seed * 4000)[:4000]
        began = time.process_time()
        for pattern in wording.patterns:
            pattern.search(line)
        assert time.process_time() - began < 0.2, seed


def test_no_wording_looks_around() -> None:
    """Any linear-time engine could run them."""
    for wording in packaged_wordings():
        for pattern in wording.patterns:
            assert not re.search(r"\(\?[=!<](?!\w+>)|\\[1-9]", pattern.pattern.replace("(?P<", "(?:"))


def test_an_instruction_that_says_nothing_is_known_by_its_programs() -> None:
    """The builder's own line is all there is; its arguments vary, its programs tell builds apart."""

    def line(command: str, code: int) -> str:
        return f'#9 ERROR: process "/bin/sh -c {command}" did not complete successfully: exit code: {code}'

    one = cause_key(line("cargo build --release --bin a", 101))

    assert one == cause_key(line("cargo build --bin other", 1))
    assert one != cause_key(line("cargo test --bin other", 1))
    assert one == cause_key("The command '/bin/sh -c cargo build -v' returned a non-zero code: 101")


@given(
    st.integers(0, 10**9),
    st.integers(0, 2**64 - 1),
    st.floats(0.001, 9999),
    st.from_regex(r"[a-z]{1,8}/[a-z]{1,8}\.py", fullmatch=True),
)
def test_what_varies_from_run_to_run_is_masked(number: int, address: int, seconds: float, path: str) -> None:
    """Numbers, pointers, durations and paths never change the fingerprint."""
    line = f"worker {number} failed after {seconds:.3f}s at 0x{address:x} in /tmp/run-{number}/{path} (port {number})"
    fixed = "worker 7 failed after 0.125s at 0xdeadbeef in /tmp/run-7/x/y.py (port 80)"

    assert normalised(line) == normalised(fixed)


@given(st.text(max_size=400))
def test_any_text_has_a_fingerprint(text: str) -> None:
    """Whatever a log holds, normalising ends and gives one line, and the fingerprint is 16 hex digits."""
    key = normalised(text)

    assert "\n" not in key
    assert len(fingerprint(key)) == 16


def test_long_lines_take_no_time() -> None:
    """A line made to be slow is cut before it is matched."""
    for piece in ("a/", "'", "a.", "1", "<id>", "http://", "0x", "::error ", "#1 1.1 ", "a && ", "\t"):
        normalised(piece * 200_000)
        cause_key(piece * 200_000)
