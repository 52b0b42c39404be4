"""What a programme simplifies is told when the scenario has it, and only then."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

import replenish
from replenish.cli.planned import print_simplifications
from replenish.planning.methods import to_options
from replenish.planning.problem import to_problem
from replenish.planning.simplifications import to_simplifications
from replenish.planning.storing import load_plan
from replenish.scenario import Scenario
from replenish.scenario.model import (
    Budget,
    ChainState,
    Contract,
    Demand,
    Expansion,
    Holder,
    Item,
    LineItem,
    Pledge,
    PolicyRow,
    Requirement,
    Route,
    Row,
    Stock,
    Transition,
)
from tests.planning.test_programme import maker, months, need

FRONT = (Holder(name="front"), *need(2.0, holder="front"))
ARMY = (Holder(name="army", gate="vote"), *need(2.0, holder="army"),
        PolicyRow(role="ordering", holder="army", item="round", line="works", rule="base_stock"))  # fmt: skip
SHARED = "output of works: goes to whose order is worth most"


def told(scenario: Scenario, **options: object) -> list[str]:
    """Return what is told of a plan with these options."""
    chosen, _ = to_options(scenario, **{"method": "deterministic", **options})
    return list(to_simplifications(to_problem(scenario, length=chosen.stage_periods), chosen))


def case(*rows: Row, line: dict[str, Any] | None = None, item: dict[str, Any] | None = None) -> Scenario:
    """Return a maker with a need of its own that is known, and more rows."""
    return months(12, *maker(line=line, item=item), *need(5.0), *rows)


def hall(**more: Any) -> Expansion:
    known: dict[str, Any] = {"capacity_step": 5.0, "build_time_days": 60.0, "cost": 10.0, "divisible": True}
    return Expansion(name="hall", line="works", **known | more)


def chain(dry: float, **more: Any) -> list[Row]:
    """Return a chain that may let only a part of purchases through."""
    states = ("open", "dry")
    return [
        *(ChainState(chain="vote", state=state, start_probability=float(state == "open"),
                     purchase_share=1.0 if state == "open" else dry, **more) for state in states),
        *(Transition(chain="vote", from_state=a, to_state=b, probability=0.5) for a in states for b in states),
    ]  # fmt: skip


def route(**more: Any) -> list[Row]:
    return [*FRONT, Route(from_holder="maker", to_holder="front", **more)]


def pledge(month: int) -> Pledge:
    return Pledge(from_holder="maker", to_holder="front", item="round", quantity=5.0, due=dt.date(2025, month, 1))


def moved() -> list[Row]:
    """Return a need of another item that goes by the state of the chain."""
    return [
        Item(name="shell", unit="shell", unit_cost=1.0), Stock(holder="maker", item="shell", on_hand=50),
        *(Demand(holder="maker", item="shell", chain="vote", state=state, mean=mean, when_unmet="lost")
          for state, mean in (("open", 2.0), ("dry", 4.0))),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scenario", "options"),
    [
        (case(), {}), (case(hall()), {}), (case(hall(divisible=False)), {"whole": True}),
        (case(line={"min_sustaining_rate": 3.0, "keeping_cost": 3.0}), {"whole": True}),
        (case(*route()), {}), (case(*route(), pledge(6)), {}), (case(*chain(0.0)), {}),
        (case(Stock(holder="maker", item="round", storage_limit=50.0)), {}),
    ],
)  # fmt: skip
def test_what_the_programme_sees_whole_is_not_told(scenario: Scenario, options: dict[str, Any]) -> None:
    assert told(scenario, **options) == []


CASES: dict[str, tuple[Scenario, list[str]]] = {
    "lead": (case(item={"production_lead_time_days": 60.0, "lead_time_coefficient_of_variation": 0.5}),
             ["lead times of round on works: as planned"]),
    "way": (case(*route(lead_time_days=60.0, lead_time_coefficient_of_variation=0.5)),
            ["times on the way from maker to front: as planned"]),
    "minimum": (case(line={"min_sustaining_rate": 3.0}), ["minimum rates of works: not seen"]),
    "keeping": (case(line={"keeping_cost": 3.0}), ["keeping and restarting works: costs in part"]),
    "restart": (case(line={"restart_cost": 3.0}), ["keeping and restarting works: costs in part"]),
    "whole": (case(hall(divisible=False)), ["expansions in one piece (hall): built in parts"]),
    "delay": (case(hall(delay_distribution="exponential", delay_mean_days=90.0)),
              ["building hall: takes the mean time"]),
    "spread": (case(hall(realised_share=0.7, realised_spread=0.2)), ["what comes about of hall: the mean share"]),
    "slip": (case(Contract(name="late", holder="maker", item="round", line="works", due=dt.date(2025, 6, 1),
                           quantity=5.0, slip_distribution="exponential", slip_days=60.0)),
             ["contracts that may be late (late): enter the book by their probability"]),
    "outage": (case(line={"outage_probability": 0.1, "outage_duration_days": 40.0}),
               ["chance: need, outages and the states of chains take their means", "outages of works: less working"]),
    "purposes": (case(Demand(holder="maker", item="round", purpose="training", mean=2.0, when_unmet="lost")),
                 ["needs that share a stock (maker round): served by price"]),
    "floor": (case(*route(), Stock(holder="maker", item="round", on_hand=20, floor=10)),
              ["floors of maker round: own use below them has a price"]),
    "own need": (months(12, *maker(), *need(5.0, priority=1), *route()),
                 ["own need before shipments (maker round): held at a price"]),
    "pledges": (case(*route(), pledge(6), pledge(9)), ["pledges from maker to front: the dearest counts first"]),
    "half open": (case(*chain(0.5), *ARMY),
                  ["chance:", "purchase gates that are half open (vote): let that part", SHARED]),
    "shut": (case(*chain(0.0), *ARMY), ["chance:", SHARED]),
    "half open with money": (case(*chain(0.5), *ARMY, Budget(holder="army", year=2025, amount=1000)),
                             ["chance:", SHARED]),
    "surge": (case(Item(name="shell", unit="shell", unit_cost=1.0),
                   LineItem(line="works", item="shell", surge_unit_cost=2.0), line={"normal_rate": 5.0}),
              ["surge of works: the cheapest product"]),
    "ages": (case(Item(name="serum", unit="dose", unit_cost=1.0, shelf_life_days=200.0),
                  Stock(holder="maker", item="serum", on_hand=5.0)),
             ["ages: what is on its way counts as fresh"]),
    "classes": (case(Item(name="serum", unit="dose", unit_cost=1.0, shelf_life_days=600.0),
                     Stock(holder="maker", item="serum", on_hand=5.0)),
                ["ages in classes (serum 2 months wide): an even part", "ages: what is on its way"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_is_told_where_the_scenario_has_it(name: str) -> None:
    scenario, starts = CASES[name]
    found = told(scenario)
    assert [text[: len(start)] for text, start in zip(found, starts, strict=True)] == starts


def test_stages_of_several_periods_are_told_with_what_they_blur() -> None:
    scenario = case(*chain(0.0), *ARMY, Stock(holder="maker", item="round", storage_limit=50.0))
    found = " | ".join(told(scenario, stage_periods=3))
    assert "stages of 3 months: what is decided flows evenly over a stage" in found
    assert "storage of maker round: as much passes in a stage as fits inside" in found
    assert "gates in a stage (vote): let through their mean share" in found
    assert "stage" not in " | ".join(told(scenario))


def test_under_chance_outcomes_are_told_and_chains_that_are_not_told_apart() -> None:
    other = [row.model_copy(update={"chain": "weather"}) for row in chain(1.0)]
    scenario = case(*chain(1.0), *other, *moved(), Requirement(holder="maker", item="round", quantity=5.0,
                                                               chain="weather", state="dry"))  # fmt: skip
    assert told(scenario, method="sddp") == []
    assert told(scenario, method="sddp", chains=("weather",)) == [
        "chains vote: their states are drawn anew in each stage; in the simulator a state lasts"
    ]
    assert told(replenish.load("blank"), method="sddp", outcomes=3) == [
        "random need and outages: what a stage brings is one of at most 3 outcomes; the simulator draws it"
    ]


def test_a_plan_is_saved_and_printed_with_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = replenish.plan("blank", out=tmp_path / "plan", iterations=2)
    assert made.simplifications == load_plan(tmp_path / "plan").simplifications != ()
    saved = json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))
    assert saved["simplifications"] == list(made.simplifications)
    print_simplifications(made.simplifications)
    assert made.simplifications[0] in capsys.readouterr().out
