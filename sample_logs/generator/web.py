# ruff: noqa: E501 - log lines are as long as the programs write them
"""The people and crawlers in front of every incident: clients, requests, browsers."""

from typing import NamedTuple

from generator.scene import Scene

__all__ = ["AGENTS", "Visit", "visit"]

AGENTS = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "okhttp/4.12.0",
)


class Visit(NamedTuple):
    """One request as the front door sees it."""

    client: str
    method: str
    path: str
    agent: str


def visit(scene: Scene, paths: tuple[tuple[str, str], ...]) -> Visit:
    """Draw a request; `{n}` in a path becomes a number."""
    method, path = scene.pick(paths)
    client = f"{scene.pick(('203.0.113', '198.51.100', '192.0.2'))}.{scene.between(2, 250)}"
    return Visit(client, method, path.replace("{n}", str(scene.between(10_000, 99_999))), scene.pick(AGENTS))
