"""Fingerprints: the same cause gives the same one in every run, other causes give others."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.ci.fingerprint import fingerprint, normalised

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
    assert len({normalised(line, captures=captures) for line, captures in SAME_CAUSE[cause]}) == 1


def test_different_causes_have_different_fingerprints() -> None:
    """Masking never goes so far that two causes look alike."""
    for one, other in itertools.combinations(SAME_CAUSE, 2):
        for (line, captures), (second, more) in itertools.product(SAME_CAUSE[one], SAME_CAUSE[other]):
            assert normalised(line, captures=captures) != normalised(second, captures=more), (line, second)


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
    for piece in ("a/", "'", "a.", "1", "<id>", "http://", "0x", "::error "):
        normalised(piece * 200_000)
