"""What is asked, and the Markov chains on which it depends."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from replenish.scenario.model import base as col
from replenish.scenario.model.base import Name, Per, Row

Purpose = Literal["use", "training", "contingency"]
Distribution = Literal["deterministic", "poisson", "negative_binomial", "gamma", "lognormal"]


class Demand(Row):
    """What one holder asks of one item for one purpose, from a date on, in one state of a chain."""

    table = "demand"
    key = ("holder", "item", "purpose", "chain", "state", "start")

    holder: Name = col.name("who asks, and whose stock serves it", refers_to="holder")
    item: Name = col.name("what is asked", refers_to="item")
    purpose: Purpose = col.text("what it is for", default="use")
    chain: Name = col.name("chain on whose state it depends; empty: none", refers_to="chain", default="")
    state: Name = col.name("state of that chain", default="")
    start: dt.date | None = col.day(
        "first day on which it holds; empty: from the start", default=None, may_lie_outside=True
    )
    mean: float = col.number("mean demand", unit="unit/per")
    per: Per = col.text("unit of time of mean", default="month")
    distribution: Distribution = col.text("law of the demand of one period around its mean", default="deterministic")
    coefficient_of_variation: float = col.number(
        "standard deviation / mean of the demand of one period (not for deterministic and poisson)",
        unit="ratio", default=0.0,
    )  # fmt: skip
    priority: int = col.number(
        "order of service within a holder and against its shipments; 1 first", unit="rank", default=5
    )
    when_unmet: Literal["owed", "lost"] = col.text("whether unmet demand is still owed or is lost", default="owed")
    unit: str = col.stated_unit()


class ChainState(Row):
    """One state of a Markov chain: a regime of use, a funding gate, an own contingency, a threat."""

    table = "chains"
    key = ("chain", "state")

    chain: Name = col.name("short name of the chain")
    state: Name = col.name("short name of the state")
    title: str = col.text("name for reports; empty: the short name", default="")
    start_probability: float = col.share("probability of this state in the first period; they sum to 1", default=0.0)
    mean_duration_days: float | None = col.number(
        "mean time spent in the state; then its transitions are the shares of the states that follow it",
        unit="day", default=None, gt=0,
    )  # fmt: skip
    purchase_share: float = col.share("as a gate: share of decided purchases that it lets through", default=1.0)
    release_share: float = col.share("as a gate: share of decided releases that it lets through", default=1.0)


class Transition(Row):
    """Probability of going from one state of a chain to another in one period."""

    table = "transitions"
    key = ("chain", "from_state", "to_state")

    chain: Name = col.name("which chain", refers_to="chain")
    from_state: Name = col.name("state of the period before")
    to_state: Name = col.name("state of this period")
    probability: float = col.share(
        "probability per period; where from_state has a mean duration: share of the states that follow it"
    )


class Forced(Row):
    """Dates on which the state of a chain is known."""

    table = "forced"
    key = ("chain", "start")

    chain: Name = col.name("which chain", refers_to="chain")
    start: dt.date = col.day("first day on which the state is known", may_lie_outside=True)
    end: dt.date = col.day("last day on which the state is known", may_lie_outside=True)
    state: Name = col.name("the known state; a period takes the state known on its first day")


class Influence(Row):
    """What a stock, or deliveries to it, do to the moves of a chain: scarcity makes a move more or less likely."""

    table = "influences"
    key = ("chain", "from_state", "to_state", "what", "holder", "item")

    chain: Name = col.name("chain that is influenced", refers_to="chain")
    from_state: Name = col.name("state that is left; empty: any", default="")
    to_state: Name = col.name("state whose probability changes")
    what: Literal["on_hand", "delivered"] = col.text(
        "what acts: stock on hand at the end of the period before, or what arrived in it over routes"
    )
    holder: Name = col.name("whose stock or deliveries", refers_to="holder")
    item: Name = col.name("of which item", refers_to="item")
    reference: float = col.number(
        "level below which it acts: of a stock in units, of deliveries in units per unit of time",
        unit="unit or unit/per", gt=0,
    )  # fmt: skip
    per: Per = col.text("unit of time of reference, for deliveries", default="month")
    strength: float = col.number(
        "the probability is multiplied by 1 + strength x the part that lacks to the reference", unit="ratio", ge=-1
    )
