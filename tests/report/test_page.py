from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from replenish.report import charts, drawing, to_html, write_report
from replenish.report.origins import safe_address
from replenish.report.view import look_at
from replenish.result import Result
from replenish.scenario.model import (
    ChainState,
    Evidence,
    Holder,
    Item,
    Line,
    Money,
    Observation,
    Pledge,
    Scenario,
    Source,
    Time,
)  # fmt: skip
from tests.report import synthetic

SECTIONS = (
    "answer", "stocks", "supply", "need", "production", "deliveries", "money", "years", "cases",
    "reported", "measures", "assumptions", "methods",
)  # fmt: skip
HOSTILE = "</style></svg><script>alert(1)</script><img src=x onerror=alert(2)> \" ' & {{ 7 * 7 }}"
LARGEST_FILE = 3_000_000


class Page(HTMLParser):
    """Every tag and attribute of a page, and the text of its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def values(self, name: str) -> list[str]:
        return [value for _, found, value in self.attributes if found == name]


@pytest.fixture(scope="module")
def html() -> str:
    return to_html(synthetic.result())


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def _hostile() -> Scenario:
    return synthetic.scenario(
        title=HOSTILE, description=HOSTILE, notes=(HOSTILE,), money=Money(currency=HOSTILE)
    ).with_rows(
        Item(name="shell", title=HOSTILE, unit=HOSTILE),
        Holder(name="north", title=HOSTILE, parent="alliance"),
        Line(name="works", title=HOSTILE, owner="north", max_rate=1),
        ChainState(chain="tempo", state="quiet", title=HOSTILE, start_probability=0.5),
        Source(name="ministry", title=HOSTILE, publisher=HOSTILE, address="javascript:alert(3)", note=HOSTILE),
        Pledge(name="million", from_holder="north", to_holder="front", item="shell", quantity=1, due=date(2024, 3, 31)),
        Evidence(table_name="stocks", row_key="north/shell", column="floor", basis="assumed", note=HOSTILE),
        Observation(
            name="output_2024", measure="production", date=date(2024, 9, 15), holder="north", item="shell",
            value=1, per="month", source="ministry", note=HOSTILE,
        ),
    )  # fmt: skip


def test_every_section_is_there_and_the_links_lead_to_it(page: Page) -> None:
    assert set(SECTIONS) <= set(page.values("id"))
    assert [href for href in page.values("href") if href.startswith("#")] == [f"#{name}" for name in SECTIONS]


def test_nothing_is_asked_of_another_host(html: str, page: Page) -> None:
    assert page.values("src") == []
    assert not {"script", "link", "img", "image", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert "@import" not in html
    assert re.findall(r"url\((?!#)", html) == []
    links = [href for tag, name, href in page.attributes if name.endswith("href") and not href.startswith("#")]
    data = [link for link in links if link.startswith("data:text/csv;base64,")]
    assert set(links) - set(data) == {"https://example.org/report"}
    assert len(data) == page.tags["figure"]
    assert {tag for tag, name, _ in page.attributes if name.endswith("href")} == {"a"}


def test_names_of_parts_are_unique(page: Page) -> None:
    assert [name for name, count in Counter(page.values("id")).items() if count > 1] == []


def test_every_picture_says_what_it_shows_and_fits_its_place(html: str, page: Page) -> None:
    pictures = re.findall(r"<svg[^>]*role=\"img\"[^>]*>", html)
    assert len(pictures) == page.tags["figure"] == page.tags["figcaption"] > 10
    assert all("viewBox" in tag and "aria-label=" in tag and " width=" not in tag for tag in pictures)
    assert html.count("Simulation of 1,000 paths") == len(pictures)


def test_titles_and_notes_from_outside_stay_text() -> None:
    html = to_html(synthetic.result(_hostile()))
    found = Page(html)
    assert not {"script", "img"} & set(found.tags)
    assert found.tags["style"] == 1
    assert [name for _, name, _ in found.attributes if name.startswith("on")] == []
    assert "javascript:" not in html
    assert "{{ 7 * 7 }}" in html


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "file:///etc", "//host/x", "http:", "x"]
)
def test_only_web_addresses_become_links(address: str) -> None:
    assert safe_address(address) == ""


@pytest.mark.parametrize(
    ("tables", "measures"),
    [
        (("pledges",), ("pledge_fulfilment",)),
        (("requirements",), ("requirement", "shortfall", "days_of_supply")),
        (("observations",), ()),
        (("evidence", "sources", "observations"), ()),
        (("chains",), ("state_share",)),
        (("demand",), ("demand", "issues", "unmet", "unmet_cumulative", "fill_rate")),
        (("routes", "pledges"), ("delivered", "delivered_cumulative", "pledge_fulfilment")),
        (("line_items", "components"), ("production", "capacity", "bottleneck_share")),
        ((), ("spend", "spend_cumulative")),
    ],
    ids=lambda value: "_".join(value) or "none",
)
def test_a_study_without_some_tables_still_has_every_section(
    tables: tuple[str, ...], measures: tuple[str, ...]
) -> None:
    study = synthetic.scenario(synthetic.rows_without(*tables))
    html = to_html(synthetic.result(study, without=measures))
    assert set(SECTIONS) <= set(Page(html).values("id"))
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b", html)


def test_assumed_values_are_marked_and_counted(html: str, page: Page) -> None:
    assert html.count('<td class="assumed">assumed</td>') == 1
    assert "reported 1, derived from reports 1, assumed 1" in html
    assert "\n1 assumed\n" not in html
    assert "1 assumed" in "".join(page.text)


def test_the_run_can_be_repeated_from_the_page(html: str) -> None:
    run = synthetic.result().provenance
    for number in (str(run.seed), run.input_hash, run.array_hash, "0.1.0"):
        assert number in html


def test_a_figure_outside_the_band_is_listed_with_its_note(html: str) -> None:
    assert html.count("counts rounds that were only filled") == 2  # beside the figure, and among those outside
    assert "Value in the 90\xa0% band" in html


def _long_run() -> Result:
    daily = Time(start=date(2022, 1, 1), end=date(2026, 12, 31), period="day")
    return synthetic.result(synthetic.scenario(time=daily))


def test_a_long_run_by_the_day_is_drawn_with_fewer_points_and_stays_small() -> None:
    run = _long_run()
    view = look_at(run)
    assert len(run.calendar) > 1800
    shown = drawing.drawn(view.select("on_hand", holder="north", item="shell"))
    assert drawing.LARGEST_DRAWN / 2 < len(shown) <= drawing.LARGEST_DRAWN
    assert view.last in shown
    assert len(charts.stock(view, "north").svg) < 40_000


def test_the_file_is_small_and_the_same_each_time(tmp_path: Path, html: str) -> None:
    drawing._svg.cache_clear()  # so that every picture is drawn again
    written = write_report(synthetic.result(), tmp_path / "report.html")
    text = written.read_text(encoding="utf-8")
    assert text == html
    assert len(text) < LARGEST_FILE


def test_what_is_not_finite_is_not_drawn() -> None:
    run = synthetic.result()
    view = look_at(replace(run, series=run.series.with_columns(p95=float("inf") + run.series["p95"])))
    assert "NaN" not in charts.stock(view, "north").svg
    assert drawing.clamp(float("nan")) is None


def test_no_time_zone_moves_a_chart() -> None:
    code = (
        "from tests.report import synthetic; from replenish.report import charts; from replenish.report.view import"
        " look_at; print(charts.stock(look_at(synthetic.result()), 'north').svg, end='')"
    )
    away = "Pacific/Auckland" if time.timezone > -6 * 3600 else "America/New_York"  # half a day from here
    there = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TZ": away, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    drawing._svg.cache_clear()
    assert there.stdout == str(charts.stock(look_at(synthetic.result()), "north").svg)
