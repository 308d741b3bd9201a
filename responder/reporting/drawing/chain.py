"""The causal chain, top to bottom: a box for each quotation, an arrow for each "made it happen".

Boxes stand in an order in which every cause comes before its effects. An arrow to the next box is straight; one that
passes boxes by runs through the margin, in the lane of its cause, and says in words where it comes from.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from responder.causes.interface import CausalLink, Evidence
from responder.reporting.drawing.svg import Canvas, wrap
from responder.reporting.wording import clock

__all__ = ["draw_chain"]

_SIZE, _LEADING, _SMALL = 14.0, 20.0, 13.0
_PAD = 14.0
_LANE = 12.0
_MAX_LANES = 6


class _Box(Struct, frozen=True):
    key: str
    lines: list[str]
    reasons: list[str]
    """Lines above the box: why it happened."""
    top: float
    """Of the box itself."""
    height: float

    @property
    def bottom(self) -> float:
        return self.top + self.height


def draw_chain(
    chain: Sequence[CausalLink],
    cited: Mapping[str, Evidence],
    headings: Mapping[str, str],
    *,
    width: float,
    css: str,
) -> str:
    """Draw the chain; an empty string when there is none."""
    if not chain:
        return ""
    order = _causes_first(chain)
    place = {key: number for number, key in enumerate(order)}
    passing = [link for link in chain if place[link.effect] != place[link.cause] + 1]
    lanes = {cause: lane for lane, cause in enumerate(dict.fromkeys(link.cause for link in passing))}
    left = 2 + _LANE * min(len(lanes), _MAX_LANES)
    boxes = _boxes(order, chain, headings, width - left, passing)
    canvas = Canvas(width, label=f"Causal chain of {len(order)} steps")
    for number, box in enumerate(boxes):
        _draw_box(canvas, box, cited[box.key], left, root=not box.reasons)
        follows = number and any(
            link.cause == order[number - 1] and link.effect == box.key for link in chain if link not in passing
        )
        if follows:
            _arrow(canvas, left + 20, boxes[number - 1].bottom, box.top)
    for link in passing:
        lane = left - _LANE * (lanes[link.cause] % _MAX_LANES + 1) + 2
        _bypass(canvas, boxes[place[link.cause]], boxes[place[link.effect]], left, lane)
    return canvas.render(boxes[-1].bottom + 2, css=css)


def _causes_first(chain: Sequence[CausalLink]) -> list[str]:
    """Every cause before its effects, otherwise in the order of the links; a circle is cut where it was entered."""
    causes: dict[str, list[str]] = {}
    for link in chain:
        causes.setdefault(link.cause, [])
        causes.setdefault(link.effect, []).append(link.cause)
    order: list[str] = []
    waiting = list(causes)
    while waiting:
        free = (key for key in waiting if all(cause in order for cause in causes[key]))
        key = next(free, waiting[0])
        order.append(key)
        waiting.remove(key)
    return order


def _boxes(
    order: Sequence[str],
    chain: Sequence[CausalLink],
    headings: Mapping[str, str],
    width: float,
    passing: Sequence[CausalLink],
) -> list[_Box]:
    boxes: list[_Box] = []
    y = 2.0
    for key in order:
        reasons: list[str] = []
        for link in chain:
            if link.effect == key and link.because.lower() not in headings[link.cause].lower():
                said = f"{link.cause}: {link.because}" if link in passing else link.because
                reasons += wrap(said.replace("`", ""), width - 48, _SMALL, max_lines=3)
        y += (16 + len(reasons) * 18 + 14) if reasons else (18 if boxes else 0)
        lines = wrap(headings[key].replace("`", ""), width - 2 * _PAD - 4, _SIZE)
        box = _Box(key, lines, reasons, y, 2 * _PAD + 16 + len(lines) * _LEADING)
        boxes.append(box)
        y = box.bottom
    return boxes


def _draw_box(canvas: Canvas, box: _Box, item: Evidence, left: float, *, root: bool) -> None:
    canvas.lines(left + 40, box.top - 14 - (len(box.reasons) - 1) * 18 - 2, box.reasons, 18, css="because")
    canvas.add(
        "rect",
        css="box root" if root else "box",
        x=left,
        y=box.top,
        width=canvas.width - left - 2,
        height=box.height,
        rx=6,
    )
    y = box.top + _PAD + 8
    time = f"{clock(item.timestamp)} UTC" if item.timestamp else ""
    canvas.cited(left + _PAD, y, time, (box.key,), css="time")
    canvas.lines(left + _PAD, y + _LEADING + 2, box.lines, _LEADING, css="what")


def _arrow(canvas: Canvas, x: float, top: float, bottom: float) -> None:
    canvas.add("line", css="arrow", x1=x, x2=x, y1=top, y2=bottom - 7)
    canvas.add(
        "path", css="head", d=f"M{x - 5:.1f} {bottom - 9:.1f}L{x:.1f} {bottom - 1:.1f}L{x + 5:.1f} {bottom - 9:.1f}Z"
    )


def _bypass(canvas: Canvas, cause: _Box, effect: _Box, left: float, lane: float) -> None:
    start, end = cause.top + cause.height / 2 + 6, effect.top + effect.height / 2 - 6
    canvas.add("path", css="arrow", d=f"M{left:.1f} {start:.1f}H{lane:.1f}V{end:.1f}H{left - 6:.1f}")
    canvas.add(
        "path", css="head", d=f"M{left - 8:.1f} {end - 5:.1f}L{left:.1f} {end:.1f}L{left - 8:.1f} {end + 5:.1f}Z"
    )
