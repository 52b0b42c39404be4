"""A scenario that is written and loaded is the same to the last bit."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator

from replenish.errors import UsageError
from replenish.scenario import Scenario, load, write
from replenish.scenario.io import read_folder
from replenish.scenario.model import TABLES, Money, PlanSettings, Row, Settings, Simulation, SustainSettings, Time
from tests.scenario.small import sound

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9_.+-]{0,6}", fullmatch=True)


def _cells(model: type[Row], column: str) -> st.SearchStrategy[Any]:
    """Return what a cell may hold."""
    declared = model.model_fields[column]
    kind: Any = declared.annotation
    optional = get_origin(kind) in (Union, UnionType)
    if optional:
        kind = next(part for part in get_args(kind) if part is not NoneType)
    strategy = _values(kind, declared.metadata, is_required=declared.is_required())
    return st.none() | strategy if optional else strategy


def _values(kind: Any, marks: list[Any], *, is_required: bool) -> st.SearchStrategy[Any]:
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if kind is str and any(isinstance(mark, AfterValidator) for mark in marks):
        return NAMES if is_required else st.just("") | NAMES
    low = next((mark.ge for mark in marks if hasattr(mark, "ge")), None)
    above = next((mark.gt for mark in marks if hasattr(mark, "gt")), None)
    high = next((mark.le for mark in marks if hasattr(mark, "le")), None)
    below = next((mark.lt for mark in marks if hasattr(mark, "lt")), None)
    kinds: dict[Any, st.SearchStrategy[Any]] = {
        float: st.floats(
            above if low is None else low,
            below if high is None else high,
            allow_nan=False,
            allow_infinity=False,
            exclude_min=above is not None,
            exclude_max=below is not None,
        ),
        int: st.integers(above + 1 if above is not None else low, high if high is not None else 2**53),
        bool: st.booleans(),
        dt.date: st.dates(),
        str: TEXT.filter(bool) if is_required else TEXT,
    }
    return kinds[kind]


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Draw a row of any table, with some cells left out."""
    model = draw(st.sampled_from(list(TABLES.values())))
    stated = {name for name, declared in model.model_fields.items() if declared.is_required() or draw(st.booleans())}
    return model.model_validate({name: draw(_cells(model, name)) for name in sorted(stated)})


SETTINGS = st.builds(
    Settings,
    title=TEXT,
    description=TEXT,
    notes=st.lists(TEXT, max_size=3).map(tuple),
    time=st.builds(Time, start=st.dates(), end=st.dates(), period=st.sampled_from(["day", "week", "month", "year"])),
    money=st.builds(Money, price_year=st.none() | st.integers(1900, 2100), discount_rate=st.floats(0, 1)),
    simulation=st.builds(Simulation, paths=st.integers(1, 10_000)),
    plan=st.builds(
        PlanSettings,
        stage_periods=st.none() | st.integers(1, 12),
        chains=st.lists(NAMES, max_size=2).map(tuple),
        whole=st.booleans(),
        minutes=st.floats(0.1, 1e4),
    ),
    sustain=st.builds(
        SustainSettings,
        method=st.sampled_from(["exact", "vari_metric", "metric"]),
        budget=st.none() | st.floats(0, 1e12),
        target_availability=st.none() | st.floats(0, 1, exclude_min=True, exclude_max=True),
        histories=st.integers(2, 1000),
    ),
)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Draw a scenario that can be written, whether or not it makes sense."""
    scenario = Scenario(settings=draw(SETTINGS))
    tables: dict[str, tuple[Row, ...]] = {}
    for row in draw(st.lists(rows(), max_size=6)):
        tables[row.table] = (*tables.get(row.table, ()), row)
    return scenario.model_copy(update=tables)


def _loaded(scenario: Scenario) -> Scenario:
    """Write a scenario and read it without judging it."""
    with tempfile.TemporaryDirectory() as parent:
        write(scenario, Path(parent) / "study")
        draft = read_folder(Path(parent) / "study")
    assert draft.problems == []
    assert draft.settings is not None
    tables = {name: tuple(entry.row for entry in table.entries) for name, table in draft.tables.items()}
    return Scenario(settings=draft.settings).model_copy(update=tables)


@settings(max_examples=100)
@given(scenarios())
def test_what_is_written_is_read_back_exactly_and_empty_cells_stay_unset(scenario: Scenario) -> None:
    again = _loaded(scenario)
    assert repr(again) == repr(scenario)  # equality would take -0.0 for 0.0
    for name in TABLES:
        for before, after in zip(scenario.rows(name), again.rows(name), strict=True):
            silent = {column for column in before.model_fields_set if getattr(before, column) in (None, "")}
            assert after.model_fields_set == before.model_fields_set - silent


def test_a_sound_scenario_survives(tmp_path: Path) -> None:
    write(sound(), tmp_path / "study")
    assert load(tmp_path / "study") == sound()


def test_writing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    write(sound(), tmp_path / "one")
    write(load(tmp_path / "one"), tmp_path / "two")
    for path in sorted((tmp_path / "one").rglob("*.*")):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


def test_a_folder_that_holds_something_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").touch()
    with pytest.raises(UsageError, match="exists; give the name of a new or an empty folder"):
        write(sound(), tmp_path)
    with pytest.raises(UsageError, match="exists"):
        write(sound(), tmp_path / "kept.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    write(sound(), tmp_path / "study")
    assert load(tmp_path / "study") == sound()


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise OSError("disk full")

    monkeypatch.setattr("replenish.scenario.io._csv_lines", fail)
    with pytest.raises(OSError, match="disk full"):
        write(sound(), tmp_path / "study")
    assert list(tmp_path.iterdir()) == []
