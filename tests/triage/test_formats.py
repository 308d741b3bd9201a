"""Every log format proves itself on its own samples; adding one needs no code."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.triage.format import HEADLESS, Format, packaged_formats
from responder.triage.interface import Level
from responder.triage.parsing import Parser
from responder.triage.timestamps import parse_stamp

WITHOUT_TIME = {
    "ant",
    "buildkit",
    "dmesg",
    "dmesg-level",
    "docker-compose",
    "dotnet-console",
    "journald-export",
    "kubectl-prefix",
    "lerna",
    "logrus-terminal",
    "pnpm-build",
    "pnpm-lint",
    "pnpm-test",
    "stack",
    "teamcity",
    "travis",
    "turbo-build",
    "turbo-lint",
    "turbo-test",
    "turbo-typecheck",
}


@pytest.mark.parametrize("log_format", packaged_formats(), ids=lambda item: item.name)
def test_a_format_reads_its_own_samples(log_format: Format) -> None:
    """A format without samples, or with one that it does not read as stated, is invalid."""
    assert log_format.samples
    for sample in log_format.samples:
        parsed = log_format.parse(sample["line"])
        assert parsed is not None
        if log_format.name not in WITHOUT_TIME:
            assert parse_stamp(parsed.stamp) is not None
        assert parsed.message == sample.get("msg", parsed.message)
        assert parsed.component == sample.get("component", parsed.component)
        assert parsed.level.name.lower() == sample.get("level", parsed.level.name.lower())
        assert not log_format.starts or sample["line"][0] in log_format.starts


@pytest.mark.parametrize("log_format", packaged_formats(), ids=lambda item: item.name)
def test_no_other_format_takes_the_sample_first(log_format: Format) -> None:
    """The order of the tables gives each sample to the format that states it."""
    for sample in log_format.samples:
        parsed = Parser().parse(sample["line"])
        assert log_format.name in (parsed.format, *parsed.wrapped)


def test_wrappers_are_peeled_several_deep() -> None:
    """A container's line inside a runtime's line gives the time and level of the innermost that has them."""
    parsed = Parser().parse(
        '2026-01-02T03:04:05.123456789Z stderr F {"level":"error","time":"2026-01-02T03:04:04Z","name":"a","msg":"no"}'
    )

    assert (parsed.message, parsed.level, parsed.component) == ("no", Level.ERROR, "a")
    assert (parsed.stamp, parsed.wrapped) == ("2026-01-02T03:04:04Z", ("cri",))


def test_other_fields_of_a_json_record_are_part_of_its_message() -> None:
    """The reason of a failure often stands beside the message."""
    parsed = Parser().parse('{"level":"error","msg":"call failed","err":"connection refused","status":503}')

    assert parsed.message == "call failed err=connection refused status=503"


def test_an_unknown_header_still_gives_time_and_level() -> None:
    """A moment at the very start and a level after it need no format file."""
    parsed = Parser().parse("02.01.2026 03:04:05 - ERROR - it broke")

    assert (parsed.stamp, parsed.level, parsed.message) == ("02.01.2026 03:04:05", Level.ERROR, "it broke")


def test_an_unknown_key_in_a_format_file_is_refused() -> None:
    """A misspelt key does not pass silently."""
    from responder.triage.format import _format

    with pytest.raises(ValueError, match="patern"):
        _format({"name": "x", "patern": "^a"})


FIRST_DIGITS = st.from_regex(r"[0-9][0-9a-zA-Z ./:,T+-]{0,30}", fullmatch=True)
HEADED = st.one_of(
    [
        st.from_regex(form.pattern, alphabet=string.printable)
        for form in packaged_formats()
        if form.pattern and not form.wrapper
    ]
)


@settings(deadline=None)
@given(text=st.one_of(FIRST_DIGITS, HEADED))
def test_the_beginning_of_a_line_turns_away_no_format_that_it_is_in(text: str) -> None:
    """A line is in the first format whose pattern matches it, whatever was known by its beginning."""
    records = [form for form in packaged_formats() if not form.wrapper]
    stated = [form for form in records if form.needs in text and (not form.starts or text[:1] in form.starts)]
    tried = (form.parse(text) for form in stated)
    found = next((parsed for parsed in tried if parsed), None)

    parsed = Parser(records).parse(text)

    assert parsed.format == (found.format if found else parsed.format)
    assert found is not None or parsed.format in (HEADLESS, "timestamped")
