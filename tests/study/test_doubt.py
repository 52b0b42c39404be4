"""Assumptions drawn from their ranges, and bands that hold the doubt about them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import triang

import replenish
from replenish.cli import main
from replenish.scenario import Scenario, check
from replenish.scenario.model import Evidence, Expansion, Line, Observation
from replenish.study.hindsight.doubt import Doubt, doubts_table, draw_scenarios, find_doubts
from replenish.study.hindsight.known import as_known
from tests.study.test_hindsight import CHAINS, SOURCES, toy

DATE, UNTIL = dt.date(2023, 6, 30), dt.date(2024, 12, 31)


def ranged(table: str, key: str, column: str, low: float | None, high: float | None, **more: Any) -> Evidence:
    own: dict[str, Any] = {"basis": "assumed", "table_name": table, "row_key": key, "column": column}
    return Evidence(**(own | {"low": low, "high": high} | more))


def doubted(*evidence: Evidence, **tables: Any) -> Scenario:
    return toy(evidence, **tables)


def test_the_drawn_values_of_an_assumption_follow_its_triangular_law() -> None:
    scenario = doubted(ranged("stocks", "maker/shell", "on_hand", 500.0, 2500.0))
    drawn = sorted(one.scenario.stocks[0].on_hand for one in draw_scenarios(scenario, 200, 1))
    law = triang((1000 - 500) / 2000, loc=500, scale=2000)
    places = [float(law.cdf(value)) * 200 for value in drawn]
    assert [int(place) for place in places] == list(range(200))  # one in each of 200 equally likely parts


def test_cells_with_one_value_and_one_range_move_together_and_others_do_not() -> None:
    rows = tuple(Line(name=name, owner="maker", start_rate=50.0, max_rate=90.0) for name in ("plant", "twin", "other"))
    ends = {"plant": (30.0, 60.0), "twin": (30.0, 60.0), "other": (30.0, 61.0)}
    scenario = doubted(*(ranged("lines", name, "start_rate", *ends[name]) for name in ends), lines=rows)
    assert [one.rows for one in find_doubts(scenario)] == [("plant", "twin"), ("other",)]
    for one in draw_scenarios(scenario, 5, 1):
        plant, twin, other = (row.start_rate for row in one.scenario.lines)
        assert plant == twin != other


def test_several_ranges_of_a_cell_are_taken_from_the_least_end_to_the_most() -> None:
    scenario = doubted(
        ranged("stocks", "maker/shell", "on_hand", 900.0, 2000.0),
        ranged("stocks", "maker/shell", "on_hand", 800.0, 1500.0, source="old"),
    )
    assert find_doubts(scenario) == [Doubt("stocks", "on_hand", ("maker/shell",), 1000.0, 800.0, 2000.0)]


@pytest.mark.parametrize(
    ("why", "row"),
    [
        ("a value outside its range", ranged("stocks", "maker/shell", "on_hand", 2000.0, 3000.0)),
        ("a range with one end", ranged("stocks", "maker/shell", "on_hand", 2000.0, None)),
        ("whole numbers", ranged("demand", "user/shell", "priority", 1, 9)),
        ("what sums to one", ranged("transitions", CHAINS["transitions"][0].key_value(), "probability", 0.0, 1.0)),
        ("what the simulation does not use", ranged("observations", "seen", "value", 1.0, 90.0)),
        ("a row that is not there", ranged("stocks", "nobody/shell", "on_hand", 0.0, 3000.0)),
    ],
)
def test_what_cannot_be_drawn_is_left(why: str, row: Evidence) -> None:
    seen = Observation(
        name="seen", measure="production", date=DATE, item="shell", line="plant", value=50.0, source="old"
    )
    assert find_doubts(doubted(row, observations=(seen,), **CHAINS)) == [], why


def test_a_row_whose_draws_break_a_rule_keeps_its_values() -> None:
    line = Line(name="plant", owner="maker", start_rate=50.0, max_rate=55.0)
    ends = ranged("lines", "plant", "start_rate", 0.0, 100.0), ranged("stocks", "maker/shell", "on_hand", 0.0, 2000.0)
    drawn = list(draw_scenarios(doubted(*ends, lines=(line,)), 20, 1))
    found = [one.scenario for one in drawn]
    assert all(not [one for one in check(scenario) if one.severity == "error"] for scenario in found)
    rates = [scenario.lines[0].start_rate for scenario in found]
    assert 0 < rates.count(50.0) < 20
    assert [0 in one.kept for one in drawn] == [rate == 50.0 for rate in rates]
    assert len({scenario.stocks[0].on_hand for scenario in found}) == 20


def test_rows_that_share_an_assumption_keep_its_value_together() -> None:
    rows = (Line(name="plant", owner="maker", start_rate=50.0, max_rate=55.0),
            Line(name="twin", owner="maker", start_rate=50.0, max_rate=500.0))  # fmt: skip
    ends = [ranged("lines", name, "start_rate", 0.0, 100.0) for name in ("plant", "twin")]
    for one in draw_scenarios(doubted(*ends, lines=rows), 20, 1):
        plant, twin = one.scenario.lines
        assert plant.start_rate == twin.start_rate


def test_one_seed_gives_the_same_scenarios_and_another_one_others() -> None:
    scenario = doubted(ranged("stocks", "maker/shell", "on_hand", 500.0, 2500.0))
    first, again, other = (list(draw_scenarios(scenario, 3, seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_without_ranges_every_scenario_is_as_it_was() -> None:
    scenario = toy()
    assert [one.scenario for one in draw_scenarios(scenario, 3, 1)] == [scenario] * 3


def test_the_flagship_is_sound_with_every_draw() -> None:
    flagship = as_known(replenish.load("artillery"), dt.date(2023, 12, 31), admit_undated_days=90).scenario
    assert len(find_doubts(flagship)) > 90
    assert len(list(draw_scenarios(flagship, 3, 1))) == 3  # which are checked as they are made


def test_what_is_kept_without_a_source_keeps_its_range() -> None:
    row = ranged("stocks", "maker/shell", "on_hand", 500.0, 2500.0, basis="reported", source="new")
    known = as_known(doubted(row, sources=SOURCES), DATE).scenario
    assert [(one.basis, one.low, one.high) for one in known.evidence] == [("assumed", 500.0, 2500.0)]


def plant_with_a_doubtful_share() -> Scenario:
    """Return a plant that makes 100 rounds a month, of which a share of 0.6 was assumed to come, and 85 came later."""
    seen = Observation(name="after", measure="production", date=dt.date(2024, 6, 15), item="shell", line="plant",
                       value=85.0, per="month", source="new")  # fmt: skip
    step = Expansion(name="works", line="plant", capacity_step=100.0, start=dt.date(2023, 1, 1), build_time_days=60.0,
                     realised_share=0.6)  # fmt: skip
    line = Line(name="plant", owner="maker", start_rate=0.0, max_rate=0.0)
    share = ranged("expansions", "works", "realised_share", 0.5, 1.0)
    return doubted(share, lines=(line,), expansions=(step,), observations=(seen,))


def test_bands_with_doubt_are_the_quantiles_of_the_law_of_the_assumption(tmp_path: Path) -> None:
    """Nothing else is random: output is 100 times the share, whose 400 values lie one in each 400th of its law."""
    scenario = plant_with_a_doubtful_share()
    sure = replenish.backtest(scenario, known_at=DATE, until=UNTIL, out=tmp_path / "a")
    unsure = replenish.backtest(scenario, known_at=DATE, until=UNTIL, doubt=400, paths=400, out=tmp_path / "b")
    [one], [other] = sure.points.to_dicts(), unsure.points.to_dicts()
    assert (one["p05"], one["p95"], one["in_90"]) == (pytest.approx(60.0), pytest.approx(60.0), False)
    law = triang(0.2, loc=50, scale=50)
    for name, level in (("p05", 0.05), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p95", 0.95)):
        assert law.cdf(other[name]) == pytest.approx(level, abs=2 / 400), name
    assert other["in_90"]
    assert other["crps"] < one["crps"]
    assert (len(sure.doubts), len(unsure.doubts)) == (0, 1)
    assert set(unsure.bands["period"]) == set(range(36))


def test_the_command_lists_what_was_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replenish.write(plant_with_a_doubtful_share(), tmp_path / "toy")
    words = ["backtest", str(tmp_path / "toy"), "--known-at", "2023-06-30", "--until", "2024-12-31", "--no-progress"]
    out = tmp_path / "out"
    assert main([*words, "--doubt", "8", "--out", str(out)]) == 0
    assert "assumptions drawn from their ranges: 1;" in capsys.readouterr().out
    assert (out / "doubts.csv").read_text(encoding="utf-8").splitlines()[
        1
    ] == "1,expansions,works,realised_share,0.6,0.5,1.0,0"
    assert "Assumptions drawn from their ranges: 1." in (out / "backtest.html").read_text(encoding="utf-8")
    assert main([*words, "--out", str(out)]) == 0
    assert not (out / "doubts.csv").exists()


def test_the_table_of_doubts_has_a_row_for_each_cell() -> None:
    table = doubts_table([Doubt("expansions", "realised_share", ("a", "b"), 0.5, 0.3, 0.6)], {0: 4})
    assert table.select("assumption", "key", "kept").rows() == [(1, "a", 4), (1, "b", 4)]


def test_a_share_that_is_given_is_not_drawn(tmp_path: Path) -> None:
    step = Expansion(name="works", line="plant", capacity_step=100.0, start=dt.date(2023, 9, 1), build_time_days=60.0)
    share = ranged("expansions", "works", "realised_share", 0.5, 1.0)
    seen = Observation(name="after", measure="production", date=dt.date(2024, 6, 15), item="shell", line="plant",
                       value=85.0, per="month", source="new")  # fmt: skip
    scenario = doubted(share, expansions=(step,), observations=(seen,))
    found = replenish.backtest(scenario, known_at=DATE, until=UNTIL, doubt=4, realised_share=0.5, out=tmp_path / "a")
    assert found.doubts == ()
