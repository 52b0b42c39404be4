"""The picture of a tornado: a bar from the effect at the low end to that at the high end, for each doubtful value."""

from __future__ import annotations

from pathlib import Path

import altair as alt
from markupsafe import Markup

from replenish.report import drawing as draw
from replenish.report.drawing import Layer, Row
from replenish.report.numbers import scale
from replenish.study.tornado import Tornado

BAR = 22  # height of a row
NAMES = 430  # room for names
KEY = "blue: at the low end; orange: at the high end; grey: cannot be told from none"
STYLE = "<style>text{font-family:Helvetica,Arial,sans-serif}</style><rect width='100%' height='100%' fill='white'/>"


def tornado_picture(found: Tornado, *, top: int = 20) -> Markup:
    """Return the widest effects as an SVG element; what cannot be told from none is grey."""
    rows = found.rows.filter(found.rows["state"] == "done").head(top).to_dicts()
    largest = max((abs(row[f"effect_{end}"] or 0.0) for row in rows for end in ("low", "high")), default=0.0)
    factor, word = scale(largest)
    bars: list[Row] = [
        {
            "name": _row_name(rows, place),
            "end": end,
            "effect": (row[f"effect_{end}"] or 0.0) / factor,
            "colour": _colour(end, is_clear=bool(row["is_distinguishable"])),
        }
        for place, row in enumerate(rows)
        for end in ("low", "high")
    ]
    title = [f"change of {found.measure}, {f'{word} {found.unit}'.strip()}", KEY]
    names = list(dict.fromkeys(bar["name"] for bar in bars))
    y = alt.Y("name:N", sort=names, axis=alt.Axis(title=None, labelLimit=NAMES, minExtent=NAMES, ticks=False))
    x = alt.X("effect:Q", stack=None, axis=alt.Axis(title=title, tickCount=5, format=",~r", grid=True))
    colour = alt.Color("colour:N", scale=None, legend=None)
    layer = Layer(bars, alt.Chart().mark_bar(height=BAR * 0.6, opacity=0.85).encode(x=x, y=y, color=colour))
    label = f"Change of {found.measure} at the low and high end of each value"
    return draw.picture([layer], label, height=max(1, len(rows)) * BAR)


def write_tornado(found: Tornado, path: Path, *, top: int = 20) -> Path:
    """Write the picture as an SVG file that opens anywhere and return its path."""
    svg = str(tornado_picture(found, top=top)).replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    path.write_text(svg.replace(">", f">{STYLE}", 1) + "\n", encoding="utf-8")
    return path


def _row_name(rows: list[Row], place: int) -> str:
    """Return the cell of a row; a cell with several ranges is numbered."""
    names = [f"{row['table_name']} {row['row_key'].strip('/')} {row['column']}" for row in rows]
    same = names[:place].count(names[place])
    return f"{names[place]} ({same + 1})" if same else names[place]


def _colour(end: str, *, is_clear: bool) -> str:
    """Return the colour of an end: blue low, orange high, grey where the effect cannot be told from none."""
    if not is_clear:
        return draw.GREY
    return draw.BLUE if end == "low" else draw.ORANGE
