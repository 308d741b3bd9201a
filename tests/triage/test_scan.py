"""A large file gives the same result however it is split and in whatever order its parts are merged."""

import gzip
import hashlib
import io
import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.evidence import FileSource
from responder.triage import Engine, Triage
from responder.triage import scan as scanning
from responder.triage.classify import Classifier
from responder.triage.large import read_large
from responder.triage.lines import key_of, key_of_plain
from responder.triage.reading import MOST_BLOCK_BYTES, count_file, read_ahead, stream_blocks
from responder.triage.scan import Part, merge, scan
from responder.triage.signatures import packaged_rules
from responder.triage.tally import Column, tally_compiled, tally_plain

WORDS = [
    b"ok",
    b"ERROR boom 1",
    b"ERROR boom 2",
    b"2026-01-02T03:04:05Z INFO request 1",
    b"2026-01-02T03:05:06Z INFO request 2",
    b"started 10",
    b"FATAL: sorry, too many clients already",
    b"",
    b"x" * 700,
]


COLUMN = Column(0, 16, (b"started 1", b"boom 2"))


def resolved(part: Part) -> tuple[object, ...]:
    """The part with line numbers of the file in place of places."""
    start: dict[int, int] = {}
    total = 0
    for offset in sorted(part.lines):
        start[offset] = total
        total += part.lines[offset]
    kinds = {
        key: (kind.count, start[kind.first[0]] + kind.first[1], start[kind.last[0]] + kind.last[1], kind.exemplar)
        for key, kind in part.kinds.items()
    }
    return total, kinds, part.minutes, part.dropped


def parts_of(data: bytes, cuts: list[int]) -> list[Part]:
    ends = sorted({0, len(data), *(data.find(b"\n", cut % len(data)) + 1 or len(data) for cut in cuts)})
    return [scan(data[a:b], a, COLUMN) for a, b in pairwise(ends)]


@settings(deadline=None)  # the first example loads numpy
@given(
    lines=st.lists(st.sampled_from(WORDS), min_size=1, max_size=40),
    cuts=st.lists(st.integers(0, 10_000), max_size=6),
    seed=st.integers(0, 1000),
)
def test_any_split_and_any_order_give_the_same(lines: list[bytes], cuts: list[int], seed: int) -> None:
    """Merging is associative and commutative: parts in random order and grouping equal the whole."""
    data = b"\n".join(lines) + b"\n"
    parts = parts_of(data, cuts)
    random.Random(seed).shuffle(parts)
    while len(parts) > 1:
        parts.append(merge(parts.pop(0), parts.pop(0)))

    assert resolved(parts[0]) == resolved(scan(data, 0, COLUMN))


@settings(max_examples=25, deadline=None)
@given(names=st.lists(st.text("abcdefgh", min_size=3, max_size=6), min_size=20, max_size=60), seed=st.integers(0, 99))
def test_what_is_dropped_does_not_depend_on_order(names: list[str], seed: int) -> None:
    """Past the bound the same kinds are kept for every order, trouble first, and every line is accounted for."""
    lines = [name.encode() for name in names] + [b"ERROR one", b"it failed"]
    data = b"\n".join(lines) + b"\n"
    bound, scanning.MOST_KINDS = scanning.MOST_KINDS, 8
    try:
        whole = scan(data, 0)
        parts = parts_of(data, [40, 90, 150])
        random.Random(seed).shuffle(parts)
        merged = parts[0]
        for part in parts[1:]:
            merged = merge(merged, part)
    finally:
        scanning.MOST_KINDS = bound

    assert set(merged.kinds) == set(whole.kinds) >= {b"ERROR one", b"it failed"}
    assert merged.dropped == whole.dropped == len(lines) - sum(kind.count for kind in whole.kinds.values())


@pytest.mark.compiled
@settings(deadline=None)
@given(
    lines=st.lists(
        st.one_of(
            st.sampled_from([*WORDS, b"2026-01-02T03:04:05Z INFO x 1", b"2026-01-02T03:05", b"10.0.0.1 - 2026/01/02"]),
            st.binary(max_size=40),
        ),
        max_size=40,
    ),
    start=st.integers(0, 5),
    marked=st.booleans(),
)
def test_compiled_and_plain_python_count_the_same(lines: list[bytes], start: int, marked: bool) -> None:
    """Where nothing could be compiled only the speed changes: kinds, order, places, lines and minutes are equal."""
    body, column = b"\n".join(lines), Column(start, start + 16 if start < 5 else 0, COLUMN.marks if marked else ())
    plain, fast = tally_plain(body, column), tally_compiled(body, column)

    assert fast == plain


@pytest.mark.compiled
@settings(max_examples=500)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([b"0x", b"-", b"\n", b" ", b"g", b"deadbeef", b"DEADBEEF01", b"550e8400-e29b-41d4", b"."]),
            st.text("0123456789abcdefgx-", max_size=12).map(str.encode),
            st.binary(max_size=4),
        ),
        max_size=12,
    ).map(b"".join)
)
def test_compiled_and_plain_python_see_the_same_ids(text: bytes) -> None:
    """A line's key does not depend on whether something could be compiled, whatever its bytes."""
    from responder.triage._speed import keys

    assert keys(text) == key_of_plain(text)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (b"request 550e8400-e29b-41d4-a716-446655440000 took 5 ms", b"request  took  ms"),
        (b"trace=0AF7651916CD43DD8448EB211C80319C done", b"trace= done"),
        (b"at 0x7fff5fbff8c0 in main", b"at  in main"),
        (b"2026-01-02 added a facade, cafe and bad", b"-- added a facade, cafe and bad"),
        (b"deadbeefs and xdeadbeef are no ids", b"deadbeefs and xdeadbeef are no ids"),
    ],
)
def test_ids_make_no_other_kind_of_line(line: bytes, key: bytes) -> None:
    """Trace ids, UUIDs and addresses go the way of numbers; words of the same letters stay."""
    assert key_of(line) == key_of_plain(line) == key


@given(
    lengths=st.lists(st.integers(0, 9_000_000), min_size=1, max_size=4),
    ending=st.sampled_from([b"", b"\n"]),
)
@settings(max_examples=15, deadline=None)
def test_long_lines_cost_a_block_and_move_no_line_number(lengths: list[int], ending: bytes) -> None:
    """Every byte is hashed and every newline counted, while no block is longer than a block and the start of a line."""
    data = b"\n".join(bytes([97 + n]) * length for n, length in enumerate(lengths)) + ending
    digest = hashlib.sha256()
    blocks = list(read_ahead(stream_blocks(io.BytesIO(data), digest.update)))

    assert digest.digest() == hashlib.sha256(data).digest()
    assert sum(size for _, size in blocks) == len(data)
    assert sum(block.count(b"\n") for block, _ in blocks) == data.count(b"\n")
    assert max((len(block) for block, _ in blocks), default=0) <= 4 << 20


def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    """The same part from one process and from several, over several ranges, a line across a border included."""
    path = tmp_path / "app.log"
    lines = [f"2026-01-02T03:{n % 60:02}:00Z INFO request {n} of {'abc'[n % 3]}\n".encode() for n in range(400_000)]
    path.write_bytes(b"".join([*lines, b"y" * (70 << 20), b"\n", *lines, b"ERROR at the end"]))
    size = path.stat().st_size

    one, several = (count_file(path, size, COLUMN, workers) for workers in (1, 3))

    assert one == several
    assert sum(one[0].lines.values()) == 800_002
    assert one[2] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_counting_in_parts_finds_what_reading_whole_finds(tmp_path: Path) -> None:
    """The same first line, count and quotation from a file held in memory and one counted in parts."""
    lines = [f"2026-01-02T03:{n // 600:02}:{n // 10 % 60:02}Z INFO request {n} done in {n % 7} ms" for n in range(9000)]
    for n in range(5000, 5200, 5):
        lines[n] = f"2026-01-02T03:08:{n % 60:02}Z FATAL sorry, too many clients already"
    (tmp_path / "orders-db.log").write_text("\n".join(lines) + "\n")

    def first(large_bytes: int, workers: int) -> Triage:
        artifacts = FileSource().collect([tmp_path]).artifacts
        return Engine(rules=packaged_rules(), workers=workers, large_bytes=large_bytes).triage(artifacts)

    whole, parts = first(1 << 30, 1), first(1, 2)
    for result in (whole, parts):
        top = result.findings[0]
        assert (top.rule, top.span.line, top.count) == ("postgresql.connection_slots", 5001, 40)
    assert whole.findings[0].sha256 == parts.findings[0].sha256
    assert whole.files[0].sha256 == parts.files[0].sha256
    assert whole.files[0].lines == parts.files[0].lines == 9000


def test_a_log_that_is_small_only_when_packed_is_counted_like_the_plain_one(tmp_path: Path) -> None:
    """What decides is the size of the content, and reading it back from memory or again gives the same lines."""
    lines = [f"2026-01-02T03:{i // 60 % 60:02}:{i % 60:02}Z INFO request {i}" for i in range(60_000)]
    for at in (30, 20_000, 45_000, 59_990):
        lines[at] = "2026-01-02T03:04:05Z ERROR connection refused"
    text = "\n".join(lines).encode()
    plain, packed = tmp_path / "a.log", tmp_path / "a.log.gz"
    plain.write_bytes(text)
    packed.write_bytes(gzip.compress(text))
    engine = Engine(rules=packaged_rules(), large_bytes=1_000_000)

    of_plain, of_packed = (engine.triage(FileSource().collect([path]).artifacts) for path in (plain, packed))

    assert packed.stat().st_size < 1_000_000 < len(text)
    assert [f.span.line for f in of_packed.findings] == [f.span.line for f in of_plain.findings] != []
    assert of_packed.files[0].lines == of_plain.files[0].lines == len(lines)
    assert of_packed.files[0].sha256 == of_plain.files[0].sha256


def test_of_a_line_of_many_megabytes_only_the_start_is_held(tmp_path: Path) -> None:
    """Memory is bounded by the block, whatever stands without a line end between two lines of trouble."""
    path = tmp_path / "a.log"
    path.write_bytes(b"ERROR connection refused\nfatal error: " + b"x " * 4_000_000 + b"\nERROR connection refused\n")
    (artifact,) = FileSource().collect([path]).artifacts

    document = read_large(artifact, Classifier(packaged_rules()))

    assert document.numbers == [1, 2, 3]
    assert sum(map(len, document.lines)) <= MOST_BLOCK_BYTES + 100
