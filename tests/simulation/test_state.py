"""What a function sees of all paths at once, held against the reference, which keeps no rings."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings

from replenish.arrays import Arrays, to_arrays, to_calendar
from replenish.arrays.groups import KEEPS, Floats
from replenish.arrays.state import State, expected_gain, opening_state, spans
from replenish.policy import Joint, to_calls, with_policies
from replenish.scenario.model import Expansion, Scenario
from replenish.simulation import simulate
from replenish.simulation.called import Block, Deciders
from replenish.simulation.reference import World
from replenish.simulation.reference.decide import open_budgets, order, pay_expansions
from replenish.simulation.reference.issue import issue, measure
from replenish.simulation.reference.produce import produce
from replenish.simulation.reference.receive import expire, open_books, receive
from replenish.simulation.reference.release import release, ship
from replenish.simulation.reference.reveal import break_down, grow, move_chains, reveal
from replenish.simulation.reference.world import Known
from tests.simulation.engines import SEVERAL, gross, numbers, random_arrays, random_readings
from tests.simulation.random_scenarios import random_scenario
from tests.simulation.runs import trace
from tests.simulation.small import small

NOBODY = "zz_nobody"  # an expansion that a function never starts: it lets the function look and changes nothing


def watched(scenario: Scenario, look: Callable[[Block], None]) -> tuple[Scenario, Joint]:
    """Return a scenario and a function that looks at every period and decides nothing."""

    def decide(block: Block) -> dict[str, float]:
        look(block)
        return {"expansion": 0.0}

    extra = Expansion(name=NOBODY, line=scenario.lines[0].name, capacity_step=1, build_time_days=9, cost=0)
    return scenario.with_rows(extra), Joint(decide, expansion=(NOBODY,))


def seen(scenario: Scenario, *, seed: int, paths: int = SEVERAL) -> tuple[Arrays, list[State]]:
    """Return the state of the first paths in every period, and the arrays in whose order it is."""
    found: dict[int, State] = {}

    def look(block: Block) -> None:
        if block.paths[0] == 0:
            found[block.period] = block.state()

    wider, joint = watched(scenario, look)
    arrays, labels = to_arrays(with_policies(wider, joint), to_calls(joint))
    trace(arrays, seed=seed, paths=paths, decide=Deciders(arrays, labels, to_calendar(scenario)).decide)
    return arrays, [found[t] for t in sorted(found)]


@cache
def random_states(number: int) -> tuple[Arrays, list[State]]:
    return seen(random_scenario(number), seed=number)


def reference_states(arrays: Arrays, *, seed: int, paths: int = SEVERAL) -> list[State]:
    """Return the same states from the plain reference, where each plan is a table by period."""
    world, found = World(arrays, seed, np.arange(paths)), []
    for t in range(len(arrays.clock.days)):
        world.spend[...] = 0.0
        if t == 0:
            open_books(world)
            contracts = world.to_book.copy()
        move_chains(world, t)
        break_down(world, t)
        known = reveal(world, t)
        grow(world, t)
        production, delivered = receive(world, t)
        expired = expire(world, t)
        open_budgets(world, t)
        found.append(reference_state(world, t, known, contracts))
        pay_expansions(world, t, known)
        order(world, t, known)
        started, binding = produce(world, t, known)
        release(world, t, known)
        shipped, issued = ship(world, t, known), issue(world, known)
        measure(world, t, known, issued, expired=expired, production=production, started_capacity=started,
                binding=binding, shipped=shipped, delivered=delivered)  # fmt: skip
    return found


def reference_state(world: World, t: int, known: Known, contracts: Floats) -> State:
    arrays, size = world.arrays, spans(world.arrays)
    flows, expansions = arrays.flows, arrays.expansions
    work, transit = rows(world.to_receive, t + 1, size.coming), rows(world.to_arrive, t + 1, size.coming)
    arriving = transit * flows.survival[:, None]
    is_paid = world.paid_at >= 0
    is_complete = is_paid & (t >= world.completion + world.paid_at - expansions.start[:, None]) & (t > world.paid_at)
    growing = np.zeros((size.growing, len(world.rate), len(world.paths)))
    for x, gain in enumerate(expected_gain(expansions)):
        for i in np.flatnonzero(is_paid[x] & ~is_complete[x]):
            ahead = max(0, int(world.paid_at[x, i] + expansions.expected[x]) - t - 1)
            if ahead < size.growing:
                growing[ahead, expansions.line[x], i] += gain
    return State(
        on_hand=world.on_hand.copy(), outside=world.outside.copy(), owed=world.owed.copy(), demand=known.demand,
        requirement=known.requirement, book=world.book.copy(),
        waiting=rows(world.to_book - contracts, t + 1, size.waiting),
        coming=np.stack([world.by_cell(arrays.slots.cell, w) + world.by_cell(flows.to_cell, a)
                         for w, a in zip(work, arriving, strict=True)]),
        decided=rows(world.to_leave, t, size.decided),
        pledged=arriving * (np.diff(flows.first_pledge) > 0)[:, None], open_pledges=world.to_deliver.copy(),
        rate=world.rate.copy(), added=world.added.copy(), growing=growing, started=is_paid.astype(float),
        budget=world.budget.copy(), chain_state=world.chain[:-1].astype(float), is_out=world.stands_still.astype(float),
        life=reference_life(world, t),
    )  # fmt: skip


def rows(plan: Floats, first: int, count: int) -> Floats:
    """Return `count` periods of a plan from the first on; nothing comes after its end."""
    table = np.zeros((count, *plan.shape[1:]))
    there = plan[first : first + count]
    table[: len(there)] = there
    return table


def reference_life(world: World, t: int) -> Floats:
    """Return what is on hand by row of life; what waits outside is the freshest of the lots."""
    stocks, longest = world.arrays.stocks, spans(world.arrays).life
    life = np.zeros((longest + 1, *world.on_hand.shape))
    for c in range(len(world.on_hand)):
        if c not in world.lots:
            life[-1, c] = world.on_hand[c]
            continue
        lots = world.lots[c]
        units, outside = lots.units.copy(), world.outside[c].copy()
        for j in reversed(range(len(units))):
            taken = np.minimum(units[j], outside)
            units[j] -= taken
            outside -= taken
            last = longest if stocks.shelf_life[c] > longest else longest - 1
            row = longest if j == len(units) - 1 else min(j * lots.width - t - 1, last)
            if units[j].any():
                life[row, c] += units[j]
    return life


def differences(arrays: Arrays, one: State, other: State, scale: float, but: Set[str] = frozenset()) -> list[str]:
    """Return the fields in which two states differ by more than rounding."""
    dear = max(1.0, float(arrays.slots.price.max(initial=0.0)))
    return [
        field.name
        for field in fields(State)
        if field.name not in but
        and not np.allclose(getattr(one, field.name), getattr(other, field.name), rtol=1e-9, atol=1e-10 * scale * dear)
    ]


def told_apart(arrays: Arrays, state: State, t: int) -> State:
    """Return a state in which life beyond the horizon counts as endless: the reference tells no more apart.

    So does that of wide classes which are kept a little longer than the longest life.
    """
    life, far = state.life.copy(), len(arrays.clock.days) - t - 1
    for c, width in enumerate(arrays.stocks.class_width.tolist()):
        first = min(far, len(life) - 2) if width > 1 else far
        life[-1, c] += life[first:-1, c].sum(axis=0)
        life[first:-1, c] = 0.0
    return replace(state, life=life)


def without_nobody(arrays: Arrays, state: State) -> State:
    """Return a state without the expansion that was added so that a function could look."""
    assert not state.started[-1].any()
    growing = state.growing[: spans(arrays).growing]
    assert state.growing.sum() == growing.sum()
    return replace(state, started=state.started[:-1], growing=growing)


@given(numbers)
@settings(max_examples=40)
def test_the_state_of_random_scenarios_is_that_of_the_reference(number: int) -> None:
    arrays = random_arrays(number)
    expected, found = reference_states(arrays, seed=number), random_states(number)[1]
    scale = gross(random_readings(number, "reference"))
    for t, (one, other) in enumerate(zip(found, expected, strict=True)):
        own = told_apart(arrays, without_nobody(arrays, one), t)
        assert differences(arrays, own, told_apart(arrays, other, t), scale) == [], t


def test_the_state_of_the_small_scenario_is_that_of_the_reference_and_nothing_of_it_is_always_zero() -> None:
    arrays, _ = to_arrays(small())
    _, found = seen(small(), seed=7)
    shown = [without_nobody(arrays, state) for state in found]
    for t, (one, other) in enumerate(zip(shown, reference_states(arrays, seed=7), strict=True)):
        assert differences(arrays, told_apart(arrays, one, t), told_apart(arrays, other, t), 1e4) == [], t
    idle = [f.name for f in fields(State) if not any(getattr(state, f.name).any() for state in shown)]
    assert idle == []


@given(numbers)
@settings(max_examples=40)
def test_what_is_on_hand_has_a_life_and_what_is_on_order_comes(number: int) -> None:
    arrays, states = random_states(number)
    scale = gross(random_readings(number, "reference"))
    for state in states:
        assert np.abs(state.life.sum(axis=0) - state.on_hand).max(initial=0.0) <= 1e-10 * scale
        assert all(getattr(state, field.name).min(initial=0.0) >= -1e-10 * scale for field in fields(State))
        keeps = arrays.stocks.ages == KEEPS
        assert not state.life[:-1, keeps].any()


REVEALED = {"demand", "chain_state", "requirement", "is_out", "book"}
"""What the first period draws."""


@given(numbers)
@settings(max_examples=60)
def test_the_opening_state_is_that_of_the_first_period_but_for_what_is_drawn(number: int) -> None:
    arrays, states = random_states(number)
    opening = opening_state(arrays)
    assert all(getattr(opening, f.name).shape[-1] == 1 for f in fields(State))
    assert all(getattr(opening, f.name).shape[:-1] == getattr(states[0], f.name).shape[:-1] for f in fields(State))
    but = set(REVEALED) if len(arrays.slips.slot) else REVEALED - {"book"}
    but = but if arrays.lines.outage_start.any() else but - {"is_out"}
    first = states[0]
    assert differences(arrays, first, opening, gross(random_readings(number, "reference")), but) == []
    fixed = arrays.stocks.requirement_chain < 0
    assert np.array_equal(
        np.broadcast_to(opening.requirement, first.requirement.shape)[fixed], first.requirement[fixed]
    )


def test_on_order_and_in_transit_are_what_waits_stands_in_the_book_and_comes() -> None:
    """On a scenario without contracts and losses; readings of the moment of decision."""
    scenario = small().without_rows("orders", "*").with_rows(
        *(row.model_copy(update={"loss_probability": 0.0}) for row in small().routes)
    )  # fmt: skip
    read: list[tuple[State, Floats, Floats]] = []

    def look(block: Block) -> None:
        sums = [block.read("on_order"), block.read("in_transit")]
        read.append((block.state(), sums[0], sums[1]))

    wider, joint = watched(scenario, look)
    arrays, labels = to_arrays(with_policies(wider, joint), to_calls(joint))
    trace(arrays, seed=3, decide=Deciders(arrays, labels, to_calendar(scenario)).decide)
    assert len(read) == len(arrays.clock.days)
    for state, on_order, in_transit in read:
        coming = state.coming.sum(axis=(0, 1)) + state.book.sum(axis=0) + state.waiting.sum(axis=(0, 1))
        np.testing.assert_allclose(coming, on_order + in_transit, rtol=1e-12)


def test_a_state_is_a_copy_that_a_function_may_spoil() -> None:
    def spoil(block: Block) -> None:
        for field in fields(State):
            getattr(block.state(), field.name)[...] = -1e9

    hashes = []
    for look in (lambda _: None, spoil):
        wider, joint = watched(small(), look)
        hashes.append(simulate(wider, paths=40, policies=joint).provenance.array_hash)
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    ("share", "spread"), [(0.5, 0.2), (0.9, 0.4), (0.1, 0.3), (1.0, 0.0), (0.5, 0.9), (1.0, 1.0), (0.0, 0.5)]
)
def test_the_expected_gain_is_the_mean_of_the_cut_share(share: float, spread: float) -> None:
    own = to_arrays(small())[0].expansions
    own = own._replace(step=np.full(3, 40.0), share=np.full(3, share), spread=np.full(3, spread))
    levels = (np.arange(100_000) + 0.5) / 100_000
    mean = 40.0 * np.clip(share + spread * (2 * levels - 1), 0, 1).mean()
    np.testing.assert_allclose(expected_gain(own), mean, rtol=1e-8)
