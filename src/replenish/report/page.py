"""The report as one HTML file: no script, no font, no picture and no style from elsewhere."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from replenish.report import charts, facts, origins, requirement, sections, tables, words
from replenish.report.cards import cards
from replenish.report.numbers import count
from replenish.report.planned import plan_section
from replenish.report.rendering import render
from replenish.report.sustained import sustain_section
from replenish.report.view import View, look_at
from replenish.result import Result
from replenish.scenario import defaults_used
from replenish.study.observed import compare_observations


def write_report(result: Result, path: Path) -> Path:
    """Write the report of a run to `path` and return it; the file opens anywhere, without a network."""
    path.write_text(to_html(result), encoding="utf-8")
    return path


def to_html(result: Result) -> str:
    """Return the report of a run as one HTML page."""
    view, observed = look_at(result), compare_observations(result)
    return render(
        "report.html.j2",
        title=result.scenario.settings.title,
        version=result.provenance.versions.get("replenish", ""),
        origin="a scenario and a seed",
        settings=result.scenario.settings,
        horizon=words.horizon(view),
        paths=count(result.provenance.paths),
        answer=_answer(view, observed),
        sections=_sections(view, observed),
        counts=origins.counts(result.scenario),
    )


def answer_sentences(view: View, observed: pl.DataFrame) -> list[str]:
    """Return the answer in sentences; what the study does not have is said or left out."""
    reserves = facts.reserves(view)
    sentences = (
        words.need_sentence(view, facts.need(view)),
        words.depth_sentence(view, reserves),
        words.return_sentence(view, reserves),
        words.pledge_sentence(view, facts.promises(view)),
        words.spend_sentence(view),
        words.observed_sentence(observed),
        words.trust_sentence(origins.counts(view.scenario)),
        words.ended_sentence(view.result.provenance),
    )
    return [sentence for sentence in sentences if sentence]


def _answer(view: View, observed: pl.DataFrame) -> dict[str, object]:
    """Return what stands on the first screen."""
    need, reserves, promises = facts.need(view), facts.reserves(view), facts.promises(view)
    return {
        "headline": words.headline(view, need, reserves),
        "cards": cards(view, need, reserves, promises),
        "sentences": answer_sentences(view, observed),
        "strips": charts.below_requirement(view, reserves),
        "table": tables.reserves(view, reserves) if reserves else None,
    }


def _sections(view: View, observed: pl.DataFrame) -> list[sections.Section]:
    """Return the sections of the page: of the plan if there is one, of expiry where something has a shelf life."""
    expires = [sections.expiry(view)] if any(row.shelf_life_days for row in view.scenario.items) else []
    sensitive = [sections.sensitivity(view)] if "tornado" in view.result.studies else []
    sensitive += [sections.delays(view)] if "delays" in view.result.studies else []
    sensitive += [sections.targets(view)] if "targets" in view.result.studies else []
    plan, spares = plan_section(view), sustain_section(view.result.studies, view.scenario)
    at_work = [sections.fleets(view)] if "fleets" in view.result.studies else []
    return [
        *([plan] if plan else []),
        sections.stocks(view),
        sections.supply(view),
        sections.need(view),
        *at_work,
        sections.production(view),
        sections.deliveries(view),
        *expires,
        sections.money_and_states(view),
        *([spares] if spares else []),
        requirement.years(view),
        sections.cases(view),
        *sensitive,
        sections.reported(view, observed),
        sections.measures(view),
        sections.assumptions(view, defaults_used(view.scenario)),
        sections.methods(view, observed),
    ]
