"""Recorded passages in a later version of their document, and documents cited as they were last corrected."""

from __future__ import annotations

from pathlib import Path

import pytest

from replenish.ledger.adding import Added, add_files
from replenish.ledger.ask.lists import sources
from replenish.ledger.citing import all_documents, cited_document, cited_documents
from replenish.ledger.documents.passages import to_passage
from replenish.ledger.store import Ledger
from replenish.ledger.values import Passage, Statement
from tests.ledger.statements import day
from tests.ledger.test_repeats import ARTICLE

KEPT, EDITED, LOST = (
    "The board has ordered 6,000 drums from two refineries, of which the first will arrive in March.",
    "the raid on its stores has left 4,000 drums of oil, a third of what\nit held in spring",
    "Ship owners doubt it.",
)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Return a ledger with an article, three passages of it and a statement that rests on one of them."""
    found = Ledger.open(tmp_path / "ledger.db", create=True)
    name = added(found, tmp_path, "first.txt", ARTICLE)
    rows = [to_passage(ARTICLE, start := ARTICLE.index(words), start + len(words), document=name)
            for words in (KEPT, EDITED, LOST)]  # fmt: skip
    resting = Statement(id="U1", kind="count", holder="board", item="oil", best=4000.0, unit="drum", document=name,
                        passage=rows[1].named())  # fmt: skip
    found.record([*rows, resting], author="me", purpose="a test")
    return found


def added(ledger: Ledger, folder: Path, name: str, text: str) -> str:
    document = one(ledger, folder, name, text).document
    assert document is not None
    return document.named()


def one(ledger: Ledger, folder: Path, name: str, text: str) -> Added:
    (folder / name).write_text(text, encoding="utf-8")
    [found] = add_files(ledger, [folder / name], author="me")
    return found


def test_an_edited_article_tells_which_recorded_passages_it_still_has(ledger: Ledger, tmp_path: Path) -> None:
    text = ARTICLE.replace("4,000 drums", "3,000 drums", 1).replace("Ship owners doubt it.\n", "", 1)
    found = one(ledger, tmp_path, "again.txt", text).standing
    told = {each.passage.words: each for each in found}
    assert [told[words].found.finding for words in (KEPT, EDITED, LOST)] == ["exact", "edited", "lost"]
    assert [each.passage.words for each in found] == [EDITED, KEPT, LOST]
    assert "3,000 drums" in told[EDITED].found.words
    assert str(told[EDITED]).endswith("its figures differ")
    assert "which U1 rests on" in str(told[EDITED])
    assert told[KEPT].statements == ()


def test_passages_of_a_document_that_was_dated_later_are_still_its_own(ledger: Ledger, tmp_path: Path) -> None:
    [dated] = add_files(ledger, [tmp_path / "first.txt"], author="me", published=day("2031-03-05"))
    assert dated.document is not None
    found = one(ledger, tmp_path, "again.txt", ARTICLE + " More followed.")
    assert found.repeats[0].document == dated.document.named()
    assert [each.found.finding for each in found.standing] == ["exact"] * 3


def test_a_corrected_passage_is_not_looked_for(ledger: Ledger, tmp_path: Path) -> None:
    old = next(each.passage for each in one(ledger, tmp_path, "a.txt", ARTICLE + " End.").standing)
    new = Passage(document=old.document, words="Ship owners doubt it.", supersedes=old.id, reason="the wrong words")
    ledger.record([new], author="me", purpose="a test")
    names = [each.passage.id for each in one(ledger, tmp_path, "b.txt", ARTICLE + " So it ends.").standing]
    assert old.id not in names


def test_a_document_is_cited_as_it_was_last_corrected(ledger: Ledger, tmp_path: Path) -> None:
    [before] = sources(ledger)
    add_files(ledger, [tmp_path / "first.txt"], author="me", published=day("2031-03-05"))
    [after] = sources(ledger)
    assert (before.document.published, after.document.published) == (None, day("2031-03-05"))
    assert (before.statements, after.statements) == (1, 1)
    cited = cited_document(ledger, before.document.id)
    assert cited is not None
    assert cited.id == after.document.id == cited_documents(ledger)[before.document.id].id
    assert all(not document.text for document in all_documents(ledger).values())
    assert cited_document(ledger, "none") is None


def test_a_copy_that_is_too_long_to_be_compared_word_by_word_is_recorded_and_says_so(
    ledger: Ledger, tmp_path: Path
) -> None:
    long = " ".join(f"word{number}" for number in range(20_050))
    one(ledger, tmp_path, "long.txt", long)
    copy = one(ledger, tmp_path, "copy.txt", long + " more")
    assert copy.document is not None
    assert copy.document.derived_from
    assert copy.changes == ()
    assert any("not compared word by word" in note for note in copy.notes)
