"""The section on the plan says what the tables say, and leaves out what a run does not have."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from replenish.api import simulate
from replenish.report import to_html
from replenish.report.page import to_html as page
from replenish.report.planned import courses, limits, pictures, plan_section, tables, words
from replenish.report.planned.facts import Planned, find_planned, thing
from replenish.report.tables import Table
from replenish.report.view import look_at
from replenish.result import PLAN_TABLES, Result, load_result, plan_table, save_studies
from replenish.scenario.model import Expansion
from tests.report import planned, synthetic
from tests.report.test_page import HOSTILE, Page


def plan(**about: str) -> Planned:
    found = find_planned(look_at(planned.result(about=about)))
    assert found is not None
    return found


def plain(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u2212", "-")


def cells(table: Table | None) -> list[list[str]]:
    assert table is not None
    return [[plain(cell.text) for cell in row] for row in table.rows]


@pytest.fixture(scope="module")
def html() -> str:
    return to_html(planned.result())


def test_a_run_without_a_plan_has_no_section_about_one() -> None:
    assert plan_section(look_at(synthetic.result())) is None
    assert 'id="plan"' not in to_html(synthetic.result())


def test_the_plan_stands_after_the_answer_with_its_warning_first(html: str) -> None:
    ids = [name for name in Page(html).values("id") if not name.startswith("c")]
    assert ids[:3] == ["answer", "plan", "stocks"]
    section = html[html.index('<section id="plan">') : html.index('<section id="stocks">')]
    assert section.index(planned.WARNING) < section.index("In its first stage")
    assert f'<li class="bad">{planned.WARNING}</li>' in section


def test_every_picture_of_the_plan_says_what_it_rests_on_and_shows(html: str) -> None:
    section = html[html.index('<section id="plan">') : html.index('<section id="stocks">')]
    drawn = re.findall(r"<svg[^>]*role=\"img\"[^>]*>", section)
    assert len(drawn) == section.count("<figure>") == section.count("<summary>Numbers</summary>") > 20
    assert all(re.search(r'aria-label="[^"]{30,}"', tag) for tag in drawn)
    assert section.count("the plan and as it is on the same draws") > 8
    assert "Simulation of 1,000 paths." not in section


def test_first_decisions_in_words() -> None:
    assert plain(words.first_sentence(plan())) == (
        "In its first stage, March 2022 to May 2022, the plan orders 120 k rounds (Northland, Northland works),"
        " releases 620 k rounds (most: 600 k rounds, Northland to Frontland), runs 1 of 2 lines and starts 1 of 2"
        " expansions (Second hall)."
    )


def test_seeds_and_stability_are_told() -> None:
    assert plain(words.seeds_sentence(plan())) == "With 2 seeds the bound comes to EUR 4.08 billion to EUR 4.1 billion."
    assert plain(words.steady_sentence(plan())) == (
        "First decisions are stable: without the last 20 iterations of training or with other seeds none of 7 would"
        " differ by more than 10% of the largest of its kind (at most 8.0%)."
    )


def test_what_was_tried_is_told() -> None:
    assert words.tried_sentence(plan()) == "Tried on 200 paths of the programme."
    assert "Tried on 200 paths of the programme." in words.sentences(plan())


def test_what_is_done_differently_early_is_told_with_the_shift_of_expansions() -> None:
    assert plain(words.early_sentence(plan())) == (
        "In its first 8 quarters, from March 2022 to that of December 2023, it would have ordered 1.1 million rounds"
        " rather than 704 k rounds (means), released 1.84 million rounds rather than 1.44 million rounds (means),"
        " shipped 1.76 million rounds rather than 1.36 million rounds (means) and started earlier: Second hall (March"
        " 2022, as it is September 2023)."
    )
    assert words.starts_early(plan()) == [words.Started("works_2", date(2022, 3, 1), date(2023, 9, 1))]


def test_what_changes_is_told_with_intervals_and_without_groups() -> None:
    told = plain(words.effect_sentence(plan()))
    assert "unmet need since the start, Frontland: -1.2 million rounds (-1.26 million to -1.14 million)" in told
    assert "date on which the requirement is met again, Northland: -6 months (-6.59 to -5.41)" in told
    assert "fill rate, Frontland: +16 percentage points (15.2 to 16.8)" in told
    assert "alliance" not in told
    assert "spend" not in told  # its interval holds zero


def test_cost_is_told_with_the_interval_of_the_difference() -> None:
    told = plain(words.cost_sentence(plan()))
    assert told.startswith(
        "On the same 1,000 simulated paths it costs EUR 4.5 billion, the policies of the scenario EUR 7.5 billion:"
        " EUR 3 billion less (95 % interval: EUR 2.8 billion to EUR 3.2 billion)."
    )


def test_a_difference_that_may_be_none_is_called_so() -> None:
    told = plain(words.cost_sentence(plan(difference="1e8", difference_low="-2e8", difference_high="4e8")))
    assert "EUR 100 million more (95 % interval of the difference: EUR -200 million to EUR 400 million)" in told
    assert "which cannot be told from no difference" in told


def test_bound_value_gap_and_the_last_moves_of_the_bound_are_told() -> None:
    assert plain(words.sure_sentence(plan())) == (
        "In its own programme no plan can cost less than EUR 4.1 billion, and this one costs EUR 4.2 billion (95 %"
        " interval: EUR 4.15 billion to EUR 4.25 billion): a gap of 2.4 %. Over the last 20 of 60 iterations the bound"
        " moved by 0.62 %."
    )


def test_a_plan_without_a_gap_is_the_optimum_of_its_programme() -> None:
    assert "it is the optimum there" in words.sure_sentence(plan(gap_share="0.00001"))


def test_a_value_whose_interval_holds_the_bound_has_no_gap_to_speak_of() -> None:
    told = plain(words.sure_sentence(plan(policy_low="4.05e9", gap_share="-0.0004")))
    assert "(95 % interval: EUR 4.05 billion to EUR 4.25 billion), a gap that cannot be told from none." in told


def test_hindsight_names_what_the_plan_knows_and_nobody_knew() -> None:
    told = plain(words.hindsight_sentence(plan()))
    assert "the states that it fixes by date" in told
    assert "Who decided in March 2022 did not" in told


@pytest.mark.parametrize("name", [name for name in PLAN_TABLES if name != "plan_about"])
def test_a_plan_without_a_table_still_has_a_section(name: str) -> None:
    view = look_at(planned.result(without=(name,)))
    whole, part = plan_section(look_at(planned.result())), plan_section(view)
    assert whole is not None
    assert part is not None
    shown = [sum(len(own.figures) + len(own.tables) for own in section.parts) for section in (whole, part)]
    assert shown[1] < shown[0] or len(part.told) < len(whole.told)


def test_a_plan_with_nothing_but_its_name_still_has_a_section() -> None:
    others = tuple(name for name in PLAN_TABLES if name != "plan_about")
    found = page(planned.result(without=others))
    section = found[found.index('<section id="plan">') : found.index('<section id="stocks">')]
    assert "<figure>" not in section
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b", section)


def test_a_table_is_read_with_its_columns_whatever_was_written() -> None:
    written = {"plan_values": pl.DataFrame(), "plan_side": pl.DataFrame({"measure": ["x"], "plan": [1], "more": [2]})}
    assert plan_table(written, "plan_values").schema == PLAN_TABLES["plan_values"]
    found = plan_table(written, "plan_side")
    assert found.schema == PLAN_TABLES["plan_side"]
    assert found.row(0, named=True)["holder"] == ""
    assert found.row(0, named=True)["low"] is None


def test_a_saved_run_carries_its_plan(tmp_path: Path) -> None:
    saved = save_studies(simulate("blank", paths=1, out=tmp_path / "run"), planned.result().studies)
    assert saved.folder is not None
    found = load_result(saved.folder).studies
    assert set(found) == set(PLAN_TABLES)
    assert all(table.equals(saved.studies[name]) for name, table in found.items())


def test_decisions_are_listed_with_ranges_and_without_those_that_are_nothing() -> None:
    rows = cells(tables.decisions(plan()))
    told = ["600 k rounds", "500 k rounds to 640 k rounds", "552 k rounds", "570 k rounds to 600 k rounds"]
    assert ["release", "Northland to Frontland", *told] in rows
    assert any(row[:4] == ["run at", "Northland works", "40 k a month", "the same"] for row in rows)
    assert not any("fuzes" in row[1] for row in rows)


def test_differences_by_thing_are_sums_and_of_rates_means() -> None:
    rows = cells(tables.early(plan()))
    assert ["release", "Northland to Frontland", "1.84 million rounds", "1.44 million rounds", "+400 k rounds"] in rows
    assert ["run at", "Northland works", "40 k a month", "30 k a month", "+10 k a month"] in rows
    shipped = ["ship", "Northland to Frontland", "1.76 million rounds", "1.36 million rounds", "+400 k rounds"]
    assert [row for row in rows if row[0] == "ship"] == [shipped]  # without the sum over donors
    assert ["spend", "Northland, orders", "EUR 4 billion", "EUR 2.4 billion", "+EUR 1.6 billion"] in rows


def test_headline_numbers_of_both_sides_are_listed_dates_as_dates() -> None:
    rows = cells(tables.sides(plan()))
    assert ["Date on which the requirement is met again, Northland", "September 2027", "March 2027", "-6 months",
            "-6.59 to -5.41"] in rows  # fmt: skip
    assert not any("alliance" in row[0] for row in rows)


def test_other_items_are_shown_where_the_plan_changes_them() -> None:
    assert [figure.key for figure in courses.other_sides(plan())] == ["plan-on_hand-north-fuze"]
    run = planned.result()
    series = run.studies["plan_series"].filter((pl.col("item") != "fuze") | (pl.col("side") == "plan"))
    same = pl.concat([series, series.filter(pl.col("item") == "fuze").with_columns(side=pl.lit("as_is"))])
    own = find_planned(look_at(replace(run, studies={**run.studies, "plan_series": same})))
    assert own is not None
    assert courses.other_sides(own) == []


def test_the_parts_of_the_cost_are_listed_for_both_sides() -> None:
    rows = cells(tables.costs(plan()))
    assert rows[0] == ["Money", "EUR 7.1 billion", "EUR 7.2 billion", "EUR 100 million"]
    assert [row[0] for row in rows] == ["Money", "Unmet need"]


def test_series_are_drawn_of_single_things_and_of_deliveries_to_the_recipient() -> None:
    assert [figure.key for figure in courses.sides(plan())] == [
        "plan-on_hand-north-shell", "plan-on_hand-south-shell", "plan-delivered-shell-front",
        "plan-delivered-north-shell-front", "plan-production-north-shell-works",
        "plan-unmet_cumulative-front-shell-use", "plan-spend_cumulative",
    ]  # fmt: skip


def test_prices_are_listed_with_reason_and_row_and_defaults_are_marked() -> None:
    found = tables.prices(plan())
    rows = cells(found)
    assert found is not None
    assert rows[0] == ["Frontland", "need that is not met", "all", "EUR 5,000", "stated"]
    assert found.notes[0] == (
        "comes before its dearest price (priorities: front / shell / unmet / 0 / front / shell / money / 0)"
    )
    assert [row[-1].tone for row in found.rows] == ["", "assumed", "", "assumed"]


def test_limits_are_listed_once_with_their_dearest_price() -> None:
    rows = cells(tables.limits(plan()))
    assert rows[1] == ["highest rate of a line", "Northland works", "March 2022 to June 2022", "40 k", "EUR 1,100"]


def test_pictures_have_their_finding_above_them() -> None:
    own = plan()
    found = [*courses.sides(own), *pictures.worths(own), *pictures.digging(own), *pictures.frontier(own)]
    titles = [plain(figure.title) for figure in [*found, *pictures.delays(own), *courses.replenishment(own)]]
    assert "Northland: at its lowest 560 k rounds under the plan, 448 k rounds as it is (medians)" in titles
    assert "One more round in stock is worth most at Frontland: EUR 6,100" in titles
    assert "Northland: may be dug down to 700 k rounds" in titles
    assert "Republic of the South: no unit of it is worth more elsewhere" in titles
    assert (
        "From 1 million rounds unmet and 40 million rounds x months short to 2.6 million rounds unmet and 8 million"
        " rounds x months short"
    ) in titles
    assert "Unmet need: +60 k rounds if shipping takes 30 days longer" in titles
    assert (
        "Northland: back at its requirement by December 2027 in 88 % of paths under the plan, in 36 % as it is"
    ) in titles


def test_a_goal_that_is_the_same_at_all_points_has_no_frontier() -> None:
    run = planned.result()
    same = {**run.studies, "frontier": run.studies["frontier"].with_columns(money=pl.lit(1.0))}
    own = find_planned(look_at(replace(run, studies=same)))
    assert own is not None
    assert [figure.key for figure in pictures.frontier(own)] == ["plan-frontier-shortfall"]


def test_things_are_named_for_people() -> None:
    view = look_at(planned.result())
    assert thing(view, planned.labelled(**planned.TO_FRONT)) == "Northland to Frontland"
    assert thing(view, planned.labelled(**planned.HALL)) == "Second hall"
    assert thing(view, planned.labelled(holder="north", item="fuze")) == "Northland, fuze"
    pledge = planned.labelled(**planned.TO_FRONT, pledge="first_million 2024-03-31")
    assert thing(view, pledge) == "pledge first million 2024-03-31: Northland to Frontland"


def test_names_from_outside_stay_text_in_the_section() -> None:
    study = planned.scenario().with_rows(
        Expansion(name="works_2", title=HOSTILE, line="works", capacity_step=1, build_time_days=1, cost=1)
    )
    result: Result = replace(planned.result(about={"warning": HOSTILE, "currency": HOSTILE}), scenario=study)
    found = Page(to_html(result))
    assert not {"script", "img"} & set(found.tags)


def test_limits_over_time_are_told_by_how_long_they_bind() -> None:
    drawn, table = limits.over_time(plan()), cells(limits.limits_over_time(plan()))
    assert drawn is not None
    assert plain(drawn.title) == (
        "Northland works: highest rate binds longest, over 46 % of the horizon (mean of paths)"
    )  # the sum of 1 - t / 20 is 10.5, of 23 stages
    assert [column.split(":")[1] for column in drawn.numbers.columns[1:]] == [" highest rate", " floor"]
    assert drawn.numbers.rows[0] == ["2022-03-01", 1.0, 1.0]
    assert [row[3] for row in table] == ["46 %", "17 %"]
    assert table[1][2] == "March 2022 to December 2022"
    assert table[0][4:] == ["EUR 1,000", "March 2022"]


def test_what_the_programme_simplifies_is_told_by_thing() -> None:
    assert cells(tables.simplifications(plan())) == [
        ["Outages of works", "less working time; that an outage lasts is known in the simulator alone"]
    ]
