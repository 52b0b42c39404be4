"""`scenario.toml`: keys are found with their line; values are read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from replenish.scenario import check, load
from replenish.scenario.settings_file import key_lines
from tests.scenario.small import written

SOUND = """title = "Small"
notes = ["one", "two"]

[time]
start = 2022-03-01
end = 2024-12-31
period = "month"

[money]
currency = "EUR"
discount_rate = 0.03

[simulation]
paths = 500
"""

MISTAKES = [
    ("start = 2022-03-01", "strat = 2022-03-01", "unknown-key", 5, "time.strat"),
    ("[money]", "[mony]", "unknown-key", 9, "mony"),
    ("[time]", "[tiem]", "unknown-key", 4, "tiem"),
    ("end = 2024-12-31\n", "", "missing-key", 4, "time.end"),
    ('title = "Small"\n', "", "missing-key", None, "title"),
    ("paths = 500", 'paths = "many"', "not-a-number", 14, "simulation.paths"),
    ("paths = 500", 'paths = "500"', "wrong-type", 14, "simulation.paths"),
    ("paths = 500", "paths = 5.5", "wrong-type", 14, "simulation.paths"),
    ("paths = 500", "paths = 0", "out-of-range", 14, "simulation.paths"),
    ("paths = 500", "seed = -1", "negative", 14, "simulation.seed"),
    ("0.03", '"0,03"', "decimal-comma", 11, "money.discount_rate"),
    ("0.03", "3", "out-of-range", 11, "money.discount_rate"),
    ("0.03", "nan", "nan", 11, "money.discount_rate"),
    ("0.03", "inf", "infinite", 11, "money.discount_rate"),
    ('"month"', '"monthly"', "unknown-choice", 7, "time.period"),
    ("start = 2022-03-01", 'start = "2022-03-01"', "wrong-type", 5, "time.start"),
    ("start = 2022-03-01", 'start = "03/04/2022"', "date-format", 5, "time.start"),
    ("start = 2022-03-01", "start = 44621", "spreadsheet-date", 5, "time.start"),
    ("start = 2022-03-01", "start = 2022-03-01T00:00:00", "wrong-type", 5, "time.start"),
    ('title = "Small"', "title = 5", "wrong-type", 1, "title"),
    ('["one", "two"]', '"one"', "wrong-type", 2, "notes"),
    ("end = 2024-12-31", "end = 2021-12-31", "end-before-start", 6, "time.end"),
]


def _folder(tmp_path: Path, text: str) -> Path:
    folder = written(tmp_path / "study")
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    return folder


def test_sound_settings_are_loaded(tmp_path: Path) -> None:
    settings = load(_folder(tmp_path, SOUND)).settings
    assert settings.notes == ("one", "two")
    assert (settings.money.discount_rate, settings.simulation.paths) == (0.03, 500)
    assert settings.simulation.model_fields_set == {"paths"}


@pytest.mark.parametrize(("old", "new", "rule", "row", "column"), MISTAKES)
def test_a_mistake_is_found_at_its_key(
    old: str, new: str, rule: str, row: int | None, column: str, tmp_path: Path
) -> None:
    assert old in SOUND
    found = check(_folder(tmp_path, SOUND.replace(old, new, 1)))
    assert [(p.rule, p.file, p.row, p.column) for p in found] == [(rule, "scenario.toml", row, column)]


def test_the_nearest_key_is_offered(tmp_path: Path) -> None:
    (problem,) = check(_folder(tmp_path, SOUND.replace("paths", "path")))
    assert problem.remedy == "did you mean `paths`?"


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        ("title = Small\n", 1, "9"),
        ('title = "a"\n[time]\nstart = 03/04/2022\n', 3, "10"),
        ('title = "a"\ntitle = "b"\n', 2, "12"),
        ('title = "a', 1, None),
        ("x = " + "[" * 5000, 2, None),
    ],
)
def test_broken_toml_is_reported_with_line_and_column(text: str, row: int, column: str | None, tmp_path: Path) -> None:
    (problem,) = check(_folder(tmp_path, text))
    assert (problem.rule, problem.file, problem.column) == ("broken-toml", "scenario.toml", column)
    assert column is None or problem.row == row


def test_a_section_that_is_a_value_is_one_finding(tmp_path: Path) -> None:
    text = 'title = "a"\ntime = 5\n'
    assert [(p.rule, p.row, p.column) for p in check(_folder(tmp_path, text))] == [("wrong-type", 2, "time")]


def test_lines_of_keys_are_found_past_comments_and_long_texts() -> None:
    text = 'title = "a"\ndescription = """\nseed = 1\n[time]\n"""\n# seed = 2\n[simulation]\nseed = 3\ntime.start = 1\n'
    found = key_lines(text)
    assert found == {"title": 1, "description": 2, "simulation": 7, "simulation.seed": 8, "simulation.time.start": 9}
