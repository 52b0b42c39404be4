"""Offers to take or leave, in whole numbers: seats and hotel rooms."""

from __future__ import annotations

import numpy as np

from replenish.multistage.modelling.model import Model, linear
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.problems.problem import Problem

SOURCE = "SDDP.jl, docs/src/examples/{}.jl"
PRICES = (3.0, 3.0, 6.0)


def all_blacks() -> Model:
    """Return two seats sold over three stages for 3, 3 and 6 each, to offers for both, the first and the second."""
    stage = Stage("max")
    seats = stage.state("seats", 2, upper=1, initial=1)
    accepted = stage.variable("accepted", upper=1, is_integer=True)
    offer, price = stage.parameter("offer", 2), stage.parameter("price")
    stage.row("balance", seats.after == seats.before - offer * accepted)
    stage.objective(price * accepted)
    offers = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    data = [{"offer": row, "price": price * row.sum()} for row, price in zip(offers, PRICES, strict=True)]
    return linear(stage, [None] * 3, data=data)


def all_blacks_random() -> Model:
    """Return two seats sold over three stages for 3, 3 and 6 to random offers, each seat on its own."""
    stage = Stage("max")
    seats = stage.state("seats", 2, upper=1, initial=1)
    offer, price = stage.parameter("offer", 2), stage.parameter("price")
    accepted = stage.variable("accepted", 2, upper=offer, is_integer=True)
    stage.row("balance", seats.after == seats.before - accepted)
    stage.objective(price * accepted)
    offers = [[[1, 1], [0, 0], [1, 1]], [[1, 0], [0, 0], [0, 0]], [[0, 1], [1, 0], [1, 1]]]
    return linear(stage, [Outcomes({"offer": rows}) for rows in offers], data=[{"price": price} for price in PRICES])


def booking(rooms: int, days: int, requests: int) -> Model:
    """Return requests for a room on consecutive days, each equally likely, accepted as a whole or not at all.

    A night in room r (from 0) accepted at stage t (from 0) earns r + t + 1.
    """
    stage = Stage("max")
    shape = (rooms, days)
    vacancy = stage.state("vacancy", shape, upper=1, initial=1)
    request, price = stage.parameter("request", shape), stage.parameter("price", shape)
    accepted = stage.variable("accepted", upper=1, is_integer=True)
    taken = stage.variable("taken", shape, upper=request, is_integer=True)
    stage.row("balance", vacancy.after == vacancy.before - taken)
    stage.row("vacant", taken <= vacancy.before)
    stage.row("only_if", taken <= accepted)
    stage.row("whole", taken + 1 - accepted >= request)
    stage.objective(price * taken)
    wishes = []
    for room in range(rooms):
        for first in range(days):
            for last in range(first, days):
                wish = np.zeros(shape)
                wish[room, first : last + 1] = 1
                wishes.append(wish)
    price_of_room = np.repeat(np.arange(1.0, rooms + 1)[:, None], days, axis=1)
    return linear(
        stage, [Outcomes({"request": wishes})] * requests, data=[{"price": price_of_room + t} for t in range(requests)]
    )


PROBLEMS = (
    Problem(
        name="all-blacks", title="two seats, known offers", build=all_blacks,
        optimum=9.0, tolerance=1e-6, source=SOURCE.format("all_blacks"),
    ),
    Problem(
        name="all-blacks-random", title="two seats, random offers", build=all_blacks_random,
        optimum=8.0, tolerance=1e-6, source=SOURCE.format("stochastic_all_blacks"),
    ),
    Problem(
        name="booking-1-2-5", title="one room, 2 days, 5 requests", build=lambda: booking(1, 2, 5),
        optimum=64 / 9, tolerance=1e-6, source="a dynamic programme over the four states of the room",
        note="SDDP.jl, docs/src/examples/booking_management.jl, gives 7.25, which is a bound from above.",
    ),
    Problem(
        name="booking-2-2-3", title="two rooms, 2 days, 3 requests", build=lambda: booking(2, 2, 3),
        optimum=6.13, tolerance=0.02, source=SOURCE.format("booking_management"),
    ),
)  # fmt: skip
