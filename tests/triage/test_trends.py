"""What climbs is seen, what saws or wobbles is not."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from responder.evidence import FileSource
from responder.triage import QUIET_SALIENCE, Triage, default_engine
from responder.triage.trends import climbs


def triage(tmp_path: Path, values: list[int], *more: str) -> Triage:
    lines = [
        f'{{"time":"2026-01-02T03:{n:02}:00Z","level":"info","msg":"stats","rss_mb":{v}}}' for n, v in enumerate(values)
    ]
    (tmp_path / "api.log").write_text("\n".join([*lines, *more]) + "\n")
    return default_engine().triage(FileSource().collect([tmp_path]).artifacts)


def test_a_leak_is_found_before_its_kill(tmp_path: Path) -> None:
    """Growth alone is quiet; beside the kill it is told with its numbers."""
    growing = [200 + 20 * n for n in range(30)]
    alone = triage(tmp_path, growing)
    killed = triage(
        tmp_path, growing, '{"time":"2026-01-02T03:31:00Z","level":"error","msg":"container was OOMKilled"}'
    )

    (trend,) = [finding for finding in killed.findings if finding.kind == "trend"]
    assert trend.summary == "api: rss_mb grows from 200 to 780"
    assert (trend.category, trend.role, trend.count) == ("resource_exhaustion.memory", "context", 30)
    assert trend.salience >= QUIET_SALIENCE > alone.findings[0].salience


def test_a_saw_tooth_does_not_climb(tmp_path: Path) -> None:
    """Memory that is given back after each collection is healthy."""
    assert triage(tmp_path, [200, 260, 320, 380, 440] * 6).findings == ()


@given(values=st.lists(st.floats(0, 1e9), max_size=60))
def test_what_climbs_does_not_climb_backwards(values: list[float]) -> None:
    """No series climbs in both directions, and short ones never do."""
    assert not (climbs(values) and climbs(values[::-1]))
    assert not climbs(values[:8])
