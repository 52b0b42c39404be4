"""The cuts of each node: what is known of its cost to go, from below, with where each cut comes from."""

from __future__ import annotations

import numpy as np

from replenish.multistage.modelling.expression import Floats, Ints

FIRST_CAPACITY = 64


class Pool:
    """Cuts `future[of] >= level + slope @ x` of one node, where x is its outgoing state (scaled units).

    Nodes with a cost to go for each outcome and a risk measure have cuts that also reach over these costs to go: their
    x goes on with them.

    Attributes:
        count: number of cuts.
        level, of, is_sure: (capacity,); beyond `count` they mean nothing.
        slope: (width, capacity).
        iteration, trial: (capacity,) in which iteration, and at which of its states, each cut was made.
        state: (capacity, width) the state at which it was made.
    """

    def __init__(self, width: int) -> None:
        """Begin without cuts."""
        self.count = 0
        self.level, self.slope = np.zeros(FIRST_CAPACITY), np.zeros((width, FIRST_CAPACITY))
        self.of, self.is_sure = np.zeros(FIRST_CAPACITY, np.int64), np.zeros(FIRST_CAPACITY, np.int64)
        self.iteration, self.trial = np.zeros(FIRST_CAPACITY, np.int64), np.zeros(FIRST_CAPACITY, np.int64)
        self.state = np.zeros((FIRST_CAPACITY, width))

    @property
    def width(self) -> int:
        """Return the length of slopes."""
        return len(self.slope)

    def add(
        self, level: Floats, slope: Floats, of: Ints, *, is_sure: Ints, iteration: int, trial: Ints, state: Floats
    ) -> None:
        """Add cuts: level (cut,), slope (cut, width), of (cut,), and where they come from."""
        first, last = self.count, self.count + len(level)
        while last > len(self.level):
            self._grow()
        self.level[first:last], self.slope[:, first:last], self.of[first:last] = level, slope.T, of
        self.is_sure[first:last], self.iteration[first:last] = is_sure, iteration
        self.trial[first:last], self.state[first:last] = trial, state
        self.count = last

    def until(self, iteration: int) -> Pool:
        """Return a pool of the cuts that were made before an iteration."""
        other, own = Pool(self.width), np.nonzero(self.iteration[: self.count] < iteration)[0]
        other.add(
            self.level[own], self.slope[:, own].T, self.of[own], is_sure=self.is_sure[own], iteration=0,
            trial=self.trial[own], state=self.state[own],
        )  # fmt: skip
        other.iteration[: len(own)] = self.iteration[own]
        return other

    def height(self, x: Floats, of: int = 0) -> tuple[float, Floats]:
        """Return the highest cut of a cost to go at a state and its slope; -inf where there is none."""
        own = np.nonzero(self.of[: self.count] == of)[0]
        if not own.size:
            return -np.inf, np.zeros(self.width)
        heights = self.level[own] + x @ self.slope[:, own]
        best = int(np.argmax(heights))
        return float(heights[best]), self.slope[:, own[best]].copy()

    def _grow(self) -> None:
        size = len(self.level)
        for name in ("level", "of", "is_sure", "iteration", "trial"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros(size, old.dtype)]))
        self.slope = np.concatenate([self.slope, np.zeros((self.width, size))], axis=1)
        self.state = np.concatenate([self.state, np.zeros((size, self.width))])
