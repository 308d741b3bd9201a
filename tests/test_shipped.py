"""What lies beside the modules of the package is found, and tables parsed beforehand are those of the files."""

import tomllib
from pathlib import Path

import pytest
from msgspec import to_builtins

from responder.shipped import shipped, shipped_table, written

TABLES = sorted(str(path.relative_to(shipped(""))) for path in shipped("").rglob("*.toml"))


def test_tables_parsed_beforehand_are_current() -> None:
    """`tables.json` is what the TOML files give; run `make rules` if not."""
    assert shipped("tables.json").read_bytes() == written()


@pytest.mark.parametrize("name", [name for name in TABLES if "/rules/" not in name])
def test_a_table_is_what_its_file_says(name: str) -> None:
    """It makes no difference whether a table was parsed beforehand."""
    assert shipped_table(name) == to_builtins(tomllib.loads(shipped(name).read_text("utf-8")))


@pytest.mark.parametrize("before", ["", "{", "[]", '{"a.toml": {"sha256": "0", "table": {"one": 2}}}'])
def test_what_was_parsed_from_other_text_counts_for_nothing(before: str, tmp_path: Path) -> None:
    """A damaged file, and one that was made before a table changed, are as none."""
    (tmp_path / "a.toml").write_text("one = 1")
    (tmp_path / "tables.json").write_text(before)

    assert shipped_table("a.toml", package=tmp_path) == {"one": 1}
