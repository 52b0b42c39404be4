"""What a ledger costs: `python benchmarks/ledger.py` with the parts to run.

CPU time, since other programs may run; wall time beside it, since a database waits for the disk.  The ledger that all
parts ask is made once: series of statements on items and holders, over years, some corrected.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import resource
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from time import perf_counter, process_time

from clock import show
from ledger_duplicates import duplicates_part

from replenish.ledger.ask.knowing import AsOf
from replenish.ledger.ask.many import current_all
from replenish.ledger.ask.picking import current
from replenish.ledger.exporting import to_csv, to_rows
from replenish.ledger.importing.imports import import_table
from replenish.ledger.kinds import KINDS
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Statement

STATEMENTS, SERIES = 200_000, 4_000
HOLDERS, ITEMS, DOCUMENTS = 100, 40, 5_000
FIRST = dt.date(2015, 1, 1)
CORRECTED = 50  # one statement in so many


def made_statements(number: int) -> Iterator[Statement]:
    """Give made-up statements: a holder and an item are a series, in each one on some day after the last."""
    draw = random.Random(1)
    for n in range(number):
        series, step = n % SERIES, n // SERIES
        day = FIRST + dt.timedelta(days=60 * step + draw.randrange(60))
        is_correction = step > 0 and draw.randrange(CORRECTED) == 0
        yield Statement(
            id=f"S{n}", supersedes=f"S{n - SERIES}" if is_correction else "", reason="misread" if is_correction else "",
            kind=KINDS[series % 3], holder=f"holder {series // ITEMS}", item=f"item {series % ITEMS}",
            best=round(draw.lognormvariate(8.0, 1.0), 1), unit="round", valid_from=day, valid_to=day,
            published=day + dt.timedelta(days=draw.randrange(90)), speaker="the ministry of defence",
            grade=draw.choice("AABBBC"), document=f"D{draw.randrange(DOCUMENTS)}", note=f"page {draw.randrange(40)}",
        )  # fmt: skip


def made_documents() -> list[Document]:
    """Return the documents that made-up statements name."""
    return [Document(id=f"D{number}", title=f"document {number}") for number in range(DOCUMENTS)]


@dataclass(frozen=True)
class Bench:
    """What parts share: how large they are, and a ledger that is made when first asked for."""

    folder: Path
    statements: int
    database: str

    @cached_property
    def ledger(self) -> Ledger:
        """Return a ledger with all statements."""
        ledger = Ledger.open(self.folder / "ledger.db", create=True)
        ledger.record([*made_documents(), *made_statements(self.statements)], author="benchmark", purpose="measure")
        return ledger


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Return the CPU and the wall time of some work [s]."""
    cpu, wall = process_time(), perf_counter()
    work()
    return process_time() - cpu, perf_counter() - wall


def import_part(bench: Bench) -> None:
    """Print what it takes to record statements in one entry and in many, to open the ledger and to verify it."""
    rows, number = list(made_statements(bench.statements)), bench.statements
    one = Ledger.open(bench.folder / "import.db", create=True)
    one.record(made_documents(), author="benchmark", purpose="measure")
    works: list[tuple[str, int, Callable[[], object]]] = [
        ("record, one entry", number, lambda: one.record(rows, author="benchmark", purpose="measure")),
        ("verify", number, lambda: check(one)),
        ("open", 1, lambda: Ledger.open(bench.folder / "import.db")),
    ]
    many = Ledger.open(bench.folder / "many.db", create=True)
    many.record(made_documents(), author="benchmark", purpose="measure")
    works.append(("record, entries of 100", 10_000, lambda: in_hundreds(many, rows[:10_000])))
    found = [(name, size, *spent(work)) for name, size, work in works]
    size = sum(path.stat().st_size for path in bench.folder.glob("import.db*")) / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    show(f"SQLite file of {size:,.0f} MiB, peak memory {peak:,.0f} MiB",
         ("what", "rows", "CPU [s]", "wall [s]", "rows a CPU second"),
         [(name, rows_, cpu, wall, rows_ / cpu) for name, rows_, cpu, wall in found])  # fmt: skip


def check(ledger: Ledger) -> None:
    """Verify a ledger that is sound."""
    if faults := ledger.verify():
        raise SystemExit(f"the ledger is not sound: {faults[0]}")


def in_hundreds(ledger: Ledger, rows: list[Statement]) -> None:
    """Record rows in entries of 100."""
    for first in range(0, len(rows), 100):
        ledger.record(rows[first : first + 100], author="benchmark", purpose="measure")


def table_part(bench: Bench) -> None:
    """Print what it takes to check a table and record its statements, and to find all of them recorded already."""
    path, number = bench.folder / "table.csv", bench.statements // 4  # a file has 50 MB at most
    rows = [replace(one, supersedes="", reason="", document="") for one in made_statements(number)]
    path.write_text(to_csv(to_rows(rows, {})), encoding="utf-8")
    fresh = Ledger.open(bench.folder / "table.db", create=True)
    found = [(name, *spent(lambda: import_table(fresh, path))) for name in ("import", "import again")]
    show(f"A table of {number:,} statements, {path.stat().st_size / 2**20:.0f} MiB",
         ("what", "CPU [s]", "wall [s]", "rows a CPU second"),
         [(name, cpu, wall, number / cpu) for name, cpu, wall in found])  # fmt: skip


def postgresql_part(bench: Bench) -> None:
    """Print what it takes to record statements as one entry of an empty PostgreSQL database."""
    if not bench.database:
        print("postgresql: left out, since no --database is given")
        return
    rows = list(made_statements(bench.statements // 4))
    ledger = Ledger.open(bench.database, create=True)
    cpu, wall = spent(lambda: ledger.record(rows, author="benchmark", purpose="measure"))
    show(f"{len(rows):,} statements as one entry, PostgreSQL",
         ("CPU of the client [s]", "wall [s]", "rows a second of wall"), [(cpu, wall, len(rows) / wall)])  # fmt: skip


def ask_part(bench: Bench) -> None:
    """Print what it takes to ask for one series and for the picked statement of all, as known at a past day."""
    ledger, as_of = bench.ledger, AsOf(known_at=dt.date(2021, 6, 1), admit_undated_days=90)
    series = [one.series for one in current_all(ledger, as_of=as_of)]
    times = sorted(spent(lambda one=one: current(ledger, one, as_of))[1] for one in series[::40])  # type: ignore[misc]
    alls = [spent(lambda: current_all(ledger, as_of=as_of)) for _ in range(3)]
    show(f"{len(series):,} series of {bench.statements:,} statements",
         ("what", "wall, median [ms]", "wall, largest [ms]"),
         [("one series", 1e3 * times[len(times) // 2], 1e3 * times[-1]),
          ("all series", 1e3 * sorted(wall for _, wall in alls)[1], 1e3 * max(wall for _, wall in alls))])  # fmt: skip
    print(f"all series, CPU: {min(cpu for cpu, _ in alls):.2f} s")


PARTS: dict[str, Callable[[Bench], None]] = {
    "import": import_part, "table": table_part, "postgresql": postgresql_part, "ask": ask_part,
    "duplicates": duplicates_part,
}  # fmt: skip


def main() -> None:
    """Run the parts that are asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="parts to run; all if none is given")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument("--database", default="", help="URL of an empty PostgreSQL database, for that part")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), STATEMENTS // 10 if options.quick else STATEMENTS, options.database)
        for part in options.parts or PARTS:
            PARTS[part](bench)


if __name__ == "__main__":
    main()
