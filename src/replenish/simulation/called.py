"""Functions of the user that decide: what they see, and where their answers go.

The kernel calls them back once a period, at the moment of decision: what they see is a block of paths with all that is
revealed and received, before anything is decided.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from replenish.arrays import Labels
from replenish.arrays.groups import Arrays, Floats, Ints
from replenish.arrays.state import State
from replenish.errors import UsageError
from replenish.periods import Calendar
from replenish.policy import CalledRole
from replenish.scenario.suggest import advice
from replenish.simulation.series import Names, things
from replenish.simulation.sight import Sight
from replenish.simulation.state import Workspace, amount_sizes, first_rows, reading_sizes

READABLE: Mapping[str, str] = {
    "on_hand": "cell", "in_transit": "cell", "on_order": "cell", "outside": "cell", "requirement": "cell",
    "planning_use": "cell", "demand": "demand", "backorders": "demand", "delivered": "flow", "production": "product",
    "pledge_delivered": "pledge", "budget": "budget", "chain_state": "chain",
}  # fmt: skip
"""What a function may read, and what each is about."""


@dataclass(frozen=True)
class Block:
    """What a function sees when it decides: a period of a block of paths.

    period: number of the period, from 0.
    date: first day of the period.
    paths: numbers of the paths, (path,); numbers past the end of the run may occur and do not count.
    issued: taken for demands in the period before from each stock whose issues this function limits, (key, path).
    """

    period: int
    date: dt.date
    paths: Ints
    issued: Floats
    _buffer: Floats
    _rows: Rows
    _look: Callable[[], State]

    def read(self, reading: str, **names: str) -> Floats:
        """Return the sum of a reading over all things with these names, (path,); see `READABLE`.

        `chain_state` of `chain=...` is the number of its state, in the order of the states' names.

        Raises:
            UsageError: there is no such reading, or nothing has these names.
        """
        rows = self._rows.find(reading, names)
        return self._buffer[rows[0]].copy() if len(rows) == 1 else np.asarray(self._buffer[rows].sum(axis=0))

    def state(self) -> State:
        """Return all that may be known now, as numbers in the order of the rows of the arrays, (..., thing, path)."""
        return self._look()


class Rows:
    """Which rows of the buffer have which names; what was asked once is remembered."""

    def __init__(self, arrays: Arrays, labels: Labels) -> None:
        """Number the rows of every reading."""
        named = things(labels) | {"chain": [{"chain": chain} for chain in labels.chains]}
        starts = first_rows(reading_sizes(arrays))
        self._rows = {reading: list(enumerate(named[about], starts[reading])) for reading, about in READABLE.items()}
        self._found: dict[tuple[object, ...], list[int]] = {}

    def find(self, reading: str, names: Names) -> list[int]:
        """Return the rows of a reading with these names.

        Raises:
            UsageError: there is no such reading, or nothing has these names.
        """
        key = (reading, *names.items())
        if (rows := self._found.get(key)) is None:
            rows = self._found[key] = self._search(reading, names)
        return rows

    def _search(self, reading: str, names: Names) -> list[int]:
        if reading not in self._rows:
            raise UsageError(f"a function reads `{reading}`: no such reading; {advice(reading, READABLE)}")
        rows = [row for row, own in self._rows[reading] if names.items() <= own.items()]
        if not rows:
            asked = ", ".join(f"{key}={value!r}" for key, value in names.items())
            raise UsageError(f"a function reads `{reading}` of {asked}: nothing has these names")
        return rows


class Deciders:
    """All functions of a run."""

    def __init__(self, arrays: Arrays, labels: Labels, calendar: Calendar) -> None:
        """Prepare the functions of `labels.calls`."""
        places, own = first_rows(amount_sizes(arrays)), arrays.expansions.is_called
        place_of = {"expansion": np.cumsum(own) - own}  # rows of others are numbered as they are
        first = {role: places[name] for role, name in _ASKED.items()}
        self._calls = [
            _Asking(call.function, {
                role: first[role] + (place_of[role][list(rows)] if role in place_of else np.array(rows))
                for role, rows in call.rows.items()
            }, call.is_joint, np.array(call.rows["issuing"]) if "issuing" in call.rows else None)
            for call in labels.calls
        ]  # fmt: skip
        self._limits = places["limited_issue"] + np.arange(len(arrays.sources.limited))
        self._rows, self._sight = Rows(arrays, labels), Sight(arrays)
        self._calendar, self._is_review = calendar, arrays.clock.is_review

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self._calls)

    def decide(self, t: int, first_path: int, space: Workspace) -> None:
        """Ask every function and write its answers where the kernel reads them.

        Raises:
            UsageError: an answer is not one finite number for each path, or for each key and path.
        """
        paths = first_path + np.arange(space.amounts.shape[1])
        look = partial(self._sight.look, t, space)
        issued = space.amounts[self._limits]
        space.amounts[self._limits] = 0.0
        for call in self._calls:
            own = issued[call.limits] if call.limits is not None else issued[:0]
            block = Block(t, self._calendar.bounds[t], paths, own, space.buffer, self._rows, look)
            counting = [role for role in call.rows if role in _EVERY_PERIOD or self._is_review[t]]
            if call.is_joint:
                _write_all(call, block, counting, space.amounts)
            elif counting:
                _write(call, block, counting[0], space.amounts)
        asked = self._limits - len(self._limits)  # the rows before
        space.amounts[asked] = np.maximum(space.amounts[asked], 0.0)


class _Asking(NamedTuple):
    """A function and the rows of the workspace that take its answers."""

    function: Callable[..., Any]
    rows: Mapping[CalledRole, Ints]
    is_joint: bool
    limits: Ints | None  # among all limits


def _write(call: _Asking, block: Block, role: CalledRole, amounts: Floats) -> None:
    """Write the answer of a function for one decision."""
    answer, lanes = _to_numbers(call.function(block)), len(block.paths)
    if answer.shape not in ((), (lanes,)) or not np.isfinite(answer).all():
        raise UsageError(
            f"a function for {role} answered {answer.shape} in period {block.period}; it must return one finite number"
            f" for each of the {lanes} paths, or one for all"
        )
    amounts[call.rows[role]] = answer


def _write_all(call: _Asking, block: Block, counting: list[CalledRole], amounts: Floats) -> None:
    """Write the answers of a function for all its decisions that count now."""
    answers, lanes = call.function(block), len(block.paths)
    if not isinstance(answers, Mapping) or not set(call.rows).issuperset(answers) or set(counting) - set(answers):
        said = ", ".join(map(repr, answers)) if isinstance(answers, Mapping) else type(answers).__name__
        raise UsageError(
            f"a joint function answered {said or 'nothing'} in period {block.period}; it must return a mapping from"
            f" {', '.join(call.rows)} to numbers"
        )
    for role in counting:
        rows, answer = call.rows[role], _to_numbers(answers[role])
        if answer.shape not in ((), (len(rows),), (len(rows), lanes)) or not np.isfinite(answer).all():
            raise UsageError(
                f"a joint function answered {answer.shape} for {role} in period {block.period}; it must return one"
                f" finite number for each of the {len(rows)} keys and {lanes} paths, for each key, or for all"
            )
        amounts[rows] = answer if answer.ndim != 1 else answer[:, None]


def _to_numbers(answer: object) -> Floats:
    """Return an answer as numbers; NaN if it is none: text, complex numbers, lists of unequal length."""
    try:
        return np.asarray(answer).astype(np.float64, casting="same_kind", copy=False)
    except (TypeError, ValueError):
        return np.asarray(np.nan)


_EVERY_PERIOD: frozenset[CalledRole] = frozenset({"production", "issuing"})

_ASKED: Mapping[CalledRole, str] = {
    "ordering": "asked_order", "release": "asked_release", "production": "asked_rate", "expansion": "asked_start",
    "issuing": "asked_issue",
}  # fmt: skip
