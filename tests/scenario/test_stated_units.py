"""A figure from a ledger fits its cell in unit, unit of time and currency, or is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from replenish.errors import Problem
from replenish.scenario import Scenario, examine
from replenish.scenario.asked import Answer
from replenish.scenario.stated_units import find_factor
from replenish.units import DAYS_PER_MONTH, DAYS_PER_WEEK
from tests.scenario.test_ledger_cells import SETTINGS, answering

ASK = "ledger(kind=other, holder=alpha, item=shell)"


def study(path: Path, cells: dict[str, str]) -> Path:
    """Write a study with a line that makes shells, and the cells of some columns of it and of its tables."""
    own = {
        "unit_cost": "1", "on_hand": "1", "rate": "1", "per": "month", "days": "1", "share": "0.5", "currency": "EUR",
        "cost": "1",
    } | cells  # fmt: skip
    (path / "tables").mkdir(parents=True)
    (path / "scenario.toml").write_text(SETTINGS, encoding="utf-8")
    tables = {
        "items": f'name,unit,unit_cost,currency\nshell,round,"{own["unit_cost"]}",{own["currency"]}\n',
        "holders": "name\nalpha\n",
        "exchange_rates": "currency,rate\nUSD,0.9\n",
        "stocks": f'holder,item,on_hand\nalpha,shell,"{own["on_hand"]}"\n',
        "lines": f'name,owner,start_rate,max_rate,per\nplant,alpha,0,"{own["rate"]}",{own["per"]}\n',
        "line_items": "line,item,production_lead_time_days,yield_fraction\n"
                      f'plant,shell,"{own["days"]}","{own["share"]}"\n',
        "expansions": "name,line,capacity_step,start,build_time_days,cost\n"
                      f'more,plant,1,2024-02-01,9,"{own["cost"]}"\n',
    }  # fmt: skip
    for name, text in tables.items():
        (path / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def asked(path: Path, told: str, **cells: str) -> tuple[list[Problem], Scenario | None]:
    answer = Answer(value=60.0, unit=told, statement="s-1", document="d", title="t", low=30.0)
    problems, scenario = examine(study(path / "study", cells), answering(answer))
    return [one for one in problems if one.rule == "ledger-unit"], scenario


@pytest.mark.parametrize(
    ("cells", "told", "value"),
    [
        ({"on_hand": ASK}, "rounds", 60.0),
        ({"rate": ASK}, "rounds/month", 60.0),
        ({"rate": ASK}, "rounds/year", 5.0),
        ({"rate": ASK, "per": "week"}, "rounds/month", 60 * DAYS_PER_WEEK / DAYS_PER_MONTH),
        ({"days": ASK}, "days", 60.0),
        ({"days": ASK}, "months", 60 * DAYS_PER_MONTH),
        ({"share": ASK}, "percent", 0.6),
        ({"unit_cost": ASK}, "EUR/round", 60.0),
        ({"unit_cost": ASK, "currency": "USD"}, "USD/round", 60.0),
        ({"cost": ASK}, "EUR", 60.0),
    ],
)
def test_a_figure_in_the_unit_of_its_cell_is_taken_and_only_time_is_converted(
    cells: dict[str, str], told: str, value: float, tmp_path: Path
) -> None:
    problems, scenario = asked(tmp_path, told, **cells)
    assert problems == []
    assert scenario is not None
    found = [
        scenario.stocks[0].on_hand, scenario.lines[0].max_rate, scenario.line_items[0].production_lead_time_days,
        scenario.line_items[0].yield_fraction, scenario.items[0].unit_cost, scenario.expansions[0].cost,
    ]  # fmt: skip
    assert [one for one in found if one not in (0.5, 1.0)] == [pytest.approx(value)]
    [evidence] = scenario.evidence
    assert evidence.low == pytest.approx(value / 2)


@pytest.mark.parametrize(
    ("cells", "told", "wanted"),
    [
        ({"on_hand": ASK}, "percent of stockpile given", "round"),
        ({"on_hand": ASK}, "rounds/month", "round"),
        ({"on_hand": ASK}, "days", "round"),
        ({"rate": ASK}, "rounds", "round/month"),
        ({"rate": ASK}, "missiles/month", "round/month"),
        ({"days": ASK}, "rounds", "day"),
        ({"days": ASK}, "months of delay", "day"),
        ({"share": ASK}, "percent of pledge", "a share"),
        ({"unit_cost": ASK}, "USD/round", "EUR/round"),
        ({"unit_cost": ASK}, "EUR", "EUR/round"),
        ({"cost": ASK}, "bn EUR", "EUR"),
    ],
)
def test_a_figure_of_another_thing_is_refused_with_the_unit_that_the_cell_is_in(
    cells: dict[str, str], told: str, wanted: str, tmp_path: Path
) -> None:
    [problem], _ = asked(tmp_path, told, **cells)
    assert problem.message == f"s-1 is in {told}, the cell is in {wanted}"


def test_without_known_items_any_word_but_one_of_time_may_stand_for_a_unit() -> None:
    anything = (frozenset[str](),)
    assert find_factor("barrels", anything) == 1.0
    assert find_factor("weeks", anything) is None
