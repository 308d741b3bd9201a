"""The drawings of `report.html`: plain SVG from typed values, laid out here, coloured by the style sheet."""

from responder.reporting.drawing.chain import draw_chain
from responder.reporting.drawing.timeline import draw_timeline
from responder.reporting.drawing.volume import draw_volume

__all__ = ["draw_chain", "draw_timeline", "draw_volume"]
