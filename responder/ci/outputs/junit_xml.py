"""JUnit XML with the cause attached: each failing test says why it failed and which others failed with it.

What failed without being a test becomes a test case of its job, so that a viewer of test results shows it at all.
"""

from collections.abc import Iterator
from html import escape

from responder.ci.interface import Diagnosis, Group
from responder.ci.outputs.encoding import printable_xml
from responder.ci.outputs.words import culprit_line, headline, kind_line, plain_line, what_failed
from responder.reporting.wording import plural

__all__ = ["junit_xml"]

_MOST_TESTS = 2_000
_MESSAGE_CHARS = 500
_SUITE = "magentic-one-responder"


def junit_xml(diagnosis: Diagnosis) -> bytes:
    """One suite, UTF-8; without a test case when nothing failed."""
    cases = [case for number, group in enumerate(diagnosis.groups) for case in _cases(group, diagnosis, number == 0)]
    cases = cases[:_MOST_TESTS]
    count = len(cases)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<testsuites>",
        f'  <testsuite name="{_SUITE}" tests="{count}" failures="{count}" errors="0" skipped="0">',
        *cases,
        "  </testsuite>",
        "</testsuites>",
    ]
    return (printable_xml("\n".join(lines)) + "\n").encode()


def _cases(group: Group, diagnosis: Diagnosis, first: bool) -> Iterator[str]:
    body = "\n".join(_told(group, diagnosis, first))
    kind = _quoted(group.lead.category.value)
    message = _quoted(plain_line(headline(diagnosis) if first else what_failed(group), _MESSAGE_CHARS))
    for name in group.tests or (group.lead.title,):
        owner, _, test = name.rpartition("::") if group.tests else ("build", "", name)
        yield f"    <testcase classname={_attribute(owner or 'tests')} name={_attribute(test)}>"
        yield f"      <failure type={kind} message={message}>{escape(body, quote=False)}</failure>"
        yield "    </testcase>"


def _told(group: Group, diagnosis: Diagnosis, first: bool) -> Iterator[str]:
    if first:
        yield f"Cause: {plain_line(headline(diagnosis), _MESSAGE_CHARS)}"
        yield plain_line(kind_line(diagnosis), _MESSAGE_CHARS)
        if said := culprit_line(diagnosis):
            yield plain_line(said, _MESSAGE_CHARS)
    if len(group.tests) > 1:
        yield f"{plural(len(group.tests), 'test')} failed for this reason."
    if group.lead.place:
        yield f"At {group.lead.place}"
    yield f"From {group.lead.span}"
    yield ""
    yield group.lead.text


def _attribute(text: str) -> str:
    return _quoted(plain_line(text, _MESSAGE_CHARS) or "build")


def _quoted(line: str) -> str:
    """The value of an attribute; from `html`, since the escaping of `xml.sax` loads a client for HTTP."""
    return f'"{escape(line)}"'
