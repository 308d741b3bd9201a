import gzip
import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact
from responder.incident import Span
from responder.staging.originals import reread, verify_evidence
from tests.staging.staging_builders import Endless, artifact, cite, original_lines

LOG = b"one\r\ntwo \xff\x0b\xe2\x80\xa8still two\nthree\n\nfive"


@given(
    st.lists(st.binary(max_size=6).map(lambda part: part.replace(b"\r", b"\n")), max_size=30).map(b"\n".join),
    st.integers(1, 40),
    st.integers(0, 5),
    st.integers(1, 7),
)
def test_a_span_is_read_as_its_definition_says(data: bytes, first: int, more: int, chunk: int) -> None:
    r"""However the stream is cut into reads: the bytes of the lines, split on `\n` only, last newline excluded."""
    lines = original_lines(data)
    parts = [data[at : at + chunk] for at in range(0, len(data), chunk)]
    source = Artifact("a.log", len(data), lambda: Endless(parts))  # type: ignore[arg-type,return-value]

    quoted = reread(source, Span("a.log", first, first, first + more))

    if first + more > len(lines):
        assert quoted is None
    else:
        raw = b"\n".join(lines[first - 1 : first + more])
        assert quoted is not None
        assert (quoted.text, quoted.sha256) == (raw.decode("utf-8", "replace"), hashlib.sha256(raw).hexdigest())


def test_sound_evidence_is_verified_in_one_pass() -> None:
    """Overlapping and repeated spans of one artifact are all found, and the artifact is opened once."""
    opened = []
    counting = Artifact("a.log", len(LOG), lambda: (opened.append(1), artifact("a.log", LOG).open())[1])
    evidence = [cite(n, "a.log", LOG, *span) for n, span in enumerate([(1, 3), (2, 2), (2, 5), (5, 5), (2, 2)], 1)]

    assert verify_evidence(evidence, [counting]) == {"E1": True, "E2": True, "E3": True, "E4": True, "E5": True}
    assert len(opened) == 1


def test_false_evidence_is_not_verified() -> None:
    """An invented text, a wrong hash, a wrong line, a missing file and a missing line each fail alone."""
    good = cite(1, "a.log", LOG, 3, 3)
    evidence = [
        good,
        replace(good, id="E2", text="three failures"),
        replace(good, id="E3", sha256="0" * 64),
        replace(good, id="E4", span=Span("a.log", 1, 1, 1)),
        replace(good, id="E5", span=Span("b.log", 3, 3, 3)),
        replace(good, id="E6", span=Span("a.log", 9, 9, 9)),
        replace(good, id="E7", span=Span("a.log", 0, 0, 0)),
    ]

    verified = verify_evidence(evidence, [artifact("a.log", LOG)])

    assert [name for name, stands in verified.items() if stands] == ["E1"]
    assert len(verified) == 7


def test_a_part_of_the_line_and_its_sanitised_form_count_as_quotation() -> None:
    """The hash is of the whole lines; the text may be the telling part of them, or made safe to print."""
    raw = b"2026-03-01 \x1b[31mERROR\x1b[0m disk full on /var\r\nnext"
    whole = cite(1, "a.log", raw, 1, 1)
    evidence = [
        whole,
        replace(whole, id="E2", text="disk full"),
        replace(whole, id="E3", text="ERROR disk full on /var"),
    ]

    assert all(verify_evidence(evidence, [artifact("a.log", raw)]).values())


def test_damage_after_the_citation_does_not_matter_and_before_it_does() -> None:
    """What was read before a stream broke stands; what lies behind, or in the broken line, does not."""
    packed = gzip.compress(b"".join(b"line %d\n" % n for n in range(200_000)))[:-200_000]
    source = Artifact("a.gz", len(packed), lambda: gzip.GzipFile(fileobj=io.BytesIO(packed)))  # type: ignore[arg-type,return-value]
    text = b"".join(b"line %d\n" % n for n in range(200_000))

    verified = verify_evidence([cite(1, "a.gz", text, 2, 3), cite(2, "a.gz", text, 199_999, 200_000)], [source])

    assert verified == {"E1": True, "E2": False}


@pytest.mark.parametrize("error", [OSError("gone"), EvidenceError("damaged")])
def test_an_artifact_that_cannot_be_opened_verifies_nothing(error: Exception) -> None:
    """Nothing is raised: the report strikes the claim instead."""

    def fail() -> None:
        raise error

    source = Artifact("a.log", 9, fail)  # type: ignore[arg-type]

    assert verify_evidence([cite(1, "a.log", LOG, 1, 1)], [source]) == {"E1": False}
    assert reread(source, Span("a.log", 1, 1, 1)) is None


def test_a_line_of_megabytes_is_hashed_whole() -> None:
    """The hash covers every byte, the text is bounded."""
    line = b"x" * (9 << 20)

    quoted = reread(artifact("a.log", b"first\n" + line + b"\nlast"), Span("a.log", 2, 2, 2))

    assert quoted is not None
    assert quoted.sha256 == hashlib.sha256(line).hexdigest()
    assert len(quoted.text) == 4 << 20
