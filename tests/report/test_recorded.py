"""The page of a ledger: its contents by known answers, and what strangers may have written into a ledger."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from replenish import ledger
from replenish.cli import main
from replenish.errors import UsageError
from replenish.ledger import AsOf, Document, Ledger, Passage, Statement, Which
from replenish.ledger.ask.picking import answers
from replenish.ledger.values import Record
from replenish.report import drawing
from replenish.report.recorded import ledger_to_html, series, words, write_ledger_page
from tests.ledger.statements import day, said
from tests.report.test_browser import FRAME, PROBE, WIDTHS, _run, _visit
from tests.report.test_page import HOSTILE, LARGEST_FILE, Page

TODAY = day("2025-06-30")
SECTIONS = ("answer", "series", "pledges", "conflicts", "counts", "when", "sources")

PAPER = Document(
    id="paper", title="A paper", publisher="Press", address="https://example.org/a", published=day("2024-02-01")
)
COPY = Document(id="copy", title="A copy", address="https://example.org/b", derived_from="paper")
MINISTRY = Document(id="ministry", title="The ministry", address="javascript:alert(1)", published=day("2024-03-01"))
WORDS = Passage(id="p1", document="ministry", words="we make forty a month")


def rate(best: float, *, on: str, published: str, **more: Any) -> Statement:
    """Return a statement on what a works makes in a month."""
    own: dict[str, Any] = {"kind": "production_rate", "unit": "rounds/month", "holder": "works", "document": "paper"}
    return said(best, on=on, published=published, **(own | more))


def target(best: float, *, due: str, published: str) -> Statement:
    """Return a target that was announced on a day."""
    return rate(best, on=due, published=published, kind="capacity_target", id=f"target-{due}")


ROWS: tuple[Record, ...] = (
    PAPER, COPY, MINISTRY, WORDS,
    rate(10.0, on="2024-01-15", published="2024-02-01", id="r1", note="=1+1"),
    rate(20.0, on="2024-03-15", published="2024-04-01", id="r2", grade="B", document="copy"),
    rate(40.0, on="2024-03-15", published="2024-03-20", id="r3", grade="A", document="ministry", passage="p1",
         speaker="A minister"),
    replace(rate(0.0, on="2024-02-15", published="2024-02-20", id="r4"), best=None, low=15.0),
    rate(90.0, on="2024-03-01", published="2024-03-02", id="r5", grade="D", note="misread"),
    target(30.0, due="2024-03-10", published="2024-01-01"), target(100.0, due="2025-12-31", published="2024-01-10"),
    said(500.0, on="2024-01-01", published="2024-02-01", id="c1"),
    said(400.0, on="2025-01-01", published=None, id="c2", holder="beta"),
    said(1000.0, on="2024-12-31", published="2024-01-05", id="pl", kind="pledge"),
    said(250.0, on="2024-06-30", published="2024-07-01", id="d1", kind="delivery", is_cumulative=True),
    said(500.0, on="2025-03-31", published="2025-04-01", id="d2", kind="delivery", is_cumulative=True),
)  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    yield from _made(tmp_path_factory.mktemp("ledger"), ROWS)


def _made(folder: Path, rows: tuple[Record, ...]) -> Iterator[Ledger]:
    made = Ledger.open(folder / "ledger.db", create=True)
    if rows:
        made.record(rows, author="me", purpose="a test")
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def html(book: Ledger) -> str:
    return ledger_to_html(book, on=TODAY)


def _text(html: str) -> str:
    return " ".join(" ".join(Page(html.replace("\xa0", " ")).text).split())


def test_a_page_has_all_that_there_is_to_say(html: str) -> None:
    assert set(SECTIONS) <= set(Page(html).values("id"))
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b|\bNaN\b", html)


def test_a_page_leaves_out_what_there_is_nothing_to_say_of(book: Ledger) -> None:
    ids = set(Page(ledger_to_html(book, Which(kind="count"), on=TODAY)).values("id"))
    assert ids & set(SECTIONS) == {"answer", "series", "counts", "sources"} - {"sources"}


def test_the_headline_counts_statements_figures_and_disputes(html: str) -> None:
    text = _text(html)
    assert "12 statements give 6 figures; 1 of them disputed" in text
    assert "2 independent sources in 3 documents" in text
    assert "published from 1 January 2024 to 1 April 2025" in text


def test_a_page_of_one_series_begins_with_its_figure(book: Ledger) -> None:
    text = _text(ledger_to_html(book, Which(kind="production_rate"), on=TODAY))
    assert "40 rounds/month, 15 March 2024: by the rule, and another differs" in text
    assert "500 round, 1 January 2024: by the rule, and none differs" in _text(
        ledger_to_html(book, Which(kind="count", holder="alpha"), on=TODAY)
    )


def test_the_page_says_why_this_number(html: str) -> None:
    text = _text(html)
    assert "works, production rate, shell: 40 rounds/month, 15 March 2024" in text
    assert "Picked: 40 rounds/month, 15 March 2024" in text
    assert "grade A (official or primary), reported; published 20 March 2024; said by A minister" in text
    assert "we make forty a month" in text
    assert "20 rounds/month , 15 March 2024; published 1 April 2024; A copy . Not picked: grade B is below A." in text


def test_targets_stand_beside_what_was_made_and_are_held_against_it(book: Ledger, html: str) -> None:
    assert "2 capacity targets, 1 due by the last figure, of which 0 met" in _text(html)
    known = ledger.find_known(book, Which(holder="works"))
    (pictured,), rest = series.choose(answers(known))
    assert pictured.promised is not None
    assert series.kept(pictured) == (1, 0)  # at least 15 in February, against 30 on 10 March
    assert rest == []


def test_a_target_is_met_by_as_much_on_the_day(book: Ledger) -> None:
    known = ledger.find_known(book, Which(holder="works"))
    less = [
        one._replace(statement=replace(one.statement, best=15.0)) if one.statement.best == 30 else one for one in known
    ]
    (pictured,), _ = series.choose(answers(less))
    assert series.kept(pictured) == (1, 1)


def test_the_line_follows_what_the_rule_picks_for_each_day(book: Ledger) -> None:
    (answer,) = ledger.show(book, Which(kind="production_rate"))
    course = [(when.isoformat(), one.id) for when, one in series.course(answer)]
    assert course == [("2024-01-15", "r1"), ("2024-02-15", "r4"), ("2024-03-15", "r3")]
    for when, one in series.course(answer):
        (shown,) = ledger.show(book, Which(kind="production_rate"), valid=when)
        assert shown.picked is not None
        assert shown.picked.statement == one


def test_no_line_leads_from_one_contract_to_the_next(book: Ledger) -> None:
    deliveries = ledger.show(book, Which(kind="delivery"))
    assert [series.is_level(answer) for answer in deliveries] == [True]
    known = ledger.find_known(book, Which(kind="delivery"))
    single = [one._replace(statement=replace(one.statement, is_cumulative=False)) for one in known]
    assert [series.is_level(answer) for answer in answers(single)] == [False]


def test_pledges_are_set_against_what_was_delivered_by_their_day(html: str) -> None:
    text = _text(html)
    assert "0 of 1 pledges kept by their day" in text
    assert "alpha, 1,000 by 2024-12-31: 25 %" in text
    assert "1,500" not in text  # a pledge and a delivery are never added


def test_the_oldest_count_comes_first(html: str) -> None:
    text = _text(html)
    assert text.index("alpha, shell: 546 days") < text.index("beta, shell: 180 days")
    assert "The oldest count is 546 days old: alpha, shell" in text


def test_a_copy_is_listed_with_the_source_that_it_repeats(html: str) -> None:
    rows = re.findall(r"<tr.*?</tr>", html, re.DOTALL)
    assert any("A copy" in row and "A paper" in row and "https://example.org/b" in row for row in rows)


def test_every_point_says_who_said_it_to_whom_points_at_it(html: str) -> None:
    tips = re.findall(r"<path[^<>]*><title>(.*?)</title></path>", html, re.DOTALL)
    assert len([tip for tip in tips if "rounds/month" in tip]) == 7
    assert any("we make forty a month" in tip and "said by A minister" in tip and "The ministry" in tip for tip in tips)


def test_the_file_under_a_picture_has_every_statement_with_source_and_words(html: str) -> None:
    address = next(value for value in Page(html).values("href") if value.startswith("data:text/csv"))
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(address.partition(",")[2]).decode())))
    assert rows[0]["words"] == "'=1+1"  # no spreadsheet runs it
    assert [row["id"] for row in rows] == ["r1", "r4", "r5", "r2", "r3", "target-2024-03-10", "target-2025-12-31"]
    assert (
        rows[4] | {"best": "40.0", "words": "we make forty a month", "source": "The ministry", "address": ""} == rows[4]
    )


def test_undated_statements_are_listed_when_a_past_day_is_asked(book: Ledger) -> None:
    past = AsOf(known_at=TODAY)
    left = _text(ledger_to_html(book, as_of=past))
    assert "1 undated statement not known for want of a date" in left
    assert "Not known for want of a date of publication: 1 statement" in left
    admitted = _text(ledger_to_html(book, as_of=replace(past, admit_undated_days=30)))
    assert "Admitted by the rule although undated: 1 statement" in admitted
    assert "Not known for want" not in admitted


def test_differences_come_with_their_reasons(book: Ledger) -> None:
    text = _text(ledger_to_html(book, as_of=AsOf(known_at=TODAY), since=day("2024-03-25")))
    assert "3 differences since 25 March 2024" in text
    assert "published 2024-04-01" in text
    with pytest.raises(UsageError, match=r"since 2025-01-01 is after known_at 2024-12-31"):
        ledger_to_html(book, as_of=AsOf(known_at=day("2024-12-31")), since=day("2025-01-01"))


def test_the_page_can_be_cited(book: Ledger, html: str) -> None:
    (entry,) = book.entries()
    assert entry.hash in html
    assert ledger.answer_hash(ledger.show(book)) in html
    assert f"replenish ledger show --recorded-by {entry.recorded_at}" in html


def test_a_page_of_a_fixed_moment_stays_the_same_whatever_is_recorded_later(tmp_path: Path) -> None:
    for made in _made(tmp_path, ROWS):
        (entry,) = made.entries()
        fixed = AsOf(recorded_by=dt.datetime.fromisoformat(entry.recorded_at))
        before = ledger_to_html(made, as_of=fixed, on=TODAY)
        made.record([rate(70.0, on="2024-05-01", published="2024-05-02")], author="me", purpose="later")
        assert ledger_to_html(made, as_of=fixed, on=TODAY) == before
        assert ledger_to_html(made, on=TODAY) != before


def test_an_empty_ledger_says_so(tmp_path: Path) -> None:
    for made in _made(tmp_path, ()):
        assert "Nothing is known at any time" in _text(ledger_to_html(made))


BAD_ADDRESSES = (
    "javascript:alert(1)",
    " JavaScript:alert(1)",
    "data:text/html,<script>",
    "//example.org",
    "http:",
    "file:///x",
)
TRICK = ' role="'


def _hostile_rows() -> Iterator[Record]:
    for number, address in enumerate(BAD_ADDRESSES):
        yield Document(id=f"{HOSTILE}{number}", title=HOSTILE, publisher=HOSTILE, address=address)
    yield Passage(id="p", document=f"{HOSTILE}0", words=f"{HOSTILE} \u202e", speaker=HOSTILE)
    for number in range(len(BAD_ADDRESSES)):
        for kind in ("production_rate", "capacity_target", "count", "pledge", "delivery"):
            yield Statement(
                id=f"{HOSTILE}{kind}{number}", kind=kind, holder=HOSTILE, item=TRICK, unit=HOSTILE, best=1.0 + number,
                valid_from=day(f"2024-0{number // 2 + 1}-01"), valid_to=day(f"2024-0{number // 2 + 1}-01"),
                published=day(f"2024-0{number + 1}-02"), speaker=HOSTILE, document=f"{HOSTILE}{number}", passage="p",
                note=HOSTILE, is_cumulative=True,
            )  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    yield from _made(tmp_path_factory.mktemp("hostile"), tuple(_hostile_rows()))


def test_whatever_strangers_wrote_is_text(hostile: Ledger) -> None:
    page = Page(ledger_to_html(hostile, on=TODAY, since=day("2024-02-01")))
    assert page.tags["figure"] >= 5
    assert not {"script", "img", "iframe", "object", "link", "b onload"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert all(value.startswith(("#", "data:text/csv;base64,")) for value in page.values("href"))
    assert "49" not in [text.strip() for text in page.text]
    assert "\u202e" not in "".join(page.text)


def test_text_in_a_picture_that_looks_like_an_attribute_breaks_no_tag(hostile: Ledger) -> None:
    page = ledger_to_html(hostile, on=TODAY)
    for svg in re.findall(r"<svg role.*?</svg>", page, re.DOTALL):
        assert [svg.count(f"<{tag}") for tag in ("g", "text", "title")] == [
            svg.count(f"</{tag}>") + svg.count(f"<{tag}/>") for tag in ("g", "text", "title")
        ]
    assert drawing._tidy('<svg width="1" height="2"><text role="x"> role="</text><g class="a"/></svg>', "l") == (
        '<svg role="img" aria-label="l"><text> role="</text><g class="a"/></svg>'
    )


def test_long_names_are_shortened_and_long_addresses_are_no_links() -> None:
    assert len(words.name("x" * 5_000)) == words.LONGEST_NAME
    assert words.source(Document(title="", address="https://example.org/" + "x" * 5_000)).href == ""
    assert words.source(Document(title="t", address="https://example.org/")).href == "https://example.org/"


@pytest.mark.parametrize("figures", [(1e308, -1e308), (0.0, 0.0), (-5.0, -7.0), (1e-300, 2e-300)])
def test_figures_of_any_size_can_be_drawn(tmp_path: Path, figures: tuple[float, float]) -> None:
    rows = tuple(
        said(figure, on=on, published="2024-01-02", id=f"{place}", low=min(figures), high=max(figures))
        for place, (figure, on) in enumerate(zip(figures, ("0001-01-01", "9999-12-31"), strict=True))
    )
    for made in _made(tmp_path, rows):
        html = ledger_to_html(made, on=TODAY)
        assert "NaN" not in html
        assert Page(html).tags["figure"] >= 1


def test_the_example_makes_a_small_page(tmp_path: Path) -> None:
    made = ledger.new_ledger(str(tmp_path / "example.db"), example=True, author="me")
    path = write_ledger_page(made, tmp_path / "ledger.html", on=TODAY)
    made.engine.dispose()
    text = _text(path.read_text(encoding="utf-8"))
    assert path.stat().st_size < LARGEST_FILE / 3
    assert "412 statements give 240 figures; 15 of them disputed" in text
    assert "United States, production rate, 155mm round: 40,000 rounds/month, 2nd quarter 2026" in text
    assert "16 capacity targets, 11 due by the last figure, of which 1 met" in text


def test_the_command_writes_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["ledger", "new", "--from", "example", "--author", "me"]) == 0
    words_ = ["ledger", "report", "155mm_round", "--holder", "European Union", "--known-at", "2024-12-31"]
    assert main([*words_, "--since", "2023-12-31", "--out", "page.html"]) == 0
    assert capsys.readouterr().out.endswith("page.html\n")
    assert "155mm round, European Union" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert main([*words_, "--out", "none/page.html"]) == 2
    assert "there is no such folder" in capsys.readouterr().err


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, book: Ledger, hostile: Ledger) -> Path:
    """Return a folder with the page of the example as `report.html`, and pages of the made and the hostile ledger."""
    path = tmp_path_factory.mktemp("pages")
    example = ledger.new_ledger(str(path / "example.db"), example=True, author="me")
    past = AsOf(known_at=day("2024-12-31"), admit_undated_days=90)
    write_ledger_page(example, path / "report.html", as_of=past, since=day("2023-12-31"))
    example.engine.dispose()
    write_ledger_page(book, path / "small.html", on=TODAY)
    write_ledger_page(hostile, path / "hostile.html", on=TODAY)
    return path


@pytest.mark.browser
def test_nothing_runs_over_the_side_at_any_width(chromium: str, folder: Path) -> None:
    for name in ("report", "hostile"):
        probe, frames = folder / "probe.html", "".join(map(FRAME.format, WIDTHS)).replace("report.html", f"{name}.html")
        probe.write_text(PROBE.format(frames), encoding="utf-8")
        dom = _run(
            chromium, folder, "--allow-file-access-from-files", "--virtual-time-budget=5000",
            "--window-size=1700,1000", "--dump-dom", probe.as_uri(),
        )  # fmt: skip
        found = [dict(re.findall(r'data-(over|small|cut)="(-?\d+)"', frame)) for frame in dom.split("<iframe")[1:]]
        assert found == [{"over": "0", "small": "0", "cut": "0"}] * len(WIDTHS), name


@pytest.mark.browser
@pytest.mark.parametrize("name", ["report", "small", "hostile"])
def test_a_browser_shows_the_page_without_asking_anybody(chromium: str, folder: Path, name: str) -> None:
    blank = folder / "blank.html"
    blank.write_text("<!doctype html><title>blank</title>", encoding="utf-8")
    own, _ = _visit(chromium, folder, blank)
    seen, faults = _visit(chromium, folder, folder / f"{name}.html")
    assert {urlsplit(url).hostname for url in seen} <= {urlsplit(url).hostname for url in own}
    assert faults == ""


@pytest.mark.browser
def test_the_page_prints(chromium: str, folder: Path) -> None:
    printed = folder / "page.pdf"
    _run(chromium, folder, f"--print-to-pdf={printed}", (folder / "small.html").as_uri())
    assert printed.read_bytes().startswith(b"%PDF")
