"""Rare stock-outs by importance sampling: a state of a chain is made more likely, and each path is weighted for it.

With p the probability of a move of the chain and q the one that is drawn from, a path has the weight

    w = product of p / q over the moves up to the first stock-out (or to the end, if there is none),

and mean(w x stock-out) estimates the probability without bias.  Where the state of a chain is known, nothing is drawn
and the ratio is 1.  Probabilities are those that the 32-bit thresholds of the draws stand for: the weights are exact.

References:
    Asmussen and Glynn (2007), Stochastic Simulation, ch. V.1 and VI.  Kong (1992): effective sample size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from replenish import draws
from replenish.arrays import Labels, to_arrays
from replenish.arrays.groups import Arrays, Chains, Floats, Ints, Words
from replenish.errors import ScenarioError, UsageError
from replenish.scenario import Scenario, check, input_hash
from replenish.scenario.suggest import advice
from replenish.simulation import versions
from replenish.simulation.engine import make_worker, run_group
from replenish.simulation.series import to_series
from replenish.simulation.state import LANES, reading_sizes
from replenish.study.fleets.coupling import is_coupled
from replenish.study.saving import refuse_foreign, save_study, study_folder
from replenish.study.sides import Source, find_scenario_of, short_name

RESOLUTION: Final = 2.0**-16
"""Unmet demand up to here is rounding, as in the statistics of a run [unit]."""
FEW_PATHS: Final = 100.0
"""Below so many effective paths with a stock-out an estimate is doubtful."""
LARGE_SHARE: Final = 0.1
"""Above this share of one path in an estimate it is doubtful."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Tilt:
    """Multiply the probability of entering or staying in `state` of `chain` by `factor`, and renormalise."""

    chain: str
    state: str
    factor: float

    def __post_init__(self) -> None:
        if not 0 < self.factor < math.inf:
            raise UsageError(f"tilt {self.chain}:{self.state}: factor {self.factor:g} must be a number above 0")

    def __str__(self) -> str:
        return f"{self.chain}:{self.state}={self.factor:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rare:
    """Probabilities of stock-outs by importance sampling.

    estimates: one row for each demand (`holder`, `item`, `purpose`), and one with empty names for any of them:
        `probability` that some of it is not issued in its period by the end of the horizon, `standard_error`,
        `relative_error`, `stock_outs` (paths), `effective_paths` of all paths and `effective_stock_outs` of those with
        a stock-out, (sum w)^2 / sum w^2, `largest_weight_share` of one path in the estimate, `crude_probability` and
        `crude_standard_error` of as many paths without tilt, and `variance_ratio`, the variance of one crude path at
        the estimated probability over that of one tilted path.
    warnings: what makes an estimate doubtful.
    folder: where the table is saved; None if it is not.
    """

    estimates: pl.DataFrame
    tilts: tuple[Tilt, ...]
    paths: int
    seed: int
    warnings: tuple[str, ...]
    folder: Path | None = None

    def __repr__(self) -> str:
        """Return what was estimated in one line."""
        tilts = ", ".join(map(str, self.tilts))
        return f"<Rare: {len(self.estimates)} probabilities, tilt {tilts}; {self.paths} paths, seed {self.seed}>"


def parse_tilt(text: str) -> Tilt:
    """Return the tilt written as CHAIN:STATE=FACTOR.

    >>> parse_tilt("war:surge=3")
    Tilt(chain='war', state='surge', factor=3.0)
    """
    name, _, factor = text.rpartition("=")
    chain, colon, state = name.partition(":")
    try:
        number = float(factor)
    except ValueError:
        number = math.nan
    if not colon or not chain or not state or math.isnan(number):
        raise UsageError(f"{text}: a tilt is written CHAIN:STATE=FACTOR, such as war:surge=3")
    return Tilt(chain, state, number)


def estimate_rare(
    scenario: Scenario,
    tilts: Sequence[Tilt],
    *,
    paths: int | None = None,
    seed: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Rare:
    """Return the probability of a stock-out of each demand, by importance sampling beside plain simulation.

    Args:
        scenario: what to simulate.
        tilts: states to make more likely; at least one.
        paths: number of tilted paths, and of plain ones; the scenario's if not given.
        seed: seed of all draws; the scenario's if not given.
        progress: called with the number of paths finished since the last call, twice `paths` in all.

    Raises:
        ScenarioError: the scenario is not sound.
        UsageError: a tilt names no chain or state, one on which nothing depends, or would make a move impossible;
            or a fleet issues an item, which weighted paths leave out.
    """
    problems = check(scenario, cases=())
    if any(problem.severity == "error" for problem in problems):
        raise ScenarioError(problems)
    if is_coupled(scenario):
        raise UsageError("rare events are sampled without fleets; empty the item of the fleets to leave them out")
    settings = scenario.settings.simulation
    paths, seed = paths or settings.paths, settings.seed if seed is None else seed
    arrays, labels = to_arrays(scenario)
    tilted = tilted_chains(arrays.chains, labels, tilts)
    crude = _sample(arrays, arrays.chains, paths=paths, seed=seed, progress=progress)
    weighted = _sample(arrays, tilted, paths=paths, seed=seed, progress=progress)
    names = [*labels.demands, ("", "", "")]
    rows = [
        {**dict(zip(("holder", "item", "purpose"), name, strict=True)), **_estimate(*of_demand)}
        for name, *of_demand in zip(names, *weighted, *crude, strict=True)
    ]
    found = pl.DataFrame(rows)
    return Rare(estimates=found, tilts=tuple(tilts), paths=paths, seed=seed, warnings=tuple(_doubts(found)))


def rare(
    source: Source,
    *,
    tilts: Sequence[Tilt | str],
    paths: int | None = None,
    seed: int | None = None,
    out: Path | str | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Rare:
    """Do what `estimate_rare` does for a folder, an example, `SCENARIO:case` or a run, and save the table in `out`.

    Args:
        source: what to simulate; of a saved run, its scenario.
        tilts: states to make more likely, written CHAIN:STATE=FACTOR or as `Tilt`.
        paths: number of tilted paths, and of plain ones; the scenario's if not given.
        seed: seed of all draws; the scenario's if not given.
        out: folder for the table; a new one under `runs/` if not given.
        progress: called with the number of paths finished since the last call, twice `paths` in all.

    Raises:
        ScenarioError: the scenario is not sound.
        UsageError: a tilt does not suit the scenario, or `out` holds something else.
    """
    scenario = find_scenario_of(source)
    folder = Path(out) if out is not None else study_folder("rare", short_name(source))
    refuse_foreign(folder, "rare")
    parsed = [parse_tilt(tilt) if isinstance(tilt, str) else tilt for tilt in tilts]
    found = estimate_rare(scenario, parsed, paths=paths, seed=seed, progress=progress)
    about = {
        "input_hash": input_hash(scenario), "tilts": list(map(str, parsed)), "seed": found.seed, "paths": found.paths,
        "warnings": found.warnings, "versions": versions(),
    }  # fmt: skip
    save_study(folder, "rare", about, {"estimates": found.estimates})
    return replace(found, folder=folder)


def tilted_chains(chains: Chains, labels: Labels, tilts: Sequence[Tilt]) -> Chains:
    """Return the chains with tilted thresholds.

    Raises:
        UsageError: a tilt does not suit the scenario.
    """
    if not tilts:
        raise UsageError("no tilt is given; write --tilt CHAIN:STATE=FACTOR")
    start, move = chains.start.copy(), chains.move.copy()
    for tilt in tilts:
        chain, state = _place(labels, tilt)
        if chains.first_influence[chain + 1] > chains.first_influence[chain]:
            raise UsageError(f"tilt {tilt}: stocks or deliveries influence `{tilt.chain}`; tilt a chain that is free")
        count = int(chains.states[chain])
        start[chain] = _tilted(start[chain], count, state, tilt)
        move[chain, :count] = _tilted(move[chain, :count], count, state, tilt)
        is_same = (start[chain] == chains.start[chain]).all() and (move[chain] == chains.move[chain]).all()
        if is_same and tilt.factor != 1:
            raise UsageError(f"tilt {tilt}: changes nothing; the state is never entered by chance, or always")
    return chains._replace(start=start, move=move)


def probabilities(thresholds: Words, count: int) -> Floats:
    """Return the probability of each of `count` states that thresholds stand for, (..., S).

    A word u picks the first state with u <= threshold, the last one where there is none; the word 0 counts as 1.
    """
    words = np.where(thresholds > 0, thresholds.astype(np.float64) + 1.0, 0.0)
    words[..., count - 1 :] = float(draws.WORD)
    picked: Floats = np.diff(words, axis=-1, prepend=0.0) / draws.WORD
    return picked


def chain_states(readings: Floats, first: int, chains: Chains) -> Ints:
    """Return the state of each chain, (period, chain, path), from readings (period, row, path).

    The reading has one row for each chain with the number of its state, from row `first` on.
    """
    return readings[:, first : first + len(chains.states)].astype(np.int64)


def log_ratios(plain: Chains, drawn: Chains, states: Ints) -> Floats:
    """Return log(p / q) of what the chains did up to and with each period, (period, path).

    `plain` has the thresholds of p and `drawn` those of q; `states` is (period, chain, path).
    """
    total = np.zeros((states.shape[0], states.shape[2]))
    for chain, count in enumerate(plain.states):
        first = _log_ratio(plain.start[chain], drawn.start[chain], int(count))
        later = _log_ratio(plain.move[chain], drawn.move[chain], int(count))
        own = states[:, chain]
        steps = np.concatenate([first[own[:1]], later[own[:-1], own[1:]]])
        steps[plain.forced[:, chain] >= 0] = 0.0
        total += steps
    summed: Floats = np.cumsum(total, axis=0)
    return summed


def _log_ratio(plain: Words, drawn: Words, count: int) -> Floats:
    p, q = probabilities(plain, count), probabilities(drawn, count)
    return np.log(np.divide(p, q, out=np.ones_like(p), where=(p > 0) & (q > 0)))


def _place(labels: Labels, tilt: Tilt) -> tuple[int, int]:
    if tilt.chain not in labels.chains:
        known = advice(tilt.chain, labels.chains) or f"chains are {', '.join(labels.chains) or 'none'}"
        raise UsageError(f"tilt {tilt}: there is no chain `{tilt.chain}`; {known}")
    chain = labels.chains.index(tilt.chain)
    if tilt.state not in labels.states[chain]:
        known = advice(tilt.state, labels.states[chain])
        raise UsageError(f"tilt {tilt}: `{tilt.chain}` has no state `{tilt.state}`; {known}")
    scenario = labels.scenario
    used = {row.chain for row in scenario.demand} | {row.chain for row in scenario.requirements}
    used |= {row.gate for row in scenario.holders} | {row.gate for row in scenario.budgets}
    if tilt.chain not in used:
        usable = ", ".join(sorted(used - {""})) or "none"
        raise UsageError(f"tilt {tilt}: no demand, requirement or gate depends on it; those in use are {usable}")
    return chain, labels.states[chain].index(tilt.state)


def _tilted(thresholds: Words, count: int, state: int, tilt: Tilt) -> Words:
    p = probabilities(thresholds, count)
    q = p.copy()
    q[..., state] *= tilt.factor
    new = draws.to_thresholds(np.cumsum(q / q.sum(axis=-1, keepdims=True), axis=-1))
    if ((p > 0) & (probabilities(new, count) == 0)).any():
        raise UsageError(f"tilt {tilt}: makes a move impossible that may happen; take a factor nearer to 1")
    return new


def _sample(
    arrays: Arrays, drawn: Chains, *, paths: int, seed: int, progress: Callable[[int], None]
) -> tuple[Flags, Floats]:
    """Return whether each demand, and any, runs short, and the weights of the paths; both (demand + 1, path)."""
    parts = []
    for readings in _groups(arrays._replace(chains=drawn), paths=paths, seed=seed):
        parts.append(_weighted(arrays, drawn, readings))
        progress(readings.shape[2])
    return np.concatenate([part[0] for part in parts], axis=1), np.concatenate([part[1] for part in parts], axis=1)


def _groups(arrays: Arrays, *, paths: int, seed: int) -> Iterator[Floats]:
    """Yield all readings of a group of paths after the other, (period, row, path)."""
    series = to_series(arrays, [])
    worker = make_worker(arrays, series, LANES)
    trace = np.zeros((len(arrays.clock.days), sum(reading_sizes(arrays).values()), LANES))
    for first in range(0, paths, LANES):
        used = min(LANES, paths - first)
        run_group(arrays, series, worker, seed=seed, first=first, lanes=range(used), trace=trace)
        yield trace[:, :, :used]


def _weighted(arrays: Arrays, drawn: Chains, readings: Floats) -> tuple[Flags, Floats]:
    sizes = reading_sizes(arrays)
    start = dict(zip(sizes, np.cumsum([0, *sizes.values()]), strict=False))
    first = int(start["unmet"])
    unmet = np.cumsum(readings[:, first : first + sizes["unmet"]], axis=0) > RESOLUTION
    unmet = np.concatenate([unmet, unmet.any(axis=1, keepdims=True)], axis=1)  # (period, demand + 1, path)
    is_short: Flags = unmet[-1]
    stop = np.where(is_short, unmet.argmax(axis=0), unmet.shape[0] - 1)
    ratios = log_ratios(arrays.chains, drawn, chain_states(readings, int(start["chain_state"]), arrays.chains))
    weights: Floats = np.exp(np.take_along_axis(ratios, stop, axis=0))
    return is_short, weights


def _estimate(is_short: Flags, weights: Floats, crude_short: Flags, _: Floats) -> dict[str, Any]:
    """Return the estimates of one demand from its paths."""
    paths, hits = len(weights), weights[is_short]
    probability, variance = _mean(weights * is_short)
    crude, crude_variance = _mean(crude_short.astype(np.float64))
    return {
        "probability": probability,
        "standard_error": math.sqrt(variance / paths),
        "relative_error": math.sqrt(variance / paths) / probability if probability else None,
        "stock_outs": len(hits),
        "effective_paths": _effective(weights),
        "effective_stock_outs": _effective(hits),
        "largest_weight_share": float(hits.max() / hits.sum()) if len(hits) else None,
        "crude_probability": crude,
        "crude_standard_error": math.sqrt(crude_variance / paths),
        "variance_ratio": probability * (1 - probability) / variance if variance > 0 and probability < 1 else None,
    }


def _mean(values: Floats) -> tuple[float, float]:
    """Return mean and variance of one path."""
    return float(values.mean()), float(values.var(ddof=1)) if len(values) > 1 else 0.0


def _effective(weights: Floats) -> float:
    """Return the number of equally weighted paths that would tell as much."""
    return float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0.0


def _doubts(found: pl.DataFrame) -> Iterator[str]:
    for row in found.iter_rows(named=True):
        name = "/".join(filter(None, (row["holder"], row["item"], row["purpose"]))) or "any demand"
        if not row["stock_outs"]:
            yield f"{name}: no path runs short; raise the factor or the number of paths"
        elif row["effective_stock_outs"] < FEW_PATHS:
            yield (
                f"{name}: {row['effective_stock_outs']:.0f} effective paths with a stock-out, fewer than"
                f" {FEW_PATHS:.0f}; take more paths, or a factor nearer to 1"
            )
        elif row["largest_weight_share"] > LARGE_SHARE:
            yield f"{name}: one path makes {row['largest_weight_share']:.0%} of the estimate; take a smaller factor"
