"""Tables of studies are read back as they were saved, and no cell of them is taken for a formula."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from replenish.study.saving import escaped, read_table, save_study

TEXTS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1+1", "''-x", "'", "a", ""]


def test_no_cell_of_a_saved_table_starts_like_a_formula_and_all_are_read_back(tmp_path: Path) -> None:
    table = pl.DataFrame({"name": TEXTS, "value": [-1.0] * len(TEXTS)})
    save_study(tmp_path / "study", "trial", {}, {"rows": table})
    path = tmp_path / "study" / "rows.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows if row["name"][:1] in set("=+-@\t\r\n") - {""}] == []
    assert [row["name"] for row in rows] == [escaped(text) for text in TEXTS]
    assert {row["value"] for row in rows} == {"-1.0"}
    assert_frame_equal(read_table(path, table.schema), table)
