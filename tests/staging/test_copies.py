import json
import random
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact
from responder.safety.redact import NullRedactor, Redactor
from responder.safety.sanitise import decode, sanitise
from responder.staging.copies import StagingArea
from responder.staging.interface import StagedFile
from tests.staging.staging_builders import Endless, artifact, cite, original_lines, staged_text


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "staged").mkdir()
    return tmp_path / "staged"


# Without NUL: a file full of them would be taken for UTF-16.
LINES = st.one_of(st.binary(max_size=12).map(lambda part: part.replace(b"\0", b"\1")), st.just(b"x" * 300))


def area(cap_bytes: int = 32 << 20) -> StagingArea:
    return StagingArea(redactor=Redactor(key=b"a fixed key for tests"), cap_bytes=cap_bytes)


def log(lines: int, seed: int = 1) -> bytes:
    rng = random.Random(seed)
    return b"".join(
        b"2026-03-01T08:00:00Z INFO request %d took %d ms\n" % (n, rng.randrange(999)) for n in range(lines)
    )


def assert_lines_map(root: Path, file: StagedFile, data: bytes) -> None:
    """Each staged line is the cleaned original of its number, or a marker that no segment claims."""
    staged, originals = staged_text(root, file), original_lines(data)
    assert file.lines == len(originals)
    for number, text in enumerate(staged, 1):
        original = file.original_line(number)
        if original is None:
            assert "of the original not copied" in text
        else:
            assert text == sanitise(decode(originals[original - 1])), original
            assert file.staged_line(original) == number


def test_small_files_are_copied_whole(root: Path) -> None:
    """Every line stands at its own number, whatever separators other tools would split on."""
    data = b"a\r\nb\x0bc\xe2\x80\xa8d\n\x1b[31mred\x1b[0m\xff\n\nlast without newline"

    staged = area().stage([artifact("svc/app.log", data), artifact("empty.log", b"")], [], root)

    assert [(file.path, file.name, file.lines, file.complete) for file in staged.files] == [
        ("svc/app.log", "svc/app.log", 5, True),
        ("empty.log", "empty.log", 0, True),
    ]
    assert_lines_map(root, staged.files[0], data)
    assert staged.root == root


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(st.binary(max_size=12).map(lambda part: part.replace(b"\0", b"\1")), st.just(b"x" * 300)),
        max_size=120,
    ).map(b"\n".join),
    st.integers(0, 9000),
    st.integers(1, 120),
    st.integers(1, 50),
)
def test_any_file_under_any_cap_maps_its_lines(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cap: int, cited: int, chunk: int
) -> None:
    """Whole or in windows, however the stream is cut into reads: staged lines are the originals they claim."""
    root = tmp_path_factory.mktemp("staged")
    evidence = [cite(1, "a.log", data, cited, cited)] if cited <= len(original_lines(data)) else []

    parts = [data[at : at + chunk] for at in range(0, len(data), chunk)]
    source = Artifact("a.log", len(data), lambda: Endless(parts))  # type: ignore[arg-type,return-value]

    staged = StagingArea(redactor=NullRedactor(), cap_bytes=cap).stage([source], evidence, root)

    assert_lines_map(root, staged.files[0], data)
    assert all(staged.files[0].staged_line(item.span.line) for item in evidence)


def test_a_large_file_is_shown_around_its_evidence(root: Path) -> None:
    """Beyond the cap: head, tail, and every cited line with lines before and after it."""
    data = log(60_000)
    evidence = [cite(1, "big.log", data, 30_000, 30_002), cite(2, "big.log", data, 50_000, 50_000)]

    staged = area(cap_bytes=400_000).stage([artifact("big.log", data)], evidence, root)

    (file,) = staged.files
    assert not file.complete
    assert_lines_map(root, file, data)
    for line in (1, 29_990, 30_000, 30_002, 30_012, 49_990, 50_000, 50_010, 60_000):
        assert file.staged_line(line), line
    assert 200_000 < (root / file.name).stat().st_size < 450_000


def test_small_files_stay_whole_beside_a_large_one(root: Path) -> None:
    """The cap is over all: what small files do not use goes to the large one, which cannot starve them."""
    files = {f"s{n}.log": log(500, n) for n in range(8)} | {"big.log": log(100_000)}

    staged = area(cap_bytes=1 << 20).stage([artifact(path, data) for path, data in files.items()], [], root)

    assert [file.path for file in staged.files] == list(files)
    assert [file.path for file in staged.files if not file.complete] == ["big.log"]
    assert sum((root / file.name).stat().st_size for file in staged.files) < 1.1 * (1 << 20)


def test_a_file_larger_than_it_says_is_cut_to_its_windows(root: Path) -> None:
    """A compressed file's size is not its content's; the copy still keeps to the cap."""
    data = log(50_000)

    staged = area(cap_bytes=300_000).stage([artifact("a.log.gz", data, size_bytes=10)], [], root)

    assert not staged.files[0].complete
    assert_lines_map(root, staged.files[0], data)
    assert (root / "a.log.gz").stat().st_size < 330_000


def test_secrets_do_not_reach_the_copies(root: Path) -> None:
    """Copies are redacted, a key that starts outside a window too, and the report learns how much was taken out."""
    body = b"".join(b"%s\n" % (b"Ab1/" * 16) for _ in range(400))
    key = b"-----BEGIN RSA PRIV" + b"ATE KEY-----\n" + body + b"-----END RSA PRIVATE KEY-----\n"
    data = log(3000) + b"db password=hunter2\n" + key + log(3000)
    evidence = [cite(1, "a.log", data, 3001, 3001), cite(2, "a.log", data, 3300, 3300)]

    whole = area().stage([artifact("a.log", data)], evidence, root)
    windows_root = root.parent / "windows"
    windows = area(cap_bytes=20_000).stage([artifact("a.log", data)], evidence, windows_root)

    for staged, folder in ((whole, root), (windows, windows_root)):
        text = (folder / "a.log").read_text()
        assert "hunter2" not in text
        assert "Ab1/" not in text
        assert staged.redactions is not None
        assert staged.redactions["password"] == 1
    assert whole.files[0].lines == len(original_lines(data))


def test_redaction_can_be_off(root: Path) -> None:
    """None says that nothing was looked for, an empty mapping that nothing was found."""
    assert StagingArea(redactor=NullRedactor()).stage([], [], root).redactions is None
    assert area().stage([], [], root.parent / "other").redactions == {}


def test_a_line_that_spans_blocks_is_cut_with_a_marker(root: Path) -> None:
    """Both ends of a line of megabytes remain, and its neighbours keep their numbers."""
    data = b"before\nBEGIN" + b"x" * (5 << 20) + b"END\nafter"

    (file,) = area().stage([artifact("a.log", data)], [], root).files

    before, long, after = staged_text(root, file)
    assert (before, after, file.complete) == ("before", "after", True)
    assert long.startswith("BEGIN")
    assert long.endswith("END")
    assert "bytes cut" in long
    assert len(long) < 9000


def test_utf16_logs_are_readable(root: Path) -> None:
    """Latin text in UTF-16 is staged as text, on its own lines."""
    data = "first\r\nERROR disk full\r\nlast\r\n".encode("utf-16")

    (file,) = area().stage([artifact("win.log", data)], [], root).files

    assert staged_text(root, file)[:3] == ["first", "ERROR disk full", "last"]


def test_modes_let_the_sandbox_read_and_nobody_write(root: Path) -> None:
    """Files 0444, folders 0555, the root included."""
    area().stage([artifact("deep/er/a.log", b"x\n")], [], root)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [root, *root.rglob("*")]}
    assert modes == {"staged": 0o555, "deep": 0o555, "er": 0o555, "a.log": 0o444, "index.json": 0o444}


def test_names_are_safe_unique_and_indexed(root: Path) -> None:
    """Whatever a path holds, its copy lies inside the folder under a plain name, and the index leads back."""
    paths = [
        "../../etc/passwd",
        "/abs.log",
        "app.log",
        "App.log",
        "index.json",
        "-rf",
        ".hidden",
        "logs.zip!/svc/a.log",
        "logs.zip",
        "logs.zip/inner.log",
        "naïve \u202elog\n```python.log",
        "/".join(["d"] * 60) + "/x.log",
        "n" * 300 + ".log",
        "..",
    ]

    staged = area().stage([artifact(path, path.encode() + b"\n") for path in paths], [], root)

    names = [file.name for file in staged.files]
    assert len({name.lower() for name in names}) == len(paths)
    for path, file in zip(paths, staged.files, strict=True):
        assert (root / file.name).resolve().is_relative_to(root.resolve())
        assert all(part and part[0] not in ".-" and len(part) <= 90 for part in file.name.split("/"))
        assert file.name.isascii()
        assert file.path == path
    index = json.loads((root / "index.json").read_text())
    assert [(entry["path"], entry["staged"]) for entry in index["files"]] == list(zip(paths, names, strict=True))
    assert index["files"][2] == {"path": "app.log", "staged": "app.log", "lines": 1, "segments": [[1, 1, 1]]}


def test_damaged_and_unreadable_artifacts_are_reported(root: Path) -> None:
    """What was read before the damage is staged and the break is named; what cannot be opened is skipped."""

    def refuse() -> None:
        raise PermissionError(13, "Permission denied")

    broken = Artifact("broken.gz", 5, lambda: Endless([b"one\ntwo\nthr"], breaks_with=EOFError("truncated")))  # type: ignore[arg-type,return-value]
    closed = Artifact("closed.log", 5, refuse)  # type: ignore[arg-type]

    staged = area().stage([broken, closed, artifact("fine.log", b"x\n")], [], root)

    assert [file.path for file in staged.files] == ["broken.gz", "fine.log"]
    assert [(item.path, item.reason) for item in staged.skipped] == [
        ("broken.gz", "copied up to line 3: truncated"),
        ("closed.log", "not copied for the agents: Permission denied"),
    ]


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """The run hears of it in one sentence, with what to do."""
    (tmp_path / "file").touch()

    with pytest.raises(EvidenceError, match="cannot be written") as raised:
        area().stage([artifact("a.log", b"x\n")], [], tmp_path / "file" / "staged")

    assert raised.value.hint


def test_hundreds_of_megabytes_take_bounded_memory(tmp_path: Path) -> None:
    """A 200 MB line and 200 MB of lines are staged within 300 MB of memory."""
    script = (
        "import io, sys\n"
        "from pathlib import Path\n"
        "from responder.evidence.interface import Artifact\n"
        "from responder.safety.redact import Redactor\n"
        "from responder.staging.copies import StagingArea\n"
        "from tests.staging.staging_builders import Endless\n"
        "lines = b'2026-03-01 INFO request took 12 ms\\n' * 30000\n"
        "long = Artifact('long.log', 200 << 20, lambda: Endless(b'x' * (1 << 20) for _ in range(200)))\n"
        "many = Artifact('many.log', 200 << 20, lambda: Endless(lines for _ in range(200)))\n"
        "root = Path(sys.argv[1])\n"
        "staged = StagingArea(redactor=Redactor(), cap_bytes=4 << 20).stage([long, many], [], root)\n"
        "print([file.lines for file in staged.files])\n"
    )
    limit = 300 << 20
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "staged")],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=Path(__file__).parents[2],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[1, 6000000]"
    assert sum(path.stat().st_size for path in (tmp_path / "staged").rglob("*")) < 6 << 20
