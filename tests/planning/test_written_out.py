"""The deterministic plan against the same model written a second time, in linopy."""

from __future__ import annotations

import pytest

from tests.planning.plans import best
from tests.planning.scenarios import certain
from tests.planning.written_out import optimum


@pytest.mark.parametrize("number", [0, 1, 4, 8])
def test_the_deterministic_plan_is_the_optimum_of_the_model_written_out(number: int) -> None:
    scenario = certain(number)
    assert best(scenario).value == pytest.approx(optimum(scenario), rel=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(10, 30))
def test_more_deterministic_plans_are_the_optimum_of_the_model_written_out(number: int) -> None:
    scenario = certain(number)
    assert best(scenario).value == pytest.approx(optimum(scenario), rel=1e-7)
