"""Log volume over time: every record a grey share of its bar, the errors a red one, the onset a line."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from responder.reporting.drawing.svg import Canvas, text_width
from responder.reporting.wording import amount, clock, duration, one_day
from responder.triage.interface import VolumeBucket

__all__ = ["draw_volume"]

_TOP, _PLOT, _FOOT = 42.0, 120.0, 26.0
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""Seconds that people count in: between labelled times, and in a bar."""
_LEAST_BAR = 5.0
_LABEL_SIZE = 12.0


def draw_volume(volume: Sequence[VolumeBucket], onset: datetime | None, *, width: float, css: str) -> str:
    """Draw the buckets on a true time axis; an empty string when there is nothing to draw."""
    buckets = _coarser(sorted(volume, key=lambda bucket: bucket.start), int(width / _LEAST_BAR))
    highest = max((bucket.total for bucket in buckets), default=0)
    if not highest:
        return ""
    start = buckets[0].start
    end = max(bucket.start + timedelta(seconds=bucket.seconds) for bucket in buckets)
    seconds = max((end - start).total_seconds(), 1.0)

    def across(when: datetime) -> float:
        return (when - start).total_seconds() / seconds * width

    canvas = Canvas(width, label=f"Log volume, at most {amount(highest)} records in {duration(buckets[0].seconds)}")
    canvas.text(0, 12, f"{amount(highest)} records in {duration(buckets[0].seconds)}", css="scale")
    canvas.add("line", css="grid", x1=0, x2=width, y1=_TOP, y2=_TOP)
    for bucket in buckets:
        left = across(bucket.start)
        wide = max(across(bucket.start + timedelta(seconds=bucket.seconds)) - left - 1, 1)
        for count, name in ((bucket.total, "records"), (bucket.errors, "records errors")):
            tall = max(count / highest * _PLOT, 1.5) if count else 0
            if tall:
                canvas.add("rect", css=name, x=left, y=_TOP + _PLOT - tall, width=wide, height=tall)
    canvas.add("line", css="base", x1=0, x2=width, y1=_TOP + _PLOT, y2=_TOP + _PLOT)
    if onset is not None and start <= onset <= end:
        _mark_onset(canvas, across(onset), f"onset {clock(onset)}")
    _label_times(canvas, start, end)
    return canvas.render(_TOP + _PLOT + _FOOT, css=css)


def _mark_onset(canvas: Canvas, x: float, label: str) -> None:
    """A line with its name on the side that has room, in a row of its own above the bars."""
    canvas.add("line", css="onset-line", x1=x, x2=x, y1=_TOP - 18, y2=_TOP + _PLOT)
    room = text_width(label, _LABEL_SIZE) + 6
    anchor, shift = ("end", -6) if x + room > canvas.width else ("start", 6)
    canvas.text(x + shift, _TOP - 8, label, css="onset-label", anchor=anchor)


def _label_times(canvas: Canvas, start: datetime, end: datetime) -> None:
    """Round times, as many as fit."""
    within_day = one_day([start, end])
    widest = text_width(clock(start, within_day=within_day), _LABEL_SIZE)
    span = max((end - start).total_seconds(), 1.0)
    fitting = max(2, min(6, int(canvas.width / (widest * 1.5))))
    step = next((step for step in _STEPS if span / step <= fitting), math.ceil(span / fitting / 86400) * 86400)
    seconds = -start.timestamp() % step
    while seconds <= span:
        x = seconds / span * canvas.width
        if widest / 2 <= x <= canvas.width - widest / 2:
            when = clock(start + timedelta(seconds=seconds), within_day=within_day)
            canvas.text(x, _TOP + _PLOT + 18, when, css="scale", anchor="middle")
            canvas.add("line", css="base", x1=x, x2=x, y1=_TOP + _PLOT, y2=_TOP + _PLOT + 4)
        seconds += step


def _coarser(buckets: Sequence[VolumeBucket], most: int) -> list[VolumeBucket]:
    """Whole neighbours joined into round times, until the time they cover gives at most `most` bars."""
    if not buckets:
        return []
    first, last = buckets[0], buckets[-1]
    narrow = max(first.seconds, 1)
    span = (last.start - first.start).total_seconds() + last.seconds
    needed = narrow * max(1, -(-int(span / narrow) // most))
    seconds = next((step for step in _STEPS if step >= needed and step % narrow == 0), needed)
    joined: dict[int, list[int]] = {}
    for bucket in buckets:
        slot = joined.setdefault(int((bucket.start - first.start).total_seconds() // seconds), [0, 0])
        slot[0] += bucket.total
        slot[1] += bucket.errors
    return [
        VolumeBucket(first.start + timedelta(seconds=seconds * slot), seconds, total, errors)
        for slot, (total, errors) in sorted(joined.items())
    ]
