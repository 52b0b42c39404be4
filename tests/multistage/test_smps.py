"""Reading SMPS test sets."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replenish.multistage.modelling.model import ROOT, Model, linear
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.program import Program, Slopes
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.smps import SmpsError, read_smps
from tests.multistage.equivalent import each_outcome, optimum

FILES = Path(__file__).parent / "smps"


def write(folder: Path, source: str, **changes: tuple[str, str]) -> Path:
    """Write a test set with a text of one of its files changed, and return its path without suffix."""
    for path in FILES.glob(f"{source}.*"):
        kind = path.suffix.removeprefix(".")[:3]
        old, new = changes.get(kind, ("", ""))
        text = path.read_text()
        assert old in text
        (folder / path.name).write_text(text.replace(old, new) if old else text)
    return folder / source


def assert_same(left: Model, right: Model) -> None:
    assert list(left.nodes) == list(right.nodes)
    assert left.edges == right.edges
    for one, other in zip(left.nodes.values(), right.nodes.values(), strict=True):
        for field_ in fields(Program):
            left_value, right_value = getattr(one.program, field_.name), getattr(other.program, field_.name)
            if isinstance(left_value, Slopes):
                left_value, right_value = asdict(left_value), asdict(right_value)
            np.testing.assert_equal(left_value, right_value)
        assert one.data == other.data
        assert list(each_outcome(one.outcomes)) == list(each_outcome(other.outcomes))


def lands_by_hand() -> Model:
    build = Stage()
    capacity = build.state("capacity", 4, initial=0.0)
    costs = np.array([10.0, 7.0, 16.0, 6.0])
    build.row("enough", capacity.after.sum() >= 12)
    build.row("budget", (costs * capacity.after).sum() <= 120)
    build.objective(costs * capacity.after)
    run = Stage()
    had = run.state("capacity", 4)
    output = run.variable("output", (4, 3))
    run.row("kept", had.after == 0)
    for plant in range(4):
        run.row(f"plant {plant}", output[plant].sum() <= had.before[plant])
    run.row("random", output[:, 0].sum() == run.parameter("need"))
    run.row("second", output[:, 1].sum() == 3)
    run.row("third", output[:, 2].sum() == 2)
    run.objective(np.array([[40, 24, 4], [45, 27, 4.5], [32, 19.2, 3.2], [55, 33, 5.5]]) * output)
    return linear([build, run], [None, Outcomes({"need": [3.0, 5.0, 7.0]}, [0.3, 0.4, 0.3])])


def test_lands_has_its_published_optimum() -> None:
    """Louveaux and Smeers (1988); the number is that of the test set "electric" of SDDP.jl."""
    assert optimum(read_smps(FILES / "lands")) == pytest.approx(381.853333, abs=1e-6)


def test_lands_read_and_lands_built_agree() -> None:
    assert optimum(read_smps(FILES / "lands")) == pytest.approx(optimum(lands_by_hand()), rel=1e-9)


@given(seed=st.integers(0, 10_000), count=st.integers(2, 5))
@settings(max_examples=30, deadline=None)
def test_a_model_without_chance_costs_what_its_core_file_costs_as_a_whole(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int
) -> None:
    """HiGHS reads the core file by itself: neither the parser nor the periods are ours."""
    random = np.random.default_rng(seed)
    columns: dict[str, list[tuple[str, float]]] = {
        f"{name}{t}": [("COST", cost * random.random())]
        for t in range(count)
        for name, cost in (("X", 1), ("SHORT", 9))
    }
    for t in range(count):
        columns[f"SHORT{t}"].append((f"NEED{t}", 1.0))
        for before in range(t + 1):
            if random.random() < 0.6:
                columns[f"X{before}"].append((f"NEED{t}", random.normal()))
    lines = [f" {name} {row} {value!r}" for name, entries in columns.items() for row, value in entries]
    needs = [f" RHS NEED{t} {random.normal()!r}" for t in range(count)]
    core = ["NAME T", "ROWS", " N COST", *(f" G NEED{t}" for t in range(count)), "COLUMNS", *lines, "RHS", *needs]
    bounds = [f" UP B X{t} {1 + random.random()!r}" for t in range(count)]
    folder = tmp_path_factory.mktemp("whole")
    (folder / "t.mps").write_text("\n".join([*core, "BOUNDS", *bounds, "ENDATA\n"]))
    periods = [f" X{t} NEED{t} P{t}" for t in range(count)]
    (folder / "t.tim").write_text("\n".join(["TIME T", "PERIODS", *periods, "ENDATA\n"]))
    (folder / "t.sto").write_text("\n".join(["STOCH T", "INDEP DISCRETE", f"{needs[0]} P0 1", "ENDATA\n"]))
    whole: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    whole.setOptionValue("output_flag", False)
    whole.readModel(str(folder / "t.mps"))
    whole.run()
    expected = whole.getInfo().objective_function_value
    assert optimum(read_smps(folder / "t")) == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_names_of_the_files_are_names_of_the_model() -> None:
    model = read_smps(FILES / "lands")
    assert list(model.nodes) == ["BUILD", "RUN"]
    build, run = (node.program for node in model.nodes.values())
    assert list(build.variables)[:4] == ["X1", "X2", "X3", "X4"]
    assert list(build.constraints) == ["MINCAP", "BUDGET"]
    assert list(run.parameters) == ["RHS/BLOCK1"]
    assert {"X1.before", "Y11"} < set(run.variables)
    assert build.states == run.states == ("X1", "X2", "X3", "X4")


def test_scenarios_have_the_optimum_found_by_hand() -> None:
    """EARLY at 2 is worth buying up to 6: 12 now, and 2 of LATE at 7 with probability 1/4."""
    assert optimum(read_smps(FILES / "stock")) == pytest.approx(15.5, abs=1e-9)


def test_scenarios_become_a_tree_with_data_by_node() -> None:
    model = read_smps(FILES / "stock")
    edges = [(edge.parent, edge.child, edge.probability) for edge in model.edges]
    assert edges == [
        (ROOT, "S1", 1.0), ("S1", "S2 A", 0.75), ("S1", "S2 C", 0.25),
        ("S2 A", "S3 A", pytest.approx(2 / 3)), ("S2 A", "S3 B", pytest.approx(1 / 3)), ("S2 C", "S3 C", 1.0),
    ]  # fmt: skip
    data = {name: dict(node.data) for name, node in model.nodes.items()}
    assert data["S1"] == {}
    assert data["S2 A"] == {"RHS/ROOM": 10.0}
    assert data["S3 B"] == {"RHS/NEED": 8.0}
    assert model.nodes["S3 A"].program is model.nodes["S3 C"].program


def test_a_column_is_carried_through_periods_that_do_not_use_it() -> None:
    middle = read_smps(FILES / "stock").nodes["S2 A"].program
    assert {"EARLY.before", "EARLY.after"} < set(middle.variables)
    assert list(middle.constraints) == ["ROOM", "EARLY.copy"]
    assert middle.upper[middle.variables["EARLY.after"].first] == 50.0
    assert middle.states == ("EARLY", "MIDDLE")


def test_columns_carried_at_different_times_share_a_state(tmp_path: Path) -> None:
    count = 5
    rows = "".join(f" E BALANCE{t}\n" for t in range(count))
    columns = "".join(
        f" BUY{t} COST {t + 1} BALANCE{t} 1\n STOCK{t} BALANCE{t} -1 {f'BALANCE{t + 1} 1' if t + 1 < count else ''}\n"
        for t in range(count)
    )
    right = "".join(f" RHS BALANCE{t} {t}\n" for t in range(count))
    core = f"NAME CHAIN\nROWS\n N COST\n{rows}COLUMNS\n{columns}RHS\n{right}ENDATA\n"
    (tmp_path / "chain.cor").write_text(core)
    periods = "".join(f" BUY{t} BALANCE{t} P{t}\n" for t in range(count))
    (tmp_path / "chain.tim").write_text(f"TIME CHAIN\nPERIODS\n{periods}ENDATA\n")
    stoch = "STOCH CHAIN\nINDEP DISCRETE\n RHS BALANCE2 1 0.5\n RHS BALANCE2 3 0.5\nENDATA\n"
    (tmp_path / "chain.sto").write_text(stoch)
    model = read_smps(tmp_path / "chain")
    assert {node.program.states for node in model.nodes.values()} == {("STOCK0",)}
    assert optimum(model) == pytest.approx(1 + 3 + 3 + 4)  # all is bought at 1 a unit but what BALANCE2 may not need


def test_blocks_and_independent_bounds_have_the_optimum_found_by_hand() -> None:
    """10 of SEED; a poor year lacks 5, bought at 5, or 4 at 5 and 1 borrowed at 8: 10 + (25 + 28) / 4."""
    model = read_smps(FILES / "harvest")
    outcomes = model.nodes["AUTUMN"].outcomes
    assert outcomes is not None
    assert len(outcomes) == 4
    assert set(outcomes.values) == {"BUY/COST", "SEED/NEED", "UP/BUY"}
    assert optimum(model) == pytest.approx(23.25, abs=1e-9)


@pytest.mark.parametrize(("mode", "numbers"), [("ADD", ((0, 0), (2, -0.5))), ("MULTIPLY", ((1, 1), (5 / 3, 0.5)))])
def test_values_may_change_those_of_the_core_file(
    tmp_path: Path, mode: str, numbers: tuple[tuple[float, float], ...]
) -> None:  # fmt: skip
    write(tmp_path, "harvest")
    lines = [f" BL YEAR AUTUMN 0.5\n BUY COST {price!r}\n SEED NEED {share}\n" for price, share in numbers]
    single = (FILES / "harvest.sto").read_text().split("INDEP")[1]
    (tmp_path / "harvest.sto").write_text(f"STOCH HARVEST\nBLOCKS DISCRETE {mode}\n{''.join(lines)}INDEP{single}")
    assert optimum(read_smps(tmp_path / "harvest")) == pytest.approx(23.25, abs=1e-9)


def test_free_and_fixed_layout_give_equal_models(tmp_path: Path) -> None:
    for path in FILES.glob("lands.*"):
        lines = [line if line[:1] != " " else " " + " ".join(line.split()) for line in path.read_text().splitlines()]
        (tmp_path / path.name).write_text("\r\n".join(lines))
    free = read_smps(tmp_path / "lands", layout="free")
    assert_same(free, read_smps(FILES / "lands", layout="fixed"))
    assert_same(free, read_smps(FILES / "lands"))


def test_names_with_spaces_are_read_in_fixed_layout(tmp_path: Path) -> None:
    stem = write(tmp_path, "lands", cor=("X1 ", "X 1"), tim=("X1 ", "X 1"))
    model = read_smps(stem)
    assert "X 1" in model.nodes["BUILD"].program.variables
    assert optimum(model) == pytest.approx(381.853333, abs=1e-6)
    with pytest.raises(SmpsError, match=r"lands.cor:15: `X 1 COST 10.0 MINCAP 1.0` has 6 fields"):
        read_smps(stem, layout="free")


@pytest.mark.parametrize("name", ["lands", "lands.cor", "lands.tim", "lands.sto"])
def test_one_path_finds_the_others(name: str) -> None:
    assert_same(read_smps(FILES / name), read_smps(*(FILES / f"lands.{suffix}" for suffix in ("cor", "tim", "sto"))))


def test_suffixes_may_have_any_case(tmp_path: Path) -> None:
    write(tmp_path, "lands")
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_suffix(path.suffix.upper()))
    assert list(read_smps(tmp_path / "lands").nodes) == ["BUILD", "RUN"]


CORE = """NAME MIXED
OBJSENSE
    MAX
ROWS
 N PROFIT
 N MEMO
 L LE
 G GE
 E UP
 E DOWN
 L PLAIN
COLUMNS
 A PROFIT 1 LE 1
 A MEMO 5
 MARK 'MARKER' 'INTORG'
 B PROFIT 1 GE 1
 C UP 1
 MARK 'MARKER' 'INTEND'
 D DOWN 1
 E PLAIN 1
 F PLAIN 1
 G PLAIN 1
 H PLAIN 1
RHS
 PROFIT -7 LE 4
 SET GE 5 UP 6
 SET DOWN 1D1
RANGES
 R LE 3 GE 3
 R UP 3 DOWN -3
BOUNDS
 UP BND A 1e30
 LI BND B 2
 BV BND C
 FR BND D
 MI E
 UP BND E -1
 FX BND F 2
 PL H
 UI G 3
ENDATA
"""


@pytest.fixture
def mixed(tmp_path: Path) -> Program:
    (tmp_path / "m.mps").write_text(CORE)
    (tmp_path / "m.tim").write_text("TIME MIXED\nPERIODS\n A LE ONE\n H PLAIN TWO\nENDATA\n")
    (tmp_path / "m.sto").write_text("STOCH MIXED\nINDEP DISCRETE\n RHS PLAIN 1 TWO 1\nENDATA\n")
    return read_smps(tmp_path / "m").nodes["ONE"].program


def test_right_hand_sides_and_ranges_bound_rows(mixed: Program) -> None:
    bounds = {name: (mixed.row_lower[b.first], mixed.row_upper[b.first]) for name, b in mixed.constraints.items()}
    assert bounds == {"LE": (1.0, 4.0), "GE": (5.0, 8.0), "UP": (6.0, 9.0), "DOWN": (7.0, 10.0)}


def test_each_kind_of_bound_bounds_its_column(mixed: Program) -> None:
    bounds = {name: (mixed.lower[b.first], mixed.upper[b.first]) for name, b in mixed.variables.items()}
    inf = math.inf
    expected = {"A": (0, inf), "B": (2, inf), "C": (0, 1), "D": (-inf, inf), "E": (-inf, -1), "F": (2, 2), "G": (0, 3)}
    assert {name: bounds[name] for name in expected} == expected
    assert [name for name, b in mixed.variables.items() if mixed.is_integer[b.first]] == ["B", "C", "G"]


def test_the_right_hand_side_of_the_objective_is_minus_its_constant(mixed: Program) -> None:
    assert (mixed.sense, mixed.offset.tolist()) == ("max", [7.0])
    assert [mixed.cost[mixed.variables[name].first] for name in "ABC"] == [1.0, 1.0, 0.0]


@pytest.mark.parametrize("upper", [1.0, math.inf])
def test_integers_without_bounds_are_bounded_as_the_caller_says(tmp_path: Path, upper: float) -> None:
    change = ("COLUMNS\n", "COLUMNS\n M 'MARKER' 'INTORG'\n")
    with pytest.raises(SmpsError, match=r"integer column `MIDDLE` has no bounds.*integer_upper"):
        read_smps(write(tmp_path, "stock", cor=change))
    program = read_smps(write(tmp_path, "stock", cor=change), integer_upper=upper).nodes["S2 A"].program
    assert program.upper[program.variables["MIDDLE"].first] == upper


def test_fixed_columns_and_lower_bounds_may_be_random(tmp_path: Path) -> None:
    """BUY is 4 or 2 at 3 or 5, BORROW at least 3: 6 of SEED, and 2 more borrowed with probability 1/4."""
    old = (FILES / "harvest.sto").read_text().split("INDEP         DISCRETE\n")[1]
    new = " FX BND BUY 4 0.5\n FX BND BUY 2 AUTUMN 0.5\n LO B BORROW 3 1\nENDATA\n"
    model = read_smps(write(tmp_path, "harvest", sto=(old, new)))
    outcomes = model.nodes["AUTUMN"].outcomes
    assert outcomes is not None
    assert {"LO/BUY", "UP/BUY", "LO/BORROW"} < set(outcomes.values)
    assert optimum(model) == pytest.approx(6 + 4 * 3 + 8 * 3 + 8 * 2 / 4, abs=1e-9)


def test_probabilities_that_were_rounded_are_scaled(tmp_path: Path) -> None:
    thirds = [("0.3\n", "0.333\n"), ("0.4\n", "0.333\n")]
    text = (FILES / "lands.sto").read_text()
    for old, new in thirds:
        text = text.replace(old, new)
    write(tmp_path, "lands")
    (tmp_path / "lands.sto").write_text(text)
    outcomes = read_smps(tmp_path / "lands").nodes["RUN"].outcomes
    assert outcomes is not None
    np.testing.assert_allclose(outcomes.probability, 1 / 3, rtol=1e-12)


UNLISTED = ("SC B A 0.25 S3\n RHS NEED 8\n", "SC B A 0.25 S3\n")


def test_entries_that_a_scenario_leaves_out_are_taken_as_the_caller_says(tmp_path: Path) -> None:
    stem = write(tmp_path, "stock", sto=UNLISTED)
    text = (tmp_path / "stock.stoch").read_text().replace(" RHS NEED 4\n", " RHS NEED 9\n")
    (tmp_path / "stock.stoch").write_text(text)
    with pytest.raises(SmpsError, match=r"stock.stoch:5: entries that 1 scenarios \(here `B`\).*unlisted"):
        read_smps(stem)
    assert read_smps(stem, unlisted="parent").nodes["S3 B"].data == {"RHS/NEED": 9.0}
    assert read_smps(stem, unlisted="core").nodes["S3 B"].data == {"RHS/NEED": 4.0}
