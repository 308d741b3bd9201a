"""CPU throttling in metrics: the share of its periods in which a container is held back by its limit."""

from pathlib import Path

import pytest

from responder.evidence import FileSource
from responder.incident import Category
from responder.triage import QUIET_SALIENCE, Finding
from responder.triage.signals.metrics import MetricReader

NAMES = ("container_cpu_cfs_periods_total", "container_cpu_cfs_throttled_periods_total")


def _scrape(held_back: int, periods: int) -> str:
    lines = []
    for name, cart, web in zip(NAMES, (periods, held_back), (periods, periods // 500), strict=True):
        lines += [f"# TYPE {name} counter", f'{name}{{container="cart",pod="cart-0"}} {cart}']
        lines += [f'{name}{{container="web",pod="web-0"}} {web}']
    return "\n".join(lines) + "\n"


def _loud(folder: Path) -> list[Finding]:
    found = MetricReader().read(FileSource().collect([folder]).artifacts).findings
    return [finding for finding in found if finding.salience >= QUIET_SALIENCE]


@pytest.mark.parametrize(("percent", "expected"), [(92, ["cart"]), (30, ["cart"]), (12, []), (0, [])])
def test_one_scrape_tells_who_is_held_back(tmp_path: Path, percent: int, expected: list[str]) -> None:
    """From a quarter of the periods on it is a lack of CPU; below it is ordinary."""
    (tmp_path / "cadvisor.prom").write_text(_scrape(percent * 900, 90_000))

    found = _loud(tmp_path)

    assert [finding.component for finding in found] == expected
    assert all(finding.category is Category.CPU and finding.role == "cause" for finding in found)


def test_throttling_that_begins_is_dated(tmp_path: Path) -> None:
    """Over several scrapes the share is that of each interval, and its first high one dates the trouble."""
    held_back = 0
    for minute in range(10):
        held_back += 280 if minute >= 5 else 2
        (tmp_path / f"cadvisor-20260512T14{minute:02d}00.prom").write_text(_scrape(held_back, 300 * (minute + 1)))

    found = [f for f in _loud(tmp_path) if f.captures["metric"].endswith("utilization_percent")]

    assert [(finding.component, finding.category) for finding in found] == [("cart", Category.CPU)]
    assert found[0].timestamp is not None
    assert f"{found[0].timestamp:%H:%M}" == "14:05"
