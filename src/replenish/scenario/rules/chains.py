"""Rules about Markov chains: probabilities, known states, gates."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum
from typing import Any

from replenish.scenario.draft import Draft, Entry
from replenish.scenario.model import (
    Budget,
    ChainState,
    Demand,
    Forced,
    Holder,
    Influence,
    Pledge,
    PolicyRow,
    Requirement,
    Stock,
    Transition,
)
from replenish.scenario.rules.groups import groups, is_uncertain, uncertain_keys
from replenish.scenario.rules.registry import Finding, rule
from replenish.units import MEAN_DAYS

TOLERANCE = 1e-6
"""How far a sum of probabilities may be from 1."""


@rule(
    "forced-ends-before-start",
    meaning="The dates on which the state of a chain is known end before they start.",
    example="`start` 2023-05-01 and `end` 2023-04-01.",
    remedy="set end to start or later",
)
def forced_backwards(draft: Draft) -> Iterator[Finding]:
    """Find known states without a day."""
    for entry in draft.sound(Forced, "start", "end"):
        if entry.row.end < entry.row.start:
            yield Finding(entry, "end", f"lies before start, {entry.row.start}")


@rule(
    "forced-overlap",
    meaning="Two rows say which state a chain has on the same day.",
    example="`open` to 2023-09-30 and `closed` from 2023-09-01.",
    remedy="let each row end before the next one starts",
)
def forced_overlaps(draft: Draft) -> Iterator[Finding]:
    """Find days with two known states."""
    for (chain,), entries in groups(draft, Forced, ("chain",), "start", "end").items():
        ordered = sorted(entries, key=lambda entry: entry.row.start)
        latest: Entry[Forced] = ordered[0]
        for entry in ordered[1:]:
            if entry.row.start <= latest.row.end:
                message = f"the state of `{chain}` is already known to {latest.row.end}, see row {latest.line}"
                yield Finding(entry, "start", message)
            latest = max(latest, entry, key=lambda entry: entry.row.end)


@rule(
    "start-probability-sum",
    meaning="The start probabilities of a chain do not sum to 1, and its state in the first period is not forced.",
    example="`quiet` 0.5 and `surge` 0.4.",
    remedy="let start_probability of the states of a chain sum to 1, or name the first state in the table forced",
)
def start_probability_sums(draft: Draft) -> Iterator[Finding]:
    """Find chains whose first state has no law."""
    forced = _forced_at_start(draft)
    for (chain,), entries in groups(draft, ChainState, ("chain",), "start_probability").items():
        total = fsum(entry.row.start_probability for entry in entries)
        if abs(total - 1) > TOLERANCE and forced is not None and chain not in forced:
            message = f"start probabilities of `{chain}` sum to {total:.6g}"
            yield Finding(entries[0], "start_probability", message, value=f"{total:.6g}")


def _forced_at_start(draft: Draft) -> set[str] | None:
    """Return the chains whose state is known on the first day, or None if that cannot be said."""
    if draft.time is None or not draft.is_complete(Forced, "chain", "start", "end"):
        return None
    first = draft.time.start
    rows = (entry.row for entry in draft.sound(Forced, "chain"))
    return {row.chain for row in rows if row.start <= first <= row.end}


@rule(
    "transition-sum",
    meaning="The probabilities of going from one state to all others do not sum to 1.",
    example="from `quiet` to `quiet` 0.9 and to `surge` 0.2.",
    remedy="let the transitions from each state sum to 1; with a mean duration they are shares of those that follow",
)
def transition_sums(draft: Draft) -> Iterator[Finding]:
    """Find states whose transitions do not sum to 1."""
    for (chain, state), entries in groups(draft, Transition, ("chain", "from_state"), "probability").items():
        total = fsum(entry.row.probability for entry in entries)
        if abs(total - 1) > TOLERANCE:
            message = f"transitions of `{chain}` from `{state}` sum to {total:.6g}"
            yield Finding(entries[0], "probability", message, value=f"{total:.6g}")


@rule(
    "transition-missing",
    meaning="A state has no transitions, so that nothing says what follows it.",
    example="`surge` stands in the table chains, and no row of transitions starts from it.",
    remedy="add its rows to transitions; a state that is never left goes to itself with probability 1",
)
def transitions_missing(draft: Draft) -> Iterator[Finding]:
    """Find states that nothing follows."""
    uncertain = uncertain_keys(draft, Transition, ("chain", "from_state"))
    known = {(entry.row.chain, entry.row.from_state) for entry in draft.sound(Transition, "chain", "from_state")}
    for entry in draft.sound(ChainState, "chain", "state"):
        key = (entry.row.chain, entry.row.state)
        if key not in known and not is_uncertain(key, uncertain):
            yield Finding(entry, "state", f"`{entry.row.chain}` has no transitions from `{entry.row.state}`")


@rule(
    "transition-to-itself",
    meaning="A state with a mean duration is followed by itself, which would lengthen its duration.",
    example="`surge` lasts 90 days and goes to `surge` with probability 0.5.",
    remedy="remove the transition to itself, or empty mean_duration_days",
)
def transitions_to_themselves(draft: Draft) -> Iterator[Finding]:
    """Find states of stated duration that follow themselves."""
    lasting = {
        (entry.row.chain, entry.row.state)
        for entry in draft.sound(ChainState, "chain", "state", "mean_duration_days")
        if entry.row.mean_duration_days is not None
    }
    for entry in draft.sound(Transition, "chain", "from_state", "to_state", "probability"):
        row = entry.row
        if row.from_state == row.to_state and row.probability > 0 and (row.chain, row.from_state) in lasting:
            yield Finding(entry, "to_state", f"`{row.from_state}` has a mean duration and is followed by itself")


@rule(
    "duration-below-period",
    severity="warning",
    meaning="A state lasts less than a period on average; the simulation leaves it after exactly one.",
    example="`mean_duration_days` 10 with monthly periods.",
    remedy="lengthen the duration, or take shorter periods",
)
def durations_below_period(draft: Draft) -> Iterator[Finding]:
    """Find durations that the periods cannot show; 30 days pass for a month."""
    if draft.time is None:
        return
    length = MEAN_DAYS[draft.time.period]
    for entry in draft.sound(ChainState, "mean_duration_days"):
        if entry.row.mean_duration_days is not None and entry.row.mean_duration_days < 0.9 * length:
            yield Finding(entry, "mean_duration_days", f"is shorter than a period of {length:.4g} days")


@rule(
    "gate-without-effect",
    severity="warning",
    meaning="A holder or budget names a gate that lets everything through in each of its states.",
    example="the gate `congress` whose states have no `purchase_share` and no `release_share`.",
    remedy="set purchase_share or release_share of its states, or empty the gate",
)
def gates_without_effect(draft: Draft) -> Iterator[Finding]:
    """Find gates that never close, each where it is first named."""
    effective = groups(draft, ChainState, ("chain",), "purchase_share", "release_share")
    open_gates = {
        chain
        for (chain,), entries in effective.items()
        if all(entry.row.purchase_share == entry.row.release_share == 1 for entry in entries)
    }
    tables: tuple[type[Any], ...] = (Holder, Budget)
    for row_class in tables:
        for entry in draft.sound(row_class, "gate"):
            if entry.row.gate in open_gates:
                yield Finding(entry, "gate", f"`{entry.row.gate}` lets everything through in each of its states")
                open_gates.remove(entry.row.gate)


@rule(
    "influence-on-staying",
    meaning="An influence changes the probability of staying in a state; it can only change that of leaving it.",
    example="`from_state` and `to_state` are both `quiet`.",
    remedy="name the state to which the chain goes; what is left over stays",
)
def influences_on_staying(draft: Draft) -> Iterator[Finding]:
    """Find influences on no move."""
    for entry in draft.sound(Influence, "from_state", "to_state"):
        if entry.row.from_state == entry.row.to_state:
            yield Finding(entry, "to_state", f"the chain is in `{entry.row.to_state}` before and after")


@rule(
    "influence-without-stock",
    meaning="An influence looks at a stock that does not exist.",
    example="`what` on_hand for `shell` of `europe`, which has no row for it in stocks and gets none.",
    remedy="correct holder or item, or add the stock, if need be with on_hand 0",
)
def influences_without_stock(draft: Draft) -> Iterator[Finding]:
    """Find influences of what is not there."""
    if (reached := _reached(draft)) is None or not all(draft.is_complete(table, "holder", "item") for table in _HELD):
        return
    held = {(e.row.holder, e.row.item) for row_class in _HELD for e in draft.sound(row_class, "holder", "item")}
    for entry in draft.sound(Influence, "holder", "item"):
        cell = (entry.row.holder, entry.row.item)
        if cell not in held and cell not in reached:
            yield Finding(entry, "item", f"`{cell[0]}` has no stock of `{cell[1]}`")


_HELD: tuple[type[Any], ...] = (Stock, Requirement, Demand)


@rule(
    "influence-without-delivery",
    severity="warning",
    meaning="An influence looks at deliveries to a stock that no route serves, so that it always acts in full.",
    example="`what` delivered for `shell` of `front`, to which nobody releases any.",
    remedy="add the release policy or pledge that delivers to it, or take on_hand",
)
def influences_without_delivery(draft: Draft) -> Iterator[Finding]:
    """Find influences of what never arrives."""
    if (reached := _reached(draft)) is None:
        return
    for entry in draft.sound(Influence, "what", "holder", "item"):
        cell = (entry.row.holder, entry.row.item)
        if entry.row.what == "delivered" and cell not in reached:
            yield Finding(entry, "what", f"nothing delivers `{cell[1]}` to `{cell[0]}`")


def _reached(draft: Draft) -> set[tuple[str, str]] | None:
    """Return holder and item of the stocks that routes serve, or None if that cannot be said."""
    policy, pledge = ("role", "to_holder", "item"), ("to_holder", "item")
    if not (draft.is_complete(PolicyRow, *policy) and draft.is_complete(Pledge, *pledge)):
        return None
    released = {(e.row.to_holder, e.row.item) for e in draft.sound(PolicyRow, *policy) if e.row.role == "release"}
    return released | {(e.row.to_holder, e.row.item) for e in draft.sound(Pledge, *pledge)}
