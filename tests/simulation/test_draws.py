"""Random words and laws: known answers, exact moments, and the kernel against the plain form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaincc, gammaln, xlogy

from replenish import draws
from replenish.arrays import to_arrays
from replenish.arrays.groups import Floats, Words
from replenish.scenario.model import ChainState, Demand, Holder, Item, Scenario, Transition
from replenish.simulation.kernel.compiled import entry
from replenish.simulation.kernel.draw import fill_words
from tests.simulation.runs import trace
from tests.simulation.small import settings

PI = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)
FOUR_SIGMA = 6.3e-5  # chance of a normal value beyond four standard deviations


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((draws.WORD - 1,) * 4, (draws.WORD - 1,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (*PI, "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_philox_gives_the_published_answers(
    counter: tuple[int, int, int, int], key: tuple[int, int], answer: str
) -> None:
    """Salmon et al. (2011), known answers of philox4x32-10 in their Random123 library (file kat_vectors)."""
    words = draws.philox(np.array(counter, np.uint64).reshape(4, 1), *key)
    assert [f"{word:08x}" for word in words[:, 0]] == answer.split()


@entry
def words_in_kernel(out: Words, seed: int, draw_class: int, stream: int, first_path: int, quarter: int) -> None:
    fill_words(out, seed, draw_class, stream, first_path, quarter)


@pytest.mark.parametrize(
    ("seed", "stream", "first"), [(0, 0, 0), (2**32 - 1, 2**32 - 1, 2**31), (7, 12345, 99_999_900)]
)
def test_kernel_and_plain_form_draw_the_same_words(seed: int, stream: int, first: int) -> None:
    out = np.zeros((4, 50), np.uint32)
    words_in_kernel(out, seed, draws.DEMAND_DRAW, stream, first, 5)
    streams, paths = np.array([stream], np.uint32), np.arange(first, first + 50)
    plain = [draws.words(seed, draws.DEMAND_DRAW, streams, paths, 20 + place)[0] for place in range(4)]
    assert np.array_equal(out, np.array(plain))


def test_the_word_0_counts_as_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draws, "philox", lambda counter, seed: np.zeros(counter.shape, np.uint32))
    assert (draws.words(1, draws.CHAIN_DRAW, np.array([3], np.uint32), np.arange(5), 2) == 1).all()


def words_of(count: int, name: str) -> Words:
    """Return the words of the first `count` paths of one stream in one period."""
    stream = np.array([draws.stream_id(name)], np.uint32)
    return np.asarray(draws.words(11, draws.DEMAND_DRAW, stream, np.arange(count), 3)[0])


def even_words(count: int = 2**20) -> Words:
    """Return words that stand evenly over all."""
    return ((np.arange(count) + 0.5) / count * draws.WORD).astype(np.uint32)


LAWS = [
    ("poisson 0.3", draws.poisson(0.3), 0.3, math.sqrt(0.3)),
    ("poisson 30", draws.poisson(30.0), 30.0, math.sqrt(30.0)),
    ("poisson 499", draws.poisson(499.0), 499.0, math.sqrt(499.0)),
    ("poisson 2000", draws.poisson(2000.0), 2000.0, math.sqrt(2000.0)),
    ("negative binomial 4", draws.negative_binomial(4.0, 1.0), 4.0, 4.0),
    ("negative binomial 100", draws.negative_binomial(100.0, 0.5), 100.0, 50.0),
    ("negative binomial 3000", draws.negative_binomial(3000.0, 0.3), 3000.0, 900.0),
    ("gamma 0.5", draws.gamma(0.5), 700.0, 350.0),
    ("gamma 1.5", draws.gamma(1.5), 700.0, 1050.0),
    ("lognormal 0.4", draws.lognormal(0.4), 700.0, 280.0),
]
laws = pytest.mark.parametrize(("name", "law", "mean", "deviation"), LAWS, ids=[law[0] for law in LAWS])


@laws
def test_a_law_has_its_mean_and_deviation(name: str, law: draws.Law, mean: float, deviation: float) -> None:
    """Evenly spread words, so that no chance is left; the tails of the tables are cut at 2^-33."""
    values = draws.draw(law, mean, even_words())
    assert values.mean() == pytest.approx(mean, rel=2e-4)
    assert values.std() == pytest.approx(deviation, rel=5e-3)


@laws
def test_drawn_demand_has_the_mean_and_deviation_of_its_law(
    name: str, law: draws.Law, mean: float, deviation: float
) -> None:
    count = 40_000
    values = draws.draw(law, mean, words_of(count, name))
    assert abs(values.mean() - mean) <= 4 * deviation / math.sqrt(count)
    spread = (values - mean) ** 2
    assert abs(spread.mean() - deviation**2) <= 4 * spread.std() / math.sqrt(count)


@laws
def test_larger_words_never_give_smaller_demand(name: str, law: draws.Law, mean: float, deviation: float) -> None:
    tails = np.concatenate([np.arange(1, 3000), draws.WORD - np.arange(1, 3000)]).astype(np.uint32)
    values = draws.draw(law, mean, np.sort(np.concatenate([even_words(2**18), tails])))
    assert (np.diff(values) >= 0).all()
    assert values[0] >= 0


def test_poisson_draws_pass_a_chi_square_test() -> None:
    mean, count = 7.0, 200_000
    drawn = np.bincount(draws.draw(draws.poisson(mean), mean, words_of(count, "chi")).astype(int), minlength=40)
    values = np.arange(40)
    expected = count * np.exp(xlogy(values, mean) - mean - gammaln(values + 1))
    is_kept = expected >= 5
    observed = np.append(drawn[is_kept], drawn[~is_kept].sum())
    wanted = np.append(expected[is_kept], count - expected[is_kept].sum())
    statistic = ((observed - wanted) ** 2 / wanted).sum()
    assert gammaincc((len(observed) - 1) / 2, statistic / 2) > FOUR_SIGMA


@given(
    st.lists(st.sampled_from([0.0, 0.0, 1e-9, 0.1, 0.5, 1.0]), min_size=1, max_size=8).filter(lambda row: sum(row) > 0),
    st.integers(1, draws.WORD - 1),
)
def test_what_has_no_probability_is_never_drawn(weights: list[float], word: int) -> None:
    probabilities = np.array(weights) / sum(weights)
    law = draws.discrete(probabilities)
    assert law.thresholds is not None
    edges = np.clip(law.thresholds.astype(np.int64)[:, None] + [-1, 0, 1], 1, draws.WORD - 1).ravel()
    picked = draws.draw(law, 0.0, np.append(edges, [1, word, draws.WORD - 1]).astype(np.uint32))
    assert (probabilities[picked.astype(int)] > 0).all()


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6))
def test_thresholds_hold_probabilities_to_the_size_of_a_word(weights: list[float]) -> None:
    probabilities = np.array(weights) / sum(weights)
    thresholds = draws.to_thresholds(np.cumsum(probabilities)).astype(float)
    assert np.abs(np.diff(thresholds, prepend=-1.0) / draws.WORD - probabilities).max() <= 1.5 / draws.WORD


@pytest.mark.parametrize(
    ("mean", "variation", "message"),
    [(100.0, 0.1, "variance 100 must exceed the mean 100; use poisson"), (4.0, 0.2, "variance 0.64 must exceed")],
)
def test_a_negative_binomial_without_extra_variance_is_refused(mean: float, variation: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draws.negative_binomial(mean, variation)


def every_law() -> Scenario:
    """Return a scenario with a demand of each law, some in two regimes."""
    rows = [
        ("deterministic", 12.5, 0.0), ("poisson", 40.0, 0.0), ("poisson", 900.0, 0.0), ("negative_binomial", 80.0, 0.6),
        ("negative_binomial", 2000.0, 0.5), ("gamma", 30.0, 0.8), ("lognormal", 5.0, 1.2), ("poisson", 0.0, 0.0),
    ]  # fmt: skip
    items = [Item(name=f"item{n}", unit="unit") for n in range(len(rows))]
    demand = [
        Demand(holder="h", item=f"item{n}", mean=mean * factor, distribution=law, coefficient_of_variation=variation,
               chain="regime", state=state)
        for n, (law, mean, variation) in enumerate(rows)
        for state, factor in (("quiet", 1.0), ("surge", 1.3))
    ]  # fmt: skip
    return Scenario(
        settings=settings(), items=tuple(items), holders=(Holder(name="h"),), demand=tuple(demand),
        chains=(
            ChainState(chain="regime", state="quiet", start_probability=0.5),
            ChainState(chain="regime", state="surge", start_probability=0.5),
        ),
        transitions=tuple(
            Transition(chain="regime", from_state=a, to_state=b, probability=0.5)
            for a in ("quiet", "surge") for b in ("quiet", "surge")
        ),
    )  # fmt: skip


PLAIN = {"poisson": lambda mean, _: draws.poisson(mean), "negative_binomial": draws.negative_binomial}
SCALED = {"gamma": draws.gamma, "lognormal": draws.lognormal}


def plain_law(row: Demand) -> draws.Law:
    if row.mean == 0 or row.distribution == "deterministic":
        return draws.fixed()
    if row.distribution in SCALED:
        return SCALED[row.distribution](row.coefficient_of_variation)
    return PLAIN[row.distribution](row.mean, row.coefficient_of_variation)


def test_the_kernel_draws_what_the_plain_form_draws() -> None:
    scenario = every_law()
    arrays, labels = to_arrays(scenario)
    readings = trace(arrays, seed=9, paths=64)
    for d, demand in enumerate(labels.demands):
        quiet, surge = (row for row in scenario.demand if (row.holder, row.item, row.purpose) == demand)
        calm, fierce = plain_law(quiet), plain_law(surge)
        for t in range(len(arrays.clock.days)):
            words = draws.words(9, draws.DEMAND_DRAW, arrays.streams.demand[d : d + 1], np.arange(64), t)[0]
            expected: Floats = np.where(
                readings["chain_state"][t, :, 0] == 0,
                draws.draw(calm, quiet.mean, words),
                draws.draw(fierce, surge.mean, words),
            )
            assert np.array_equal(readings["demand"][t, :, d], expected)


def test_a_chain_visits_its_states_as_often_as_its_transitions_say() -> None:
    """Two states with equal probabilities from each: 64 x 24 independent draws of one half."""
    arrays, _ = to_arrays(every_law())
    share = trace(arrays, seed=9, paths=64)["chain_state"][:, :, 0].mean()
    assert abs(share - 0.5) <= 4 * 0.5 / math.sqrt(64 * 24)
