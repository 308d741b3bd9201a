"""What is passed over by the compiled walk is what the parser would have read, to the last byte of a broken file."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.ci.testcases import Tests, read_tests

pytestmark = pytest.mark.compiled

_OK = '<testcase classname="a.b" name="one" time="0.1"/>'
_PIECES = [
    _OK,
    _OK + "\n",
    '<testcase name="two" classname="a.b"/>\r\n\t',
    "<testcase classname='a.b' name='say \"yes\"' />",
    '<testcase\n\tname = "open" ></testcase >',
    '<testcase name="blank">\n  </testcase>',
    '<testcase name="a &lt; b"/>',
    '<testcase name="caf\u00e9 \u65e5"/>',
    '<testcase name="twice" name="twice"/>',
    '<testcase name="a"classname="b"/>',
    '<testcase name="line\nbreak"/>',
    '<testcase name="tab\tin"/>',
    '<testcase name="" classname="">',
    "<testcase/>",
    '<testcase name="same" classname="same"/>',
    '<testcase xml:lang="de" -x="1" name="odd"/>',
    '<testcasename="a"/>',
    '<testcase name="a<b"/>',
    '<testcase name="p"><properties><property name="a" value="b"/></properties></testcase>',
    '<testcase name="bad"><failure message="no" type="T">\nat x\n</failure></testcase>',
    '<testcase name="bad"><failure/><testcase name="inner"/></testcase>',
    '<testcase name="one" classname="a.b"><error message="no"/></testcase>',
    '<testcase name="later"><skipped/></testcase>',
    '<testcase name="flaky"><flakyFailure message="once"/></testcase>',
    f"<!-- {_OK} ",
    "-->",
    f"<![CDATA[{_OK}",
    "]]>",
    f"<?pi {_OK}",
    "?>",
    f"<system-out>{_OK}</system-out>",
    '<testsuite name="inner &amp; \u00e9">',
    "<testsuite>" * 7,
    "</testsuite>",
    "</testsuites>",
    "</testcase>",
    "words ",
    "&amp;",
    "&gone;",
    "\x00",
    "]",
    "\ufffe",
]
_HEADS = [
    "",
    '<?xml version="1.0"?>',
    '<?xml version="1.0" encoding="utf-8"?>\n',
    '<?xml version="1.0" encoding="ISO-8859-1"?>',
    '<?xml version="1.0" encoding="windows-1252"?>',
    '<?xml version="1.0" encoding="cp864"?>',
    '<?xml version="1.0" encoding="utf-16"?>',
    '<?xml version="1.0" encoding="none such"?>',
    "<!DOCTYPE x>",
    "\ufeff",
]
_FILES = st.builds(
    lambda head, root, pieces, codec: (head + root + "".join(pieces)).encode(codec, "replace"),
    st.sampled_from(_HEADS),
    st.sampled_from(["<testsuites><testsuite name='s'>", "<testsuite>", "", _OK]),
    st.lists(st.one_of(st.just(_OK), st.sampled_from(_PIECES), st.integers(1, 40).map(lambda n: _OK * n)), max_size=20),
    st.sampled_from(["utf-8", "utf-8", "utf-8", "latin-1", "utf-16", "utf-16-be"]),
)


def read(data: bytes, encoding: str | None, *, parser_only: bool) -> tuple[Tests, str]:
    tests = Tests("job")
    return tests, read_tests("junit.xml", data, encoding, tests, parser_only=parser_only)


@settings(max_examples=400, deadline=None)
@given(_FILES, st.lists(st.tuples(st.integers(0, 3_000), st.binary(max_size=3))), st.sampled_from([None, "utf-8"]))
def test_the_walk_reads_what_the_parser_reads(
    data: bytes, changes: list[tuple[int, bytes]], encoding: str | None
) -> None:
    """Tests, their lines, what is wrong and where: of whole files, broken ones and such as only look like JUnit."""
    for at, new in changes[:2]:
        data = data[:at] + new + data[at + len(new) :]

    assert read(data, encoding, parser_only=False) == read(data, encoding, parser_only=True)


def test_tests_that_passed_need_no_parser() -> None:
    """All up to the first that has to be looked at, each owned by its class or else by its suite."""
    from responder.ci._passed import passed

    data = f'{_OK}\n<testcase name="two"> </testcase >{_OK}<testcase name="&lt;"/>'.encode()
    ids: set[str] = set()

    behind, closed = passed(data, 0, "suite", ids)

    assert ids == {"a.b::one", "suite::two"}
    assert data[behind:] == b'<testcase name="&lt;"/>'
    assert closed == behind


def test_a_test_among_many_that_passed_keeps_its_lines() -> None:
    """What was passed over counts as read, for lines and for the place of a break."""
    bad = '<testcase name="bad">\n<failure message="no"/>\n</testcase>\n'
    data = ("<testsuite>\n" + (_OK + "\n") * 5_000 + bad + (_OK + "\n") * 5_000 + "<broken").encode()

    tests, problem = read(data, None, parser_only=False)

    assert tests.cases[0].span is not None
    assert (tests.cases[0].span.line_start, tests.cases[0].span.line_end) == (5_002, 5_004)
    assert problem == "not well-formed XML after line 10004: unclosed token"


@pytest.mark.parametrize(
    "one", [_OK, '<testcase name="&lt;"/>', "<testcase><a/></testcase>", "<testcase", '<testcase a="' + "b" * 5_000]
)
def test_no_file_takes_longer_for_what_cannot_be_passed_over(one: str) -> None:
    """The time grows with the file alone, be it tests in a comment or ones that are never closed."""
    data = ("<testsuite>" + _OK + "<!--" + one * (8_000_000 // len(one))).encode()
    began = time.process_time()

    read(data, None, parser_only=True)
    parsed = time.process_time()
    read(data, None, parser_only=False)

    assert time.process_time() - parsed < 1 + 4 * (parsed - began)
