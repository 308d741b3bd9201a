"""`templates`: one id for each line of the input, in order, whatever the bytes are."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

from responder.errors import ExitCode

ENTRYPOINT = Path(__file__).resolve().parents[2] / "magentic_one_orchestrator.py"


def templates(*args: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, str(ENTRYPOINT), "templates", *map(str, args), "--json"],
        input=stdin,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "RESPONDER_ENV_FILE": "/dev/null"},
        timeout=60,
    )


def ids_of(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    told = json.loads(done.stdout)
    assert set(told["lines"]) == set(told["templates"]), "every id is explained, and no other"
    ids: list[str] = told["lines"]
    return ids


def test_lines_that_differ_in_values_share_a_template(tmp_path: Path) -> None:
    """Numbers and names are masked, words are not."""
    log = tmp_path / "a.log"
    log.write_text("2026-01-01 10:00:00 INFO took 12 ms\n2026-01-01 10:00:01 INFO took 340 ms\nshutting down\n")

    one, two, three = ids_of(templates(log))

    assert one == two != three


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    """Carriage returns, form feeds, U+2028 and NULs inside a line leave the count alone; an unended line counts."""
    log = tmp_path / "a.log"
    log.write_bytes("progress 1%\rprogress 2%\none\x0btwo\x0cthree\u2028four\n\nlast\x00".encode())

    assert len(ids_of(templates(log))) == 4


def test_a_line_without_end_costs_one_id(tmp_path: Path) -> None:
    """A line of megabytes is one line, looked at in its beginning."""
    log = tmp_path / "a.log"
    log.write_bytes(b"x" * (3 << 20) + b"\nnext\n")

    assert len(ids_of(templates(log))) == 2


def test_inputs_are_read_in_order_and_standard_input_too(tmp_path: Path) -> None:
    """Compressed files and `-` are inputs like any other."""
    log = tmp_path / "a.log.gz"
    log.write_bytes(gzip.compress(b"alpha happened\nbeta happened\n"))

    assert len(ids_of(templates(log))) == 2
    assert len(ids_of(templates("-", stdin=b"one thing\nanother thing\n"))) == 2


def test_a_damaged_file_gives_what_came_before_the_damage(tmp_path: Path) -> None:
    """What could be read is kept, and the damage is told on stderr."""
    whole = gzip.compress(b"".join(b"event number %d of a long day\n" % n for n in range(20_000)))
    log = tmp_path / "a.log.gz"
    log.write_bytes(whole[: len(whole) // 2])

    done = templates(log)

    assert done.returncode == ExitCode.OK
    assert ids_of(done)
    assert b"a.log.gz" in done.stderr


def test_a_missing_input_is_unreadable_evidence(tmp_path: Path) -> None:
    """Nothing on stdout, the path on stderr, code 4."""
    done = templates(tmp_path / "missing.log")

    assert (done.returncode, done.stdout) == (ExitCode.EVIDENCE_UNREADABLE, b"")
    assert b"missing.log" in done.stderr
