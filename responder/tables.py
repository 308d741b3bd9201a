"""From a TOML table to a frozen dataclass: each key known, each value of the type its field states.

The tables ship with the package, so what is wrong here is wrong in the package; it is found by whoever loads the table
first, a test above all. A validation library would do the same, and cost more to load than all tables together.
"""

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import Enum
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin

from responder.setting_values import CHECK

__all__ = ["read_table"]

T = TypeVar("T")


def read_table(kind: type[T], table: object) -> T:
    """Build a dataclass, and those inside it, from a parsed TOML table.

    Args:
        kind: A dataclass; its fields may be plain values, enums, `Literal`, patterns, dates, other such dataclasses,
            and mappings or tuples of all these. A field may state a check; see `responder.setting_values`.
        table: What was parsed.

    Raises:
        ValueError: A key is unknown or missing, or a value has another type or fails its check.
    """
    if not isinstance(table, Mapping) or not is_dataclass(kind):
        raise ValueError(f"{kind.__name__} must be a table")
    known = {field.name: field for field in fields(kind)}
    if unknown := table.keys() - known.keys():
        raise ValueError(f"{kind.__name__} has no {min(unknown)!r}")
    values = {}
    for name, field in known.items():
        if name not in table:
            if field.default is MISSING and field.default_factory is MISSING:
                raise ValueError(f"{kind.__name__} lacks {name!r}")
            continue
        try:
            value = _read(field.type, table[name])
            values[name] = field.metadata[CHECK](value) if CHECK in field.metadata else value
        except (ValueError, re.error) as error:
            raise ValueError(f"{kind.__name__}.{name}: {error}") from error
    return kind(**values)


def _read(kind: Any, value: Any) -> Any:
    origin, inside = get_origin(kind), get_args(kind)
    if isinstance(kind, UnionType):
        return None if value is None else _read(next(one for one in inside if one is not type(None)), value)
    if origin is Literal:
        return _expected(value in inside, value, kind)
    if origin is tuple:
        return tuple(_read(inside[0], item) for item in _expected(isinstance(value, list), value, kind))
    if origin is not None and issubclass(origin, Mapping):
        rows = _expected(isinstance(value, Mapping), value, kind)
        return {str(key): _read(inside[1], row) for key, row in rows.items()}
    if origin is re.Pattern or kind is re.Pattern:
        return re.compile(_expected(isinstance(value, str), value, kind))
    if isinstance(kind, type) and is_dataclass(kind):
        return read_table(kind, value)
    if issubclass(kind, Enum):
        return kind(value)
    if kind is float:
        return float(_expected(isinstance(value, int | float) and not isinstance(value, bool), value, kind))
    return _expected(type(value) is kind or (kind is date and isinstance(value, date)), value, kind)


def _expected(is_so: bool, value: Any, kind: Any) -> Any:
    if not is_so:
        raise ValueError(f"{value!r} is not {getattr(kind, '__name__', kind)}")
    return value
