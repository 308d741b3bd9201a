"""Tables of the package become dataclasses, or the mistake in them is named."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

import pytest

from responder.setting_values import between
from responder.tables import read_table


class _Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class _Row:
    weight: float = field(metadata=between(0, above=True))
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Table:
    match: re.Pattern[str]
    rows: Mapping[str, _Row]
    colour: _Colour
    side: Literal["left", "right"] = "left"
    names: tuple[str, ...] = ()
    since: date | None = None


GOOD = """
match = 'a+'
colour = "red"
side = "right"
names = ["x", "y"]
since = 2026-01-02
[rows]
one = { weight = 2, why = "because" }
"""


def test_a_table_is_read_with_everything_in_it() -> None:
    """Patterns, enums, dates, nested rows and lists arrive in the types the fields state."""
    expected = _Table(
        re.compile("a+"), {"one": _Row(2.0, "because")}, _Colour.RED, "right", ("x", "y"), date(2026, 1, 2)
    )

    assert read_table(_Table, tomllib.loads(GOOD)) == expected


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('colour = "red"', 'color = "red"', "no 'color'"),
        ('colour = "red"\n', "", "lacks 'colour'"),
        ('"red"', '"blue"', "blue"),
        ('"right"', '"up"', "side: 'up'"),
        ("weight = 2", "weight = 0", "weight: must be more than 0"),
        ("weight = 2", 'weight = "2"', "weight: '2' is not float"),
        ("weight = 2", "weight = true", "weight: True is not float"),
        ("'a+'", "'a('", "match"),
        ("since = 2026-01-02", "since = 2026", "since"),
        ('["x", "y"]', '"x"', "names"),
        ('{ weight = 2, why = "because" }', "3", "must be a table"),
    ],
)
def test_a_mistake_in_a_table_is_named(good: str, bad: str, said: str) -> None:
    """An unknown or missing key, a value of another type or out of its bounds: the message says which."""
    with pytest.raises(ValueError, match=re.escape(said)):
        read_table(_Table, tomllib.loads(GOOD.replace(good, bad)))
