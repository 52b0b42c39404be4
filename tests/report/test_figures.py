from __future__ import annotations

import base64
import csv
import io
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from replenish.measures import LABELS
from replenish.report import charts, facts, to_html
from replenish.report.figure import MOST_SHOWN, Figure, Numbers, by_date, course
from replenish.report.view import View, look_at
from replenish.result import Result
from replenish.scenario.model import Budget, Case, Item
from tests.report import synthetic


def view(**kinds: Any) -> View:
    return look_at(synthetic.result(**kinds))


def read(figure: Figure | Numbers) -> list[list[str]]:
    address = (figure if isinstance(figure, Numbers) else figure.numbers).address
    kind, _, text = address.partition(",")
    assert kind == "data:text/csv;base64"
    return list(csv.reader(io.StringIO(base64.b64decode(text).decode())))


def test_the_file_of_a_picture_holds_every_period_of_what_is_drawn() -> None:
    own = view()
    figure = charts.stock(own, "north")
    head, *rows = read(figure)
    hand = own.select("on_hand", holder="north", item="shell")
    assert head == ["date", *(f"on hand, {name}" for name in ("mean", "5 %", "median", "95 %")), "requirement, median"]
    assert len(rows) == len(hand) == len(own.result.calendar)
    assert rows[0][0] == "2022-03-31"  # a stock stands at the end of its period
    assert [float(row[3]) for row in rows] == pytest.approx(hand["p50"].to_list(), rel=1e-5)
    assert figure.file == "stock-north-shell.csv"


def test_the_numbers_under_a_picture_are_few_and_end_with_the_last() -> None:
    shown = charts.stock(view(), "north").numbers.shown
    assert 2 <= len(shown) <= MOST_SHOWN
    assert shown[-1][0] == "2027-12-31"


def test_series_with_other_periods_stand_in_their_own_columns() -> None:
    own = view()
    first = pl.DataFrame({"period": [0, 1], "mean": [1.0, 2.0]})
    second = pl.DataFrame({"period": [1, 2], "mean": [3.0, 4.0]})
    numbers = by_date(own, {"a": first, "b": second})
    assert [list(row[1:]) for row in numbers.rows] == [[1.0, None], [2.0, 3.0], [None, 4.0]]


def test_a_file_runs_no_formula_in_a_spreadsheet() -> None:
    rows = read(Numbers(("name", "x"), [["=HYPERLINK(1)", -1.0], ["-2+3", None]]))
    assert rows[1:] == [["'=HYPERLINK(1)", "-1.0"], ["'-2+3", ""]]


def test_a_picture_tells_its_course_to_those_who_cannot_see_it() -> None:
    numbers = Numbers(("date", "x, mean", "x, median"), [["2024-01-31", 9.0, 1.0], ["2024-02-29", 9.0, 5.0]])
    assert (
        course(numbers) == "x (median): 1 at first, 5 at the end; least 1 (January\xa02024), most 5 (February\xa02024)."
    )
    assert "on hand (median): 2\xa0million at first" in charts.stock(view(), "north").svg


def test_every_picture_of_the_report_has_its_numbers_and_its_words() -> None:
    html = to_html(synthetic.result())
    figures = html.count("<figure>")
    assert figures == html.count('download="') == html.count("<summary>Numbers</summary>")


def test_stocks_that_come_back_are_counted_among_those_that_were_below() -> None:
    own = view()
    row = facts.reserve(own, "north", "shell")
    assert row is not None
    dates = own.result.dates.filter(pl.col("measure") == "date_of_replenishment", pl.col("holder") == "north")
    shares = facts.back_by(own, row)["mean"].to_list()
    assert shares == sorted(shares)
    back = dates.filter(pl.col("period").is_not_null())["paths"].sum()
    assert shares[-1] == pytest.approx(back / dates["applies"][0])
    figure = charts.back_dates(own, [row])
    assert figure is not None
    assert len(read(figure)) == len(own.result.calendar) + 1


def test_days_of_supply_without_use_have_no_picture() -> None:
    assert charts.supply(view(), "south") is None
    assert charts.supply(view(), "north") is not None


def test_what_expires_has_a_picture_and_a_section() -> None:
    result = synthetic.result(synthetic.scenario().with_rows(Item(name="shell", unit="round", shelf_life_days=900)))
    gone = synthetic.curve(result.calendar, "expired_cumulative", lambda t: 100.0 * t, holder="north", item="shell")
    result = replace(result, series=pl.concat([result.series, gone]))
    figure = charts.expired(look_at(result), "north")
    assert figure is not None
    assert "6,900 rounds expire" in figure.title.replace("\xa0", " ")
    assert 'id="expiry"' in to_html(result)
    assert 'id="expiry"' not in to_html(synthetic.result())


def test_a_budget_is_shown_with_the_states_of_its_gate() -> None:
    rows = (Budget(holder="north", year=2023, amount=2e9, gate="tempo"), Budget(holder="north", year=2024, amount=1e9))
    result = synthetic.result(synthetic.scenario().with_rows(*rows))
    left = synthetic.curve(result.calendar, "budget_left", lambda t: 1e9, holder="north", purpose="orders")
    figure = charts.budget(look_at(replace(result, series=pl.concat([result.series, left]))), "north", "orders")
    assert figure is not None
    assert "3\xa0billion" in figure.title
    assert "gate tempo" in figure.detail


def with_cases(result: Result, *rows: tuple[str, float, float, float]) -> Result:
    """Return a run that carries differences: case, difference, low, high of the fill rate of the front."""
    labels = dict.fromkeys(LABELS, "") | {"holder": "front", "item": "shell"}
    table = pl.DataFrame(
        [
            {
                "a": "as it is", "b": case, "measure": "fill_rate", **labels, "unit": "share", "mean_a": 0.55,
                "mean_b": 0.55 + difference, "difference": difference, "low": low, "high": high,
            }
            for case, difference, low, high in rows
        ]
    )  # fmt: skip
    inputs = pl.DataFrame(
        {"a": ["as it is"], "b": ["early"], "table_name": ["lines"], "row_key": ["works"], "column": ["max_rate"],
         "value_a": ["1"], "value_b": ["2"]}
    )  # fmt: skip
    return replace(result, studies={"cases": table, "case_inputs": inputs})


def test_the_case_that_matters_most_stands_above_the_picture() -> None:
    study = synthetic.scenario().with_rows(
        Case(
            case="early", title="Plant a year earlier", table_name="lines", row_key="works", column="max_rate",
            change="multiply", value="2",
        ),
    )  # fmt: skip
    result = with_cases(synthetic.result(study), ("early", 0.1, 0.08, 0.12), ("late", -0.3, -0.7, 0.1))
    (figure,) = charts.cases(look_at(result))
    assert figure.title == "Fill rate, Frontland: +10\xa0percentage points in the case Plant a year earlier"
    assert "Plant a year earlier 10, late \u221230 percentage points" in figure.svg
    html = to_html(result)
    assert "lines works max_rate" in html


def test_pictures_of_peers_are_drawn_to_one_scale() -> None:
    small = view()
    series = small.result.series.with_columns(
        pl.col("p95") * pl.when(pl.col("measure") == "on_hand").then(9).otherwise(1)
    )
    large = look_at(replace(small.result, series=series))
    assert charts.stock(small, "north").svg != charts.stock(replace(small, peers=(small, large)), "north").svg
    assert "million rounds" in charts.stock(replace(small, peers=(small, large)), "north").svg
