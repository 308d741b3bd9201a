"""Takes the artifacts that hold metrics, whatever they are written as."""

from collections.abc import Sequence

from msgspec import Struct, field

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Skipped
from responder.triage.interface import FileFacts
from responder.triage.signals.content import Content, head_of
from responder.triage.signals.metrics.csvs import is_metric_table, series_of_table
from responder.triage.signals.metrics.derived import derived
from responder.triage.signals.metrics.documents import looks_like_metrics, series_of_document
from responder.triage.signals.metrics.exposition import Scrape, is_exposition, scrape_of, series_of_scrapes
from responder.triage.signals.metrics.series import Series
from responder.triage.signals.tables import delimiter_of

__all__ = ["Taken", "take"]


class Taken(Struct):
    """What was found in them."""

    series: list[Series] = field(default_factory=list)
    contents: dict[str, Content] = field(default_factory=dict)
    files: list[FileFacts] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def take(artifacts: Sequence[Artifact]) -> Taken:
    """Read every artifact that holds metrics, in the order of paths."""
    taken, scrapes = Taken(), list[Scrape]()
    for artifact in sorted(artifacts, key=lambda artifact: artifact.path):
        head = head_of(artifact)
        mark = delimiter_of(head)
        scraped = is_exposition(head)
        tabular = mark is not None and head.lstrip()[:1] not in ("{", "[") and is_metric_table(head, mark)
        if not scraped and not tabular and not looks_like_metrics(head):
            continue
        try:
            content = Content(artifact)
            if scraped:
                scrapes.append(scrape_of(content))
                taken.contents[artifact.path] = content
                continue
            series = series_of_table(content, mark) if tabular and mark else series_of_document(content)
        except (EvidenceError, OSError) as error:
            taken.skipped.append(Skipped(artifact.path, f"metrics could not be read: {error}"))
            continue
        except (ValueError, RecursionError):
            continue
        if tabular or series:
            taken.contents[artifact.path] = content
            taken.series += derived(series)
            taken.files.append(_facts(content, series))
    taken.series += derived(series_of_scrapes(scrapes))
    taken.files += [_facts_of_scrape(scrape) for scrape in scrapes]
    return taken


def _facts(content: Content, series: Sequence[Series]) -> FileFacts:
    first = min((one.samples[0].at for one in series if one.samples), default=None)
    last = max((one.samples[-1].at for one in series if one.samples), default=None)
    return content.facts("metrics", first, last, f"{len(series)} metric series")


def _facts_of_scrape(scrape: Scrape) -> FileFacts:
    times = [at for point in scrape.points if (at := point.at if point.at is not None else scrape.at) is not None]
    told = () if times else ("nothing says when it was taken: the order of such files stands for time",)
    return scrape.content.facts(
        "openmetrics", min(times, default=None), max(times, default=None), f"{len(scrape.points)} samples", *told
    )
