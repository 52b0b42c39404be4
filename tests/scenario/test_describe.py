"""Schema, defaults and hash of a scenario."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from replenish.scenario import TABLES, Scenario, defaults_used, input_hash, load, schema, write
from replenish.scenario.model import Route, Simulation, Stock
from tests.scenario.small import HORIZON, sound


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def test_the_schema_holds_the_settings_and_every_table_with_every_column() -> None:
    found = schema()
    assert set(found["properties"]) == {"settings", *TABLES}
    for name, row_class in TABLES.items():
        table = found["properties"][name]
        assert table["file"] == f"tables/{name}.csv"
        assert table["key"] == list(row_class.key)
        columns = found["$defs"][row_class.__name__]["properties"]
        assert set(columns) == set(row_class.model_fields)
        assert all(column["description"] for column in columns.values())


def test_the_schema_refers_only_to_what_it_holds() -> None:
    found = schema()
    assert {reference.removeprefix("#/$defs/") for reference in _references(found)} == set(found["$defs"])


def test_the_schema_says_unit_reference_and_bounds() -> None:
    columns = schema()["$defs"]["Stock"]["properties"]
    assert columns["on_hand"]["unit"] == "unit"
    assert columns["on_hand"]["minimum"] == 0
    assert columns["holder"]["refers_to"] == "holder"


def test_defaults_that_were_used_are_listed_and_stated_cells_are_not() -> None:
    small = Scenario(settings=HORIZON, routes=(Route(from_holder="a", to_holder="b", loss_probability=0.0),))
    frame = defaults_used(small)
    assert frame.columns == ["table", "row_key", "column", "default", "unit", "meaning"]
    cells = {row["column"]: row for row in frame.filter(frame["table"] == "routes").to_dicts()}
    assert set(cells) == set(Route.model_fields) - {"from_holder", "to_holder", "loss_probability"}
    assert cells["lead_time_days"] == {
        "table": "routes", "row_key": "a/b", "column": "lead_time_days", "default": "0.0", "unit": "day",
        "meaning": "from storage to arrival",
    }  # fmt: skip
    settings = frame.filter(frame["table"] == "settings")["column"].to_list()
    assert "time.period" in settings
    assert "time.start" not in settings


def test_loading_leaves_empty_cells_unset(tmp_path: Path) -> None:
    write(sound(), tmp_path / "study")
    assert defaults_used(load(tmp_path / "study")).equals(defaults_used(sound()))


def test_the_hash_does_not_depend_on_the_order_of_rows() -> None:
    small, mixed = sound(), {}
    for name in TABLES:
        rows = list(small.rows(name))
        random.Random(3).shuffle(rows)
        mixed[name] = tuple(rows)
    assert input_hash(small.model_copy(update=mixed)) == input_hash(small)


def test_the_hash_does_not_depend_on_the_layout_of_files(tmp_path: Path) -> None:
    write(sound(), tmp_path / "study")
    stocks = tmp_path / "study" / "tables" / "stocks.csv"
    rows = [line.split(",") for line in stocks.read_text(encoding="utf-8").splitlines()]
    stocks.write_text("\r\n".join(",".join(reversed(row)) for row in rows).replace("9000", "9.0e3"), encoding="utf-8")
    assert input_hash(load(tmp_path / "study")) == input_hash(sound())


def test_the_hash_depends_on_the_seed_but_not_on_the_number_of_paths() -> None:
    small = sound()

    def hash_with(**values: int) -> str:
        changed = small.settings.model_copy(update={"simulation": Simulation(**values)})
        return input_hash(small.model_copy(update={"settings": changed}))

    assert hash_with(paths=7) == input_hash(small)
    assert hash_with(seed=7) != input_hash(small)
    assert hash_with(paths=7, seed=7) == hash_with(seed=7)


@pytest.mark.parametrize("change", [{"on_hand": 5001}, {"floor": 1}, {"item": "fuze"}])
def test_the_hash_depends_on_every_cell(change: dict[str, Any]) -> None:
    small = sound()
    stocks = (*small.stocks[:2], small.stocks[2].model_copy(update=change))
    assert input_hash(small.model_copy(update={"stocks": stocks})) != input_hash(small)


def test_a_default_that_is_written_down_does_not_change_the_hash() -> None:
    stated = Stock(holder="front", item="shell", on_hand=5000, floor=0.0, storage_limit=None)
    assert input_hash(sound().with_rows(stated)) == input_hash(sound())


def test_unchanged_hash_of_a_scenario_without_tables() -> None:
    assert input_hash(Scenario(settings=HORIZON)) == (
        "613d0fe8dc190f063031789d1dedefab04c218cf9e6a4c936db76a7997144f30"
    )
