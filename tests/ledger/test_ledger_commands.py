"""The commands on a ledger: what they print, and how they end."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
import xlsxwriter

from replenish import ledger
from replenish.cli import main
from replenish.ledger.ask.picking import BRIEF_RULE
from replenish.ledger.citing import all_documents
from replenish.ledger.documents.repeats import DEFAULT

Run = Callable[..., tuple[int, str, str]]

ARTICLE = (
    "Published 2024-02-03\n" + "The minister said that forty thousand shells were left in the depots of the north. " * 8
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command in a folder with an example ledger: exit status, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("REPLENISH_LEDGER", raising=False)

    def run_one(*words: str) -> tuple[int, str, str]:
        status = main(["ledger", *words])
        out = capsys.readouterr()
        return status, out.out, out.err

    assert run_one("new", "--from", "example", "--author", "me")[0] == 0
    return run_one


def test_show_prints_the_picked_figure_its_rivals_and_the_rule(run: Run) -> None:
    words = ("show", "155mm_round", "--holder", "United States", "--kind", "production_rate")
    status, out, _ = run(*words, "--known-at", "2023-12-31")
    assert status == 0
    assert "picked" in out
    assert "USP19" in out
    assert "USP15" in out
    assert "USP33" not in out
    assert BRIEF_RULE in out.replace("\n", " ")
    assert run(*words, "--known", "2023-12-31")[1] == out


def test_an_overview_and_the_picked_figures_of_two_times_do_not_read_every_statement(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("every statement is read")

    for holder in ("ledger.ask.lists", "report.recorded.book", "report.recorded.series"):
        import_module(f"replenish.{holder}")  # else one that is imported meanwhile would hold what refuses for good
    monkeypatch.setattr("replenish.ledger.ask.picking.answers", refuse)
    status, out, _ = run("show", "155mm_round")
    assert (status, "What the rule picks" in out, "known at any time" in out) == (0, True, True)
    assert run("diff", "155mm_round", "--known", "2023-12-31", "2024-12-31")[0] == 0


def test_the_answer_of_an_old_day_stays_after_a_correction_where_recording_is_fixed(run: Run) -> None:
    moment = ledger.Ledger.open("ledger.db").entries()[0].recorded_at
    words = ("show", "155mm_round", "--known-at", "2025-12-31", "--recorded-by", moment)
    before = run(*words)[1]
    assert run("correct", "USP01", "best=14400", "--reason", "misread", "--author", "me")[0] == 0
    assert run(*words)[1] == before
    out = run("diff", "--known", "2025-12-31", "2025-12-31", "--recorded-by", moment, "2999-01-01")[1]
    assert "USP01~2" in out
    assert "2 differ" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("conflicts", "155mm_round"), "USP18"),
        (("pledges", "--holder", "European Union"), "EUD16"),
        (("counts", "--known-at", "2024-12-31"), "STK01"),
        (("sources", "TNT"), "2 documents, 2 independent"),
        (("verify",), "661 rows, all as recorded"),
        (("diff", "TNT", "--known", "2024-01-01", "2025-01-01"), "published 2024-11-12"),
        (("show", "nothing"), "nothing is known at any time"),
        (("show", "TNT", "--known-at", "2029-12-31", "--admit-undated", "30"), "admitted by the rule: USI25"),
    ],
)
def test_lists_are_printed(words: tuple[str, ...], told: str, run: Run) -> None:
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    assert told in out


def test_a_new_ledger_is_told_with_what_it_holds(run: Run) -> None:
    assert run("new", "other.db", "--from", "example")[1] == "other.db: made, 412 statements, 249 documents\n"
    assert run("new", "empty.db")[1] == "empty.db: made, 0 statements, 0 documents\n"


def test_undated_statements_that_are_admitted_change_the_answer_of_the_guide(run: Run) -> None:
    words = ("show", "155mm_round", "--holder", "United Kingdom", "--known-at", "2024-12-31")
    assert "USD24" not in run(*words)[1]
    assert "admitted by the rule: USD24" in run(*words, "--admit-undated", "90")[1]


def test_export_and_import_skip_what_is_there(run: Run) -> None:
    for name in ("out.csv", "out.xlsx"):
        assert run("export", name)[0] == 0
        status, out, err = run("import", name)
        assert (status, "412 rows skipped" in out, "recorded-already" in err) == (0, True, True)


def test_mistakes_of_a_table_are_all_printed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("kind,holder,item,best\nrumour,a,b,x\n", encoding="utf-8")
    status, _, err = run("import", "bad.csv")
    assert status == 3
    assert "bad.csv:2:kind" in err
    assert "bad.csv:2:best" in err
    assert "nothing was recorded" in err


def test_a_table_without_rows_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "head.csv").write_text("kind,holder,item\n", encoding="utf-8")
    with xlsxwriter.Workbook(tmp_path / "empty.xlsx") as empty:
        empty.add_worksheet("statements")
    for name in ("head.csv", "empty.xlsx"):
        status, out, err = run("import", name)
        assert (status, "nothing new" in out) == (0, True)
        assert err == f"warning: {name}: has no rows below its header; nothing was recorded\n"


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("KIND,Holder,ITEM,Valid From\n", "did you mean `kind,holder,item,valid_from`?"),
        ("count,alpha,shell\n", "write the names of the columns into the first line, `kind`, `holder`, `item` among"),
        ("Kind,holder,item\ncount,alpha,shell\n", "did you mean `kind`?"),
    ],
)
def test_a_head_that_is_no_head_of_statements_is_told_with_what_to_write(
    text: str, remedy: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    status, _, err = run("import", "a.csv")
    assert (status, remedy in err, "remove the file" in err) == (3, True, False)


def test_a_folder_is_no_table_and_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tables.xlsx").mkdir()
    for name in (".", "..", "tables.xlsx"):
        status, _, err = run("import", name)
        assert (status, err.splitlines()[0]) == (
            3, f"error: {name}: is a folder [unreadable-file]; name the CSV file or workbook in it",
        )  # fmt: skip


def test_an_article_published_again_is_told_with_its_changes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "first.txt").write_text(ARTICLE, encoding="utf-8")
    (tmp_path / "again.txt").write_text(ARTICLE.replace("minister", "chancellor", 1), encoding="utf-8")
    assert run("add", "first.txt")[0] == 0
    status, out, _ = run("add", "again.txt")
    assert status == 0
    assert "one source with another" in out
    assert "was `minister`, is `chancellor`" in out
    status, _, err = run("add", "first.txt")
    assert status == 2
    assert "not added" in err


def test_passages_of_a_document_are_proposed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "first.txt").write_text(ARTICLE, encoding="utf-8")
    name = run("add", "first.txt")[1].split(": ", 1)[1].split(" ", 1)[0]
    assert "forty thousand shells" in " ".join(run("passages", name)[1].split())


def test_passages_that_are_accepted_are_recorded_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "first.txt").write_text(ARTICLE, encoding="utf-8")
    name = run("add", "first.txt")[1].split(": ", 1)[1].split(" ", 1)[0]
    status, out, _ = run("passages", name, "--accept", "1")
    assert status == 0
    assert out.startswith("p-")
    assert run("passages", name, "--accept", "1", "--accept", "1")[1] == out
    status, _, err = run("passages", name, "--accept", "99")
    assert status == 2
    assert "no passage 99" in err
    assert run("verify")[0] == 0


def test_a_document_without_date_is_dated_when_it_is_added_again(run: Run, tmp_path: Path) -> None:
    (tmp_path / "first.txt").write_text(ARTICLE.split("\n", 1)[1], encoding="utf-8")
    assert "(undated)" in run("add", "first.txt")[1]
    assert "(2024-02-05)" in run("add", "first.txt", "--published", "2024-02-05")[1]
    status, _, err = run("add", "first.txt", "--published", "2024-02-05")
    assert (status, "recorded already" in err) == (2, True)
    assert run("verify")[0] == 0


def test_a_wrong_day_of_publication_is_put_right_as_often_as_needed_and_the_change_is_told(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "first.txt").write_text(ARTICLE.split("\n", 1)[1], encoding="utf-8")
    run("add", "first.txt")
    book, before = ledger.Ledger.open("ledger.db"), "undated"
    for day in ("2024-02-05", "2023-02", "2024-02-05", "2024-02"):
        old = list(all_documents(book).values())[-1]
        status, out, err = run("add", "first.txt", "--published", day)
        new = list(all_documents(book).values())[-1]
        assert (status, err) == (0, "")
        assert f"{old.id}: published corrected from {before} to {day}; the document is now {new.id}" in out
        assert (new.supersedes, new.reason) == (old.id, "published given when it was added again")
        before = day
    out = run("add", "first.txt", "--publisher", "The Paper", "--address", "https://example.org/a")[1]
    assert "publisher corrected from none to The Paper, address corrected from none to https://example.org/a" in out
    assert "publisher corrected from The Paper to Paper" in run("add", "first.txt", "--publisher", "Paper")[1]
    assert run("verify")[0] == 0


def test_a_day_of_publication_may_be_known_to_the_month_or_the_year(run: Run, tmp_path: Path) -> None:
    (tmp_path / "first.txt").write_text(ARTICLE.split("\n", 1)[1], encoding="utf-8")
    (tmp_path / "other.txt").write_text("The depots hold 40,000 shells.", encoding="utf-8")
    assert "(2024-02)" in run("add", "first.txt", "--published", "2024-02")[1]
    assert "(2024)" in run("add", "other.txt", "--published", "2024")[1]
    held = [one for one in all_documents(ledger.Ledger.open("ledger.db")).values() if one.content_hash]
    assert [one.published_precision for one in held] == ["month", "year"]
    status, _, err = run("add", "first.txt", "--published", "Feb 2024")
    assert (status, "write 2024-02-03" in err) == (2, True)
    assert run("add", "first.txt", "other.txt", "--published", "2024")[0] == 2


def test_title_and_publisher_of_a_file_may_be_given_and_put_right(run: Run, tmp_path: Path) -> None:
    (tmp_path / "first.txt").write_text(ARTICLE, encoding="utf-8")
    words = ("add", "first.txt", "--title", "Shells left", "--publisher", "The Paper")
    assert "Shells left (2024-02-03)" in run(*words)[1]
    assert run(*words)[0] == 2
    assert "Shells counted (2024-02-03)" in run("add", "first.txt", "--title", "Shells counted")[1]
    one = list(all_documents(ledger.Ledger.open("ledger.db")).values())[-1]
    assert (one.publisher, one.title, one.reason) == (
        "The Paper", "Shells counted", "title given when it was added again",
    )  # fmt: skip
    assert run("verify")[0] == 0


def test_thresholds_of_copies_may_be_given_and_are_told_with_their_defaults(run: Run, tmp_path: Path) -> None:
    (tmp_path / "first.txt").write_text(ARTICLE, encoding="utf-8")
    (tmp_path / "again.txt").write_text(ARTICLE.replace("minister", "chancellor", 1), encoding="utf-8")
    assert run("add", "first.txt")[0] == 0
    assert "one source" not in run("add", "again.txt", "--least-run", "900")[1]
    told = " ".join(run("add", "--help")[1].split())
    assert f"[default: {DEFAULT.least_containment}]" in told
    assert f"[default: {DEFAULT.least_run}]" in told
    assert run("add", "first.txt", "--least-containment", "2")[0] == 2


def test_proposed_passages_fit_a_terminal_of_80_columns(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for news in sorted((Path(__file__).parent / "news").glob("*.toml"))[:5]:
        path = Path(f"{news.stem}.txt")
        path.write_text(tomllib.loads(news.read_text(encoding="utf-8"))["text"], encoding="utf-8")
        name = run("add", str(path))[1].split(": ", 1)[1].split(" ", 1)[0]
        out = run("passages", name)[1]
        assert max(map(len, out.splitlines())) <= 80
        for one in ledger.passages(ledger.Ledger.open("ledger.db"), name):
            assert " ".join(one.passage.words.split()) in " ".join(out.split())


def test_a_figure_is_printed_as_it_was_read(run: Run, tmp_path: Path) -> None:
    text = "Norland pledged up to 1.2 million shells by June 2031.\nIt held more than 400 tents on 3 May 2030."
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    name = run("add", "a.txt")[1].split(": ", 1)[1].split(" ", 1)[0]
    out = run("passages", name[:6])[1]
    assert "pledge: at most 1,200,000 shells, for 2031-06 (`June 2031`)" in out
    assert "count: at least 400 tents, for 2030-05-03 (`3 May 2030`)" in out
    assert "at most" not in run("passages", name[:6], "--number", "2")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("passages", "d-1234", "--accept", "1", "--draft", "a.csv"), "leave out --draft"),
        (("passages", "d-1234", "--item", "shell"), "give --draft FILE"),
        (("passages", "d-12"), "give 4 characters"),
        (("new",), "ledger.db exists"),
        (("new", "nowhere/ledger.db"), "nowhere: there is no such folder; make it"),
        (("show", "--ledger", "no.db"), "there is no ledger"),
        (("show", "--recorded-by", "soon"), "write a day as 2024-12-31"),
        (("correct", "NO", "best=1", "--reason", "x"), "no statement has this id"),
        (("correct", "USP01", "best", "--reason", "x"), "write COLUMN=VALUE"),
        (("passages", "NO"), "no document has this id"),
        (("add",), "name a file"),
        (("add", "no.txt"), "there is no such file"),
    ],
)
def test_misuse_ends_in_one_line(words: tuple[str, ...], message: str, run: Run) -> None:
    status, _, err = run(*words)
    assert (status, len(err.splitlines())) == (2, 1)
    assert message in err


def test_signs_that_paint_the_screen_are_not_printed(run: Run) -> None:
    book = ledger.Ledger.open("ledger.db")
    row = ledger.Statement(id="S", kind="count", holder="a", item="[red]paint[/red]", best=1.0, unit="x",
                           note="a\x1b[31mb", speaker="\x1b[2J")  # fmt: skip
    book.record([row], author="me", purpose="a test")
    for words in (("show", "[red]paint[/red]"), ("statement", "S")):
        out = run(*words)[1]
        assert "\x1b" not in out
        assert "[red]paint[/red]" in out


def test_every_public_name_of_the_package_is_there() -> None:
    assert [name for name in ledger.__all__ if not hasattr(ledger, name)] == []
    assert dir(ledger) == sorted(ledger.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        ledger.nothing  # noqa: B018
