"""What the commands of plans print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replenish.cli.show import STOPPED
from replenish.cli.studies import print_table, short
from replenish.result.steadiness import RESTED, find_steadiness, range_words, steady_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from replenish.multistage.policy.policy import Row
    from replenish.planning.plan import Plan

MOST_ROWS = 25

LEAST = 1e-6
"""Part of the end of its range below which a decision is none."""


def plan(scenario: str, options: dict[str, Any], *, out: Path | None, is_shown: bool) -> int:
    """Plan a scenario, print the answers and say where the plan is."""
    from replenish import api
    from replenish.study.assembling import read_scenario

    with _iterations(is_shown=is_shown) as report:
        made = api.plan(
            read_scenario(scenario), out=out or api.new_folder(scenario, kind="plan-"), report=report, **options
        )
    print_plan(made)
    print(f"see it on simulated futures: replenish run {scenario} --plan {made.folder}")
    return STOPPED if "Ctrl-C" in made.policy.ended else 0


@contextmanager
def _iterations(*, is_shown: bool) -> Iterator[Callable[[Row], None]]:
    """Show the iterations of training on the error stream."""
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not is_shown or not console.is_terminal) as bar:
        task = bar.add_task("building the programme", total=None)

        def tell(row: Row) -> None:
            bar.update(
                task, description=f"iteration {row.iteration}: bound {row.bound:.6g}, simulated {row.simulated:.6g}"
            )

        yield tell


def print_plan(made: Plan) -> None:
    """Print what is decided first, what units are worth, and how sure that is."""
    for reason in made.why:
        print(f"chosen  {reason}")
    currency = made.problem.scenario.settings.money.currency
    print_decisions(made.tables["plan_decisions"])
    if made.tried is not None:
        print(f"{'tried  ' if made.tried.is_taken else 'warning'} {made.tried.words}")
    print_values(made.tables["plan_values"])
    print_digging(made.tables["plan_digging"], currency)
    print_seeds(made.tables["plan_seeds"], currency)
    print_simplifications(made.simplifications)
    print(f"bound   {short(made.bound)} {currency}: no plan costs less in this programme")
    if made.optimum is not None:
        print(f"optimum {short(made.optimum)} {currency}, solved as one programme")
    print(f"ended   {made.policy.ended}, after {len(made.policy.rows)} iterations and {made.seconds:.0f} s")
    print(f"plan    {made.folder}")


def print_simplifications(told: Sequence[str]) -> None:
    """Print what of the scenario the programme does not see, or sees as a mean."""
    if told:
        print("Simplified in the programme, met by the plan in the simulator")
        for text in told:
            print(f"  {text}")


def print_decisions(table: pl.DataFrame) -> None:
    """Print the decisions of the first review that are not zero, how free they are and how far they moved."""
    has_seeds = bool(table["seed_low"].is_not_null().any())
    rows = [
        (row["what"], _who(row), short(row["quantity"]), f"{short(row['low'])} to {short(row['high'])}",
         short(row["before"]), *([_seeds(row)] if has_seeds else []), row["unit"])
        for row in table.iter_rows(named=True)
        if max(row["quantity"], row["best"], row["before"] or 0.0) > LEAST * row["high"]
    ]  # fmt: skip
    days = f"{table['first_day'][0]} to {table['last_day'][0]}" if len(table) else ""
    head = (
        "what",
        "who",
        "quantity",
        "range",
        f"{RESTED} iterations before",
        *(["seeds"] if has_seeds else []),
        "unit",
    )
    print_table(f"Decided first ({days})", head, rows[: 2 * MOST_ROWS])
    print(range_words(table))
    if found := find_steadiness(table):
        print(f"{'stable ' if found.is_steady else 'warning'} {steady_words(found, _who)}")


def _seeds(row: dict[str, Any]) -> str:
    return f"{short(row['seed_low'])} to {short(row['seed_high'])}"


def print_seeds(table: pl.DataFrame, currency: str) -> None:
    """Print how training ended with each seed, if there are several."""
    rows = [(str(row["seed"]), short(row["bound"]), str(row["iterations"])) for row in table.iter_rows(named=True)]
    if len(rows) > 1:
        print_table("With each seed", ("seed", f"bound, {currency}", "iterations"), rows)


def print_values(table: pl.DataFrame) -> None:
    """Print what one more unit is worth, the dearest first."""
    rows = [
        (row["what"], row["statement"])
        for row in table.sort("value", descending=True).iter_rows(named=True)
        if abs(row["value"]) > 0 and row["what"] in ("stock", "capacity", "budget", "route")
    ]
    print_table("What one more unit is worth now", ("what", "statement"), rows[:MOST_ROWS])


def print_digging(table: pl.DataFrame, currency: str) -> None:
    """Print how deep each stock may be dug today."""
    rows = []
    for (holder, item), own in table.group_by(["holder", "item"], maintain_order=True):
        last = own.row(-1, named=True)
        depth = (short(last["on_hand"]), short(last["may_dig_to"]))
        worth = (f"{short(last[name])} {currency}" for name in ("value", "worth_elsewhere"))
        rows.append((f"{holder}/{item}", *depth, *worth))
    head = ("stock", "held", "may be dug to", "next unit is worth at home", "and where it is sent")
    if rows:
        print_table("How deep each holder may dig today", head, rows)


def _who(row: Mapping[str, Any]) -> str:
    parts = [row["holder"], row["to_holder"] and f"to {row['to_holder']}", row["item"], row["line"], row["expansion"]]
    return " ".join(part for part in parts if part)
