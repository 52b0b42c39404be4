"""Commands that import and add: killed at any moment, at once, or on a full disk, they leave all of it or nothing."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from replenish.errors import UsageError
from replenish.ledger.adding import add_files
from replenish.ledger.ask.knowing import find_known
from replenish.ledger.citing import all_documents
from replenish.ledger.exporting import all_statements
from replenish.ledger.importing.imports import import_table
from replenish.ledger.store import Ledger

ROWS = 1_500
HEAD = "id,kind,holder,item,best,unit,valid_from,published,title,address\n"
KILLS = 5


def table(path: Path, name: str, *, rows: int = ROWS, best: int = 1) -> Path:
    """Return a table of statements that all come from a few documents."""
    said = f"count,alpha,shell,{best},round,2024-01-31,2024-02-03,Count"
    lines = (f"{name}{row},{said} {row % 7},https://example.org/{row % 7}" for row in range(rows))
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def command(place: str, *words: str) -> subprocess.Popen[str]:
    """Return a process that runs a command on a ledger."""
    own = [sys.executable, "-m", "replenish", "ledger", *words, "--ledger", place, "--author", "me"]
    return subprocess.Popen(own, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_that_import_the_same_table_at_once_record_it_once(ledger: Ledger, place: str, tmp_path: Path) -> None:
    path = table(tmp_path / "figures.csv", "A")
    several = [command(place, "import", str(path)) for _ in range(3)]
    done = [(*process.communicate(timeout=120), process.returncode) for process in several]
    first = [out for out, _, status in done if status == 0 and f"{ROWS} statements" in out]
    assert len(first) == 1
    for out, error, status in done:
        skipped = status == 0 and ("nothing new" in out or out in first)
        assert skipped or (status == 2 and "is recorded already" in error and len(error.splitlines()) == 1)
    assert sorted(one.id for one in all_statements(ledger)) == sorted(f"A{row}" for row in range(ROWS))
    assert len(all_documents(ledger)) == 7
    assert (len(ledger.entries()), ledger.verify()) == (1, [])


def test_an_import_killed_at_any_moment_is_there_whole_or_not_at_all(
    ledger: Ledger, place: str, tmp_path: Path
) -> None:
    draw = random.Random(8)
    import_table(ledger, table(tmp_path / "first.csv", "F", rows=1), author="me")
    for kill in range(KILLS):
        path = table(tmp_path / f"k{kill}.csv", f"K{kill}-")
        process = command(place, "import", str(path))
        time.sleep(draw.uniform(0.5, 1.6))
        process.kill()
        out, _ = process.communicate()
        there = [one for one in all_statements(ledger) if one.id.startswith(f"K{kill}-")]
        assert len(there) in ((ROWS,) if "statements" in out else (0, ROWS))
    assert ledger.verify() == []
    assert import_table(ledger, tmp_path / "k0.csv", author="me").skipped in (0, ROWS)
    assert len(find_known(ledger)) == sum(entry.rows for entry in ledger.entries()) - len(all_documents(ledger))


def test_a_reader_beside_an_import_sees_all_of_it_or_nothing(ledger: Ledger, place: str, tmp_path: Path) -> None:
    process = command(place, "import", str(table(tmp_path / "figures.csv", "A", rows=5 * ROWS)))
    seen = set[int]()
    while process.poll() is None:
        seen.add(len(find_known(ledger)))
    assert (process.communicate()[1], process.returncode) == ("", 0)
    assert seen <= {0, 5 * ROWS}
    assert len(find_known(ledger)) == 5 * ROWS


def fill(ledger: Ledger, pages: int) -> None:
    """Leave so many pages of an SQLite file."""
    with ledger.engine.connect() as connection:
        used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {used + pages}")


@pytest.mark.parametrize("pages", [0, 3, 40])
def test_an_import_into_a_full_file_leaves_nothing(pages: int, tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db", create=True)
    import_table(ledger, table(tmp_path / "first.csv", "F", rows=1), author="me")
    before = all_statements(ledger), all_documents(ledger), ledger.entries()
    fill(ledger, pages)
    with pytest.raises(UsageError, match="nothing was recorded: there is no space left"):
        import_table(ledger, table(tmp_path / "figures.csv", "A"), author="me")
    assert (all_statements(ledger), all_documents(ledger), ledger.entries()) == before
    fill(ledger, 2**20)
    assert import_table(ledger, tmp_path / "figures.csv", author="me").skipped == 0
    assert ledger.verify() == []


def test_a_document_for_which_there_is_no_space_is_not_there_in_part(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db", create=True)
    draw = random.Random(8)
    article = tmp_path / "article.txt"
    article.write_text(" ".join(f"word{draw.randrange(10**6)}" for _ in range(20_000)), encoding="utf-8")
    fill(ledger, 20)
    with pytest.raises(UsageError, match="nothing was recorded: there is no space left"):
        add_files(ledger, [article], author="me")
    assert (all_documents(ledger), ledger.entries(), ledger.verify()) == ({}, [], [])
    fill(ledger, 2**20)
    assert [one.refused for one in add_files(ledger, [article], author="me")] == [""]
    assert ledger.verify() == []
