"""Prices, priorities, targets and the settings of the plan: each mistake is found once, and in these words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from replenish.scenario import RULES, Scenario, check, load, write
from replenish.scenario.examples import read_scenario
from replenish.scenario.model import (
    ChainState,
    ExchangeRate,
    PlanSettings,
    Preference,
    Price,
    Row,
    TargetRow,
    Transition,
)
from replenish.scenario.workbook.write import write_workbook
from tests.scenario.small import added, day, sound, without


class Case(NamedTuple):
    """A spoilt scenario with the place and the words of its only finding."""

    rule: str
    place: tuple[str, int | None, str]
    message: str
    make: Callable[[], Scenario]

    def __str__(self) -> str:
        return f"{self.rule} {self.place[2]}"


def _price(low: float, high: float, price: float, **values: object) -> Price:
    usual: dict[str, object] = {
        "holder": "donor",
        "item": "shell",
        "what": "shortfall",
        "share_from": low,
        "share_to": high,
    }
    return Price.model_validate(usual | {"price": price} | values)


def _before(**values: object) -> Preference:
    usual: dict[str, object] = {
        "holder": "front",
        "item": "shell",
        "what": "unmet",
        "relation": "before",
        "over_holder": "donor",
    }
    usual |= {"over_what": "shortfall", "over_share_from": 0.5}
    return Preference.model_validate(usual | values)


def _worth(**values: object) -> Preference:
    usual: dict[str, object] = {
        "holder": "donor",
        "item": "shell",
        "what": "shortfall",
        "relation": "worth",
        "ratio": 0.25,
    }
    usual |= {"share_to": 0.5, "over_holder": "front", "over_what": "unmet"}
    return Preference.model_validate(usual | values)


def _target(**values: object) -> TargetRow:
    usual = {"name": "served", "holder": "front", "item": "shell", "what": "unmet", "at_most": 0.4}
    return TargetRow.model_validate(usual | values)


def _back(**values: object) -> TargetRow:
    usual = {"name": "back", "holder": "donor", "what": "replenished", "at_most": None, "by": day("2024-06-30")}
    return _target(**(usual | values))


def _with(*rows: Row) -> Callable[[], Scenario]:
    return lambda: added(sound(), *rows)


def _alone(*rows: Row) -> Callable[[], Scenario]:
    """Put rows into a scenario without prices."""
    return lambda: added(without(sound(), "prices"), *rows)


def _plan(**values: object) -> Callable[[], Scenario]:
    return lambda: sound().with_settings({f"plan.{key}": value for key, value in values.items()})


GERMAN = {"holder": "donor", "what": "late"}
TURNED = {"holder": "donor", "what": "shortfall", "over_holder": "front", "over_what": "unmet", "over_share_from": 0}

CASES = (
    # prices
    Case("price-band", ("priorities", 1, "share_to"), "is not above share_from, 0.5",
         _with(_before(share_from=0.5, share_to=0.5))),
    Case("price-band", ("priorities", 1, "over_share_to"), "is not above over_share_from, 0.5",
         _with(_before(over_share_to=0.25))),
    Case("price-hole", ("prices", 3, "share_from"), "no row says what shortfall from 0 to 0.5 is worth",
         _with(_price(0.5, 1, 3))),
    Case("price-hole", ("prices", 4, "share_from"), "no row says what shortfall from 0.2 to 0.5 is worth",
         _with(_price(0, 0.2, 5), _price(0.5, 1, 3))),
    Case("price-hole", ("prices", 1, "share_to"), "no row says what unmet from 0.2 to 1 is worth",
         _alone(_price(0, 0.2, 5, holder="front", what="unmet"))),
    Case("price-falls", ("prices", 3, "price"), "is worth 3, below 5 of row 4, less deep",
         _with(_price(0, 0.5, 3), _price(0.5, 1, 5))),
    Case("price-falls", ("prices", 2, "price"), "is worth 9, below 9.5 of row 1, less deep",
         _alone(_price(0, 0.5, 9.5, holder="front", what="unmet"),
                _price(0.5, 1, 10, holder="front", what="unmet", currency="USD"))),
    Case("price-falls", ("prices", 3, "price"), "is worth 1, below 2 of row 4, less deep",
         _with(_price(0, 0.5, 1, what="terminal_stock"), _price(0.5, 1, 2, what="terminal_stock"))),
    Case("worth-of-nothing", ("prices", 3, "item"), "`donor` has no requirement of `fuze`",
         _with(_price(0, 1, 5, item="fuze"))),
    Case("worth-of-nothing", ("prices", 3, "item"), "`front` has pledged no `shell`",
         _with(_price(0, 1, 5, holder="front", what="late"))),
    # priorities
    Case("worth-of-nothing", ("priorities", 1, "item"), "`europe` has no demand for `shell`",
         _with(_before(holder="europe"))),
    Case("worth-of-nothing", ("priorities", 1, "over_item"), "`donor` has no requirement of `fuze`",
         _with(_before(over_item="fuze"))),
    Case("unknown-name", ("priorities", 1, "over_holder"), "there is no holder `dnor`",
         _with(_before(over_holder="dnor"))),
    Case("priority-ratio", ("priorities", 1, "ratio"), "is needed with worth", _with(_worth(ratio=None))),
    Case("priority-ratio", ("priorities", 1, "ratio"), "has no meaning with before", _with(_before(ratio=2))),
    Case("priority-money-share", ("priorities", 1, "over_share_from"), "money has no shares",
         _with(_before(over_what="money", over_share_from=0.5))),
    Case("priced-twice", ("priorities", 1, "share_from"), "row 3 of prices gives this range a worth",
         _with(_price(0, 1, 5), _worth())),
    Case("priced-twice", ("priorities", 2, "share_from"), "row 1 of priorities gives this range a worth",
         _with(_worth(), _worth(share_from=0.25, share_to=1, over_what="money", over_holder=""))),
    Case("priority-circle", ("priorities", 1, "relation"),
         "contradictory: unmet of front/shell -> shortfall of donor/shell 0.5 to 1 -> unmet of front/shell",
         _with(_before(), _before(**TURNED, share_from=0.5))),
    Case("priority-circle", ("priorities", 1, "relation"),
         "contradictory: unmet of front/shell -> late of donor/shell -> shortfall of donor/shell 0.5 to 1"
         " -> unmet of front/shell",
         _with(_before(over_what="late", over_share_from=0), _before(**GERMAN), _before(**TURNED, share_from=0.5))),
    Case("priority-circle", ("priorities", 1, "relation"),  # below half lacks more than above, which comes before need
         "contradictory: unmet of front/shell -> shortfall of donor/shell 0 to 0.5 -> shortfall of donor/shell 0.5 to 1"
         " -> unmet of front/shell",
         _with(_before(over_share_from=0, over_share_to=0.5), _before(**TURNED, share_from=0.5))),
    Case("priority-circle", ("priorities", 1, "relation"),
         "contradictory: unmet of front/shell -> shortfall of donor/shell 0 to 0.5 -> unmet of front/shell",
         _with(_before(over_share_from=0), _worth())),
    Case("priority-circle", ("priorities", 1, "relation"),
         "contradictory: unmet of front/shell -> unmet of front/shell",
         _with(_before(over_holder="", over_what="unmet", over_share_from=0))),
    Case("priority-worth-circle", ("priorities", 1, "relation"),
         "shortfall of donor/shell 0 to 0.5 -> unmet of front/shell -> shortfall of donor/shell 0 to 0.5",
         _alone(_worth(), _worth(holder="front", what="unmet", share_to=1, ratio=4, over_holder="donor",
                                 over_what="shortfall", over_share_to=0.5))),
    # targets
    Case("worth-of-nothing", ("targets", 1, "item"), "`donor` has no requirement of `fuze`", _with(_back(item="fuze"))),
    Case("target-incomplete", ("targets", 1, "at_most"), "is needed for unmet", _with(_target(at_most=None))),
    Case("target-incomplete", ("targets", 1, "item"), "is needed for shortfall",
         _with(_target(what="shortfall", item=""))),
    Case("target-incomplete", ("targets", 1, "by"), "is needed for replenished", _with(_back(by=None))),
    Case("target-column-not-taken", ("targets", 1, "at_most"), "replenished does not take it",
         _with(_back(at_most=0.1))),
    Case("target-column-not-taken", ("targets", 1, "item"), "spend does not take it",
         _with(_target(what="spend", at_most=1e9))),
    Case("target-above-one", ("targets", 1, "at_most"), "of unmet is a share", _with(_target(at_most=5))),
    Case("target-implied", ("targets", 1, "at_most"), "`best` in row 2 asks for as much or more",
         _with(_target(), _target(name="best", at_most=0.3))),
    Case("target-implied", ("targets", 2, "at_most"), "`back` in row 1 asks for as much or more",
         _with(_back(), _back(name="again"))),
    Case("date-outside-horizon", ("targets", 1, "by"), "lies outside the horizon, 2022-03-01 to 2024-12-31",
         _with(_back(by=day("2025-01-01")))),
    # settings of the plan
    Case("unknown-name", ("settings", None, "plan.chains"), "there is no chain `regme`", _plan(chains=("regme",))),
    Case("plan-chain-twice", ("settings", None, "plan.chains"), "`regime` stands twice",
         _plan(chains=("regime", "regime"))),
    Case("plan-setting-not-taken", ("settings", None, "plan.whole"), "sddp does not take it",
         _plan(method="sddp", whole=True)),
    Case("plan-setting-not-taken", ("settings", None, "plan.chains"), "deterministic has no nodes",
         _plan(method="deterministic", chains=("regime",))),
    Case("plan-setting-not-taken", ("settings", None, "plan.risk_weight"), "deterministic has no risk",
         _plan(method="deterministic", risk_weight=0.5)),
    Case("plan-stage-beyond-horizon", ("settings", None, "plan.stage_periods"), "the horizon has 34 periods",
         _plan(stage_periods=35)),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_mistake_is_found_once_in_its_place_and_in_these_words(case: Case) -> None:
    found = [(p.rule, (p.file, p.row, p.column), p.message, p.severity) for p in check(case.make())]
    assert found == [(case.rule, case.place, case.message, RULES[case.rule].severity)]


def test_statements_that_agree_yield_no_finding() -> None:
    rows = (
        _before(), _worth(), _before(over_what="money", over_holder="", over_share_from=0),
        _worth(share_from=0.5, share_to=1, ratio=0.04, over_what="money", over_holder=""),
        _before(holder="donor", what="unmet", over_holder="front", over_what="unmet", over_share_from=0),
        _worth(what="terminal_stock", share_to=1, ratio=1, over_holder="", over_what="money"),
        _worth(what="late", share_to=1, ratio=0.1),
        _target(), _target(name="often", at_most=0.3, probability=0.5), _back(), _target(name="sum", item="",
        holder="europe", what="spend", at_most=1e9),
    )  # fmt: skip
    scenario = added(without(sound(), "prices"), *rows)
    assert check(scenario.with_settings({"plan.method": "sddp", "plan.chains": ("regime", "parliament")})) == []


def test_a_statement_about_a_range_fills_the_hole_that_prices_leave() -> None:
    assert check(_with(_price(0.5, 1, 3), _worth())()) == []


def test_a_price_may_be_the_same_at_every_depth_and_the_least_deep_range_may_be_free() -> None:
    assert check(_with(_price(0, 0.5, 3), _price(0.5, 0.75, 3))()) == []


def test_prices_whose_currency_has_no_rate_are_not_compared() -> None:
    rows = (_price(0, 0.5, 3, currency="GBP"), _price(0.5, 1, 5))
    assert [p.rule for p in check(_with(*rows)())] == ["currency-without-rate"]
    assert check(added(sound(), *rows, ExchangeRate(currency="GBP", rate=2))) == []


def test_a_requirement_that_could_not_be_read_is_not_called_absent() -> None:
    requirements = tuple(row.model_copy(update={"holder": "dnor"}) for row in sound().requirements)
    found = check(_with(_price(0, 1, 5))().model_copy(update={"requirements": requirements}))
    assert {problem.rule for problem in found} == {"unknown-name"}


def test_a_hundred_holders_in_a_row_make_no_circle_until_the_last_comes_before_the_first() -> None:
    names = [f"h{number}" for number in range(100)]
    small = sound()
    rows = [small.demand[0].model_copy(update={"holder": name, "chain": "", "state": ""}) for name in names]
    holders = [small.holders[1].model_copy(update={"name": name, "gate": ""}) for name in names]
    stocks = [small.stocks[2].model_copy(update={"holder": name}) for name in names]
    pairs = [
        _before(holder=one, over_holder=other, over_what="unmet", over_share_from=0)
        for place, one in enumerate(names)
        for other in names[place + 1 :]
    ]
    many = added(small, *holders, *stocks, *rows, *pairs)
    assert check(many) == []
    (problem,) = check(added(many, _before(holder="h99", over_holder="h0", over_what="unmet", over_share_from=0)))
    assert problem.message == "contradictory: unmet of h0/shell -> unmet of h99/shell -> unmet of h0/shell"


def test_statements_targets_and_settings_of_the_plan_survive_a_folder_and_a_workbook(tmp_path: Path) -> None:
    scenario = _with(_before(), _worth(), _target(), _back())().with_settings(
        {"plan.method": "sddp", "plan.chains": ("regime",), "plan.stage_periods": 3, "plan.minutes": 2.5}
    )
    write(scenario, tmp_path / "study")
    write_workbook(scenario, tmp_path / "study.xlsx")
    assert load(tmp_path / "study") == load(tmp_path / "study.xlsx") == scenario


def test_a_workbook_names_a_mistake_in_a_statement_by_its_cell(tmp_path: Path) -> None:
    (problem,) = check(write_workbook(_with(_before(ratio=2))(), tmp_path / "study.xlsx"))
    assert (problem.rule, problem.cell) == ("priority-ratio", "priorities!G2")


@pytest.mark.parametrize("example", ["artillery", "antivirals", "petroleum"])
def test_each_statement_and_target_of_an_example_says_that_it_is_assumed(example: str) -> None:
    scenario = read_scenario(example)
    told = {(row.table_name, row.row_key): row for row in scenario.evidence}
    rows = [row for table in ("priorities", "targets") for row in scenario.rows(table)]
    assert rows
    assert all(told[row.table, row.key_value()].basis == "assumed" for row in rows)
    assert all(told[row.table, row.key_value()].note for row in rows)


def test_key_columns_with_numbers_are_written_without_needless_decimals() -> None:
    assert _before(over_share_from=0).key_value() == "front/shell/unmet/0/donor//shortfall/0"
    assert _price(0.5, 1, 3).key_value() == "donor/shell/shortfall/0.5"
    assert ChainState(chain="a", state="b").key_value() == "a/b"
    assert Transition(chain="a", from_state="b", to_state="c", probability=1).key_value() == "a/b/c"


def test_the_default_settings_of_the_plan_leave_everything_to_the_size() -> None:
    assert PlanSettings() == sound().settings.plan
    assert (PlanSettings().method, PlanSettings().stage_periods, PlanSettings().chains) == ("auto", None, ())
