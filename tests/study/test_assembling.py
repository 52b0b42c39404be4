"""A scenario is assembled from a real ledger as known at a date; what it says leads back to the document."""

from __future__ import annotations

import csv
import datetime as dt
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, make_url

import replenish
from replenish.cli import main
from replenish.errors import ScenarioError
from replenish.ledger.importing.rows import escaped
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Passage, Statement
from replenish.report import to_html
from replenish.report.origins import safe_address
from replenish.scenario import input_hash, load
from replenish.scenario.asked import Answer, Ask, Refusal, parse_ask
from replenish.scenario.model import LedgerSettings
from replenish.study.assembling import asking, ledger_place, read_scenario
from replenish.study.hindsight.known import as_known
from tests.ledger.statements import day, said

DATES = {"early": dt.date(2024, 1, 31), "late": dt.date(2024, 12, 31)}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Return a ledger with a count that was told in January, and a later one of the same stock told in June."""
    found = Ledger.open(tmp_path / "facts.db", create=True)
    document = Document(
        id="d-jan", title="A count of January", address="https://example.org/jan", published=day("2024-01-20")
    )
    passage = Passage(id="p-jan", document="d-jan", words="some 100 rounds were counted")
    early = said(100, on="2024-01-01", published="2024-01-20", id="s-jan", document="d-jan", passage="p-jan", low=80.0)
    late = said(60, on="2024-06-01", published="2024-06-20", id="s-jun")
    rate = said(9, on="2024-01-01", published="2024-01-20", id="s-yearly", kind="need", unit="round/year")
    found.record([document, passage, early, late, rate], author="test", purpose="test")
    return found


def write_study(folder: Path, cell: str, *, settings: str = 'place = "../facts.db"', demand: str = "5") -> Path:
    """Write a study whose opening stock is one cell."""
    (folder / "tables").mkdir(parents=True)
    head = """title = "toy"
[time]
start = 2024-01-01
end = 2024-12-31
[simulation]
paths = 4
[ledger]
"""
    (folder / "scenario.toml").write_text(head + settings + "\n", encoding="utf-8")
    tables = {
        "items": "name,unit\nshell,round\n", "holders": "name\nalpha\n",
        "stocks": f'holder,item,on_hand\nalpha,shell,"{cell}"\n',
        "demand": f'holder,item,mean,when_unmet\nalpha,shell,"{demand}",lost\n',
    }  # fmt: skip
    for name, text in tables.items():
        (folder / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


CELL = "ledger(kind=count, holder=alpha, item=shell)"


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(("when", "value"), [("early", 100.0), ("late", 60.0)])
def test_a_cell_has_the_value_known_at_the_date(tmp_path: Path, when: str, value: float) -> None:
    study = write_study(tmp_path / "study", CELL)
    assert read_scenario(study, known_at=DATES[when]).stocks[0].on_hand == value


@pytest.mark.usefixtures("ledger")
def test_the_day_asked_for_leaves_later_figures_out_and_the_rule_takes_an_end(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", CELL.replace(")", ", valid=2024-03-01, rule=low)"))
    assert read_scenario(study).stocks[0].on_hand == 80.0


@pytest.mark.usefixtures("ledger")
def test_a_cell_that_nothing_answers_by_the_date_is_an_error_that_says_so(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", CELL)
    with pytest.raises(ScenarioError, match=r"no count of shell by alpha is known at 2023-12-31"):
        read_scenario(study, known_at=dt.date(2023, 12, 31))


@pytest.mark.parametrize(
    ("ends", "rule", "told", "remedy"),
    [
        ({"low": 28000.0}, "best", "s-end says at least 28,000 round, and no best value", "with rule=low,"),
        ({"high": 500.0}, "low", "s-end says at most 500 round, and no low value", "with rule=high,"),
        ({"low": 1.0, "high": 2.0}, "best", "says at least 1 and at most 2 round", "with rule=low or rule=high,"),
    ],
)
def test_an_end_that_was_not_said_is_refused_with_the_one_that_was(
    tmp_path: Path, ledger: Ledger, ends: dict[str, Any], rule: str, told: str, remedy: str
) -> None:
    one = replace(said(1, on="2024-07-01", published="2024-07-02", id="s-end"), best=None, **ends)
    ledger.record([one], author="t", purpose="t")
    [problem] = replenish.check(write_study(tmp_path / "study", CELL.replace(")", f", rule={rule})")))
    assert told in problem.message
    assert remedy in problem.remedy


@pytest.mark.usefixtures("ledger")
def test_a_name_that_the_ledger_lacks_is_told_with_near_ones(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", "ledger(kind=count, holder=Alpha, item=shells)")
    [problem] = replenish.check(study)
    assert problem.remedy == "no item is `shells`; perhaps `shell`; no holder is `Alpha`; perhaps `alpha`"


@pytest.mark.usefixtures("ledger")
def test_a_rate_by_the_year_is_a_twelfth_of_it_by_the_month_and_says_so(tmp_path: Path) -> None:
    scenario = read_scenario(write_study(tmp_path / "study", "5", demand="ledger(kind=need, holder=alpha, item=shell)"))
    assert scenario.demand[0].mean == pytest.approx(9 / 12)
    assert "s-yearly; 9 round/year is 0.75 round/month" in scenario.evidence[0].note


def test_conflicts_are_told_with_the_one_that_is_taken(tmp_path: Path, ledger: Ledger) -> None:
    ledger.record([said(70, on="2024-06-01", published="2024-06-30", id="s-good", grade="A")], author="t", purpose="t")
    [problem] = [one for one in replenish.check(write_study(tmp_path / "study", CELL)) if one.rule == "ledger-conflict"]
    assert "s-good says 70, others say 60 (s-jun, grade C)" in problem.message
    assert "grade" in problem.message


def test_figures_that_contradict_are_the_range_of_the_assumption(tmp_path: Path, ledger: Ledger) -> None:
    ledger.record([said(70, on="2024-06-01", published="2024-06-30", id="s-good", grade="A")], author="t", purpose="t")
    [row] = read_scenario(write_study(tmp_path / "study", CELL)).evidence
    assert (row.low, row.high) == (60.0, 70.0)
    assert row.note == "statement s-good; for 2024-06-01, grade A, recorded in entry 2; others say 60 (s-jun, grade C)"


@pytest.mark.usefixtures("ledger")
def test_an_end_that_one_statement_gives_alone_stays_open_at_the_other(tmp_path: Path) -> None:
    [row] = read_scenario(write_study(tmp_path / "study", CELL), known_at=DATES["early"]).evidence
    assert (row.low, row.high) == (80.0, None)


@pytest.mark.usefixtures("ledger")
def test_the_report_links_the_value_to_statement_passage_and_document(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", CELL)
    result = replenish.simulate(study, out=tmp_path / "run", known_at=DATES["early"])
    page = to_html(result)
    for told in ("s-jan", "p-jan", "some 100 rounds were counted", "A count of January", "https://example.org/jan"):
        assert told in page


def test_a_run_keeps_as_of_when_the_ledger_was_asked_and_asks_the_same_again(tmp_path: Path, ledger: Ledger) -> None:
    study = write_study(tmp_path / "study", CELL)
    first = replenish.simulate(study, out=tmp_path / "run", known_at=DATES["late"])
    kept = first.scenario.settings.ledger
    assert (kept.known_at, kept.recorded_by) == (DATES["late"], ledger.entries()[-1].recorded_at)
    assert kept.recorded_by in to_html(first)
    ledger.record([said(70, on="2024-07-01", published="2024-07-02", id="s-new")], author="t", purpose="t")
    assert read_scenario(study).stocks[0].on_hand == 70.0
    pinned = f'place = "../facts.db"\nknown_at = {kept.known_at}\nrecorded_by = "{kept.recorded_by}"'
    again = read_scenario(write_study(tmp_path / "again", CELL, settings=pinned))
    assert input_hash(again) == first.provenance.input_hash


def test_a_fixed_moment_holds_for_what_is_known_later_too(tmp_path: Path, ledger: Ledger) -> None:
    pinned = f'place = "../facts.db"\nrecorded_by = "{ledger.entries()[-1].recorded_at}"'
    study = write_study(tmp_path / "study", CELL, settings=pinned)
    ledger.record([said(777, on="2024-07-01", published="2024-07-02", id="s-new")], author="t", purpose="t")
    before = dt.date(2023, 12, 31)  # nothing was known, so that the later value stands
    for opener in (asking(), asking(before, or_now=True)):
        assert load(study, opener).stocks[0].on_hand == 60.0


def test_every_cell_sees_the_moment_that_the_run_keeps(tmp_path: Path, ledger: Ledger) -> None:
    settings, ask = LedgerSettings(place="../facts.db"), parse_ask(CELL)
    assert isinstance(ask, Ask)
    (tmp_path / "study").mkdir()
    resolver = asking()(settings, tmp_path / "study")
    assert not isinstance(resolver, Refusal)
    ledger.record([said(777, on="2024-07-01", published="2024-07-02", id="s-new")], author="t", purpose="t")
    answer = resolver(ask)  # a writer was quicker than the cell
    assert isinstance(answer, Answer)
    assert (answer.value, resolver.used.recorded_by) == (60.0, ledger.entries()[0].recorded_at)


EVIDENCE = "table_name,row_key,column,basis,source,low,high,note\nstocks,alpha/shell,on_hand,assumed,,1,200,a guess\n"


@pytest.mark.usefixtures("ledger")
def test_evidence_that_somebody_wrote_does_not_make_a_later_figure_known_before(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", CELL)
    (study / "tables" / "evidence.csv").write_text(EVIDENCE, encoding="utf-8")
    assert [one.rule for one in replenish.check(study)] == ["ledger-evidence"]
    then = load(study, asking(dt.date(2023, 12, 31), or_now=True))
    assert [one.note.split(";")[0] for one in then.evidence] == ["statement s-jun"]
    [told] = as_known(then, dt.date(2023, 12, 31)).told
    assert (told.what, told.known_from) == ("kept", day("2024-06-20"))


def test_a_figure_that_a_rule_admits_is_known_in_a_back_test_too_and_listed(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "facts.db", create=True)
    undated = replace(said(50, on="2024-01-01", published="2024-01-20", id="s-1"), published=None)
    ledger.record([undated], author="test", purpose="test")
    study = write_study(tmp_path / "study", CELL, settings='place = "../facts.db"\nadmit_undated_days = 90')
    then = load(study, asking(dt.date(2024, 6, 30), or_now=True))
    assert [(one.published, one.admitted) for one in then.sources] == [(None, dt.date(2024, 3, 31))]
    [told] = as_known(then, dt.date(2024, 6, 30)).told
    assert (told.table, told.column, told.what) == ("stocks", "on_hand", "admitted")


def test_what_was_at_least_so_much_is_no_end_of_a_range(tmp_path: Path, ledger: Ledger) -> None:
    bound = replace(said(20, on="2024-06-01", published="2024-06-05", id="s-bound"), best=None, low=20.0)
    closed = said(65, on="2024-06-01", published="2024-06-25", id="s-closed")
    ledger.record([bound, closed], author="t", purpose="t")
    [row] = read_scenario(write_study(tmp_path / "study", CELL)).evidence
    assert (row.low, row.high) == (60.0, 65.0)


OBSERVED = """name,date,measure,holder,item,value,per,source
o-1,2024-01-15,issues,alpha,shell,"ledger(kind=use, holder=alpha, item=shell, valid=2024-01-20)",month,page
"""


def observed(folder: Path, ledger: Ledger, *, published: str, address: str) -> Path:
    """Write a study with an observation whose figure comes from a ledger, and whose own source was published early."""
    page = Document(id="d-use", title="Use", address=address, published=day(published))
    use = replace(said(12_000, on="2024-01-15", published=published, id="s-use", document="d-use"),
                  kind="use", unit="round/year")  # fmt: skip
    ledger.record([page, use], author="t", purpose="t")
    study = write_study(folder, CELL)
    (study / "tables" / "observations.csv").write_text(OBSERVED, encoding="utf-8")
    sources = f"name,title,published,address\npage,A page,2024-01-18,{address}\n"
    (study / "tables" / "sources.csv").write_text(sources, encoding="utf-8")
    return study


def test_an_observed_figure_is_in_the_unit_of_its_row_and_known_when_the_statement_was(
    tmp_path: Path, ledger: Ledger
) -> None:
    study = observed(tmp_path / "study", ledger, published="2024-05-20", address="https://example.org/use")
    then = load(study, asking(dt.date(2024, 1, 31), or_now=True))
    assert then.observations[0].value == pytest.approx(1_000)
    assert as_known(then, dt.date(2024, 1, 31)).scenario.observations == ()
    assert len(as_known(then, dt.date(2024, 5, 31)).scenario.observations) == 1


def test_a_figure_whose_page_stands_behind_a_value_of_a_ledger_is_not_judged(tmp_path: Path, ledger: Ledger) -> None:
    study = observed(tmp_path / "study", ledger, published="2024-01-18", address="https://example.org/jan")
    then = load(study, asking(dt.date(2023, 12, 31), or_now=True))
    stock = next(one for one in then.evidence if one.column == "on_hand")
    page = next(one for one in then.sources if one.name == stock.source)
    moved = page.model_copy(update={"address": "https://example.org/jan"})
    then = then.model_copy(update={"sources": (*(one for one in then.sources if one != page), moved)})
    assert {"page", stock.source} <= as_known(then, dt.date(2023, 12, 31)).used


def test_documents_whose_ids_look_alike_are_two_sources(tmp_path: Path, ledger: Ledger) -> None:
    titles = {"D 1": "One", "d_1": "Other"}
    pages = [Document(id=name, title=title, published=day("2024-02-01")) for name, title in titles.items()]
    rows = [said(5, on="2024-01-01", published="2024-02-01", id=name, document=name, item=name) for name in titles]
    ledger.record([*pages, *rows], author="t", purpose="t")
    study = write_study(tmp_path / "study", "ledger(kind=count, holder=alpha, item=D 1)")
    stocks = study / "tables" / "stocks.csv"
    asked = 'alpha,fuze,"ledger(kind=count, holder=alpha, item=d_1)"\n'
    stocks.write_text(stocks.read_text(encoding="utf-8") + asked, encoding="utf-8")
    (study / "tables" / "items.csv").write_text("name,unit\nshell,round\nfuze,round\n", encoding="utf-8")
    assert sorted(one.title for one in read_scenario(study).sources) == ["One", "Other"]


def test_a_later_entry_that_changes_no_value_changes_no_hash(tmp_path: Path, ledger: Ledger) -> None:
    study = write_study(tmp_path / "study", CELL)
    before = input_hash(read_scenario(study))
    ledger.record([said(1, on="2024-07-01", published="2024-07-02", id="s-else", item="fuze")], author="t", purpose="t")
    assert input_hash(read_scenario(study)) == before


def test_a_moment_of_recording_that_cannot_be_read_is_told(tmp_path: Path, ledger: Ledger) -> None:
    assert ledger.entries()
    settings = 'place = "../facts.db"\nrecorded_by = "soon"'
    [problem] = replenish.check(write_study(tmp_path / "study", CELL, settings=settings))
    assert (problem.rule, "write a day as" in problem.message) == ("ledger-not-open", True)


def test_a_saved_run_keeps_the_values_when_the_ledger_is_gone(tmp_path: Path, ledger: Ledger) -> None:
    replenish.simulate(write_study(tmp_path / "study", CELL), out=tmp_path / "run", known_at=DATES["early"])
    ledger.engine.dispose()
    (tmp_path / "facts.db").unlink()
    assert replenish.load_result(tmp_path / "run").scenario.stocks[0].on_hand == 100.0


@pytest.mark.usefixtures("ledger")
def test_the_command_check_takes_the_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = write_study(tmp_path / "study", CELL)
    assert main(["check", str(study), "--known-at", "2024-01-31"]) == 0
    assert main(["check", str(study), "--known-at", "2023-01-31"]) == 3
    assert "ledger-no-answer" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("", "is empty"),
        ("../../facts.db", "leads out"),
        ("/etc/facts.db", "leads out"),
        ("sqlite:////etc/x", "neither"),
        ("file:///etc/x", "neither"),
        ("PostgreSQL://evil/x", "neither"),
        ("x/../../../facts.db", "leads out"),
        ("//evil/share/facts.db", "leads out"),
        ("a\0b", "leads out"),
        ("postgresql://evil/facts", "is a database, which is not contacted"),
        ("postgresql+psycopg://me:geheim@evil/facts?passfile=/etc/x", "is a database, which is not contacted"),
        ("postgresql://evil:port/x", "cannot be read"),
    ],
)
def test_a_ledger_out_of_reach_is_refused(tmp_path: Path, place: str, words: str) -> None:
    found = ledger_place(place, tmp_path / "study")
    assert isinstance(found, Refusal)
    assert words in found.message
    assert "geheim" not in found.message


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Give a socket that listens for callers, and a user who named no ledger."""
    monkeypatch.delenv("REPLENISH_LEDGER", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.3)
        yield listening


@pytest.mark.parametrize("given", ["", "facts.db", "postgresql://me@127.0.0.1:1/facts"])
def test_no_scenario_has_another_host_contacted(
    given: str, lines: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPLENISH_LEDGER", given)
    place = f'place = "postgresql://me@127.0.0.1:{lines.getsockname()[1]}/facts?connect_timeout=2"'
    study = write_study(tmp_path / "study", CELL, settings=place)
    [problem] = replenish.check(study)
    assert (problem.rule, "set REPLENISH_LEDGER" in problem.remedy) == ("ledger-not-open", True)
    with pytest.raises(ScenarioError, match="is not contacted because a scenario names it"):
        replenish.simulate(study)
    with pytest.raises(TimeoutError):
        lines.accept()


def test_a_database_is_asked_that_the_user_names_too(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Ledger.open(postgresql, create=True)
    book.record([said(7, on="2024-01-01", published="2024-01-20", id="s-1")], author="test", purpose="test")
    book.engine.dispose()
    url = make_url(postgresql)
    bare = URL.create("postgresql", host=url.host, port=url.port, database=url.database, query=url.query)
    study = write_study(tmp_path / "study", CELL, settings=f'place = "{bare.render_as_string()}"')
    monkeypatch.setenv("REPLENISH_LEDGER", postgresql)
    assert read_scenario(study).stocks[0].on_hand == 7.0
    monkeypatch.setenv("REPLENISH_LEDGER", url.set(database="other").render_as_string(hide_password=False))
    assert isinstance(ledger_place(bare.render_as_string(), study), Refusal)


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home" / "study").mkdir(parents=True)
    (tmp_path / "home" / "facts.db").symlink_to(tmp_path / "facts.db")
    assert isinstance(ledger_place("../facts.db", tmp_path / "home" / "study"), Refusal)


@pytest.mark.usefixtures("ledger")
def test_for_a_back_test_a_cell_not_answered_by_then_has_its_later_value_with_its_later_date(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", CELL)
    scenario = replenish.scenario.load(study, asking(dt.date(2023, 12, 31), or_now=True))
    assert scenario.stocks[0].on_hand == 60.0
    assert scenario.sources[0].published == dt.date(2024, 6, 20)
    known = replenish.as_known(scenario, dt.date(2023, 12, 31))
    assert [(one.what, one.column) for one in known.told] == [("kept", "on_hand")]


def test_statements_without_document_still_name_themselves(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "facts.db", create=True)
    told = Statement(id="s-1", kind="count", holder="alpha", item="shell", best=7.0, unit="round",
                     published=day("2024-01-01"))  # fmt: skip
    ledger.record([told], author="test", purpose="test")
    scenario = read_scenario(write_study(tmp_path / "study", CELL))
    assert scenario.stocks[0].on_hand == 7.0
    assert scenario.sources[0].title == "statement s-1"


def test_what_a_ledger_says_runs_neither_in_the_report_nor_in_a_spreadsheet(tmp_path: Path) -> None:
    script, formula = "<script>alert(1)</script>", '=HYPERLINK("https://evil.example")'
    document = Document(id="d<b>", title=formula, publisher=f"+{script}", address="javascript:alert(1)")
    passage = Passage(id="p", document="d<b>", words=f'"><img src=x onerror=alert(1)>{script}')
    row = said(
        7, on="2024-01-01", published="2024-01-20", id=f"s{script}", document="d<b>", passage="p", note=script,
        speaker=script,
    )  # fmt: skip
    Ledger.open(tmp_path / "facts.db", create=True).record([document, passage, row], author="test", purpose="test")
    result = replenish.simulate(write_study(tmp_path / "study", CELL), out=tmp_path / "run")
    page = to_html(result)
    assert "HYPERLINK" in page
    for harm in (script, "<img src=x", 'href="javascript:'):
        assert harm not in page
    assert safe_address(escaped("javascript:alert(1)")) == ""
    for path in (tmp_path / "run" / "scenario" / "tables").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            starts = {cell[:1] for line in csv.reader(file) for cell in line}
        assert starts.isdisjoint("=+-@")
