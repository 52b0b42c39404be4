"""Sites, fleets, parts, repairs, servers and spares: each mistake is found once, and in these words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from replenish.scenario import RULES, Scenario, check, load, write
from replenish.scenario.model import (
    Demand,
    Fleet,
    Installed,
    Item,
    Operation,
    Part,
    PartStock,
    Repair,
    Row,
    Servers,
    Site,
)
from replenish.scenario.workbook.write import write_workbook
from tests.scenario.small import added, day, without
from tests.sustain.test_tables import howitzers


class Case(NamedTuple):
    """A spoilt scenario with the place and the words of its only finding."""

    rule: str
    place: tuple[str, int | None, str]
    message: str
    make: Callable[[], Scenario]

    def __str__(self) -> str:
        return f"{self.rule} {self.place[2]}"


def guns() -> Scenario:
    """Return two batteries behind a depot, without any finding."""
    return howitzers().with_rows(_part("breech"))


def _with(*rows: Row) -> Callable[[], Scenario]:
    """Replace rows by key, or add them."""
    return lambda: guns().with_rows(*rows)


def _site(name: str, **values: object) -> Site:
    usual: dict[str, object] = {"name": name, "holder": "home", "parent": "depot", "order_time_days": 5}
    return Site.model_validate(usual | values)


def _fleet(name: str, **values: object) -> Fleet:
    usual: dict[str, object] = {"name": name, "site": "north", "system": "gun", "systems": 18, "usage": 30}
    return Fleet.model_validate(usual | values)


def _part(name: str, **values: object) -> Part:
    usual: dict[str, object] = {"name": name, "unit_cost": 100, "failure_rate": 0.01}
    return Part.model_validate(usual | {"procurement_lead_time_days": 200} | values)


def _inside(part: str, inside: str, **values: object) -> Installed:
    return Installed.model_validate({"part": part, "inside": inside} | values)


def _repair(**values: object) -> Repair:
    return Repair.model_validate({"repair_time_days": 20} | values)


def _bench(**values: object) -> Servers:
    return Servers.model_validate({"name": "bench", "site": "depot", "count": 2} | values)


AT_BENCH = _repair(part="sight", site="depot", servers="bench")
TRUCK = (
    _site("east"),
    _fleet("third", site="east", system="truck"),
    _part("engine"),
    _inside("engine", "truck"),
)
"""A fleet of another type, at a site of its own."""

CASES = (
    # sites
    Case("site-cycle", ("sites", 1, "parent"), "north -> south -> north",
         _with(_site("north", parent="south"), _site("south", parent="north"))),
    Case("order-time-at-top", ("sites", 3, "order_time_days"), "`depot` has no parent to order from",
         _with(_site("depot", parent="", order_time_days=30))),
    Case("lateral-group-apart", ("sites", 4, "lateral_group"),
         "`far` is supplied by `port`, `north` by `depot`",
         _with(_site("north", lateral_group="west"), _site("far", parent="port", lateral_group="west"),
               _site("port", parent="", order_time_days=0), _fleet("third", site="far"))),
    Case("lateral-group-of-one", ("sites", 1, "lateral_group"), "no other site is in `west`",
         _with(_site("north", lateral_group="west"))),
    Case("lateral-group-of-one", ("sites", 2, "lateral_time_days"), "`south` is in no lateral group",
         _with(_site("south", lateral_time_days=2))),
    Case("site-without-fleet", ("sites", 4, "name"), "no fleet is at `east` or below it", _with(_site("east"))),
    # what is inside which
    Case("unknown-inside", ("breakdown", 4, "inside"), "there is no part and no system `gnu`",
         _with(_inside("sight", "gnu"))),
    Case("part-named-as-system", ("parts", 4, "name"), "`gun` is the system of a fleet as well",
         _with(_part("gun"), *(_inside("gun", "truck"), *TRUCK))),
    Case("part-cycle", ("breakdown", 4, "inside"), "breech -> sight -> breech",
         lambda: added(without(_with(_part("lens"))(), "breakdown", "lens/sight"), _inside("lens", "gun"),
                       _inside("breech", "sight", share=0.5), _inside("sight", "breech", share=0.1))),
    Case("breakdown-too-deep", ("breakdown", 4, "inside"), "`lens` is inside `sight`",
         _with(_part("glass", failure_rate=None), _inside("glass", "lens", share=0.5))),
    Case("fleet-without-parts", ("fleets", 3, "system"), "nothing is inside `gunn`",
         _with(_fleet("third", system="gunn"))),
    Case("unused-part", ("parts", 4, "name"), "`spade` is inside nothing", _with(_part("spade"))),
    Case("share-of-repairs", ("breakdown", 3, "share"), "is empty, and `sight` is a part",
         _with(_inside("lens", "sight"))),
    Case("share-of-repairs", ("breakdown", 1, "share"), "has no effect, as `gun` is a system",
         _with(_inside("breech", "gun", share=0.5))),
    Case("shares-above-one", ("breakdown", 4, "share"), "the shares inside `sight` sum to 1.1",
         _with(_part("prism", failure_rate=None), _inside("prism", "sight", share=0.6))),
    Case("number-of-inner-part", ("breakdown", 3, "quantity"), "has no effect, as `sight` is a part",
         _with(_inside("lens", "sight", share=0.5, quantity=4))),
    Case("number-of-inner-part", ("breakdown", 3, "use"), "has no effect, as `sight` is a part",
         _with(_inside("lens", "sight", share=0.5, use=0.5))),
    Case("needed-above-quantity", ("breakdown", 2, "needed"), "is above quantity, 2",
         _with(_inside("sight", "gun", quantity=2, needed=3))),
    # rates and use
    Case("part-without-rate", ("parts", 1, "failure_rate"), "is empty, so the part has no rate",
         _with(_part("breech", failure_rate=None))),
    Case("part-without-rate", ("parts", 1, "observed_use"), "is empty, so the part has no rate",
         _with(_part("breech", failure_rate=None, failures=3))),
    Case("part-without-rate", ("parts", 1, "failures"), "is empty, so the part has no rate",
         _with(_part("breech", failure_rate=None, observed_use=3000))),
    Case("part-with-two-rates", ("parts", 1, "failure_rate"), "stands beside failures, 3",
         _with(_part("breech", failures=3, observed_use=2000))),
    Case("inner-part-with-rate", ("parts", 3, "failure_rate"), "`lens` is only inside other parts",
         _with(_part("lens"))),
    Case("fleet-never-used", ("fleets", 1, "usage"), "is 0, and operations gives `first` no other",
         _with(_fleet("first", usage=0))),
    Case("fleet-item-not-asked", ("fleets", 1, "item"),
         "`home`, to whom `north` belongs, has no demand for it",
         _with(_fleet("first", item="shell"), Item(name="shell", unit="round"))),
    Case("availability-of-one", ("fleets", 1, "target_availability"), "is 1, which no stock reaches",
         _with(_fleet("first", target_availability=1))),
    # repair
    Case("servers-elsewhere", ("repairs", 5, "servers"), "`bench` stand at `depot`, the repair is at `north`",
         _with(_bench(), _repair(part="sight", site="north", servers="bench"))),
    Case("servers-elsewhere", ("repairs", 5, "servers"), "`bench` stand at `depot`, the repair is at every site",
         _with(_bench(), _repair(part="sight", servers="bench"))),
    Case("servers-above-most", ("servers", 1, "most"), "is below count, 2",
         _with(_bench(most=1, unit_cost=9), AT_BENCH)),
    Case("repair-law-incomplete", ("repairs", 1, "repair_coefficient_of_variation"), "is needed for gamma",
         _with(_repair(repair_law="gamma"))),
    Case("repair-law-incomplete", ("repairs", 1, "repair_coefficient_of_variation"), "is not taken by fixed",
         _with(_repair(repair_law="fixed", repair_coefficient_of_variation=0.5))),
    Case("idle-repair", ("repairs", 5, "site"), "`engine` never comes to `north`",
         _with(*TRUCK, _repair(part="engine", site="north"))),
    Case("idle-servers", ("servers", 1, "name"), "no repair is done by `bench`", _with(_bench())),
    # spares
    Case("idle-spares", ("part_stock", 2, "on_hand"), "nobody draws `breech` from `east`",
         _with(*TRUCK, PartStock(part="breech", site="east", on_hand=2))),
    Case("idle-spares", ("part_stock", 2, "minimum"), "nobody draws `breech` from `east`",
         _with(*TRUCK, PartStock(part="breech", site="east", minimum=2))),
    Case("minimum-above-maximum", ("part_stock", 1, "minimum"), "is above maximum, 2",
         _with(PartStock(part="breech", site="north", minimum=3, maximum=2))),
    Case("spares-without-price", ("parts", 1, "unit_cost"), "a spare of `breech` costs nothing",
         _with(_part("breech", unit_cost=0))),
    Case("spares-without-price", ("servers", 1, "unit_cost"), "one more of `bench` costs nothing",
         _with(_bench(most=4), AT_BENCH)),
    Case("never-replaced", ("parts", 1, "procurement_lead_time_days"), "`depot` repairs a share of 0.9 of `breech`",
         howitzers),
    Case("never-replaced", ("parts", 2, "procurement_lead_time_days"),
         "`south` finds a share of 0.1 beyond repair",
         _with(_repair(part="sight", site="south", condemned_share=0.1))),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_mistake_is_found_once_in_its_place_and_in_these_words(case: Case) -> None:
    found = [(p.rule, (p.file, p.row, p.column), p.message, p.severity) for p in check(case.make())]
    assert found == [(case.rule, case.place, case.message, RULES[case.rule].severity)]


def test_a_sound_study_of_fleets_has_no_finding() -> None:
    assert check(guns()) == []


def test_a_study_with_every_column_in_use_has_no_finding() -> None:
    assert check(rich()) == []


def test_a_fleet_may_rest_until_operations_use_it_or_follow_an_item_that_is_asked() -> None:
    surge = Operation(fleet="first", start=guns().settings.time.start, usage=90)
    assert check(_with(_fleet("first", usage=0), surge)()) == []
    shell = (Item(name="shell", unit="round"), Demand(holder="home", item="shell", mean=100))
    found = check(_with(_fleet("first", usage=0, item="shell"), *shell)())
    assert [problem.rule for problem in found if problem.column == "usage"] == []


def test_a_site_of_a_lateral_group_may_hold_spares_for_its_neighbours() -> None:
    grouped = (_site("north", lateral_group="west"), _site("east", lateral_group="west"))
    truck = [row for row in TRUCK if not isinstance(row, Site)]
    assert check(_with(*grouped, *truck, PartStock(part="breech", site="east", on_hand=2))()) == []


def test_rows_that_cannot_be_read_are_not_taken_for_absent() -> None:
    found = check(_with(_fleet("third", site="nroth"), _bench(site="dpot"), _site("east"))())
    assert {problem.rule for problem in found} == {"unknown-name", "idle-servers"}


def test_fleets_and_spares_survive_a_folder_and_a_workbook(tmp_path: Path) -> None:
    write(rich(), tmp_path / "study")
    write_workbook(rich(), tmp_path / "study.xlsx")
    assert load(tmp_path / "study") == load(tmp_path / "study.xlsx") == rich()


def test_a_workbook_names_a_mistake_in_a_repair_by_its_cell(tmp_path: Path) -> None:
    spoilt = _with(_repair(repair_law="gamma"))()
    (problem,) = check(write_workbook(spoilt, tmp_path / "study.xlsx"))
    assert (problem.rule, problem.cell) == ("repair-law-incomplete", "repairs!I2")


def rich() -> Scenario:
    """Return a study that uses every table and most columns of sustainment, without any finding."""
    return guns().with_rows(
        _site("north", lateral_group="west", lateral_time_days=1), _site("south", lateral_group="west"),
        _fleet("first", closed=True, cannibalised=True, target_availability=0.9),
        Operation(fleet="second", start=day("2026-06-01"), usage=60, per="month"),
        _part("sight", failure_rate=None, failures=2, observed_use=5000, variance_ratio=1.5),
        _bench(most=4, unit_cost=70), AT_BENCH.model_copy(update={"priority": 2}),
        _repair(part="lens", repair_law="gamma", repair_coefficient_of_variation=0.5, condemned_share=0.1),
        _repair(site="north", no_fault_share=0.2, no_fault_time_days=1, repair_law="fixed"),
        PartStock(part="breech", site="depot", minimum=1, on_hand=3, maximum=9),
        _part("lens", failure_rate=None),
    ).with_settings({"sustain.budget": 900, "sustain.objective": "backorders", "sustain.years": 10})  # fmt: skip
