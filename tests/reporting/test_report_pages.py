"""Programs made of the templates beforehand are those of the templates."""

from pathlib import Path

import msgspec
import pytest

from responder.reporting.pages import environment, written
from responder.shipped import shipped


def test_programs_made_beforehand_are_current() -> None:
    """`programs.json` is what the templates give; run `make rules` if not."""
    assert shipped("reporting/templates/programs.json").read_bytes() == written()


@pytest.mark.parametrize("before", ["", "{", "[]", '{"a.j2": {"sha256": "0", "code": "broken("}}'])
def test_what_was_made_of_other_text_counts_for_nothing(before: str, tmp_path: Path) -> None:
    """A damaged file, and one that was made before a template changed, are as none."""
    (tmp_path / "a.j2").write_text("{{ word }}!")
    (tmp_path / "programs.json").write_text(before)

    assert environment(autoescape=True, folder=tmp_path).get_template("a.j2").render(word="<b>") == "&lt;b&gt;!"


def test_a_program_that_escapes_is_for_nobody_who_does_not(tmp_path: Path) -> None:
    """What is built into a program is part of what it was made from."""
    shared = msgspec.json.decode(written())["report.html.j2"]
    (tmp_path / "report.html.j2").write_bytes(shipped("reporting/templates/report.html.j2").read_bytes())
    (tmp_path / "programs.json").write_bytes(
        msgspec.json.encode({"report.html.j2": shared | {"code": "raise KeyError"}})
    )

    with pytest.raises(KeyError):
        environment(autoescape=True, folder=tmp_path).get_template("report.html.j2")
    with pytest.raises(Exception, match="No filter named"):
        environment(autoescape=False, folder=tmp_path).get_template("report.html.j2")
