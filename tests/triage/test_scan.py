"""A large file gives the same result however it is split and whoever counts it."""

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
from responder.triage.alarms import Alarms
from responder.triage.classify import Classifier
from responder.triage.large import ALL, Begun, begun_with, document_of, head_of, tally
from responder.triage.lines import LINE_LIMIT, PARTED_LINES, key_of, key_of_plain, lines_of
from responder.triage.reading import MOST_BLOCK_BYTES, read_ahead, stream_blocks
from responder.triage.scan import Column, CompiledScan, PlainScan, Scan
from responder.triage.signatures import packaged_rules

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
USUAL = ("Downloading", "Error while fetching, trying again:", "PASSED")


BOUNDS = (500, 900, 1_000_000)
"""What kinds may cost: one of any length, some, all."""


def chunks_of(data: bytes, cuts: list[int]) -> list[tuple[int, bytes]]:
    ends = sorted({0, len(data), *(data.find(b"\n", cut % len(data)) + 1 or len(data) for cut in cuts)})
    return [(start, data[start:end]) for start, end in pairwise(ends)]


def counted(scan: Scan, chunks: list[tuple[int, bytes]], most: int) -> tuple[object, ...]:
    """What was counted, with line numbers of the file in place of places."""
    lines = {offset: scan.add(chunk, offset)[0] for offset, chunk in chunks}
    return told(scan, lines, most)


def told(scan: Scan, lines: dict[int, int], most: int) -> tuple[object, ...]:
    before, total = {}, 0
    for offset, count in sorted(lines.items()):
        before[offset] = total
        total += count
    found = scan.counted(most)
    kinds = [
        (
            kind.key,
            kind.count,
            before[kind.first[0]] + kind.first[1],
            before[kind.last[0]] + kind.last[1],
            kind.exemplar,
        )
        for kind in found.kinds
    ]
    return total, kinds, found.minutes, found.dropped, found.known


LINES = st.lists(
    st.one_of(
        st.sampled_from([*WORDS, b"2026-01-02T03:04:05Z INFO x 1", b"2026-01-02T03:05", b"10.0.0.1 - 2026/01/02"]),
        st.text("abcdef ", max_size=12).map(str.encode),
        st.binary(max_size=40),
    ),
    min_size=1,
    max_size=60,
)
SCANS = [PlainScan, pytest.param(CompiledScan, marks=pytest.mark.compiled)]


@settings(deadline=None)
@given(lines=LINES, cuts=st.lists(st.integers(0, 10_000), max_size=8), bound=st.sampled_from(BOUNDS), data=st.data())
@pytest.mark.parametrize("kind_of_scan", SCANS, ids=["plain", "compiled"])
def test_parts_of_a_file_merge_in_any_order_to_the_same(
    kind_of_scan: type[PlainScan | CompiledScan], lines: list[bytes], cuts: list[int], bound: int, data: st.DataObject
) -> None:
    """Whoever counts which chunks, and whichever takes in which: the same to the last byte as from one for all."""
    whole = b"\n".join(lines) + b"\n"
    column = Column(0, 16, COLUMN.marks)
    chunks = chunks_of(whole, cuts)
    parts = [kind_of_scan(column, most=bound, most_minutes=bound) for _ in range(data.draw(st.integers(1, 4)))]
    line_counts = {}
    for offset, chunk in chunks:
        line_counts[offset] = data.draw(st.sampled_from(parts)).add(chunk, offset)[0]
    while len(parts) > 1:
        into, other = data.draw(st.permutations(range(len(parts))))[:2]
        parts[into].merge(parts[other])
        del parts[other]

    expected = counted(PlainScan(column, most=bound, most_minutes=bound), [(0, whole)], 1000)
    assert told(parts[0], line_counts, 1000) == expected


@pytest.mark.parametrize("kind_of_scan", SCANS, ids=["plain", "compiled"])
def test_scans_of_different_files_are_not_merged(kind_of_scan: type[PlainScan | CompiledScan]) -> None:
    """What was counted with other places or bounds, and a scan itself, are refused."""
    scan = kind_of_scan(COLUMN)
    for other in (scan, kind_of_scan(Column()), kind_of_scan(COLUMN, most=900)):
        with pytest.raises(ValueError, match="same arguments"):
            scan.merge(other)


@settings(deadline=None)
@given(
    lines=LINES,
    cuts=st.lists(st.integers(0, 10_000), max_size=6),
    start=st.integers(0, 5),
    bound=st.sampled_from(BOUNDS),
    most=st.sampled_from([0, 1, 5, 1000]),
)
@pytest.mark.parametrize("kind_of_scan", SCANS, ids=["plain", "compiled"])
def test_any_split_and_any_way_give_the_same(
    kind_of_scan: type[PlainScan | CompiledScan],
    lines: list[bytes],
    cuts: list[int],
    start: int,
    bound: int,
    most: int,
) -> None:
    """Chunks of any size, compiled or not: the same kinds, counts, places, first lines, minutes and lines dropped."""
    data = b"\n".join(lines) + b"\n"
    column = Column(start, start + 16 if start < 5 else 0, COLUMN.marks if start % 2 else ())

    whole = counted(PlainScan(column, most=bound, most_minutes=bound), [(0, data)], most)
    split = counted(kind_of_scan(column, most=bound, most_minutes=bound), chunks_of(data, cuts), most)

    assert split == whole


@settings(max_examples=25, deadline=None)
@given(names=st.lists(st.text("abcdefgh", min_size=3, max_size=6), min_size=20, max_size=60, unique=True))
def test_of_too_many_kinds_trouble_is_kept_and_every_line_is_accounted_for(names: list[str]) -> None:
    """Past the bound lines are still counted, and those that read like trouble stay."""
    lines = [*(name.encode() for name in names), b"ERROR one", b"it failed"]
    scan = PlainScan(Column(), most=900)
    scan.add(b"\n".join(lines), 0)

    found = scan.counted(100)

    assert {b"ERROR one", b"it failed"} <= {kind.key for kind in found.kinds}
    assert found.dropped == len(lines) - sum(kind.count for kind in found.kinds) > 0


@pytest.mark.parametrize(
    "kind_of_scan", [PlainScan, pytest.param(CompiledScan, marks=pytest.mark.compiled)], ids=["plain", "compiled"]
)
def test_a_line_like_no_other_has_its_turn_first(kind_of_scan: type[PlainScan | CompiledScan]) -> None:
    """Of thousands of downloads and errors retried a few stand for all; what was said once is always looked at."""
    chance = random.Random(3)
    names = ["".join(chance.choices("abcdefghijklmnop", k=6)) for _ in range(3000)]
    lines = [f"{text} {name} {other}" for name, other in zip(names, reversed(names), strict=True) for text in USUAL]
    lines[4321] = "ld: symbol not found for architecture"
    scan = kind_of_scan(Column())
    scan.add("\n".join(lines).encode(), 0)

    found = scan.counted(20)

    assert b"ld: symbol not found for architecture" in {kind.exemplar for kind in found.kinds}
    assert len(found.kinds) == 20
    assert {kind.exemplar.split()[0] for kind in found.kinds} >= {b"Downloading", b"Error", b"PASSED"}


@pytest.mark.compiled
def test_counting_refuses_what_it_cannot_do() -> None:
    """Chunks out of order, rooms too small and marks too long are errors of the caller, never of memory."""
    scan = CompiledScan(COLUMN)
    scan.add(b"a\n", 10)

    with pytest.raises(ValueError, match="in order"):
        scan.add(b"b\n", 10)
    for column, most in ((Column(0, 3), 1000), (Column(), 499), (Column(marks=(b"x" * 65,)), 1000)):
        with pytest.raises(ValueError, match="no room"):
            CompiledScan(column, most=most)


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
    assert max((len(block) for block, _ in blocks), default=0) <= 2 << 20


@given(
    lines=st.lists(st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b"")), max_size=30), ended=st.booleans()
)
def test_blocks_are_the_stream_in_whole_lines(lines: list[bytes], *, ended: bool) -> None:
    """However little is read at once, the blocks joined are the stream, and each but the last ends with a line."""
    data = b"\n".join(lines) + b"\n" * ended
    for size in (1, 7, 64):
        blocks = [(bytes(block), stands) for block, stands in stream_blocks(io.BytesIO(data), len, size)]

        assert b"".join(block for block, _ in blocks) == data
        assert all(block.endswith(b"\n") for block, _ in blocks[:-1])
        assert all(len(block) == stands for block, stands in blocks)


@pytest.mark.compiled
@given(
    lines=st.lists(st.sampled_from([b"", b"a", b"bc", b"\0"]), min_size=1, max_size=12),
    cuts=st.lists(st.integers(0, 15), max_size=6, unique=True).map(sorted),
)
def test_some_lines_of_many_are_those_that_splitting_finds(lines: list[bytes], cuts: list[int]) -> None:
    """What is picked of a text is what stands at those places, and nothing behind its end."""
    ranges = list(zip(cuts[::2], cuts[1::2], strict=False))

    assert lines_of(b"\n".join(lines), ranges) == [line for low, high in ranges for line in lines[low:high]]


def test_the_number_of_threads_changes_nothing(tmp_path: Path) -> None:
    """The same from one thread and from several, files of several blocks and a line of many megabytes among them."""
    lines = [f"2026-01-02T03:{n % 60:02}:00Z INFO request {n} of {'abc'[n % 3]}\n".encode() for n in range(60_000)]
    for name in "abcde":
        body = [*lines, b"y" * (9 << 20), b"\n", *lines, f"ERROR {name} at the end".encode()]
        (tmp_path / f"{name}.log").write_bytes(b"".join(body))
    artifacts = FileSource().collect([tmp_path]).artifacts

    one, several = (
        Engine(rules=packaged_rules(), workers=workers, looked_at=0).triage(artifacts) for workers in (1, 3)
    )

    assert one == several
    assert [file.lines for file in one.files] == [120_002] * 5
    assert one.files[0].sha256 == hashlib.sha256((tmp_path / "a.log").read_bytes()).hexdigest()


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

    document = document_of(tally(Begun(artifact, ALL, Column(), None)), Classifier(packaged_rules()))

    assert document.numbers == [1, 2, 3]
    assert sum(map(len, document.lines)) <= MOST_BLOCK_BYTES + 100
    assert PARTED_LINES in document.facts().notes


def test_of_many_long_lines_few_are_held_and_cited_whole(tmp_path: Path) -> None:
    """Lines of a hundred kilobytes cost no more memory than usual ones, and what is cited of them has their hash."""
    path = tmp_path / "a.log"
    lines = [f"{'abcdefgh'[n % 8]} request {n} ".encode() + b"x" * 100_000 for n in range(200)]
    lines[120] = b"2026-01-02T03:04:05Z FATAL: sorry, too many clients already " + b"y" * 100_000
    path.write_bytes(b"\n".join(lines))
    (artifact,) = FileSource().collect([path]).artifacts
    classifier = Classifier(packaged_rules())

    document = document_of(tally(begun_with(head_of(artifact), Alarms(classifier), classifier, ALL)), classifier)
    finding = Engine(rules=packaged_rules(), large_bytes=1).triage([artifact]).findings[0]

    assert max(map(len, document.lines)) == LINE_LIMIT
    assert len(document.lines) < 60
    assert (finding.span.line, finding.sha256) == (121, hashlib.sha256(lines[120]).hexdigest())
