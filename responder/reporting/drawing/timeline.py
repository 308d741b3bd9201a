"""The timeline: one row a moment, the gaps between them growing with the time between them.

Rows instead of a ruler: incidents bunch up within seconds after hours of quiet, and on a ruler those seconds, the
ones that matter, would lie on top of each other. A long gap is named where it is.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec import Struct

from responder.causes.interface import Moment, TimelineEntry
from responder.reporting.drawing.svg import Canvas, text_width, wrap
from responder.reporting.wording import MOMENTS, clock, duration, one_day

__all__ = ["draw_timeline"]

_SIZE, _LEADING = 14.0, 20.0
_ROW_GAP = 14.0
_MAX_CITES = 4
_RADIUS: Mapping[Moment, float] = {
    "change": 5.5,
    "sign": 5.0,
    "onset": 7.0,
    "symptom": 4.0,
    "consequence": 5.0,
    "detected": 5.0,
    "ended": 5.0,
    "recovered": 6.0,
    "event": 3.5,
}
_ENDS = ("recovered", "ended")


class _Columns(Struct, frozen=True):
    """Where things stand; a narrow drawing puts the time above the words."""

    axis: float
    words: float
    beside: bool


class _Row(Struct, frozen=True):
    entry: TimelineEntry
    y: float
    """Of the dot."""
    lines: list[str]
    gap_label: str
    gap_y: float


def draw_timeline(timeline: Sequence[TimelineEntry], *, width: float, css: str) -> str:
    """Draw the moments in order; an empty string when there are none."""
    if not timeline:
        return ""
    within_day = one_day([entry.timestamp for entry in timeline])
    time_width = text_width("00:00:00" if within_day else "0000-00-00 00:00:00", 13)
    time_width = max(time_width, *(text_width(tag, 13) for tag in MOMENTS.values()))
    beside = width >= 560
    columns = _Columns(time_width + 18, time_width + 42, True) if beside else _Columns(9, 30, False)
    rows, height = _rows(timeline, columns, width)
    canvas = Canvas(width, label=f"Timeline of {len(timeline)} moments")
    _draw_axis(canvas, rows, columns)
    for row in rows:
        _draw_row(canvas, row, columns, clock(row.entry.timestamp, within_day=within_day))
    return canvas.render(height, css=css)


def _rows(timeline: Sequence[TimelineEntry], columns: _Columns, width: float) -> tuple[list[_Row], float]:
    span = timeline[-1].timestamp - timeline[0].timestamp
    rows: list[_Row] = []
    y = 14.0
    for number, entry in enumerate(timeline):
        gap = entry.timestamp - timeline[number - 1].timestamp if number else timedelta()
        label = f"{duration(gap)} later" if gap >= max(timedelta(minutes=1), span / 10) else ""
        gap_y = y + 8
        y += (_stretch(gap) if number else 0) + (_LEADING if label else 0)
        room = width - columns.words - 4
        lines = wrap(entry.what.replace("`", ""), room, _SIZE)
        if text_width("  ".join((lines[-1], *entry.evidence[:_MAX_CITES])), _SIZE) > room:
            lines.append("")
        rows.append(_Row(entry, y, lines, label, gap_y))
        tall = max(len(lines), 2 if MOMENTS.get(entry.moment) and columns.beside else 1)
        y += (tall + (0 if columns.beside else 1)) * _LEADING + _ROW_GAP
    return rows, y - _ROW_GAP


def _stretch(gap: timedelta) -> float:
    """More room for more time, slowly: a second adds 2 px, an hour 28, a week 46."""
    return min(8 * math.log10(1 + max(gap.total_seconds(), 0)), 46)


def _draw_axis(canvas: Canvas, rows: Sequence[_Row], columns: _Columns) -> None:
    canvas.add("line", css="axis", x1=columns.axis, x2=columns.axis, y1=rows[0].y, y2=rows[-1].y)
    began = next((row.y for row in rows if row.entry.moment == "onset"), None)
    if began is not None:
        ended = next((row.y for row in rows if row.entry.moment in _ENDS and row.y > began), rows[-1].y)
        canvas.add("line", css="axis trouble", x1=columns.axis, x2=columns.axis, y1=began, y2=ended)


def _draw_row(canvas: Canvas, row: _Row, columns: _Columns, time: str) -> None:
    moment = row.entry.moment
    tag = MOMENTS.get(moment, "")
    if row.gap_label:
        canvas.text(columns.words, row.gap_y, row.gap_label, css="gap")
    canvas.add("circle", css=f"dot {moment}", cx=columns.axis, cy=row.y, r=_RADIUS[moment])
    baseline = row.y + 5
    if columns.beside:
        canvas.text(columns.axis - 18, baseline, time, css="time", anchor="end")
        if tag:
            canvas.text(columns.axis - 18, baseline + _LEADING - 2, tag, css=f"tag {moment}", anchor="end")
    else:
        canvas.text(columns.words, baseline, time, css="time")
        if tag:
            canvas.text(columns.words + text_width(time, 13) + 12, baseline, tag, css=f"tag {moment}")
        baseline += _LEADING
    css = f"what {moment}"
    canvas.lines(columns.words, baseline, row.lines[:-1], _LEADING, css=css)
    last = baseline + (len(row.lines) - 1) * _LEADING
    canvas.cited(columns.words, last, row.lines[-1], row.entry.evidence[:_MAX_CITES], css=css)
