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


@pytest.fixture(scope="module")
def file(found: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_comparison(found, tmp_path_factory.mktemp("page") / "compare.html")


@pytest.fixture(scope="module")
def html(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Return two small runs that meet different futures."""
    folder = tmp_path_factory.mktemp("apart")
    runs = [replenish.simulate("blank", paths=16, seed=seed, out=folder / f"seed{seed}") for seed in (1, 2)]
    return replenish.compare(*runs, out=folder / "c")


def test_the_page_shows_every_side_of_every_picture(html: str) -> None:
    page = Page(html)
    text = "".join(page.text)
    assert text.count("Donors dig to zero") > 10
    assert "artillery:dig_to_zero" not in text
    sides = [value for _, name, value in page.attributes if (name, value) == ("class", "side")]
    rows = [value for _, name, value in page.attributes if (name, value) == ("class", "beside")]
    assert len(sides) == 3 * len(rows) > 30


def test_pictures_of_one_row_share_their_scale(html: str) -> None:
    section = html[html.index('<section id="stocks">') : html.index('<section id="need">')]
    for row in section.split('<div class="beside"')[1:]:
        labels = [re.findall(r">([\d,.]+)</text>", svg) for svg in row.split("<svg role=")[1:]]
        assert len(labels) == 3
        assert labels[0] == labels[1] == labels[2]


def test_the_page_lists_the_cells_that_differ_and_the_differences(found: Comparison, html: str) -> None:
    for cell in found.inputs.filter(pl.col("table_name") == "stocks")["row_key"]:
        assert f"stocks {cell} floor" in html
    assert html.count("percentage points") >= 1
    assert "same random futures" in html


def test_independent_samples_are_said_to_be_so(apart: Comparison) -> None:
    assert not apart.differences["is_paired"].any()
    assert "different seeds" in comparison_to_html(apart)


def test_runs_without_numbers_by_path_still_make_a_page(apart: Comparison) -> None:
    bare = replace(apart, differences=apart.differences.clear(), inputs=apart.inputs.clear())
    assert "The inputs are the same." in comparison_to_html(bare)


def test_the_page_asks_nothing_of_another_host_and_is_small(file: Path, html: str) -> None:
    page = Page(html)
    assert not {"script", "link", "img", "iframe", "form"} & set(page.tags)
    links = {href for href in page.values("href") if not href.startswith(("#", "data:text/csv;base64,"))}
    assert links == set()
    assert file.stat().st_size < 3_000_000
