"""Write the golden documents anew: `python -m tests.reporting.write_golden`, then read the diff."""

from collections.abc import Iterator
from pathlib import Path

from responder.reporting.contract import dump
from responder.reporting.html import html
from responder.reporting.markdown import final_report, post_mortem
from tests.reporting.builders import healthy, inconclusive, report

GOLDEN = Path(__file__).parent / "golden"


def documents() -> Iterator[tuple[str, bytes]]:
    """Every golden file's name with what the code writes now."""
    for name, value in (("diagnosed", report()), ("inconclusive", inconclusive()), ("healthy", healthy())):
        yield f"{name}/report.json", dump(value)
        yield f"{name}/final_report.md", final_report(value).encode()
        yield f"{name}/post_mortem.md", post_mortem(value).encode()
    yield "diagnosed/report.html", html(report()).encode()


if __name__ == "__main__":
    for name, data in documents():
        path = GOLDEN / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
