"""Policies as values are the rows of the table."""

from __future__ import annotations

import pytest

import replenish
from replenish.policy import POLICIES, BaseStock, Level, PledgeSchedule, Policy, RunAtMaximum, to_row, with_policies
from replenish.scenario.rules import POLICY_PARAMETERS


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_takes_the_parameters_of_its_rule(policy: type[Policy]) -> None:
    taken = set(policy.__annotations__) - {"role", "rule"}
    parameters = POLICY_PARAMETERS[policy.role, policy.rule]
    assert set(parameters.required) - {"per"} <= taken
    assert taken <= {*parameters.required, *parameters.optional, "per"}


def test_every_rule_of_the_table_has_a_value() -> None:
    assert {(policy.role, policy.rule) for policy in POLICIES} == set(POLICY_PARAMETERS)


def test_a_value_becomes_the_row_that_says_the_same() -> None:
    row = to_row(("depot", "mask", "works"), BaseStock(quantity=5, share=0.5))
    assert (row.role, row.rule, row.holder, row.item, row.line) == ("ordering", "base_stock", "depot", "mask", "works")
    assert (row.quantity, row.share, row.start) == (5, 0.5, None)


@pytest.mark.parametrize(
    ("who", "policy"), [("a", BaseStock()), (("a", "b"), PledgeSchedule()), (("a", "b"), Level(rate=1))]
)
def test_too_few_or_too_many_names_are_refused(who: str | tuple[str, str], policy: Policy) -> None:
    with pytest.raises(ValueError, match="names who decides, must be"):
        to_row(who, policy)


def test_a_replaced_policy_takes_its_evidence_with_it_and_leaves_the_rest() -> None:
    scenario = replenish.load("artillery")
    other = with_policies(scenario, {"us_assembly": RunAtMaximum()})
    assert [row.rule for row in other.policies if row.line == "us_assembly" and row.role == "production"] == ["maximum"]
    assert not any("production///us_assembly" in row.row_key for row in other.evidence)
    assert len(other.evidence) < len(scenario.evidence)
    assert replenish.check(other) == []
    assert with_policies(scenario, {}) is scenario
