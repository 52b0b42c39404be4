"""Draw the picture of the README from the run of `make demo`; run by `make picture`."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from replenish.report import charts, words
from replenish.report.charts import Figure
from replenish.report.drawing import Key
from replenish.report.view import look_at
from replenish.result import load_result

ROOT = Path(__file__).resolve().parents[1]
RUN = ROOT / "runs" / "artillery"
PICTURE = Path(__file__).parent / "images" / "artillery.svg"
WIDTH, HEIGHT, GAP = 470, 300, 30
GREY = "#555"
FONT = "font-family='Helvetica, Arial, sans-serif'"


def panel(figure: Figure, keys: tuple[Key, ...], left: float) -> str:
    """Return a figure of the report with its title above and its legend below, moved `left` from the edge."""
    inner = re.sub(r' role="img" aria-label="[^"]*"', "", str(figure.svg))
    inner = re.sub(r"<text (?![^>]*fill=)", f'<text fill="{GREY}" ', inner)
    placed = inner.replace("<svg", f'<svg x="0" y="44" width="{WIDTH}" height="{HEIGHT - 80}"', 1)
    titles = f'<text y="16" font-size="15" font-weight="bold" fill="#1a2433">{escape(figure.title)}</text>'
    titles += f'<text y="34" font-size="12" fill="{GREY}">{escape(figure.detail)}</text>'
    return f'<g transform="translate({left},14)">{titles}{placed}{legend(keys)}</g>'


def legend(keys: tuple[Key, ...]) -> str:
    """Return what lines and bands stand for, in one row."""
    row, left = "", 0.0
    for colour, text, mark in keys:
        row += swatch(colour, mark, left)
        row += f'<text x="{left + 22}" y="{HEIGHT - 14}" font-size="11" fill="{GREY}">{escape(text)}</text>'
        left += 32 + 4.9 * len(text)
    return row


def swatch(colour: str, mark: str, left: float) -> str:
    """Return the mark of one entry of the legend."""
    top = HEIGHT - 18
    if mark in ("inner", "band"):
        opacity = 0.4 if mark == "inner" else 0.18
        return f'<rect x="{left}" y="{top - 5}" width="18" height="10" fill="{colour}" opacity="{opacity}"/>'
    dash = ' stroke-dasharray="4 3"' if mark == "dash" else ""
    return f'<path d="M{left},{top}h18" stroke="{colour}" stroke-width="2"{dash}/>'


def main() -> None:
    """Write the picture: the stock that matters most against its requirement, and the need beside what is issued."""
    result = load_result(RUN)
    view = look_at(result)
    stock, need = charts.stock(view, "united_states"), charts.need(view)[0]
    panels = panel(stock, charts.STOCK_KEYS, GAP)
    panels += panel(need, (*charts.NEED_KEYS[:2], charts.NEED_KEYS[3]), WIDTH + 2 * GAP)  # without unmet
    width = 2 * WIDTH + 3 * GAP
    title = f"{result.scenario.settings.title}: {words.horizon(view)}, {result.provenance.paths:,} simulated paths"
    PICTURE.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT + 24}" {FONT} role="img">'
        f"<title>{escape(title)}</title>"
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f"{panels}</svg>\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
