"""The words that all programs use for the same few faults."""

import time

import pytest

from responder.incident import Category
from responder.triage.lexicon import is_empty_phrase, kind_of_build_words, kind_of_words


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("network 10.0.0.0/24: no free leases", Category.QUOTA),
        ("2 full osd(s)", Category.DISK),
        ("imap-login: process_limit (100) reached", Category.THREADS),
        ("NoResourceAvailableException: cannot acquire what is asked", Category.QUOTA),
        ("received AUTHENTICATION_FAILED notify error", Category.AUTHENTICATION),
        ("vdev sdb1 FAULTED", Category.STORAGE),
        ("unknown field 'discount'", Category.DATA_SCHEMA),
        ("lost quorum, stopping", Category.CONTROL_PLANE),
        ("NoMethodError: undefined method 'total' for nil", Category.CODE_EXCEPTION),
        ("order 41 not found", Category.UNKNOWN),
    ],
)
def test_the_words_tell_the_kind(message: str, kind: Category) -> None:
    """Sentences of programs that no rule knows are sorted by what they complain of."""
    assert kind_of_words(message) is kind


def test_words_of_many_meanings_are_left_out_when_asked(message: str = "the page is not available in German") -> None:
    """In a trace or a build, only words that mean nothing else count."""
    assert kind_of_words(message) is Category.DEPENDENCY_UNAVAILABLE
    assert kind_of_words(message, only_sure=True) is Category.UNKNOWN


def test_a_compiler_is_known_by_what_it_says() -> None:
    """Compilers of every language miss names and types in the same words."""
    assert kind_of_build_words("error: Type mismatch") is Category.CODE_COMPILE
    assert kind_of_build_words("Error: Permission denied") is Category.AUTHORIZATION


@pytest.mark.parametrize(
    ("message", "empty"),
    [
        ("error: test failed", True),
        ("Test result: FAILED. 1 passed; 2 failed; finished in 1.2 s", True),
        ("assert command failed. Exiting with status code 1.", True),
        ("error: the stanza is empty", False),
        ("FAILED cart-discount", False),
    ],
)
def test_a_phrase_that_only_says_failed_is_empty(message: str, empty: bool) -> None:
    """What failed must be named, or the line tells nothing."""
    assert is_empty_phrase(message) is empty


def test_a_long_line_is_sorted_in_no_time() -> None:
    """The words are untrusted text: a line made of them takes no longer than its length asks for."""
    start = time.process_time()
    for word in ("no ", "lock ", "token ", "field ", "certificate ", "a_", "aB"):
        kind_of_words(word * 20_000)
        is_empty_phrase(word * 20_000)

    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("error: Failed build dependencies:", Category.DEPENDENCY_RESOLUTION),
        ("libfoo-devel >= 2.0 is needed by bar-1.0-1.x86_64", Category.DEPENDENCY_RESOLUTION),
        ("migrate found failed migrations in the target database", Category.DATA_SCHEMA),
        ("Failure in test not_null_orders", Category.TEST_ASSERTION),
        ("Error: undefined method 'totl' for Cart", Category.CODE_COMPILE),
        ("Artifact storage quota has been hit", Category.QUOTA),
        ("release failed: missing GITHUB_TOKEN", Category.AUTHENTICATION),
        ("the frame is not sound", Category.UNKNOWN),
    ],
)
def test_a_build_tools_words_tell_the_kind_of_fault(message: str, kind: Category) -> None:
    """Where no rule knows the tool."""
    assert kind_of_build_words(message) is kind
