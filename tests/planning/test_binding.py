"""Which limits bind along the horizon is what the prices of the whole programme and of the first review say."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

import replenish
from replenish.multistage import solve_extensive
from replenish.planning.answers import binding_limits
from replenish.planning.binding import OVER_TIME, limits_over_time
from replenish.planning.methods import make_plan, to_options
from replenish.planning.plan import Plan
from replenish.result import PLAN_TABLES
from replenish.scenario.model import Expansion, Scenario

KEYS = ["rule", "holder", "item", "line", "expansion"]


def scarce(times: float = 30.0, *, random: bool = False, expansions: tuple[Expansion, ...] = ()) -> Scenario:
    """Return the blank study with a demand so many times larger: its line makes 150 a month."""
    blank = replenish.load("blank")
    law = {} if random else {"distribution": "deterministic"}
    rows = tuple(row.model_copy(update={"mean": row.mean * times, **law}) for row in blank.demand)
    return blank.model_copy(update={"demand": rows, "expansions": expansions})


def plan(scenario: Scenario, **options: object) -> Plan:
    return make_plan(scenario, to_options(scenario, **options)[0])


def test_without_chance_prices_are_those_of_the_whole_programme() -> None:
    made = plan(scarce())
    table = limits_over_time(made)
    whole = -solve_extensive(made.model.model).duals("capacity_rule")[:, 0] / made.problem.discounts
    bound = np.flatnonzero(whole > 1e-6)
    assert len(bound) > 10
    assert table["date"].to_list() == [made.problem.calendar.starts[t] for t in bound]
    np.testing.assert_allclose(table["price"], whole[bound], rtol=1e-6)
    assert table["rule"].unique().to_list() == ["capacity"]
    assert table["share"].unique().to_list() == [1.0]


def test_nothing_binds_where_there_is_enough() -> None:
    table = limits_over_time(plan(scarce(1.0)))
    assert table.is_empty()
    assert dict(table.schema) == OVER_TIME == dict(PLAN_TABLES["plan_limits_over_time"])


def test_over_time_begins_with_the_limits_of_the_first_review() -> None:
    made = plan(scarce(1.5, random=True), method="sddp", iterations=20)
    table, first = limits_over_time(made, paths=20), binding_limits(made)
    begun = table.filter(pl.col("date") == made.problem.calendar.starts[0])
    assert len(first) > 0
    assert begun.select(KEYS).sort(KEYS).equals(first.select(KEYS).sort(KEYS))
    assert begun["price"].to_list() == pytest.approx(first["price"].to_list(), rel=1e-6)
    assert begun["share"].to_list() == [1.0] * len(first)


def test_under_chance_a_limit_binds_on_a_share_of_paths() -> None:
    table = limits_over_time(plan(scarce(1.5, random=True), method="sddp", iterations=20), paths=20)
    assert table["share"].is_between(0.0, 1.0).all()
    assert ((table["share"] > 0) & (table["share"] < 1)).any()
    assert table["share"].map_elements(lambda share: abs(20 * share - round(20 * share)) < 1e-9, pl.Boolean).all()


def test_that_an_expansion_is_built_once_binds_from_its_start_on() -> None:
    hall = Expansion(name="hall", line="plant", capacity_step=100.0, cost=10.0, earliest=dt.date(2026, 4, 1),
                     build_time_days=0.0)  # fmt: skip
    table = limits_over_time(plan(scarce(expansions=(hall,)))).filter(pl.col("rule") == "left")
    assert table["date"].min() == dt.date(2026, 4, 1)
    assert table["expansion"].unique().to_list() == ["hall"]
