"""A line too long to hold is still evidence: it is cited by its beginning, and the citation holds."""

import gzip
import json
from pathlib import Path

import pytest

from tests.acceptance.command import run


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_of_thirty_megabytes_is_cited(tmp_path: Path, packed: bool) -> None:
    """What stands at the beginning of a line beyond every limit is found, and its hash is that of the whole line."""
    text = b"2026-01-01T00:00:00Z ERROR connection refused " + b"x" * 30_000_000 + b"\n2026-01-01T00:00:05Z INFO next\n"
    log = tmp_path / ("app.log.gz" if packed else "app.log")
    log.write_bytes(gzip.compress(text, 1) if packed else text)

    report = json.loads(run("triage", str(log), "--json").stdout)

    assert report["struck"] == []
    assert report["evidence"][0]["line"] == 1
    assert report["evidence"][0]["text"].startswith("2026-01-01T00:00:00Z ERROR connection refused xxx")
