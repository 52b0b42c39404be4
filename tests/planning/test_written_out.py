"""The deterministic plan against the same model written a second time, in linopy."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.planning.plans import best
from tests.planning.scenarios import certain
from tests.planning.written_out import optimum


@pytest.mark.parametrize(("number", "whole"), [(4, False), (3, True)])
def test_the_deterministic_plan_is_the_optimum_of_the_model_written_out(number: int, whole: bool) -> None:
    scenario = certain(number, whole=whole)
    assert best(scenario, whole=whole).value == pytest.approx(optimum(scenario, whole=whole), rel=1e-7)


@pytest.mark.slow
@settings(max_examples=15)
@given(st.integers(0, 10_000), st.booleans())
def test_any_deterministic_plan_is_the_optimum_of_the_model_written_out(number: int, whole: bool) -> None:
    scenario = certain(number, whole=whole)
    assert best(scenario, whole=whole).value == pytest.approx(optimum(scenario, whole=whole), rel=1e-7)
