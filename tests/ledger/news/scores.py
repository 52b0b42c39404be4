"""How much of what a careful reader finds the rules propose, and how much of what they propose a reader would keep.

`python -m tests.ledger.news.scores` prints it, with what was missed and what was too much.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from replenish.ledger.documents.proposals.propose import Proposal, propose_passages

FOLDER = Path(__file__).parent
SETS = ("shaping", "seen later", "held out")

Thing = tuple[object, ...]


class Score(NamedTuple):
    """What was found of what should be, both ways."""

    right: int
    proposed: int
    expected: int

    @property
    def precision(self) -> float:
        """Return the share of the proposals that are right."""
        return self.right / self.proposed if self.proposed else 1.0

    @property
    def recall(self) -> float:
        """Return the share of what should be found that is."""
        return self.right / self.expected if self.expected else 1.0


class Compared(NamedTuple):
    """Things of one sort in one text: proposed and expected."""

    proposed: Counter[Thing]
    expected: Counter[Thing]


def compare(path: Path) -> tuple[str, dict[str, Compared]]:
    """Return to which set a text belongs, and by sort what was proposed and what was expected."""
    gold = tomllib.loads(path.read_text(encoding="utf-8"))
    text: str = gold["text"]
    proposals = propose_passages(text, document=path.stem, published=gold["published"])
    quantities = gold["quantities"]
    return gold["set"], {
        "quotations with speaker": Compared(Counter(_quotations(proposals, gold)), _counted(gold["quotations"], 3)),
        "quantities with unit": Compared(_figures(proposals, 2), _counted(quantities, 2)),
        "with kind": Compared(_figures(proposals, 3), _counted(quantities, 3)),
        "with kind and speaker": Compared(_figures(proposals, 4), _counted(quantities, 4)),
        "dates": Compared(_dates(text, gold), Counter((day,) for day in gold["dates"])),
    }


def _counted(rows: list[list[str]], columns: int) -> Counter[Thing]:
    return Counter(tuple(row[:columns]) for row in rows)


def scores(which: str) -> dict[str, Score]:
    """Return by sort how well the texts of a set did."""
    total: dict[str, list[int]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        belongs, sorts = compare(path)
        if belongs == which:
            for name, own in sorts.items():
                counts = ((own.proposed & own.expected).total(), own.proposed.total(), own.expected.total())
                total[name] = [a + b for a, b in zip(total.get(name, [0, 0, 0]), counts, strict=True)]
    return {name: Score(*counts) for name, counts in total.items()}


def _quotations(proposals: Iterable[Proposal], gold: dict[str, Any]) -> Iterable[Thing]:
    """Return quotations as first words, last words and speaker, with the words as the reader gave them."""
    for one in proposals:
        if one.is_quotation:
            words = one.passage.words
            ends = next(
                (row[:2] for row in gold["quotations"] if words.startswith(row[0]) and words.endswith(row[1])),
                [words, ""],
            )
            yield (*ends, one.speaker)


def _figures(proposals: Iterable[Proposal], columns: int) -> Counter[Thing]:
    found = [
        (_figure(figure.quantity.low, figure.quantity.best, figure.quantity.high), figure.quantity.unit,
         figure.kind or "other", one.speaker, (one.passage.offset or 0) + figure.quantity.start, one.is_quotation)
        for one in proposals for figure in one.figures
    ]  # fmt: skip
    quoted = {row[4] for row in found if row[5]}
    return Counter(row[:columns] for row in found if row[5] or row[4] not in quoted)


def _figure(low: float | None, best: float | None, high: float | None) -> str:
    return f"{best:.12g}" if best is not None else f"{_plain(low)}..{_plain(high)}"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


def _dates(text: str, gold: dict[str, Any]) -> Counter[Thing]:
    from replenish.ledger.documents.dates import find_dates

    return Counter((one.day.isoformat(),) for one in find_dates(text, gold["published"]))


def table() -> Iterator[str]:
    """Return the lines of the table that the documentation shows."""
    yield "| texts | what | right | proposed | expected | precision | recall |"
    yield "|---|---|---|---|---|---|---|"
    for which in SETS:
        for name, own in scores(which).items():
            shares = f"{own.precision:.2f} | {own.recall:.2f}"
            yield f"| {which} | {name} | {own.right} | {own.proposed} | {own.expected} | {shares} |"


def _faults(which: str) -> None:
    for path in sorted(FOLDER.glob("*.toml")):
        belongs, sorts = compare(path)
        for name, own in sorts.items():
            if belongs == which and own.proposed != own.expected:
                print(
                    path.stem,
                    name,
                    "| missed",
                    dict(own.expected - own.proposed),
                    "| too much",
                    dict(own.proposed - own.expected),
                )


if __name__ == "__main__":
    print("\n".join(table()))
    for named in sys.argv[1:]:
        _faults(named)
