"""What is kept follows from the size of a scenario and from its settings, and is said."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from replenish.arrays import Arrays, Labels, to_arrays
from replenish.errors import UsageError
from replenish.measures import LABELS
from replenish.report import write_report
from replenish.scenario.examples import read_scenario
from replenish.scenario.model import Collect, Demand, Holder, Item, Scenario, Settings, Stock, Time
from replenish.simulation import engine, simulate
from replenish.simulation.kernel.collect import BINS, EQUALS, HISTOGRAM, TRAJECTORY
from replenish.simulation.selection import MOST, MOST_SCALARS, Selection, select
from replenish.simulation.series import LIMITS, MAIN, OF_RESERVES, choose_series, focus, to_series
from replenish.simulation.state import reading_sizes
from replenish.simulation.statistics import places_of, rows_of
from tests.simulation.small import small

START = dt.date(2024, 1, 1)


def network(holders: int, items: int, weeks: int) -> Scenario:
    """Return stocks and demands of every item at every holder."""
    cells = [(f"holder_{h}", f"item_{i}") for h in range(holders) for i in range(items)]
    end = START + dt.timedelta(days=7 * weeks - 1)
    return Scenario(
        settings=Settings(title="network", time=Time(start=START, end=end, period="week")),
        items=tuple(Item(name=f"item_{i}", unit="unit") for i in range(items)),
        holders=tuple(Holder(name=f"holder_{h}") for h in range(holders)),
        stocks=tuple(Stock(holder=h, item=i, on_hand=100 + n) for n, (h, i) in enumerate(cells)),
        demand=tuple(Demand(holder=h, item=i, mean=5 + n, per="week") for n, (h, i) in enumerate(cells)),
    )


def selected(scenario: Scenario, **collect: Any) -> tuple[Arrays, Labels, Selection]:
    arrays, labels = to_arrays(scenario)
    return arrays, labels, select(arrays, labels, Collect(**collect))


def test_the_flagship_is_kept_whole() -> None:
    scenario = read_scenario("artillery")
    arrays, labels, found = selected(scenario)
    assert found.names == choose_series(arrays, labels, scenario.settings.collect)
    assert found.kept.periods is not None
    assert found.kept.periods.tolist() == list(range(len(arrays.clock.days)))
    assert found.collected == "every measure of everything; every period"


@pytest.mark.parametrize(("size", "scope"), [((8, 6, 520), "main"), ((12, 20, 780), "totals")])
def test_a_large_network_keeps_sums_and_fits_in_memory(size: tuple[int, int, int], scope: str) -> None:
    scenario = network(*size)
    arrays, _, found = selected(scenario)
    series = to_series(arrays, found.names, found.kept)
    assert rows_of(series, HISTOGRAM) * places_of(series) * BINS * 4 <= 2**28
    recipient, item = focus(scenario)
    for name in found.names:
        single = name.names["holder"] not in ("", recipient) or name.names["item"] not in ("", item)
        is_sum = not name.names["holder"]
        of_report = name.names["item"] == item and name.measure.name in OF_RESERVES
        assert is_sum or not single or of_report or (scope == "main" and name.measure.name in MAIN), name
    totals = {(name.measure.name, name.names["item"]) for name in found.names if not name.names["holder"]}
    assert {(name, f"item_{i}") for name in ("on_hand", "unmet") for i in range(size[1])} <= totals
    assert "name others under [collect]" in found.collected
    assert (recipient, item) == (f"holder_{size[0] - 1}", "item_0")


def test_the_last_period_and_dates_of_pledges_are_kept() -> None:
    arrays, _, found = selected(small(), every=5)
    assert found.kept.periods is not None
    kept = np.flatnonzero(found.kept.periods >= 0)
    assert {3, 8, 13, 18, 23, *arrays.pledges.due.tolist()} == set(kept.tolist())
    assert found.kept.periods[kept].tolist() == list(range(len(kept)))


def test_fewer_periods_change_no_number_of_those_that_are_kept() -> None:
    def run(every: int) -> Any:
        settings = small().settings.model_copy(update={"collect": Collect(every=every)})
        return simulate(small().model_copy(update={"settings": settings}), paths=300, seed=4)

    thinned, full = run(7), run(1)
    keys = ["measure", *LABELS, "period"]
    assert thinned.series.rows() == full.series.join(thinned.series.select(keys), on=keys, how="semi").rows()
    assert 0 < len(thinned.series) < len(full.series) / 3
    assert thinned.paths.equals(full.paths, null_equal=True)


def test_what_the_settings_name_is_kept_in_every_period() -> None:
    _, _, found = selected(network(12, 20, 520), measures=("on_hand",))
    assert len(found.names) == 240
    assert found.kept.periods is not None
    assert found.kept.periods.min() == 0
    assert found.collected == "what [collect] names; every period"


def test_what_does_not_fit_is_refused_and_fewer_workers_share_what_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays, labels = to_arrays(small())
    series = to_series(arrays, choose_series(arrays, labels, Collect()))
    own = rows_of(series, HISTOGRAM) * places_of(series) * BINS * 4
    monkeypatch.setattr(engine, "MEMORY_LIMIT", own * 2)
    assert engine._affordable(series, 16) == 2
    monkeypatch.setattr(engine, "MEMORY_LIMIT", own - 1)
    with pytest.raises(UsageError, match=r"name fewer measures, holders or items under \[collect\]"):
        engine.run_paths(arrays, series, paths=1, seed=1)


def test_scalars_are_at_most_24_with_money_and_totals_first() -> None:
    _, labels, found = selected(network(8, 6, 30))
    assert len(found.scalars) <= MOST_SCALARS
    names = [(s.measure, *(label for label in s.labels if label)) for s in found.scalars]
    assert names[0] == ("spend_cumulative",)
    assert names[1:3] == [("unmet_cumulative", "item_5"), ("fill_rate", "item_5")]
    assert len(set(names)) == len(names)
    _, _, many = selected(network(8, 6, 30), scalars=("on_hand", "unmet"))
    assert len(many.scalars) == MOST_SCALARS
    assert [s.labels[LABELS.index("holder")] for s in many.scalars][:12] == [""] * 12
    assert len(labels.cells) == 48


def test_trajectories_without_names_are_of_all_series_that_are_kept() -> None:
    arrays, _, found = selected(small(), trajectory_paths=3)
    assert list(found.kept.trajectories) == found.names
    assert rows_of(to_series(arrays, found.names, found.kept), TRAJECTORY) == len(found.names)
    _, _, named = selected(small(), trajectories=("on_hand",))
    assert {name.measure.name for name in named.kept.trajectories} == {"on_hand"}


def test_readings_that_hold_codes_are_counted_where_the_code_is_that_of_the_label() -> None:
    arrays, labels = to_arrays(small())
    names = choose_series(arrays, labels, Collect(measures=("state_share", "bottleneck_share")))
    series, sizes = to_series(arrays, names), reading_sizes(arrays)
    first = dict(zip(sizes, np.cumsum([0, *sizes.values()]), strict=False))
    for row, name in enumerate(names):
        if name.measure.about == "state":
            chain = labels.chains.index(name.names["chain"])
            assert series.numbers[row, EQUALS] == labels.states[chain].index(name.names["state"])
            assert series.terms[row] == first["chain_state"] + chain
        else:
            product = labels.products.index((name.names["line"], name.names["item"]))
            limits = (*LIMITS, *labels.components[product])
            assert series.numbers[row, EQUALS] == limits.index(name.names["limit"])
            assert series.terms[row] == first["binding"] + product


def test_a_report_can_be_written_of_a_run_that_keeps_little(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from replenish.simulation import selection

    monkeypatch.setattr(selection, "MOST", MOST // 40)
    monkeypatch.setattr(selection, "MOST_THINNED", MOST // 20)
    result = simulate(read_scenario("artillery"), paths=64)
    assert "sums over holders, and what the report is about" in result.provenance.collected
    assert write_report(result, tmp_path / "report.html").stat().st_size > 10_000


def test_the_sum_over_a_group_is_kept_under_its_name_not_its_own_row() -> None:
    scenario = small()
    arrays, labels = to_arrays(scenario)
    of_union = [s for s in choose_series(arrays, labels, Collect()) if s.names["holder"] == "union"]
    spend = [s for s in of_union if s.measure.name == "spend"]
    assert labels.members["union"] == {"union", "east", "west"}
    assert len(spend) > 1
    assert all(len(s.rows) >= 3 for s in spend)
    held = [s for s in of_union if s.measure.name == "on_hand"]
    inside = {row for row, (holder, _) in enumerate(labels.cells) if holder in labels.members["union"]}
    assert held
    assert all(set(s.rows) <= inside for s in held)
