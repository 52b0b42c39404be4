"""The section on what the plan of a run would do: which words, pictures and tables stand in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from replenish.report.drawing import Key
from replenish.report.figure import Figure
from replenish.report.planned import courses, limits, pictures, tables, words
from replenish.report.planned.facts import Planned, find_planned
from replenish.report.sections import Part, Section
from replenish.report.tables import Cell, Table
from replenish.report.view import View

HEADING = "What the plan would do"


def plan_section(view: View) -> Section | None:
    """Return what the plan of a run decides, changes, costs and rests on; None where the run has no plan."""
    planned = find_planned(view)
    if planned is None:
        return None
    told = [Cell(text, "bad") for text in words.warnings(planned)]
    told += [Cell(text) for text in words.sentences(planned)]
    lead = (
        "The plan chooses orders, releases, rates and expansions at each review, for the least cost at the prices"
        " below; in the simulator it meets everything that its own programme simplifies. As it is means the policies of"
        " the scenario."
    )
    return Section("plan", HEADING, lead, list(_parts(planned)), told)


def _parts(planned: Planned) -> Iterator[Part]:
    """Yield the parts that have something to show."""
    yield from _part("The plan against as it is", courses.SIDE_KEYS, courses.sides(planned), tables.sides(planned),
                     tables.costs(planned))  # fmt: skip
    yield from _fold(
        "Stocks and production of other items that it changes", courses.SIDE_KEYS, courses.other_sides(planned)
    )
    yield from _part("Decisions of the first review", (), [], tables.decisions(planned))
    yield from _part("Done differently in the first quarters", courses.LINE_KEYS, courses.early(planned))
    yield from _fold("Done differently, by thing", (), [], tables.early(planned))
    yield from _part("What one more unit is worth", (), pictures.worths(planned))
    yield from _fold("Worth of every unit", (), [], tables.worths(planned))
    yield from _part("How deep stocks may be dug", pictures.DIG_KEYS, pictures.digging(planned))
    yield from _part("What can be traded for what", pictures.FRONTIER_KEYS, pictures.frontier(planned))
    yield from _part("What longer delays cost a plan that knows them", pictures.DELAY_KEYS, pictures.delays(planned))
    yield from _part("Prices used", (), [], tables.prices(planned))
    yield from _part("Limits that bind first", (), [], tables.limits(planned))
    strips = limits.over_time(planned)
    yield from _part("Limits that bind, and when", (), [strips] if strips else [])
    yield from _fold("Every limit that binds, and when", (), [], limits.limits_over_time(planned))
    yield from _part("When stocks are back", courses.LINE_KEYS, courses.replenishment(planned))
    others = courses.replenishment(planned, of_main=False)
    yield from _fold("When stocks of other items are back", courses.LINE_KEYS, others)
    yield from _fold("What the programme expects, by stage", courses.PATH_KEYS, courses.own_course(planned))
    trained = pictures.training(planned)
    yield from _part("How it was made, and how sure it is", (), [trained] if trained else [],
                     tables.information(planned), tables.simplifications(planned), tables.about(planned))  # fmt: skip


def _part(heading: str, keys: Sequence[Key], figures: Sequence[Figure], *found: Table | None) -> Iterator[Part]:
    shown = [table for table in found if table]
    if figures or shown:
        yield Part("", keys if figures else (), figures, shown, heading)


def _fold(summary: str, keys: Sequence[Key], figures: Sequence[Figure], *found: Table | None) -> Iterator[Part]:
    shown = [table for table in found if table]
    if figures or shown:
        yield Part(summary, keys if figures else (), figures, shown)
