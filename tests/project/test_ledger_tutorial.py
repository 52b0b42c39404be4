"""A reader who pastes the files of the tutorial on ledgers and types its commands sees what it prints."""

from __future__ import annotations

import csv
import re
import shlex
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from replenish.cli import main
from replenish.ledger import Ledger
from tests.project.pages import TEXTS

PAGE = TEXTS["docs/tutorials/ledger.md"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```|^(\| `.*?)(?=\n\n)|Save as `(\S+)`:", re.MULTILINE | re.DOTALL)
MOMENT = "2026-03-02T09:41:17.655449"
"""Stands for the moment of the last entry before the correction; a reader has another one."""
REFUSED = {"check study --known-at 2024-03-01": 3}
"""Commands that end with a status of their own."""


def _steps() -> Iterator[tuple[str, str]]:
    """Yield what a reader meets, in order: files to save as their names, cells to write, commands, what they print."""
    name = ""
    for language, block, cells, saved in BLOCK.findall(PAGE):
        if language:
            yield name or {"sh": "type", "text": "see"}[language], block
        elif cells:
            yield "write", cells
        name = saved


def _plain(text: str) -> str:
    """Return a text in one line without the frames of tables."""
    return " ".join(re.sub(r"[│┃┏┳┓┡╇┩└┴┘├┼┤━─]", " ", text).split())


def _write_cells(table: str) -> None:
    for line in table.splitlines():
        file, rows, column, cell = (part.strip().strip("`") for part in line.strip("|").split("|"))
        path = Path(file)
        with path.open(encoding="utf-8", newline="") as opened:
            head, *body = list(csv.reader(opened))
        first, _, last = rows.partition(" to ")
        for row in body[int(first) - 1 : int(last or first)]:
            row[head.index(column)] = cell
        with path.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened, lineterminator="\n").writerows([head, *body])


def _run(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    words = shlex.split(line)[1:]
    if words[:2] == ["ledger", "correct"]:
        time.sleep(0.02)  # some clocks tick slowly, and its moment must be later
    if MOMENT in words:
        words[words.index(MOMENT)] = Ledger.open("ledger.db").entries()[-2].recorded_at
    command = line.removeprefix("replenish ")
    assert main(words) == REFUSED.get(command, 0), command
    return "".join(capsys.readouterr())


def _report() -> str:
    """Return the words of the report of the run."""
    page = Path("runs/study/report.html").read_text(encoding="utf-8")
    return unescape(re.sub(r"<[^>]+>", " ", page))


def _bands() -> Iterator[str]:
    """Yield the ends of the 90 % bands of the back-tests, rounded as the page rounds them."""
    for name in ("test", "doubt"):
        with Path("runs", name, "points.csv").open(encoding="utf-8", newline="") as opened:
            (point,) = csv.DictReader(opened)
        yield from (f"{round(float(point[end]), -1):,.0f}" for end in ("p05", "p95"))


@pytest.mark.slow
def test_the_tutorial_on_ledgers_gives_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.delenv("REPLENISH_LEDGER", raising=False)
    seen, checked = "", 0
    for what, block in _steps():
        if what == "type":
            seen = "".join(_run(line, capsys) for line in block.splitlines())
            if "run study" in block:
                seen += _report()
        elif what == "write":
            _write_cells(block)
        elif what == "see":
            for part in block.strip().split("\n\n"):
                assert _plain(part) in _plain(seen)
                checked += 1
        else:
            Path(what).parent.mkdir(parents=True, exist_ok=True)
            Path(what).write_text(block, encoding="utf-8", newline="\n")
    assert checked > 20
    assert [end for end in _bands() if end not in PAGE] == []
