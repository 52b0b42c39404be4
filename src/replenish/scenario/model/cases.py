"""Cases: named changes to cells of other tables."""

from __future__ import annotations

from typing import Literal

from replenish.scenario.model import base as col
from replenish.scenario.model.base import Name, Row

ChangeKind = Literal["set", "multiply", "add", "remove_row", "add_row"]


class Case(Row):
    """One change of a case: a case is all rows of one name, applied together to the scenario as it is written."""

    table = "cases"
    key = ("case", "table_name", "row_key", "column")

    case: Name = col.name("short name of the case; its rows are applied together")
    title: str = col.text("name of the case for reports, in any of its rows; empty: the short name", default="")
    table_name: str = col.text("table that is changed; scenario.toml for a setting")
    row_key: str = col.text(
        "key of the row, its values joined by /; * stands for any part; empty: every row (add_row: any key)", default=""
    )
    column: str = col.text("column that is changed; section.key of a setting; empty for whole rows", default="")
    change: ChangeKind = col.text(
        "what is done: set the value; multiply a number; add to a number, not below the least that its column allows,"
        " or days to a date; remove_row; add_row"
    )
    value: str = col.text(
        "new value, factor or summand as its column is written; set with an empty value: the default; add_row:"
        " `column=value; column=value`; empty for remove_row",
        default="",
    )
