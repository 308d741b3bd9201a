"""Where not every line is looked at, a number that makes one bad is not lost among good ones of its kind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from responder.evidence import FileSource
from responder.triage import Engine
from responder.triage.alarms import Alarms
from responder.triage.classify import Classifier
from responder.triage.signatures import packaged_rules

SAMPLES: dict[str, tuple[Callable[[int, int], str], int, int]] = {
    "access": (
        lambda n, status: (
            f'10.0.0.{n % 250} - - [02/Jan/2026:03:04:05 +0000] "GET /a/{n} HTTP/1.1" {status} {n} "-" "curl"'
        ),
        200,
        503,
    ),
    "json": (lambda n, status: f'{{"level":"info","n":{n},"msg":"request done","status":{status}}}', 204, 502),
    "disk": (lambda n, share: f"2026-01-02T03:04:05Z INFO probe {n}: disk usage is {share}% on /var", 41, 97),
    "text": (lambda n, status: f"2026-01-02T03:04:05Z INFO [api] GET /a/{n} status={status}", 200, 500),
}


@pytest.mark.parametrize("many", [4000, 14_000])
@pytest.mark.parametrize("name", SAMPLES)
def test_a_bad_number_among_many_is_found(tmp_path: Path, name: str, many: int) -> None:
    """Forty bad lines among thousands of good ones of their kind: the first is cited, all are counted.

    That holds for a file that is counted, and for one that is held, whether or not it has too many lines to look at
    each.
    """
    line, good, bad = SAMPLES[name]
    lines = [line(n, bad if 2000 <= n < 2040 else good) for n in range(many)]
    (tmp_path / "api.log").write_text("\n".join(lines) + "\n")
    artifacts = FileSource().collect([tmp_path]).artifacts

    counted = Engine(rules=packaged_rules(), large_bytes=1).triage(artifacts).findings[0]
    held = Engine(rules=packaged_rules()).triage(artifacts).findings[0]

    assert counted.span.line == held.span.line == 2001
    assert counted.rule == held.rule
    assert counted.count == held.count == 40


def test_numbers_that_make_no_difference_are_no_marks() -> None:
    """Ids, sizes and durations do not split a kind, however often they stand in its lines."""
    head = [f"2026-01-02T03:04:05Z INFO [api] stored {n} bytes for user {n} in {n} ms".encode() for n in range(50)]

    classifier = Classifier(packaged_rules())

    assert Alarms(classifier).marks_of(head, [classifier.classify(raw) for raw in head]) == ()
