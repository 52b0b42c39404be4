"""Large tables are read and judged in time that grows with their rows."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

from replenish.scenario import check
from replenish.scenario.suggest import nearest
from tests.scenario.small import written


def _demand(count: int, holder: str = "front") -> str:
    first = dt.date(2022, 3, 1)
    rows = (
        f"{holder},shell,{purpose},,,{first + dt.timedelta(days=day)},{day % 97}.5,month,gamma,0.5\n"
        for purpose in ("use", "training", "contingency")
        for day in range(count // 3)
    )
    return "holder,item,purpose,chain,state,start,mean,per,distribution,coefficient_of_variation\n" + "".join(rows)


def test_a_hundred_thousand_rows_take_seconds(tmp_path: Path) -> None:
    folder = written(tmp_path / "study", demand=_demand(100_000))
    started = time.process_time()
    found = check(folder)
    assert time.process_time() - started < 30  # 3 on an idle machine; quadratic work would take hours
    assert {problem.rule for problem in found} <= {"never-in-force", "unused-chain"}


def test_a_mistake_in_every_row_takes_seconds_too(tmp_path: Path) -> None:
    folder = written(tmp_path / "study", demand=_demand(30_000, holder="frnt"))
    started = time.process_time()
    found = [problem for problem in check(folder) if problem.rule == "unknown-name"]
    assert time.process_time() - started < 20
    assert len(found) == 30_000
    assert found[0].remedy == "did you mean `front`?"


def test_no_word_is_suggested_from_very_many() -> None:
    assert nearest("abc", [f"abc{number}" for number in range(5000)]) is None


def test_two_hundred_thousand_rows_of_spares_take_seconds(tmp_path: Path) -> None:
    sites = [f"b{number}" for number in range(19)]
    parts = [f"p{number}" for number in range(10_000)]
    tables = {
        "sites": ["name,holder,parent", "depot,donor,", *(f"{site},donor,depot" for site in sites)],
        "fleets": ["name,site,system,systems,usage", *(f"f_{site},{site},gun,20,50" for site in sites)],
        "parts": ["name,unit_cost,failure_rate", *(f"{part},9,0.001" for part in parts)],
        "breakdown": ["part,inside", *(f"{part},gun" for part in parts)],
        "repairs": ["repair_time_days", "20"],
        "part_stock": ["part,site,on_hand", *(f"{part},{site},1" for part in parts for site in ["depot", *sites])],
    }
    folder = written(tmp_path / "study", **{name: "\n".join(rows) + "\n" for name, rows in tables.items()})
    started = time.process_time()
    assert check(folder) == []
    assert time.process_time() - started < 30  # 3 on an idle machine; quadratic work takes minutes
