"""Bad input is normal input: a clear sentence, the right exit code, never a trace, never a hang."""

import gzip
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from responder.errors import ExitCode
from tests.acceptance.command import Ended, run, run_folder
from tests.acceptance.expectation import SAMPLES

LOGS = SAMPLES / "postgres-connection-starvation" / "logs"
LINE = "2026-03-14T12:00:00Z ERROR db: could not connect to server: Connection refused\n"

UNREADABLE = ("triage", "investigate")
"""Both commands meet the same input in the same way."""


def investigate(*args: str | Path, out: Path, **more: str) -> Ended:
    return run("investigate", *args, "--out", out, **more)


def read(command: str, *args: str | Path, tmp_path: Path) -> Ended:
    extra = ("--out", tmp_path / "out", "--sandbox", "off") if command == "investigate" else ()
    return run(command, *args, *extra, ordinary=True)


def assert_explained(ended: Ended, code: int, *words: str) -> None:
    """One sentence that names the thing, the right code, no trace, nothing that drives a terminal."""
    assert ended.code == code, ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    assert "\x1b" not in ended.stdout + ended.stderr
    assert "error: " in ended.stderr.lower()
    missing = [word for word in words if word not in ended.stderr]
    assert missing == [], ended.stderr


@pytest.mark.parametrize("command", UNREADABLE)
def test_missing_path(command: str, tmp_path: Path) -> None:
    """A path that is not there is named."""
    ended = read(command, tmp_path / "no-such-logs", tmp_path=tmp_path)

    assert_explained(ended, ExitCode.EVIDENCE_UNREADABLE, "no-such-logs")


@pytest.mark.parametrize("command", UNREADABLE)
def test_empty_file(command: str, tmp_path: Path) -> None:
    """An empty file is called empty."""
    (tmp_path / "empty.log").touch()

    ended = read(command, tmp_path / "empty.log", tmp_path=tmp_path)

    assert_explained(ended, ExitCode.EVIDENCE_UNREADABLE, "empty.log", "empty")


@pytest.mark.parametrize("command", UNREADABLE)
def test_empty_folder(command: str, tmp_path: Path) -> None:
    """A folder without files is named."""
    (tmp_path / "nothing").mkdir()

    ended = read(command, tmp_path / "nothing", tmp_path=tmp_path)

    assert_explained(ended, ExitCode.EVIDENCE_UNREADABLE, "nothing")


@pytest.mark.parametrize("command", UNREADABLE)
def test_binary_file(command: str, tmp_path: Path) -> None:
    """A program is called binary and not read as a log."""
    (tmp_path / "core.bin").write_bytes(b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 400)

    ended = read(command, tmp_path / "core.bin", tmp_path=tmp_path)

    assert_explained(ended, ExitCode.EVIDENCE_UNREADABLE, "core.bin", "binary")


@pytest.mark.parametrize("command", UNREADABLE)
@pytest.mark.parametrize("kind", ["folder", "file"])
def test_no_permission(command: str, kind: str, tmp_path: Path) -> None:
    """What may not be read is named, with the reason."""
    locked = tmp_path / "locked"
    if kind == "folder":
        locked.mkdir()
        (locked / "app.log").write_text(LINE)
    else:
        locked.write_text(LINE)
    locked.chmod(0)

    ended = read(command, locked, tmp_path=tmp_path)
    locked.chmod(0o700)

    assert_explained(ended, ExitCode.EVIDENCE_UNREADABLE, "locked", "permission")


@pytest.mark.parametrize("command", UNREADABLE)
def test_named_pipe_is_not_waited_for(command: str, tmp_path: Path) -> None:
    """A FIFO that nobody writes to is refused at once, alone and inside a folder."""
    folder = tmp_path / "logs"
    folder.mkdir()
    os.mkfifo(folder / "app.pipe")

    alone = read(command, folder / "app.pipe", tmp_path=tmp_path)
    inside = read(command, folder, tmp_path=tmp_path)

    assert_explained(alone, ExitCode.EVIDENCE_UNREADABLE, "app.pipe", "pipe")
    assert_explained(inside, ExitCode.EVIDENCE_UNREADABLE, "pipe")


def test_what_is_skipped_beside_good_logs_is_reported(tmp_path: Path) -> None:
    """A FIFO, an empty and a binary file in a folder of logs do not stop the run, and the report names each."""
    (tmp_path / "app.log").write_text(LINE * 5)
    (tmp_path / "empty.log").touch()
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    os.mkfifo(tmp_path / "app.pipe")

    ended = run("triage", tmp_path, "--json")

    assert ended.code in (ExitCode.OK, ExitCode.INCONCLUSIVE), ended.stderr
    assert {"empty.log", "image.png", "app.pipe"} <= {item["path"] for item in ended.report["skipped"]}
    assert [item["path"] for item in ended.report["inputs"]] == ["app.log"]


def test_sparse_gigabyte(tmp_path: Path) -> None:
    """A gigabyte of nothing is recognised within seconds and in little memory."""
    with (tmp_path / "sparse.log").open("wb") as file:
        file.truncate(1 << 30)
    started = time.monotonic()

    ended = run("triage", tmp_path / "sparse.log")

    assert_explained(ended, ExitCode.EVIDENCE_UNREADABLE, "sparse.log")
    assert time.monotonic() - started < 5


def test_log_with_a_hole_behind_it(tmp_path: Path) -> None:
    """A log whose rotation left a long hole of zeros is read up to the hole, within seconds."""
    with (tmp_path / "app.log").open("wb") as file:
        file.write(LINE.encode() * 100)
        file.truncate(256 << 20)
    started = time.monotonic()

    ended = run("triage", tmp_path / "app.log", "--json")

    assert time.monotonic() - started < 10
    assert "Traceback" not in ended.stderr
    assert ended.code in (ExitCode.OK, ExitCode.INCONCLUSIVE), ended.stderr
    assert ended.report["evidence"][0]["line"] == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.zip", b"PK\x03\x04" + b"\x00\xff" * 300),
        ("broken.gz", b"\x1f\x8b\x08\x00" + b"\xff" * 300),
        ("broken.tar.gz", b"\x1f\x8b\x08\x00" + b"\xff" * 300),
        ("broken.xz", b"\xfd7zXZ\x00" + b"\xff" * 300),
        ("broken.bz2", b"BZh9" + b"\xff" * 300),
        ("broken.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 300),
    ],
)
def test_damaged_archive(name: str, content: bytes, tmp_path: Path) -> None:
    """An archive that cannot be opened is named; nothing of it is taken for text."""
    (tmp_path / name).write_bytes(content)

    ended = run("triage", tmp_path / name)

    assert_explained(ended, ExitCode.EVIDENCE_UNREADABLE, name)


def test_cut_off_gzip_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """A download that broke off still gives its lines, and the report says that the end is missing."""
    whole = gzip.compress((LOGS / "orders-db" / "postgresql.log").read_bytes())
    (tmp_path / "postgresql.log.gz").write_bytes(whole[: len(whole) * 9 // 10])

    ended = run("triage", tmp_path, "--json")

    assert "Traceback" not in ended.stderr
    assert ended.code in (ExitCode.OK, ExitCode.INCONCLUSIVE), ended.stderr
    told = json.dumps([ended.report["skipped"], ended.report["inputs"][0]["notes"], ended.report["not_checked"]])
    assert "postgresql.log.gz" in told


def test_hostile_file_name_reaches_no_terminal(tmp_path: Path) -> None:
    """Escape sequences in a name are made visible."""
    (tmp_path / "a\x1b]0;owned\x07\x1b[31m.log").touch()

    ended = run("triage", tmp_path)

    assert_explained(ended, ExitCode.EVIDENCE_UNREADABLE)


def test_one_line_of_many_megabytes(tmp_path: Path) -> None:
    """A line without an end is bounded, not fatal."""
    (tmp_path / "app.log").write_bytes(LINE.encode() + b"x" * (24 << 20) + b"\n" + LINE.encode())

    ended = run("triage", tmp_path, "--json", timeout=30)

    assert "Traceback" not in ended.stderr
    assert ended.code in (ExitCode.OK, ExitCode.INCONCLUSIVE), ended.stderr
    assert ended.report["inputs"][0]["lines"] == 3


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("investigate", "--no-such-option"), ("--no-such-option",)),
        (("investigate", "--sandbox", "chroot"), ("chroot",)),
        (("investigate", "--max-turns", "0"), ("max-turns",)),
        (("investigate", "--base-url", "ftp://models"), ("base-url",)),
        (("investgate",), ("investgate", "investigate")),
    ],
)
def test_wrong_command_line(args: tuple[str, ...], words: tuple[str, ...], tmp_path: Path) -> None:
    """A mistake on the command line is code 2 and names what was wrong."""
    ended = run(*args)

    assert_explained(ended, ExitCode.USAGE, *words)


def test_output_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A file where the output folder should be is code 2, before anything is read."""
    (tmp_path / "out").write_text("in the way")

    ended = investigate(LOGS, "--sandbox", "off", out=tmp_path / "out")

    assert_explained(ended, ExitCode.USAGE, "out")


class _Refuses(BaseHTTPRequestHandler):
    """An endpoint that answers every request with the server's `answer`."""

    server: "_Endpoint"

    def do_POST(self) -> None:
        status, error = self.server.answer
        body = json.dumps({"error": {"message": error, "type": "invalid_request_error"}}).encode()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


class _Endpoint(ThreadingHTTPServer):
    answer = (500, "")


@contextmanager
def endpoint(status: int, error: str) -> Iterator[str]:
    """An OpenAI-compatible address where every call fails in the same way."""
    with _Endpoint(("127.0.0.1", 0), _Refuses) as server:
        server.answer = (status, error)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()
        thread.join()


def assert_finished_without_its_model(ended: Ended, out: Path, *words: str) -> None:
    """The model failed, the findings did not: a diagnosis all the same, and it says who made it and why."""
    assert "Traceback" not in ended.stdout + ended.stderr
    assert ended.code == ExitCode.OK, ended.stderr
    assert ended.report["root_cause"]["category"] == "resource_exhaustion.connections"
    assert ended.report["agents"]["stop_reason"] == "model_failed"
    told = "\n".join(ended.report["agents"]["notes"])
    assert [word for word in words if word not in told] == [], told
    final = (run_folder(out) / "final_report.md").read_text(encoding="utf-8")
    assert "model" in final


@pytest.mark.parametrize(
    ("status", "error", "word"),
    [
        (401, "Incorrect API key provided", "key"),
        (404, "The model `gpt-nonsense` does not exist", "gpt-nonsense"),
    ],
)
def test_model_that_refuses(status: int, error: str, word: str, tmp_path: Path) -> None:
    """A wrong key and an unknown model cost the agents' help, not the diagnosis; the key is shown nowhere."""
    with endpoint(status, error) as address:
        ended = investigate(
            LOGS, "--model", "gpt-nonsense", "--base-url", address, "--sandbox", "off", "--json",
            out=tmp_path, OPENAI_API_KEY="sk-test-0123456789abcdef0123456789abcdef",
        )  # fmt: skip

    assert_finished_without_its_model(ended, tmp_path, word)
    written = [path.read_text(encoding="utf-8") for path in run_folder(tmp_path).rglob("*") if path.is_file()]
    assert not any("sk-test-0123456789" in text for text in [ended.stdout, ended.stderr, *written])


def test_model_behind_a_dead_address(tmp_path: Path) -> None:
    """Nobody listens at the base URL: the run finishes within a minute and says so."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused, and nobody else gets the port
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        ended = investigate(
            LOGS, "--model", "no-such-model", "--base-url", address, "--sandbox", "off", "--json",
            out=tmp_path, OPENAI_API_KEY="sk-test",
        )  # fmt: skip

    assert_finished_without_its_model(ended, tmp_path)


@contextmanager
def engine_socket(kind: str, folder: Path) -> Iterator[str]:
    """The address of an engine that is not there, is dead, or accepts and never answers."""
    path = folder / "engine.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        if kind != "absent":
            listener.bind(str(path))
        if kind == "hung":
            listener.listen(8)
        yield f"unix://{path}"


@pytest.mark.parametrize("kind", ["absent", "dead", "hung"])
def test_container_engine_that_does_not_answer(kind: str, tmp_path: Path) -> None:
    """Asked for Docker, the tool refuses to run code anywhere else, says why, and still reports."""
    started = time.monotonic()
    with engine_socket(kind, tmp_path) as address:
        ended = investigate(LOGS, "--sandbox", "docker", "--json", out=tmp_path / "out", DOCKER_HOST=address)

    assert_explained(ended, ExitCode.SANDBOX_REFUSED, "engine")
    assert time.monotonic() - started < 30
    assert ended.report["sandbox"]["backend"] is None
    assert ended.report["sandbox"]["executions"] == []
    assert ended.report["root_cause"]["verified"] is False


@pytest.mark.parametrize("kind", ["absent", "hung"])
def test_another_sandbox_takes_over_when_any_will_do(kind: str, tmp_path: Path) -> None:
    """With `auto` a dead engine costs a tier or the Coder, never the run, and the report gives the reason."""
    with engine_socket(kind, tmp_path) as address:
        ended = investigate(LOGS, "--sandbox", "auto", "--json", out=tmp_path / "out", DOCKER_HOST=address)

    assert ended.code == ExitCode.OK, ended.stderr
    assert ended.report["sandbox"]["backend"] != "docker"
    assert "engine" in ended.report["sandbox"]["tier_reason"]
