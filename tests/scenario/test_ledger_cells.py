"""Cells that ask a ledger get a value with its evidence, or a finding with place, value, rule and remedy."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import pytest

from replenish.errors import Problem
from replenish.scenario import Scenario, check, examine, load, write
from replenish.scenario.asked import Answer, Ask, Opener, Refusal, Resolver, parse_ask
from replenish.scenario.io import as_written
from replenish.scenario.model import LedgerSettings
from replenish.scenario.workbook.write import write_workbook

CELL = "ledger(kind=count, holder=alpha, item=shell, valid=2024-03-31)"
TOLD = Answer(
    value=120.0, unit="round", statement="s-1", document="d-1", title="A count", passage="p-1", words="120 rounds",
    published=dt.date(2024, 4, 2), low=100.0, high=150.0, address="https://example.org/a", picked_by="grade",
)  # fmt: skip

LEDGER_RULES = {
    "ledger-cell", "ledger-conflict", "ledger-no-answer", "ledger-not-open", "ledger-undated", "ledger-unit",
    "ledger-evidence",
}  # fmt: skip
"""Rules that tests here find."""

SETTINGS = """title = "toy"
[time]
start = 2024-01-01
end = 2024-12-31
[ledger]
place = "../facts.db"
"""


def answering(found: Answer | Refusal = TOLD) -> Opener:
    """Return an opener whose ledger says the same to everything."""

    def opener(settings: LedgerSettings, folder: Path) -> Resolver:
        return Saying(found, settings.model_copy(update={"recorded_by": "2024-05-01"}))

    return opener


class Saying(NamedTuple):
    """A ledger that says the same to everything."""

    found: Answer | Refusal
    used: LedgerSettings

    def __call__(self, ask: Ask, /) -> Answer | Refusal:
        return self.found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a study whose stock is asked of a ledger."""
    return study(tmp_path / "study", CELL)


def study(path: Path, cell: str, column: str = "on_hand") -> Path:
    (path / "tables").mkdir(parents=True)
    (path / "scenario.toml").write_text(SETTINGS, encoding="utf-8")
    tables = {
        "items": "name,unit\nshell,round\n",
        "holders": "name\nalpha\n",
        "stocks": f'holder,item,{column}\nalpha,shell,"{cell}"\n',
    }
    for name, text in tables.items():
        (path / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def found(path: Path, opener: Opener | None) -> Problem:
    [problem] = [one for one in check(path, ledger=opener) if one.rule.startswith("ledger-")]
    return problem


def test_an_answered_cell_holds_the_value_and_its_evidence_leads_to_statement_and_document(folder: Path) -> None:
    scenario = load(folder, answering())
    assert scenario.stocks[0].on_hand == 120.0
    [evidence], [source] = scenario.evidence, scenario.sources
    assert (evidence.table_name, evidence.row_key, evidence.column) == ("stocks", "alpha/shell", "on_hand")
    assert evidence.note == 'statement s-1, passage p-1: "120 rounds"'
    assert (evidence.basis, evidence.low, evidence.high, evidence.source) == ("reported", 100.0, 150.0, source.name)
    assert (source.title, source.published, source.address) == (
        "A count", dt.date(2024, 4, 2), "https://example.org/a",
    )  # fmt: skip


def test_the_opener_gets_the_settings_and_the_folder(folder: Path) -> None:
    asked: list[object] = []

    def opener(settings: LedgerSettings, where: Path) -> Refusal:
        asked.extend((settings.place, where))
        return Refusal("no ledger", "it is gone")

    assert found(folder, opener).message == "it is gone"
    assert asked == ["../facts.db", folder]


TONNES = Answer(value=1, unit="tonne", statement="s", document="", title="")


@pytest.mark.parametrize(
    ("opener", "rule", "words"),
    [
        (None, "ledger-not-open", "no ledger can be asked here"),
        (answering(Refusal("no answer", "nothing is known")), "ledger-no-answer", "nothing is known"),
        (answering(Refusal("unit", "stated in tonne")), "ledger-unit", "stated in tonne"),
        (answering(TONNES), "ledger-unit", "is in tonne"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_reported_with_place_value_and_remedy(
    folder: Path, opener: Opener | None, rule: str, words: str
) -> None:
    problem = found(folder, opener)
    assert (problem.rule, problem.severity) == (rule, "error")
    assert (problem.file, problem.row, problem.column) == ("tables/stocks.csv", 2, "on_hand")
    assert problem.value == CELL
    assert words in problem.message
    assert problem.remedy


def test_conflicting_statements_are_a_warning_with_the_rule_that_picks(folder: Path) -> None:
    rival = Answer(value=120, unit="round", statement="s-1", document="d", title="t", conflicts=("90 (s-2, grade B)",),
                   picked_by="best grade")  # fmt: skip
    problem = found(folder, answering(rival))
    assert (problem.rule, problem.severity) == ("ledger-conflict", "warning")
    assert "s-1 says 120, others say 90 (s-2, grade B); taken by the rule: best grade" in problem.message


def test_an_admitted_undated_statement_is_a_warning(folder: Path) -> None:
    undated = Answer(value=1, unit="round", statement="s-1", document="d", title="t", admitted=dt.date(2024, 5, 1))
    assert found(folder, answering(undated)).rule == "ledger-undated"


def test_a_value_out_of_range_breaks_the_rule_of_its_column(folder: Path) -> None:
    negative = Answer(value=-1, unit="round", statement="s-1", document="d", title="t")
    problems, scenario = examine(folder, answering(negative))
    assert scenario is None
    assert [(one.rule, one.value) for one in problems if one.severity == "error"] == [("negative", CELL)]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("ledger(kind=count, item=shell)", "does not say holder"),
        ("ledger(kind=count, holder=alpha, item=shell, valid=31.3.2024)", "not a date"),
        ("ledger(kind=count, holder=alpha, item=shell, rule=mean)", "not low, best or high"),
        ("ledger(kind=count, holder=alpha, item=shell, units=round)", "did you mean `unit`"),
        ("ledger(kind=count, kind=need, holder=alpha, item=shell)", "says kind twice"),
        ("Ledger(kind=count, holder=alpha, item=shell)", "begins with `Ledger`, which must be `ledger`"),
        ("ledger(kind=count; holder=alpha; item=shell)", "has `;` between its parts, which must be `,`"),
        ("ledger(kind=count, holder=alpha, item=shell", "has no closing bracket"),
    ],
)
def test_a_cell_that_cannot_be_understood_says_what_is_wrong(tmp_path: Path, cell: str, words: str) -> None:
    problem = found(study(tmp_path / "study", cell), answering())
    assert problem.rule == "ledger-cell"
    assert words in problem.message
    assert problem.remedy.startswith("write ledger(kind=..., holder=...")


def test_a_ledger_cell_in_a_key_is_refused(tmp_path: Path) -> None:
    path = study(tmp_path / "study", "5")
    (path / "tables" / "budgets.csv").write_text(f'holder,year,amount\nalpha,"{CELL}",5\n', encoding="utf-8")
    assert "part of the key" in found(path, answering()).message


def test_all_words_of_a_cell_are_read() -> None:
    cell = 'ledger(kind=need, holder="alpha", item=shell, valid=2024-02-01, rule=high, unit=round/month)'
    assert parse_ask(cell) == Ask(
        kind="need", holder="alpha", item="shell", valid=dt.date(2024, 2, 1), rule="high", unit="round/month"
    )


def test_names_with_spaces_and_commas_stand_in_quotes() -> None:
    found = parse_ask('ledger(kind=count, holder="Army, active", item=155mm round)')
    assert found == Ask(kind="count", holder="Army, active", item="155mm round")


def test_a_unit_in_the_plural_is_the_same_unit(folder: Path) -> None:
    plural = Answer(value=3, unit="rounds", statement="s-1", document="d", title="t")
    assert load(folder, answering(plural)).stocks[0].on_hand == 3.0


def test_a_written_scenario_keeps_the_resolved_values_and_needs_no_ledger(folder: Path, tmp_path: Path) -> None:
    scenario = load(folder, answering())
    write(scenario, tmp_path / "kept")
    assert load(tmp_path / "kept") == scenario


def test_the_ledger_of_a_workbook_is_sought_from_the_workbook(folder: Path, tmp_path: Path) -> None:
    _, scenario, texts = as_written(folder, answering())
    assert scenario is not None
    book = write_workbook(scenario, tmp_path / "study.xlsx", texts=texts)
    asked: list[Path] = []

    def opener(settings: LedgerSettings, place: Path) -> Resolver:
        asked.append(place)
        return Saying(TOLD, settings)

    for path in (book, folder):
        examine(path, opener)
    assert asked == [book, folder]


def test_folder_to_workbook_and_back_keeps_the_text_of_the_cell(folder: Path, tmp_path: Path) -> None:
    _, scenario, texts = as_written(folder, answering())
    assert scenario is not None
    assert scenario.evidence == ()
    book = write_workbook(scenario, tmp_path / "study.xlsx", texts=texts)
    _, again, back = as_written(book, answering())
    assert isinstance(again, Scenario)
    assert (again.stocks, back) == (scenario.stocks, texts)
    write(again, tmp_path / "back", texts=back)
    assert CELL in (tmp_path / "back" / "tables" / "stocks.csv").read_text(encoding="utf-8")
