"""The sections of the report: which pictures, tables and words stand in each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from replenish.report import charts, facts, origins, tables, words
from replenish.report.drawing import Key
from replenish.report.figure import Figure
from replenish.report.numbers import count
from replenish.report.tables import Cell, Table
from replenish.report.view import View


@dataclass(frozen=True, slots=True)
class Part:
    """Pictures and tables under one legend; with a `summary` they are folded away."""

    summary: str = ""
    keys: Sequence[Key] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    heading: str = ""  # of a part that is not folded away


@dataclass(frozen=True, slots=True)
class Section:
    """One section: an anchor, a heading, a sentence, its parts, and what is told in more sentences before them."""

    anchor: str
    heading: str
    lead: str
    parts: Sequence[Part] = field(default=())
    told: Sequence[Cell] = ()


def stocks(view: View) -> Section:
    """Return stocks against requirements: the main item, then all others folded away."""
    others = [replace(view, item=item) for item in view.items()[1:]]
    folded = [_stock_part(other, view.title("items", other.item)) for other in others]
    lead = (
        "Each picture is one stock. The line is the median of all paths, the darker band holds half of them, the paler"
        " band 90\xa0%. Where the band lies below the dashed requirement, the holder has less than it should."
    )
    parts = [_stock_part(view, ""), *(part for part in folded if part.figures)]
    return Section("stocks", "Stocks against requirements", lead, parts)


def supply(view: View) -> Section:
    """Return how long stocks last, and by when they are back at their requirement."""
    reserves = facts.reserves(view)
    holders = [row.holder for row in reserves] or view.holders_of(view.item)
    lasting = [figure for holder in holders if (figure := charts.supply(view, holder))]
    back = charts.back_dates(view, reserves)
    parts = [Part("", (), [back])] if back else []
    if lasting:
        parts.append(Part("", charts.SUPPLY_KEYS, lasting))
    lead = (
        "Days of supply are stock on hand over the planned use a day (that of the requirement, else the mean demand of"
        " the period). Back means at the requirement to stay, to the end of the horizon."
    )
    return Section("supply", "How long stocks last, and when they are back", lead, parts)


def expiry(view: View) -> Section:
    """Return what expires."""
    parts = []
    for item in view.items():
        own = replace(view, item=item)
        figures = [figure for holder in own.holders_of(item) if (figure := charts.expired(own, holder))]
        if figures:
            parts.append(Part("" if item == view.item else view.title("items", item), charts.FAN, figures))
    lead = "Units past their shelf life leave the stock." if parts else "Nothing expires in this study."
    return Section("expiry", "What expires", lead, parts)


def cases(view: View) -> Section:
    """Return what each case of the scenario changes."""
    figures = charts.cases(view)
    names = list(dict.fromkeys(row.case for row in view.scenario.cases))
    if not figures:
        known = f"The cases {', '.join(map(view.case, names))} were not simulated beside this run."
        return Section("cases", "Cases side by side", known if names else "The scenario has no cases.")
    lead = (
        "Each case is the scenario with the changes listed below. It meets the same random futures as the run, so that"
        " a difference is due to the case; the bar is its 95\xa0% confidence interval."
    )
    parts = [Part("", charts.CASE_KEYS, figures), Part("What each case changes", (), (), [tables.case_inputs(view)])]
    return Section("cases", "Cases side by side", lead, parts)


def sensitivity(view: View) -> Section:
    """Return the doubtful values that matter most."""
    found = charts.tornado(view)
    lead = (
        "Every value with a range in the evidence, run at its low and at its high end with all else as it is, on the"
        " same random futures."
    )
    parts = [Part("", charts.TORNADO_KEYS, [found])] if found else []
    return Section("sensitivity", "Which doubtful values matter", lead, parts)


def delays(view: View) -> Section:
    """Return what a longer delay costs."""
    table = view.result.studies["delays"]
    whose, days = str(table["whose"][0]), float(table["days"][0])
    of = f" of {view.title('holders', whose)}" if whose else ""
    lead = (
        f"Each delay{of} is {abs(days):g} days {'longer' if days > 0 else 'shorter'}, with all else as it is and on the"
        " same random futures. The bar is the 95\xa0% confidence interval of the difference by path."
    )
    figures = charts.delays(view)
    parts = [Part("", charts.CASE_KEYS, figures)] if figures else []
    return Section("delays", charts.delay_title(days), lead, parts)


def targets(view: View) -> Section:
    """Return what would have to be true for targets."""
    lead = (
        "How likely each target is as things are, and with one thing changed and all else as it is: the smallest change"
        " that makes it likely enough, or the best that the change gives. All runs meet the same random futures."
    )
    return Section("targets", "What would have to be true", lead, [Part("", charts.TARGET_KEYS, charts.targets(view))])


def need(view: View) -> Section:
    """Return need, issues and unmet need of the recipient."""
    figures = charts.need(view)
    lead = words.need_sentence(view, facts.need(view))
    return Section("need", "Need, issued, unmet", lead, [Part("", charts.NEED_KEYS, figures)] if figures else [])


def production(view: View) -> Section:
    """Return production of the main item by line, and of other items folded away."""
    lead = (
        "What each line makes, beside what it could start. The strip shows what sets the rate: grey where nothing but"
        " orders limits it."
    )
    parts = [_line_part(replace(view, item=item), is_main=item == view.item) for item in view.items()]
    kept = [part for part in parts if part.figures]
    return Section("production", "Production and what holds it back", lead if kept else "No line makes anything.", kept)


def deliveries(view: View) -> Section:
    """Return deliveries to the recipient against pledges."""
    promises = facts.promises(view)
    yearly = charts.deliveries_by_year(view)
    figures = [*([yearly] if yearly else []), *(charts.deliveries(view, donor) for donor in view.donors())]
    parts = [Part("", charts.DELIVERY_KEYS, figures)] if figures else []
    if promises:
        parts.append(Part("", (), (), [tables.promises(view, promises)]))
    counting = " A pledge counts what arrives after it was made; the lines count from the start." if promises else ""
    lead = f"{words.delivered_sentence(view)} {words.pledge_sentence(view, promises)}{counting}"
    return Section("deliveries", "Deliveries and pledges", lead, parts)


def fleets(view: View) -> Section:
    """Return fleets that issue an item: how many systems serve, and what the others hold back."""
    lead = (
        "Fleets that issue an item are coupled with the stocks: systems in service at the opening of a period limit"
        " what is issued in it, and what is issued fails parts before the next opening. This is on wherever a fleet"
        " names an item; --uncoupled leaves it out."
    )
    return Section("fleets", "Fleets at work", lead, [Part("", charts.FLEET_KEYS, charts.fleets(view))])


def reported(view: View, observed: pl.DataFrame) -> Section:
    """Return reported figures over the simulated bands."""
    figures = charts.reported(view, observed)
    parts = [Part("", charts.REPORTED_KEYS, figures)] if figures else []
    if len(observed):
        parts.append(Part("", (), (), [tables.observed(view, observed)]))
    return Section("reported", "Held against what was reported", words.observed_sentence(observed), parts)


def money_and_states(view: View) -> Section:
    """Return spend, budgets with their gates, and the states of the chains."""
    chains = dict.fromkeys(row.chain for row in view.scenario.chains)
    figures = [charts.spend_by_year(view), *(charts.chain_states(view, chain) for chain in chains)]
    spent = facts.accounts(view)
    part = Part("", (), [figure for figure in figures if figure], [tables.accounts(view, spent)] if spent else [])
    budgets = [figure for own in facts.budgets(view) if (figure := charts.budget(view, *own))]
    parts = [part, *([Part("Budgets and their gates", (), budgets)] if budgets else [])]
    return Section("money", "Money, and the states of the world", words.spend_sentence(view), parts)


def measures(view: View) -> Section:
    """Return headline measures with their formulas."""
    title = view.title("items", view.item)
    own, other = tables.measures(view, of_item=True), tables.measures(view, of_item=False)
    parts = [Part(f"{title}, and what concerns no single item: {len(own.rows)} measures", (), (), [own])]
    if other.rows:
        parts.append(Part(f"Other items: {len(other.rows)} measures", (), (), [other]))
    parts.append(Part("What the measures mean", (), (), [tables.definitions(view)]))
    return Section("measures", "Headline measures", "One value for each thing, with its sampling error.", parts)


def assumptions(view: View, defaults: pl.DataFrame) -> Section:
    """Return the register of evidence, by table of the scenario, and the defaults used."""
    rows, known = origins.register(view.scenario), tables.by_name(view.scenario)
    parts = []
    for table in dict.fromkeys(row.table for row in rows):
        own = [row for row in rows if row.table == table]
        assumed = sum(row.basis == "assumed" for row in own)
        rows_of = f"{len(own)} {'row' if len(own) == 1 else 'rows'}"
        summary = f"{table.replace('_', ' ').capitalize()}: {rows_of}, {assumed} assumed"
        parts.append(Part(summary, (), (), [tables.origins(own, known)]))
    if len(defaults):
        parts.append(Part(f"Defaults used: {count(len(defaults))} empty cells", (), (), [tables.defaults(defaults)]))
    found = origins.counts(view.scenario)
    lead = words.assumed_sentence(found.assumed, found.reported, found.derived)
    return Section("assumptions", "Where the values come from", lead, parts)


def methods(view: View, observed: pl.DataFrame) -> Section:
    """Return methods, what is needed to repeat the run, and the sources to cite."""
    parts = [Part("", (), (), [tables.provenance(view)])]
    outside = observed.filter(~pl.col("is_inside"))
    if len(outside):
        parts.append(Part("", (), (), [tables.outside(view, outside)]))
    cited = origins.cited(view.scenario)
    if cited:
        parts.append(Part("", (), (), [tables.sources(cited)]))
    return Section("methods", "Methods, repeatability, sources", words.methods_sentence(view), parts)


def _stock_part(view: View, summary: str) -> Part:
    holders: Iterable[str] = view.holders_of(view.item)
    shown = [holder for holder in holders if facts.is_shown(view, holder)]
    return Part(summary, charts.STOCK_KEYS, [charts.stock(view, holder) for holder in shown])


def _line_part(view: View, *, is_main: bool) -> Part:
    lines = [line for line in facts.products(view, view.item) if len(view.product("production", line, view.item))]
    keys = (*charts.PRODUCTION_KEYS, *charts.limit_keys(view, view.item))
    summary = "" if is_main else view.title("items", view.item)
    return Part(summary, keys, [charts.production(view, line, view.item) for line in lines])
