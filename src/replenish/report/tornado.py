"""The picture of a sensitivity study as a file of its own."""

from __future__ import annotations

from pathlib import Path

from replenish.report import drawing as draw
from replenish.report.charts.studies import tornado_drawing
from replenish.report.figure import course
from replenish.study.tornado import Tornado

STYLE = "<style>text{font-family:Helvetica,Arial,sans-serif}</style><rect width='100%' height='100%' fill='white'/>"


def write_tornado(found: Tornado, path: Path, *, top: int = 20) -> Path:
    """Write the widest effects as an SVG file that opens anywhere and return its path."""
    done = found.rows.filter(found.rows["state"] == "done")
    drawing = tornado_drawing(done, found.measure, found.unit, top=top)
    label = drawing.numbers.words or course(drawing.numbers)
    picture = str(draw.picture(drawing.layers, label, height=drawing.height))
    svg = picture.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    path.write_text(svg.replace(">", f">{STYLE}", 1) + "\n", encoding="utf-8")
    return path
