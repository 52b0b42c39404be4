"""Rules about the settings of the plan."""

from __future__ import annotations

from collections.abc import Iterator

from replenish.scenario.draft import Draft
from replenish.scenario.rules.registry import Finding, rule


@rule(
    "plan-setting-not-taken",
    meaning="A setting of the plan has no effect with its method: whole steps are for the deterministic plan alone,"
    " which follows mean paths and so has neither nodes nor risk.",
    example='`method = "sddp"` with `whole = true`; `method = "deterministic"` with `chains = ["war"]`.',
    remedy="leave the setting out, or choose another method",
)
def plan_settings_not_taken(draft: Draft) -> Iterator[Finding]:
    """Find settings that would be left out without a word."""
    if draft.settings is None:
        return
    plan = draft.settings.plan
    if plan.whole and plan.method in ("extensive", "sddp"):
        yield Finding(None, "plan.whole", f"{plan.method} does not take it", value="true")
    if plan.method == "deterministic" and plan.chains:
        yield Finding(None, "plan.chains", "deterministic has no nodes", value=", ".join(plan.chains))
    if plan.method == "deterministic" and plan.risk_weight > 0:
        yield Finding(None, "plan.risk_weight", "deterministic has no risk", value=f"{plan.risk_weight:g}")


@rule(
    "plan-chain-twice",
    meaning="The plan names a chain twice.",
    example='`chains = ["war", "war"]`.',
    remedy="name each chain once",
)
def plan_chains_twice(draft: Draft) -> Iterator[Finding]:
    """Find chains that would be multiplied with themselves."""
    chains = draft.settings.plan.chains if draft.settings else ()
    for chain in sorted({chain for chain in chains if chains.count(chain) > 1}):
        yield Finding(None, "plan.chains", f"`{chain}` stands twice", value=chain)


@rule(
    "plan-stage-beyond-horizon",
    severity="warning",
    meaning="A stage of the plan is longer than the horizon.",
    example="`stage_periods = 60` in a study of 24 months.",
    remedy="lower plan.stage_periods, or leave it out",
)
def plan_stage_beyond_horizon(draft: Draft) -> Iterator[Finding]:
    """Find stages that never end."""
    length = draft.settings.plan.stage_periods if draft.settings else None
    if length is not None and draft.calendar is not None and length > len(draft.calendar):
        message = f"the horizon has {len(draft.calendar)} periods"
        yield Finding(None, "plan.stage_periods", message, value=str(length))
