"""The middle of numbers is that of the standard library."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.triage.middle import median


@given(st.lists(st.floats(-1e9, 1e9), min_size=1))
def test_the_median_is_that_of_the_standard_library(values: list[float]) -> None:
    """Whatever the numbers and however many, in whatever order."""
    assert median(values) == statistics.median(values)


def test_nothing_has_no_middle() -> None:
    """No number is made up for no numbers."""
    with pytest.raises(ValueError, match="no values"):
        median([])
