"""Bundles, substitutes, releases by priority and influences in months, worked out on paper."""

from __future__ import annotations

import datetime as dt

import pytest

from replenish.scenario.model import (
    Bundle,
    ChainState,
    Component,
    Demand,
    Holder,
    Influence,
    Route,
    Row,
    Stock,
    Substitute,
    Transition,
)
from tests.simulation.by_hand import Run, plant, producing, release

pytestmark = pytest.mark.usefixtures("each_engine")


def stock(item: str, on_hand: float, holder: str = "army") -> Stock:
    return Stock(holder=holder, item=item, on_hand=on_hand)


def test_rounds_wear_barrels_and_are_not_fired_without_them() -> None:
    """100 rounds a month are asked, ten for each barrel: six barrels last for 60."""
    run = Run(
        stock("round", 500),
        stock("barrel", 6),
        Bundle(item="round", bundled_item="barrel", quantity=0.1),
        Demand(holder="army", item="round", mean=100),
        months=2,
    )
    assert run("issues", "army", "round", "use") == [60, 0]
    assert run("backorders", "army", "round", "use") == [40, 140]
    assert run("bundled", "army", "barrel") == [6, 0]
    assert run("on_hand", "army", "barrel") == [0, 0]
    assert run("on_hand", "army", "round") == [440, 440]


def test_the_more_urgent_demand_goes_first_at_a_bundled_stock_too() -> None:
    """Barrels for 60: 50 rounds of the urgent demand, 10 rockets of the other, though rockets come first by name."""
    run = Run(
        stock("round", 500),
        stock("rocket", 500),
        stock("barrel", 6),
        Bundle(item="round", bundled_item="barrel", quantity=0.1),
        Bundle(item="rocket", bundled_item="barrel", quantity=0.1),
        Demand(holder="army", item="round", mean=50, priority=1),
        Demand(holder="army", item="rocket", mean=50, priority=2),
        months=1,
    )
    assert run("issues", "army", "round", "use") == [50]
    assert run("issues", "army", "rocket", "use") == [10]


def test_a_bundle_of_one_holder_leaves_others_alone() -> None:
    run = Run(
        *(stock(item, 10, holder) for holder in ("army", "navy") for item in ("round", "barrel")),
        Bundle(holder="navy", item="round", bundled_item="barrel", quantity=2),
        Demand(holder="army", item="round", mean=8),
        Demand(holder="navy", item="round", mean=8),
        months=1,
    )
    assert run("issues", "army", "round", "use") == [8]
    assert run("issues", "navy", "round", "use") == [5]


def test_own_demand_for_the_bundled_item_competes_by_priority() -> None:
    run = Run(
        stock("round", 100),
        stock("barrel", 10),
        Bundle(item="round", bundled_item="barrel", quantity=1),
        Demand(holder="army", item="round", mean=8, priority=1),
        Demand(holder="army", item="barrel", mean=8, priority=2),
        months=1,
    )
    assert run("issues", "army", "round", "use") == [8]
    assert run("issues", "army", "barrel", "use") == [2]


def test_what_runs_out_is_replaced_by_its_substitute_at_its_ratio() -> None:
    """50 asked and 30 there: two rockets for each of the other 20."""
    run = Run(
        stock("round", 30),
        stock("rocket", 100),
        Substitute(item="round", substitute="rocket", ratio=2),
        Demand(holder="army", item="round", mean=50),
        months=2,
    )
    assert run("issues", "army", "round", "use") == [50, 30]
    assert run("substituted", "army", "rocket") == [40, 60]
    assert run("on_hand", "army", "rocket") == [60, 0]
    assert run("backorders", "army", "round", "use") == [0, 20]


def test_a_substitute_serves_its_own_demand_first_however_urgent_the_other_is() -> None:
    run = Run(
        stock("round", 30),
        stock("rocket", 100),
        Substitute(item="round", substitute="rocket", ratio=2),
        Demand(holder="army", item="round", mean=50, priority=1),
        Demand(holder="army", item="rocket", mean=80, priority=9),
        months=1,
    )
    assert run("issues", "army", "rocket", "use") == [80]
    assert run("issues", "army", "round", "use") == [40]
    assert run("unmet", "army", "round", "use") == [10]


def test_substitutes_are_tried_by_rank() -> None:
    run = Run(
        *(stock(item, 10) for item in ("a", "b", "round")),
        Substitute(item="round", substitute="a", rank=2),
        Substitute(item="round", substitute="b", rank=1),
        Demand(holder="army", item="round", mean=25),
        months=1,
    )
    assert run("substituted", "army", "a") == [5]
    assert run("substituted", "army", "b") == [10]


def test_what_is_owed_is_served_from_substitutes_before_what_is_asked_now() -> None:
    """Nothing in January; in February 45 rockets for 30 owed and 30 asked: 15 are unmet."""
    run = Run(
        *plant(max_rate=45),
        producing("maximum"),
        stock("rocket", 0),
        Substitute(item="rocket", substitute="round"),
        Demand(holder="army", item="rocket", mean=30),
        months=2,
    )
    assert run("issues", "army", "rocket", "use") == [0, 45]
    assert run("unmet", "army", "rocket", "use") == [30, 15]
    assert run("backorders", "army", "rocket", "use") == [30, 15]


def test_a_substitute_uses_up_what_is_bundled_with_it_and_not_what_is_bundled_with_the_other() -> None:
    run = Run(
        stock("round", 10),
        stock("rocket", 100),
        stock("barrel", 50),
        stock("tube", 5),
        Bundle(item="round", bundled_item="barrel", quantity=1),
        Bundle(item="rocket", bundled_item="tube", quantity=0.5),
        Substitute(item="round", substitute="rocket", ratio=2),
        Demand(holder="army", item="round", mean=30),
        months=1,
    )
    assert run("bundled", "army", "barrel") == [10]
    assert run("bundled", "army", "tube") == [5]
    assert run("substituted", "army", "rocket") == [10]
    assert run("issues", "army", "round", "use") == [15]


def wanting(rule: str, also: str) -> Run:
    """Return a run in which two recipients want 80 each of 100."""
    return Run(
        Holder(name="a", priority=2),
        Holder(name="b", priority=1),
        Stock(holder="donor", item="round", on_hand=100),
        *(Route(from_holder="donor", to_holder=holder) for holder in ("a", "b")),
        *(Demand(holder=holder, item="round", mean=80) for holder in ("a", "b")),
        release(rule, to_holder="a"),
        release(also, to_holder="b"),
        months=1,
    )


@pytest.mark.parametrize(
    ("rule", "also", "first", "second"),
    [("proportional", "proportional", 50, 50), ("priority", "priority", 20, 80), ("priority", "proportional", 20, 80)],
)
def test_a_release_by_priority_serves_the_recipient_that_is_first_in_rank(
    rule: str, also: str, first: float, second: float
) -> None:
    run = wanting(rule, also)
    assert run("shipped", "donor", "a", "round") == [first]
    assert run("shipped", "donor", "b", "round") == [second]


def test_recipients_of_one_priority_are_served_by_name() -> None:
    run = Run(
        Stock(holder="donor", item="round", on_hand=100),
        *(Route(from_holder="donor", to_holder=holder) for holder in ("a", "b")),
        *(Demand(holder=holder, item="round", mean=80) for holder in ("a", "b")),
        *(release("priority", to_holder=holder) for holder in ("a", "b")),
        months=1,
    )
    assert run("shipped", "donor", "a", "round") == [80]
    assert run("shipped", "donor", "b", "round") == [20]


def test_a_want_is_split_over_donors_that_release_in_proportion_or_by_priority() -> None:
    run = Run(
        stock("round", 100, "east"),
        stock("round", 300, "west"),
        Demand(holder="user", item="round", mean=200),
        *(Route(from_holder=giver, to_holder="user") for giver in ("east", "west")),
        release("proportional", "east"),
        release("priority", "west"),
        months=1,
    )
    assert run("shipped", "east", "user", "round") == [50]
    assert run("shipped", "west", "user", "round") == [150]


def peace(to_war: float) -> tuple[Row, ...]:
    return (
        ChainState(chain="world", state="a_peace", start_probability=1),
        ChainState(chain="world", state="b_war"),
        Transition(chain="world", from_state="a_peace", to_state="a_peace", probability=1 - to_war),
        Transition(chain="world", from_state="a_peace", to_state="b_war", probability=to_war),
        Transition(chain="world", from_state="b_war", to_state="b_war", probability=1),
    )


def scarcity(strength: float, **columns: object) -> Influence:
    given = {
        "chain": "world", "from_state": "a_peace", "to_state": "b_war", "what": "on_hand", "holder": "army",
        "item": "round", "reference": 100, "strength": strength, **columns,
    }  # fmt: skip
    return Influence.model_validate(given)


def test_scarcity_can_make_a_move_certain_or_impossible() -> None:
    """A half is doubled, or taken away, while nothing is on hand; not yet in the first month."""
    certain, never = (Run(stock("round", 0), *peace(0.5), scarcity(strength)) for strength in (1.0, -1.0))
    assert certain("chain_state", "world") == [0, 1, 1, 1, 1, 1]
    assert never("chain_state", "world") == [0] * 6


def test_an_influence_acts_by_the_stock_of_the_month_before() -> None:
    """What lacks to 100 takes the move away while stock is 0, and nothing of a certain move once it is 100."""
    run = Run(
        *plant(),
        producing("maximum", start=dt.date(2024, 2, 1)),
        producing("level", rate=0),
        stock("round", 0),
        *peace(1.0),
        scarcity(-1.0),
    )
    assert run("on_hand", "army", "round")[:4] == [0, 0, 100, 200]
    assert run("chain_state", "world") == [0, 0, 0, 1, 1, 1]


def test_an_influence_may_look_at_what_arrived_over_routes() -> None:
    """100 arrive in March: in April the move is as likely as ever, before it could not be."""
    run = Run(
        stock("round", 100, "donor"),
        stock("round", 1000),
        Route(from_holder="donor", to_holder="army", lead_time_days=60),
        release("schedule", to_holder="army", rate=100),
        *peace(1.0),
        scarcity(-1.0, what="delivered", per="month"),
    )
    assert run("delivered", "donor", "army", "round") == [0, 0, 100, 0, 0, 0]
    assert run("chain_state", "world") == [0, 0, 0, 1, 1, 1]


def test_deliveries_are_compared_with_the_reference_of_the_month_in_which_they_arrived() -> None:
    """29 in February, one a day: nothing lacks, so that the move in March is certain, long as March is."""
    run = Run(
        stock("round", 29, "donor"),
        stock("round", 0),
        Route(from_holder="donor", to_holder="army"),
        release("schedule", to_holder="army", rate=29),
        *peace(1.0),
        scarcity(-1.0, what="delivered", reference=1, per="day"),
        months=3,
        paths=200,
    )
    assert run.on_paths("chain_state", "world").mean(axis=1).tolist() == [0, 0, 1]


def test_several_influences_multiply() -> None:
    """A quarter is doubled by what lacks here and once more by what lacks there."""
    run = Run(
        stock("round", 0), stock("round", 0, "navy"), *peace(0.25), scarcity(1.0), scarcity(1.0, holder="navy"),
    )  # fmt: skip
    assert run("chain_state", "world") == [0, 1, 1, 1, 1, 1]


def test_half_of_what_lacks_has_half_the_effect() -> None:
    run = Run(stock("round", 50), *peace(0.5), scarcity(2.0))
    assert run("chain_state", "world") == [0, 1, 1, 1, 1, 1]


def test_an_influence_on_moves_from_any_state_does_not_change_the_chance_to_stay() -> None:
    """Peace lasts for ever: that nothing is on hand cannot make it last less."""
    run = Run(stock("round", 0), *peace(0.0), scarcity(-1.0, from_state="", to_state="a_peace"))
    assert run("chain_state", "world") == [0] * 6


def test_a_bundle_and_production_share_a_stock_in_the_order_of_the_period() -> None:
    """Production takes 30 of 40 barrels before any are worn."""
    run = Run(
        *plant(max_rate=30),
        producing("maximum"),
        Component(item="round", component="barrel"),
        stock("barrel", 40),
        stock("gun", 100),
        Bundle(item="gun", bundled_item="barrel", quantity=1),
        Demand(holder="army", item="gun", mean=25),
        months=1,
    )
    assert run("started_capacity", "plant", "round") == [30]
    assert run("issues", "army", "gun", "use") == [10]
