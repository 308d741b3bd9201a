"""Output within fixed memory: the first and last bytes, whatever comes between and however it is cut."""

from hypothesis import given
from hypothesis import strategies as st

from responder.sandbox.output import CappedOutput


@given(chunks=st.lists(st.binary(max_size=200), max_size=30), head=st.integers(0, 100), tail=st.integers(1, 100))
def test_the_same_bytes_give_the_same_text_however_they_arrive(chunks: list[bytes], head: int, tail: int) -> None:
    """The cut depends on the bytes and not on the sizes of the reads."""
    piecewise, at_once = (CappedOutput(head_bytes=head, tail_bytes=tail) for _ in range(2))
    for chunk in chunks:
        piecewise.feed(chunk)
    at_once.feed(b"".join(chunks))

    assert piecewise.text() == at_once.text()
    assert piecewise.total == sum(map(len, chunks))


@given(text=st.text(alphabet="abc\n", max_size=190))
def test_what_fits_is_kept_whole(text: str) -> None:
    """Nothing is marked as left out when nothing is."""
    output = CappedOutput(head_bytes=100, tail_bytes=100)
    output.feed(text.encode())

    assert output.text() == text


def test_the_middle_is_counted() -> None:
    """The reader learns how much is missing."""
    output = CappedOutput(head_bytes=3, tail_bytes=2)
    output.feed(b"abc" + b"x" * 10_000 + b"yz")

    assert output.text() == "abc\n... [10000 bytes left out] ...\nyz"


def test_memory_stays_fixed() -> None:
    """A hundred megabytes leave no more than the head and twice the tail behind."""
    output = CappedOutput(head_bytes=1000, tail_bytes=1000)
    for _ in range(100):
        output.feed(b"x" * (1 << 20))

    assert len(output.text()) < 2100
    assert output.total == 100 << 20
