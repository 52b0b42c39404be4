"""Which limits hold a plan back, and when: prices of limits along the paths of its own programme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from replenish.arrays.groups import Floats
from replenish.multistage import Simulation
from replenish.planning.frame import Frame
from replenish.planning.names import LABELS, RULES, names_of
from replenish.planning.plan import Plan

LIMITS = (
    "capacity", "ramp", "minimum", "floor", "own_need_first", "gate", "route", "storage", "budget", "budget_gate",
    "order_gate", "counted", "left", "is_open",
)  # fmt: skip
"""Families of rows that may hold a plan back."""

NEGLIGIBLE = 1e-6
"""Price up to which a limit does not count as binding."""

PATHS = 100
"""Paths of the programme on which it is looked which limits bind."""

OVER_TIME: dict[str, Any] = {
    **dict.fromkeys(("rule", "title", *LABELS), pl.String), "date": pl.Date, "share": pl.Float64, "price": pl.Float64,
}  # fmt: skip


def limits_over_time(plan: Plan, *, paths: int = PATHS) -> pl.DataFrame:
    """Return which limits bind in which stage on paths of the programme, and what one more unit is worth there.

    Columns: `rule`, `title`, labels, `date` (first day of the stage), `share` of paths on which it binds, `price`
    [currency/unit], the mean over all paths in money of the stage. Stages in which a limit binds on no path are left
    out. Without chance one path is walked.
    """
    frame = plan.model.frame
    rows = [f"{rule}_rule" for rule in LIMITS if f"{rule}_rule" in frame.usual.constraints]
    count = 1 if plan.options.method == "deterministic" else paths
    dates = pl.Series([plan.problem.calendar.starts[first] for first in plan.problem.stages.first.tolist()])
    tables = [pl.DataFrame(schema=OVER_TIME)]
    if rows:
        found = plan.policy.simulate(count, record=["left.after"] if "left_rule" in rows else (), prices=rows)
        for block in rows:
            tables += _tables(frame, block, _prices(found, block), dates)
    return pl.concat(tables)


def _prices(found: Simulation, block: str) -> Floats:
    """Return the sizes of prices, (stage, path, entry); that an expansion can be built once binds when it is built."""
    prices = np.abs(np.nan_to_num(found.prices[block])).reshape(*found.node.shape, -1)
    return prices * (found["left.after"] <= NEGLIGIBLE) if block == "left_rule" else prices


def _tables(frame: Frame, block: str, prices: Floats, dates: pl.Series) -> Iterator[pl.DataFrame]:
    """Yield the stages in which limits of one kind bind, limits of one name as one."""
    rule, names = block.removesuffix("_rule"), names_of(frame, block)
    by_name: dict[tuple[str, ...], list[int]] = {}
    for place in range(prices.shape[2]):
        own = names[place] if place < len(names) else {}
        by_name.setdefault(tuple(own.get(label, "") for label in LABELS), []).append(place)
    for labels, places in by_name.items():
        price = prices[:, :, places].sum(axis=2)
        told = {"rule": rule, "title": RULES[rule], **dict(zip(LABELS, labels, strict=True))}
        table = pl.DataFrame(
            {"date": dates, "share": (price > NEGLIGIBLE).mean(axis=1), "price": price.mean(axis=1)}
        ).with_columns(pl.lit(value).alias(name) for name, value in told.items())
        yield table.filter(pl.col("share") > 0).select(*OVER_TIME)
