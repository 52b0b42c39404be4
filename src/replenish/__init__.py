"""Plan critical stockpiles for the long haul: simulate giving, producing and refilling, and trace every number.

>>> import replenish
>>> replenish.load("blank").settings.title
'Blank scenario'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replenish.api import plan, run, simulate
    from replenish.errors import Problem, ReplenishError, ScenarioError, UsageError
    from replenish.planning.plan import Plan
    from replenish.planning.storing import load_plan
    from replenish.policy import (
        AboveFloorShare,
        BaseStock,
        Called,
        DaysOfSupply,
        FollowOrClose,
        FollowOrders,
        Joint,
        Level,
        PledgeSchedule,
        Policy,
        Priority,
        Proportional,
        ReleaseSchedule,
        ReorderPoint,
        RunAtMaximum,
        RunAtNormal,
        Schedule,
    )
    from replenish.report import write_report
    from replenish.result import Result, load_result
    from replenish.scenario import Scenario, apply_case, case_names, write
    from replenish.scenario.frames import scenario_from
    from replenish.simulation import Target
    from replenish.study.assembling import check
    from replenish.study.assembling import read_scenario as load
    from replenish.study.compare import Comparison, compare
    from replenish.study.delay_costs import DelayCosts, delay_costs
    from replenish.study.explain import explain
    from replenish.study.explained import Explanation
    from replenish.study.frontier import Frontier, frontier
    from replenish.study.hindsight.known import AsKnown, as_known
    from replenish.study.hindsight.study import Backtest, backtest
    from replenish.study.information import Information, value_of_information
    from replenish.study.plan_delays import PlanDelays, plan_delays
    from replenish.study.pricing import PriceReach, reach_by_price
    from replenish.study.rare import Rare, Tilt, rare
    from replenish.study.reaching import Reach, reach
    from replenish.study.replanning import Replan, replan
    from replenish.study.requirement import requirement
    from replenish.study.spares import (
        SpareStudy,
        read_spare_study,
        sustain_check,
        sustain_evaluate,
        sustain_optimise,
        sustain_simulate,
    )
    from replenish.study.tornado import Tornado, tornado
    from replenish.study.wishes import Wish
    from replenish.sustain.methods import Exact, Metric, VariMetric

_HOMES = {
    "replenish.api": ("plan", "run", "simulate"),
    "replenish.planning.plan": ("Plan",),
    "replenish.planning.storing": ("load_plan",),
    "replenish.errors": ("Problem", "ReplenishError", "ScenarioError", "UsageError"),
    "replenish.policy": (
        "AboveFloorShare", "BaseStock", "Called", "DaysOfSupply", "FollowOrClose", "FollowOrders", "Joint",
        "Level", "PledgeSchedule", "Policy", "Priority", "Proportional", "ReleaseSchedule", "ReorderPoint",
        "RunAtMaximum", "RunAtNormal", "Schedule",
    ),
    "replenish.report": ("write_report",),
    "replenish.result": ("Result", "load_result"),
    "replenish.scenario": ("Scenario", "apply_case", "case_names", "write"),
    "replenish.scenario.frames": ("scenario_from",),
    "replenish.simulation": ("Target",),
    "replenish.study.assembling": ("check",),
    "replenish.study.compare": ("Comparison", "compare"),
    "replenish.study.delay_costs": ("DelayCosts", "delay_costs"),
    "replenish.study.explain": ("explain",),
    "replenish.study.explained": ("Explanation",),
    "replenish.study.frontier": ("Frontier", "frontier"),
    "replenish.study.hindsight.known": ("AsKnown", "as_known"),
    "replenish.study.hindsight.study": ("Backtest", "backtest"),
    "replenish.study.information": ("Information", "value_of_information"),
    "replenish.study.plan_delays": ("PlanDelays", "plan_delays"),
    "replenish.study.pricing": ("PriceReach", "reach_by_price"),
    "replenish.study.rare": ("Rare", "Tilt", "rare"),
    "replenish.study.reaching": ("Reach", "reach"),
    "replenish.study.replanning": ("Replan", "replan"),
    "replenish.study.requirement": ("requirement",),
    "replenish.study.spares": (
        "SpareStudy", "read_spare_study", "sustain_check", "sustain_evaluate", "sustain_optimise", "sustain_simulate",
    ),
    "replenish.study.tornado": ("Tornado", "tornado"),
    "replenish.study.wishes": ("Wish",),
    "replenish.sustain.methods": ("Exact", "Metric", "VariMetric"),
}  # fmt: skip
_WHERE = {name: home for home, names in _HOMES.items() for name in names} | {"load": "replenish.study.assembling"}

__all__ = [
    "AboveFloorShare", "AsKnown", "Backtest", "BaseStock", "Called", "Comparison", "DaysOfSupply", "DelayCosts",
    "Exact", "Explanation", "FollowOrClose", "FollowOrders", "Frontier", "Information", "Joint", "Level", "Metric",
    "Plan", "PlanDelays", "PledgeSchedule", "Policy", "PriceReach", "Priority", "Problem", "Proportional", "Rare",
    "Reach", "ReleaseSchedule", "ReorderPoint", "Replan", "ReplenishError", "Result", "RunAtMaximum", "RunAtNormal",
    "Scenario", "ScenarioError", "Schedule", "SpareStudy", "Target", "Tilt", "Tornado", "UsageError", "VariMetric",
    "Wish", "apply_case", "as_known", "backtest", "case_names", "check", "compare", "delay_costs", "explain",
    "frontier", "load", "load_plan", "load_result", "plan", "plan_delays", "rare", "reach", "reach_by_price",
    "read_spare_study", "replan", "requirement", "run", "scenario_from", "simulate", "sustain_check",
    "sustain_evaluate", "sustain_optimise", "sustain_simulate", "tornado", "value_of_information", "write",
    "write_report",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import replenish` alone loads nothing heavy."""
    if name not in _WHERE:
        raise AttributeError(f"module 'replenish' has no attribute {name!r}")
    value = getattr(importlib.import_module(_WHERE[name]), "read_scenario" if name == "load" else name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
