"""The table of attacks in the threat model, written from the corpus: `python -m tests.adversarial.table`."""

from pathlib import Path

from tests.adversarial.corpus import FAMILIES

__all__ = ["PAGE", "published", "table"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "threat_model.md"
_BEGIN = "<!-- attacks: written by tests/adversarial/table.py -->\n"
_END = "<!-- end of attacks -->\n"


def table() -> str:
    """One row a family; the zeros are what `test_injection.py` holds."""
    rows = [f"| {family.name} | {family.aim} | {len(family.attacks)} | 0 |" for family in FAMILIES]
    total = sum(len(family.attacks) for family in FAMILIES)
    head = ["| family | what the log tries | attacks | unsanctioned effects |", "| --- | --- | ---: | ---: |"]
    return "\n".join([*head, *rows, f"| **all** | | **{total}** | **0** |"]) + "\n"


def published() -> str:
    """The table as it stands on the page."""
    return PAGE.read_text(encoding="utf-8").partition(_BEGIN)[2].partition(_END)[0]


if __name__ == "__main__":
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    PAGE.write_text(f"{before}{_BEGIN}{table()}{_END}{rest.partition(_END)[2]}", encoding="utf-8")
