"""What it takes to find the document that a new one repeats: `python benchmarks/ledger_duplicates.py`.

CPU and wall time of one search among 10,000 made-up articles of about 450 words, a tenth of which end with the same
paragraph of small print.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Protocol

from clock import show

from replenish.ledger.documents.repeats import find_repeats, sampled
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document

DOCUMENTS, WORDS, VOCABULARY = 10_000, 450, 20_000
AT_ONCE = 500  # documents in one entry
SEARCHES = 50


class Bench(Protocol):
    """What parts share: a folder, and how large they are."""

    @property
    def folder(self) -> Path:
        """Return a folder for files."""

    @property
    def statements(self) -> int:
        """Return the number of statements; there are twenty to a document."""


def made_documents(number: int) -> Iterator[Document]:
    """Give made-up articles: words as frequent as in a language, some of them with small print at the end."""
    draw = random.Random(1)
    words = [f"w{rank}" for rank in range(VOCABULARY)]
    weights = [1 / (rank + 3) for rank in range(VOCABULARY)]
    print_ = " ".join(draw.choices(words, weights, k=60))
    for n in range(number):
        text = " ".join(draw.choices(words, weights, k=draw.randrange(WORDS // 2, 3 * WORDS // 2)))
        yield Document(id=f"D{n}", title=f"article {n}", text=f"{text} {print_}" if n % 10 == 0 else text)


def edited(document: Document, draw: random.Random) -> Document:
    """Return a copy with one word in thirty replaced and a quarter of it left out."""
    words = document.text.split()
    kept = [f"x{n}" if draw.randrange(30) == 0 else word for n, word in enumerate(words[: 3 * len(words) // 4])]
    return Document(title="copy", text=" ".join(kept))


def duplicates_part(bench: Bench) -> None:
    """Print what one search takes for an edited copy, for a new article, and for one with the small print."""
    number = bench.statements * DOCUMENTS // 200_000
    documents = list(made_documents(number))
    ledger = Ledger.open(bench.folder / "duplicates.db", create=True)
    begun = process_time()
    for first in range(0, number, AT_ONCE):
        own = documents[first : first + AT_ONCE]
        ledger.record(own, author="benchmark", purpose="measure", shingles=(row for one in own for row in sampled(one)))
    recorded = process_time() - begun
    draw, new = random.Random(2), list(made_documents(number + 20))[-20:]
    asked = {
        "an edited copy": [edited(documents[draw.randrange(number)], draw) for _ in range(SEARCHES)],
        "a new article": [Document(title="new", text=one.text) for one in new if int(one.id[1:]) % 10],
        "a new article with small print": [
            Document(title="new", text=one.text) for one in new if int(one.id[1:]) % 10 == 0
        ],
    }
    size = sum(path.stat().st_size for path in bench.folder.glob("duplicates.db*")) / 2**20
    show(
        f"{number:,} documents recorded in {recorded:.0f} s of CPU, {size:,.0f} MiB; one search",
        ("for", "found", "CPU, median [ms]", "wall, median [ms]", "wall, longest [ms]"),
        [(name, *_searched(ledger, own)) for name, own in asked.items()],
    )


def _searched(ledger: Ledger, documents: list[Document]) -> tuple[str, float, float, float]:
    found, cpu, wall = 0, list[float](), list[float]()
    for one in documents:
        begun, started = process_time(), perf_counter()
        found += bool(find_repeats(ledger.engine, one))
        cpu.append(1e3 * (process_time() - begun))
        wall.append(1e3 * (perf_counter() - started))
    return f"{found} of {len(documents)}", median(cpu), median(wall), max(wall)


class _Alone:
    """A folder and the size where this file is run by itself."""

    def __init__(self, folder: Path, statements: int) -> None:
        self.folder, self.statements = folder, statements


def main() -> None:
    """Run it alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        duplicates_part(_Alone(Path(folder), 20_000 if options.quick else 200_000))


if __name__ == "__main__":
    main()
