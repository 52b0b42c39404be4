"""Headline numbers: one value for each thing, from the series and the dates of a run."""

from __future__ import annotations

import polars as pl

from replenish.measures import LABELS
from replenish.periods import Calendar
from replenish.scenario.model import Scenario

_LAST = ("fill_rate", "unmet_cumulative", "delivered_cumulative", "expired_cumulative", "spend_cumulative")
_SCHEMA: dict[str, type[pl.DataType]] = {
    "measure": pl.String,
    **dict.fromkeys(LABELS, pl.String),
    "value": pl.Float64,
    "standard_error": pl.Float64,
    "unit": pl.String,
    "formula": pl.String,
}


def summarise(
    scenario: Scenario, days: Calendar, series: pl.DataFrame, dates: pl.DataFrame, paths: int
) -> pl.DataFrame:
    """Return the headline numbers of a run; see `Result.summary`."""
    last = series.filter(pl.col("period") == len(days) - 1)
    parts = [
        last.filter(pl.col("measure").is_in(_LAST)).with_columns(
            value="mean", formula=pl.lit("mean over paths at the end of the horizon")
        ),
        _stock_out(last, paths),
        _at_due(scenario, days, series),
        _deepest(series),
        _utilisation(series),
        _dates(dates, paths),
    ]
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *(part.select(list(_SCHEMA)) for part in parts)])


def _error_of_share(share: pl.Expr, paths: pl.Expr | int) -> pl.Expr:
    """Return the standard error of a share of paths (binomial)."""
    return (share * (1 - share) / paths).sqrt()


def _stock_out(last: pl.DataFrame, paths: int) -> pl.DataFrame:
    """Return the probability that a demand is not met in full in some period."""
    rows = last.filter(pl.col("measure") == "unmet_cumulative")
    return rows.with_columns(
        measure=pl.lit("stock_out_probability"), value="positive_share", unit=pl.lit("share"),
        standard_error=_error_of_share(pl.col("positive_share"), paths),
        formula=pl.lit("share of paths in which some demand is not issued in its period"),
    )  # fmt: skip


def _at_due(scenario: Scenario, days: Calendar, series: pl.DataFrame) -> pl.DataFrame:
    """Return how far each pledge is fulfilled at the end of the period in which it is due."""
    due = {f"{p.name} {p.due.isoformat()}".strip(): min(days.index(p.due), len(days) - 1) for p in scenario.pledges}
    rows = series.filter(pl.col("measure") == "pledge_fulfilment")
    periods = pl.col("pledge").replace_strict(due, default=-1, return_dtype=pl.Int64)
    return rows.filter(pl.col("period") == periods).with_columns(
        measure=pl.lit("pledge_fulfilment_at_due"), value="mean",
        formula=pl.lit("mean of units arrived for the pledge by its due date / units promised"),
    )  # fmt: skip


def _deepest(series: pl.DataFrame) -> pl.DataFrame:
    """Return the largest mean shortfall over the horizon."""
    rows = series.filter(pl.col("measure") == "shortfall").sort("mean", descending=True, maintain_order=True)
    return rows.unique([*LABELS], keep="first", maintain_order=True).with_columns(
        measure=pl.lit("largest_shortfall"),
        value="mean",
        formula=pl.lit("largest mean shortfall over the periods kept"),
    )


def _utilisation(series: pl.DataFrame) -> pl.DataFrame:
    rows = series.filter(pl.col("measure") == "utilisation")
    return rows.group_by(["measure", *LABELS, "unit"], maintain_order=True).agg(
        value=pl.col("mean").mean(), standard_error=pl.lit(None, dtype=pl.Float64),
        formula=pl.lit("mean over paths and the periods kept"),
    )  # fmt: skip


def _dates(dates: pl.DataFrame, paths: int) -> pl.DataFrame:
    """Return the share of paths below the requirement at some time, and of those the share never back."""
    parts = [pl.DataFrame(schema=_SCHEMA)]
    for measure, name, formula in (
        ("first_below_requirement", "below_requirement_probability", "share of paths below it at some period's end"),
        (
            "date_of_replenishment",
            "not_replenished_probability",
            "of the paths that were below: share not back to stay",
        ),
    ):
        never = pl.col("paths").filter(pl.col("period").is_null()).sum() / pl.col("applies").first()
        rows = dates.filter(pl.col("measure") == measure).group_by("holder", "item", maintain_order=True)
        found = rows.agg(pl.col("applies").first(), value=1 - never if name.startswith("below") else never)
        texts = {"measure": name, "unit": "share", "formula": formula}
        others = [label for label in LABELS if label not in ("holder", "item")]
        parts.append(
            found.with_columns(
                *(pl.lit("").alias(label) for label in others),
                **{column: pl.lit(text) for column, text in texts.items()},
                standard_error=_error_of_share(pl.col("value"), pl.col("applies")),
            ).select(list(_SCHEMA))
        )
    return pl.concat(parts)
