"""Tables of the package become records, or the mistake in them is named."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct

from responder.tables import read_table


class _Colour(StrEnum):
    RED = "red"


class _Row(Struct, frozen=True, forbid_unknown_fields=True):
    weight: Annotated[float, Meta(gt=0)]
    why: str = ""


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
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
        ('colour = "red"', 'color = "red"', "`color`"),
        ('colour = "red"\n', "", "`colour`"),
        ('"red"', '"blue"', "$.colour"),
        ('"right"', '"up"', "$.side"),
        ("weight = 2", "weight = 0", "`float` > 0.0 - at `$.rows[...].weight`"),
        ("weight = 2", 'weight = "2"', "$.rows[...].weight"),
        ("weight = 2", "weight = true", "$.rows[...].weight"),
        ("'a+'", "'a('", "$.match"),
        ("since = 2026-01-02", "since = 2026", "$.since"),
        ('["x", "y"]', '"x"', "$.names"),
        ('{ weight = 2, why = "because" }', "3", "$.rows[...]"),
    ],
)
def test_a_mistake_in_a_table_is_named(good: str, bad: str, said: str) -> None:
    """An unknown or missing key, a value of another type or out of its bounds: the message says which."""
    with pytest.raises(ValueError, match=re.escape(said)):
        read_table(_Table, tomllib.loads(GOOD.replace(good, bad)))
