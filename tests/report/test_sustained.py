"""The section on spares says what the tables say, and leaves out what a study does not have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

import replenish
from replenish.errors import UsageError
from replenish.report.sustained import Sustained, find_sustained, gains, sustain_section, to_sustain_html, words
from replenish.report.sustained import tables as told
from replenish.report.tables import Table
from replenish.report.workbook import write_book
from replenish.result import SUSTAIN_TABLES
from replenish.study.spares import SpareStudy, sustain_evaluate, sustain_optimise
from tests.report.test_browser import _run, _visit
from tests.report.test_page import Page

Tables = Mapping[str, pl.DataFrame]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> SpareStudy:
    """Return what to buy for the helicopters, briefly simulated."""
    folder = tmp_path_factory.mktemp("spares") / "study"
    return sustain_optimise("air_rescue", years=5.0, histories=8, warm_up_years=3.0, out=folder)


@pytest.fixture(scope="module")
def html(study: SpareStudy) -> str:
    return to_sustain_html(study.tables, study.scenario)


def shown(study: SpareStudy, **changed: pl.DataFrame) -> Sustained:
    found = find_sustained({**study.tables, **changed}, study.scenario)
    assert found is not None
    return found


def plain(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u2212", "-")


def cells(table: Table | None) -> list[list[str]]:
    assert table is not None
    return [[plain(cell.text) for cell in row] for row in table.rows]


def test_the_headline_says_what_the_money_does(study: SpareStudy, html: str) -> None:
    assert plain(words.headline(shown(study))) == "EUR 4 million more raises systems in service from 75 % to 99.43 %"
    assert '<h2 class="answer">EUR\xa04\xa0million more raises' in html
    assert html.count("more raises systems in service") == 1


def test_every_part_of_the_study_has_its_heading(html: str) -> None:
    assert re.findall(r'<h3 class="part">(.*?)</h3>', html) == [
        "What money buys", "Systems in service", "Why systems are down", "Repair", "Spares by part and site",
        "Formulas beside simulation",
    ]  # fmt: skip


def test_every_picture_has_words_and_its_numbers_as_a_file(html: str) -> None:
    drawn = re.findall(r"<svg[^>]*role=\"img\"[^>]*>", html)
    assert len(drawn) == html.count("<figure>") == html.count("<summary>Numbers</summary>") == 3
    assert all(re.search(r'aria-label="[^"]{30,}"', tag) for tag in drawn)
    files = re.findall(r'href="data:text/csv[^"]*" download="([^"]+)"', html)
    assert files == ["sustain-curve.csv", "sustain-fleets.csv", "sustain-causes.csv"]


def test_what_to_buy_is_told_in_points_and_money(study: SpareStudy) -> None:
    rows = cells(told.purchases(shown(study)))
    assert rows[0] == [
        "a server more: Engine stands with their crews", "Maintenance centre", "1", "EUR 650 k", "22.3", "42",
        "93.2 %", "EUR 7.38 million",
    ]  # fmt: skip
    assert rows[1][:4] == ["Hydraulic pump", "Maintenance centre", "1", "EUR 12 k"]


def test_gains_are_percentage_points_that_add_up(study: SpareStudy) -> None:
    one = shown(study)
    rows = [row for row in one.table("sustain_purchases").to_dicts() if row["saved"] is not None]
    start = rows[0]["availability"] - gains.gain(one, rows[0]) / 100  # type: ignore[operator]
    total = sum(gains.gain(one, row) or 0.0 for row in rows)
    assert start + total / 100 == pytest.approx(rows[-1]["availability"], abs=1e-9)


def test_approximations_are_notes_by_part_and_not_warnings(study: SpareStudy, html: str) -> None:
    rows = cells(told.approximations(shown(study)))
    assert ["Motor of the hoist", "repairs that need it do not end at random: their servers are not exact"] in rows
    assert 'class="bad"' not in html[html.index('<ul class="sentences">') : html.index("</ul>")]


def test_a_number_that_differs_comes_first_in_red_and_in_the_sentences(study: SpareStudy) -> None:
    checks = study.tables["sustain_checks"].with_columns(
        verdict=pl.when(pl.col("part") == "blade").then(pl.lit("differs")).otherwise(pl.col("verdict"))
    )
    one = shown(study, sustain_checks=checks)
    table = told.checks(one)
    assert table is not None
    assert table.rows[0][-1] == ("differs by more than chance allows", "bad", "")
    assert "4 of 41 numbers differ from the simulation by more than chance allows." in words.sentences(one)


def test_a_fleet_below_its_target_is_marked(tmp_path: Path) -> None:
    now = sustain_evaluate("air_rescue", out=tmp_path / "s")
    table = told.fleets(shown(now))
    assert table is not None
    assert [row[4].tone for row in table.rows] == ["bad"] * 4
    assert plain(words.headline(shown(now))) == "75 % of systems are in service in the long run"
    assert any("the model would promise 4.78 systems too many" in plain(text) for text in words.sentences(shown(now)))


@pytest.mark.parametrize("name", [name for name in SUSTAIN_TABLES if name not in ("sustain_about", "sustain_surge")])
def test_a_study_without_a_table_still_has_a_section(study: SpareStudy, name: str) -> None:
    less = {**study.tables, name: SUSTAIN_TABLES[name].to_frame()}
    section, whole = sustain_section(less, study.scenario), sustain_section(study.tables, study.scenario)
    assert section is not None
    assert whole is not None
    counted = [sum(len(part.figures) + len(part.tables) for part in one.parts) for one in (section, whole)]
    assert counted[0] < counted[1]
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b", to_sustain_html(less, study.scenario))


def test_a_run_without_a_study_has_no_section(study: SpareStudy) -> None:
    assert sustain_section({}, study.scenario) is None
    with pytest.raises(UsageError, match="no study of spares in these tables"):
        to_sustain_html({}, study.scenario)


def test_a_hostile_name_stays_text(study: SpareStudy) -> None:
    parts = tuple(part.model_copy(update={"title": "<script>x()</script>"}) for part in study.scenario.parts)
    page = to_sustain_html(study.tables, study.scenario.model_copy(update={"parts": parts}))
    assert "<script>x()" not in page
    assert "&lt;script&gt;" in page


def test_the_page_is_whole_html(html: str) -> None:
    assert Page(html).values("id")


def test_each_table_of_a_study_has_a_sheet(study: SpareStudy, tmp_path: Path) -> None:
    run = replenish.simulate("air_rescue", paths=2, out=tmp_path / "run")
    path = write_book(replace(run, studies=study.tables), tmp_path / "report.xlsx")
    with CalamineWorkbook.from_path(path) as book:
        sheets: dict[str, list[list[Any]]] = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names
        }
    assert set(SUSTAIN_TABLES) - set(sheets) == {"sustain_surge"}  # use never changes
    head, *rows = sheets["sustain_purchases"][3:]
    assert head[:6] == ["place", "kind", "part", "servers", "site", "units"]
    assert len(rows) == len(study.tables["sustain_purchases"])
    assert rows[0][3] == "engine_stands"


@pytest.mark.browser
def test_a_browser_shows_the_page_without_asking_anybody(chromium: str, study: SpareStudy, tmp_path: Path) -> None:
    blank, page = tmp_path / "blank.html", tmp_path / "spares.html"
    blank.write_text("<!doctype html><title>blank</title>", encoding="utf-8")
    page.write_text(to_sustain_html(study.tables, study.scenario), encoding="utf-8")
    own, _ = _visit(chromium, tmp_path, blank)
    seen, faults = _visit(chromium, tmp_path, page)
    assert seen <= own
    assert faults == ""
    image = tmp_path / "page.png"
    _run(chromium, tmp_path, "--window-size=1000,1400", f"--screenshot={image}", page.as_uri())
    assert image.stat().st_size > 50_000
