"""Each rule stops when it says, and not before."""

from __future__ import annotations

import signal
from dataclasses import replace

import numpy as np
import pytest

from replenish.multistage import (
    AllOf,
    AnyOf,
    FirstStage,
    Iterations,
    Progress,
    Row,
    Seconds,
    Simulated,
    Stalled,
    Statistical,
    StoppingRule,
    resume,
    train,
)
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.problems import get


def _progress(bounds: list[float]) -> Progress:
    return Progress(bounds=bounds, first=[np.zeros(0)] * len(bounds))


def _decisions(*first: list[float]) -> Progress:
    return Progress(bounds=[1.0] * len(first), first=[np.array(row) for row in first])


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        (Iterations(3), _progress([1, 2]), _progress([1, 2, 3])),
        (Seconds(5.0), Progress(seconds=4.9), Progress(seconds=5.0)),
        (Stalled(2, 0.01), _progress([99, 99]), _progress([100, 100, 100.9])),
        (Stalled(2, 0.01), _progress([100, 100, 102]), _progress([102, 102.5, 103])),
        (Stalled(2, 0.01), _progress([0, 0, 0.011]), _progress([0, 0, 0.009])),
        (Stalled(2, 0.01), _progress([-103, -102, -100]), _progress([-100.5, -100, -100])),
        (FirstStage(2, 0.01), _decisions([5, 200], [5, 200]), _decisions([5, 200], [6, 201], [5, 200])),
        (FirstStage(2, 0.01), _decisions([5, 1], [8, 1], [5, 1]), _decisions([9, 9], [5, 1], [5, 1], [5, 1])),
        (AllOf(Iterations(2), Seconds(9)), _progress([1, 1]), replace(_progress([1, 1]), seconds=9.0)),
        (AnyOf(Iterations(2), Seconds(9)), _progress([1]), replace(_progress([1]), seconds=9.0)),
    ],
)  # fmt: skip
def test_a_rule_stops_when_it_says_and_not_before(rule: StoppingRule, before: Progress, after: Progress) -> None:
    assert rule.reason(before) == ""
    assert rule.reason(after)


def test_a_first_decision_that_is_not_one_never_stops() -> None:
    assert FirstStage(1).reason(_progress([1] * 9)) == ""


def test_reasons_of_several_rules_are_told() -> None:
    both = replace(_progress([1] * 2), seconds=9.0)
    assert AllOf(Iterations(2), Seconds(9)).reason(both) == "2 iterations and 9 seconds"
    assert AnyOf(Iterations(3), Seconds(9)).reason(both) == "9 seconds"


def _simulating(bounds: list[float], costs: Floats) -> Progress:
    return Progress(bounds=bounds, simulate=lambda paths: costs[:paths])


def test_the_statistical_rule_looks_at_the_interval_every_so_often() -> None:
    costs = np.tile([90.0, 110.0], 200)  # mean 100, half an interval of 1.96 * 10 / 20 = 0.98
    rule = Statistical(paths=400, every=5)
    assert rule.reason(_simulating([99.1] * 4, costs)) == ""
    assert rule.reason(_simulating([98.9] * 5, costs)) == ""
    assert rule.reason(_simulating([101.1] * 5, costs)) == ""
    assert "within 0.98" in rule.reason(_simulating([99.1] * 5, costs))


def test_the_simulated_rule_compares_costs_path_by_path() -> None:
    rule = Simulated(paths=4, every=2, tolerance=0.01)
    costs = np.array([100.0, 200.0, 300.0, 400.0])
    assert rule.reason(_simulating([0] * 2, costs)) == ""
    assert rule.reason(_simulating([0] * 3, costs)) == ""
    assert rule.reason(_simulating([0] * 4, costs[::-1].copy())) == ""  # the same mean, other paths
    assert rule.reason(_simulating([0] * 6, costs[::-1] + 2))


@pytest.mark.parametrize(
    "rule",
    [Statistical(paths=300, every=5), Simulated(paths=50, every=5), Stalled(10), AnyOf(FirstStage(8), Seconds(60))],
)
def test_training_ends_by_each_rule_on_a_model_that_is_soon_solved(rule: StoppingRule) -> None:
    policy = train(get("air-conditioning-markov").build(), iterations=200, stopping=rule)
    assert len(policy.rows) < 60
    assert policy.ended == policy.ended.strip() != "200 iterations"
    assert policy.bound == pytest.approx(65_650, rel=1e-3)


def test_training_without_a_rule_ends_when_bound_and_first_decision_rest() -> None:
    policy = train(get("farmer").build())
    assert 51 <= len(policy.rows) < 200
    assert "bound moved less" in policy.ended
    assert "first decision" in policy.ended


def test_iterations_are_a_limit_of_any_rule() -> None:
    policy = train(get("hydro-4").build(), iterations=4, stopping=Stalled(100))
    assert policy.ended == "4 iterations"
    assert len(policy.rows) == 4
    resume(policy, iterations=3, stopping=Iterations(2))
    assert [row.iteration for row in policy.rows] == [1, 2, 3, 4, 5, 6]


def test_ctrl_c_ends_training_after_the_iteration_and_keeps_what_was_learned(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def report(row: Row) -> None:
        if row.iteration == 5:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    policy = train(get("hydro-4").build(), iterations=40, report=report)
    assert signal.getsignal(signal.SIGINT) is before
    assert policy.ended == "stopped by Ctrl-C"
    assert [row.iteration for row in policy.rows] == [1, 2, 3, 4, 5]
    assert "Ctrl-C again ends at once" in capsys.readouterr().err
    assert resume(policy, iterations=60).bound == pytest.approx(45.8333, abs=1e-2)


def test_a_second_ctrl_c_ends_at_once() -> None:
    def report(row: Row) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(get("hydro-4").build(), iterations=40, report=report)


def test_the_log_is_a_table_with_a_row_an_iteration_at_first(capsys: pytest.CaptureFixture[str]) -> None:
    policy = train(get("hydro-4").build(), iterations=30, stopping=Iterations(30), report="log")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["iteration", "bound", "simulated", "seconds", "cuts", "solves"]
    assert [int(line.split()[0]) for line in lines[1:]] == [*range(1, 20), 20, 25, 30]
    assert float(lines[-1].split()[1]) == pytest.approx(policy.bound, rel=1e-6)


def test_a_bar_leaves_nothing_behind(capsys: pytest.CaptureFixture[str]) -> None:
    train(get("hydro-4").build(), iterations=3, stopping=Iterations(3), report="bar")
    assert "iteration" not in capsys.readouterr().out
