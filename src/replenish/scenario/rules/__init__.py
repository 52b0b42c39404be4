"""The rules that a scenario keeps, each with its documentation; importing this package registers them all."""

from replenish.scenario.rules import (  # isort: skip  # rules run in this order: names before what relies on them
    reading,
    ledger_cells,
    names,
    time,
    chains,
    demand,
    stock,
    ages,
    joint_use,
    production,
    transport,
    money,
    policies,
    worth,
    priorities,
    targets,
    sustainment,
    repair,
    plan,
    evidence,
    usage,
    magnitude,
    collect,
    cases,
)
from replenish.scenario.rules.policy_table import POLICY_PARAMETERS, ROLE_PLACES, Parameters
from replenish.scenario.rules.registry import RULES, RuleDoc, find_problems, reference_page

_MODULES = (
    reading,
    ledger_cells,
    names,
    time,
    chains,
    demand,
    stock,
    ages,
    joint_use,
    production,
    transport,
    money,
    policies,
    worth,
    priorities,
    targets,
    sustainment,
    repair,
    plan,
    evidence,
    usage,
    magnitude,
    collect,
    cases,
)

__all__ = ["POLICY_PARAMETERS", "ROLE_PLACES", "RULES", "Parameters", "RuleDoc", "find_problems", "reference_page"]
