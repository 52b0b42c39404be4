from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import replenish
from replenish.report import comparison_to_html, write_comparison
from replenish.study.compare import Comparison
from tests.report.test_page import Page


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return replenish.compare(
        "artillery", "artillery:dig_to_zero", "artillery:charges_doubled", paths=64,
        out=tmp_path_factory.mktemp("compare") / "c",
    )  # fmt: skip


def test_the_page_shows_every_side_of_every_picture(found: Comparison) -> None:
    page = Page(comparison_to_html(found))
    text = "".join(page.text)
    assert text.count("Donors dig to zero") > 10
    assert "artillery:dig_to_zero" not in text
    sides = [value for _, name, value in page.attributes if (name, value) == ("class", "side")]
    rows = [value for _, name, value in page.attributes if (name, value) == ("class", "beside")]
    assert len(sides) == 3 * len(rows) > 30


def test_pictures_of_one_row_share_their_scale(found: Comparison) -> None:
    html = comparison_to_html(found)
    section = html[html.index('<section id="stocks">') : html.index('<section id="need">')]
    for row in section.split('<div class="beside"')[1:]:
        labels = [re.findall(r">([\d,.]+)</text>", svg) for svg in row.split("<svg role=")[1:]]
        assert len(labels) == 3
        assert labels[0] == labels[1] == labels[2]


def test_the_page_lists_the_cells_that_differ_and_the_differences(found: Comparison) -> None:
    html = comparison_to_html(found)
    for cell in found.inputs.filter(pl.col("table_name") == "stocks")["row_key"]:
        assert f"stocks {cell} floor" in html
    assert html.count("percentage points") >= 1
    assert "same random futures" in html


def test_independent_samples_are_said_to_be_so(found: Comparison) -> None:
    apart = replace(found, differences=found.differences.with_columns(is_paired=pl.lit(False)))
    assert "different seeds" in comparison_to_html(apart)


def test_runs_without_numbers_by_path_still_make_a_page(found: Comparison) -> None:
    bare = replace(found, differences=found.differences.clear(), inputs=found.inputs.clear())
    assert "The inputs are the same." in comparison_to_html(bare)


def test_the_page_asks_nothing_of_another_host_and_is_small(found: Comparison, tmp_path: Path) -> None:
    path = write_comparison(found, tmp_path / "compare.html")
    page = Page(path.read_text(encoding="utf-8"))
    assert not {"script", "link", "img", "iframe", "form"} & set(page.tags)
    links = {href for href in page.values("href") if not href.startswith(("#", "data:text/csv;base64,"))}
    assert links == set()
    assert path.stat().st_size < 3_000_000
