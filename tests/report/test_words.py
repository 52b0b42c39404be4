from __future__ import annotations

import re
from dataclasses import replace

import polars as pl
import pytest
from syrupy.assertion import SnapshotAssertion

from replenish.report import facts, titles, words
from replenish.report.cards import cards
from replenish.report.page import answer_sentences
from replenish.report.view import View, look_at
from replenish.scenario.model import Demand, ReportSettings
from replenish.study.observed import compare_observations
from tests.report import synthetic

NO_REQUIREMENT = ("requirement", "shortfall", "days_of_supply")


def _view(*left_out: str, without: tuple[str, ...] = ()) -> View:
    study = synthetic.scenario(synthetic.rows_without(*left_out))
    return look_at(synthetic.result(study, without=without))


def _plain(text: str) -> str:
    return text.replace("\xa0", " ")


def test_unchanged_words_of_the_made_up_study(snapshot: SnapshotAssertion) -> None:
    view = look_at(synthetic.result())
    need, reserves, promises = facts.need(view), facts.reserves(view), facts.promises(view)
    said = [
        words.headline(view, need, reserves),
        *answer_sentences(view, compare_observations(view.result)),
        *(
            titles.stock_title(view, holder, facts.reserve(view, holder, "shell"))
            for holder in ("north", "south", "front")
        ),
        *(titles.back_words(view, row.back) for row in reserves),
        titles.unmet_title(view),
        titles.total_title(view, "unmet_cumulative", "Unmet so far"),
        titles.production_title(view, "works", "shell"),
        words.delivered_sentence(view),
        words.methods_sentence(view),
        *(f"{card.value} {card.label} | {card.detail}" for card in cards(view, need, reserves, promises)),
    ]
    assert "\n".join(map(_plain, said)) == snapshot


def test_the_focus_is_what_the_settings_say() -> None:
    chosen = ReportSettings(item="fuze", recipient="north")
    view = look_at(synthetic.result(synthetic.scenario(report=chosen)))
    assert (view.item, view.recipient) == ("fuze", "north")


def test_without_settings_the_focus_is_the_first_item_asked_and_who_asks_most() -> None:
    view = look_at(synthetic.result(synthetic.scenario(report=ReportSettings())))
    assert (view.item, view.recipient) == ("shell", "front")


def test_a_need_for_all_purposes_stands_before_one_purpose() -> None:
    run = synthetic.result()
    assert look_at(run).need("fill_rate", "front", "shell")["purpose"].unique().to_list() == ["use"]
    total = run.series.filter(pl.col("measure") == "fill_rate", pl.col("holder") == "front")
    more = replace(run, series=pl.concat([run.series, total.with_columns(purpose=pl.lit(""))]))
    assert look_at(more).need("fill_rate", "front", "shell")["purpose"].unique().to_list() == [""]


def test_of_several_purposes_the_largest_stands_for_the_need() -> None:
    run = synthetic.result(synthetic.scenario((*synthetic.ROWS, Demand(holder="front", item="shell", mean=1.0))))
    extra = run.series.filter(pl.col("holder") == "front", pl.col("purpose") == "use").with_columns(
        pl.col("mean") / 10, purpose=pl.lit("training")
    )
    view = look_at(replace(run, series=pl.concat([extra, run.series])))
    assert view.need("demand", "front", "shell")["purpose"].unique().to_list() == ["use"]


def test_a_study_without_demand_says_so() -> None:
    view = _view("demand", without=("demand", "issues", "unmet", "unmet_cumulative", "fill_rate"))
    assert facts.need(view) is None
    assert words.need_sentence(view, None) == "Nothing is asked of 155 mm shell, so no need can stay unmet."


def test_a_study_without_requirements_says_so() -> None:
    view = _view("requirements", without=NO_REQUIREMENT)
    assert facts.reserves(view) == []
    assert words.depth_sentence(view, []) == "No requirement is set, so no stock can be below it."
    assert words.return_sentence(view, []) == ""
    assert titles.stock_title(view, "north", None) == "Northland: no requirement is set"


def test_a_study_without_pledges_says_so() -> None:
    view = _view("pledges", without=("pledge_fulfilment",))
    assert words.pledge_sentence(view, facts.promises(view)) == "Nobody has pledged 155 mm shell."


def test_pledges_due_after_the_end_are_not_counted() -> None:
    view = look_at(synthetic.result())
    late = [row for row in facts.promises(view) if row.pledge.name == "later"]
    assert late[0].fulfilment is None
    assert words.pledge_sentence(view, late).startswith("No pledge falls due")


def test_pledges_are_added_by_mean_and_weighted_by_quantity() -> None:
    promised, there = facts.delivered_on_time(facts.promises(look_at(synthetic.result())))
    assert promised == 1_050_000
    assert there == pytest.approx(0.9 * 1_000_000 + 0.4 * 50_000)


def test_a_study_without_money_says_so() -> None:
    view = _view(without=("spend", "spend_cumulative"))
    assert "no spend is reported" in words.spend_sentence(view)


def test_a_stock_that_is_never_below_is_called_so() -> None:
    view = look_at(synthetic.result())
    south = facts.reserve(view, "south", "shell")
    assert south is not None
    assert titles.stock_title(view, "south", south) == "Republic of the South: never below its requirement"
    assert titles.back_words(view, south.back) == ""


def test_dates_count_paths_in_which_they_never_come() -> None:
    back = facts.dates(look_at(synthetic.result()), "date_of_replenishment", "north", "shell")
    last = len(synthetic.result().calendar) - 4
    assert back == facts.Dates(applies=950, share=800 / 950, median=last, typical=last)


def test_most_paths_that_never_come_back_give_no_median() -> None:
    back = facts.Dates(applies=900, share=0.2, median=None, typical=40)
    said = _plain(titles.back_words(look_at(synthetic.result()), back))
    assert said == "Not back at it by December 2027 in 80 % of these paths."


def test_a_need_that_is_met_is_not_called_a_share() -> None:
    run = synthetic.result()
    full = run.series.filter(pl.col("measure") == "fill_rate", pl.col("purpose") == "training")
    front = full.with_columns(holder=pl.lit("front"), purpose=pl.lit("use"))
    others = run.series.filter(~((pl.col("measure") == "fill_rate") & (pl.col("holder") == "front")))
    view = look_at(replace(run, series=pl.concat([others, front])))
    assert words.headline(view, facts.need(view), []).startswith("The need of Frontland is met in full")


def test_reported_figures_are_counted_only_if_compared() -> None:
    said = _plain(words.observed_sentence(compare_observations(synthetic.result())))
    assert re.match("1 of 3 reported figures", said)


def test_what_holds_a_line_back_is_never_its_orders() -> None:
    view = look_at(synthetic.result())
    found = facts.main_limit(view, "works", "shell")
    assert found is not None
    assert found[0] == "fuze"
    assert facts.main_limit(view, "fuzes", "fuze") is None
