"""Decide, see, mend: problems of two stages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from replenish.multistage.modelling.model import Model, linear
from replenish.multistage.modelling.outcomes import Outcomes, independent
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.problems.problem import Problem

BUILD_COST = np.array([10.0, 7.0, 16.0, 6.0])
RUN_COST = np.outer([10.0, 11.25, 8.0, 13.75], [4.0, 2.4, 0.4])  # [technology, mode]
BUDGET, LEAST = 120.0, 12.0
SMPS_DEMAND = Outcomes({"demand": [[3.0, 3.0, 2.0], [5.0, 3.0, 2.0], [7.0, 3.0, 2.0]]}, [0.3, 0.4, 0.3])

LAND, YIELD = 500.0, np.array([2.5, 3.0, 20.0])  # acres; t an acre of wheat, corn, sugar beet
PLANT_COST, NEED, QUOTA = np.array([150.0, 230.0, 260.0]), np.array([200.0, 240.0]), 6000.0
BUY_PRICE, SELL_PRICE = np.array([238.0, 210.0]), np.array([170.0, 150.0, 36.0, 10.0])


def lands(demand: Outcomes = SMPS_DEMAND) -> Model:
    """Return the electricity investment of Louveaux and Smeers: four technologies, then three modes of operation.

    Build x >= 0 with sum x >= 12 and a cost of at most 120; then run y >= 0 with, for each technology, sum of y over
    modes <= x, and for each mode sum of y over technologies >= demand.
    """
    build, run = Stage(), Stage()
    capacity = build.state("capacity", 4, upper=BUDGET / BUILD_COST, initial=0)
    build.row("least", capacity.after.sum() >= LEAST)
    build.row("budget", (BUILD_COST * capacity.after).sum() <= BUDGET)
    build.objective(BUILD_COST * capacity.after)
    capacity, wanted = run.state("capacity", 4, upper=BUDGET / BUILD_COST), run.parameter("demand", 3)
    power = run.variable("power", (4, 3), upper=float(demand.values["demand"].max()))
    for technology in range(4):
        run.row(f"limit{technology}", power[technology].sum() <= capacity.before[technology])
    for mode in range(3):
        run.row(f"mode{mode}", power[:, mode].sum() >= wanted[mode])
    run.objective(RUN_COST * power)
    return linear([build, run], [None, demand])


def lands_full(values: npt.ArrayLike | None = None) -> Model:
    """Return the same with independent demands in `values`, by default 0, 0.04, ..., 3.96: 10^6 outcomes."""
    levels = np.arange(100) * 0.04 if values is None else np.asarray(values, float)
    modes = independent([Outcomes({f"mode{k}": levels}) for k in range(3)])
    return lands(Outcomes({"demand": np.stack(list(modes.values.values()), axis=1)}, modes.probability))


def farmer() -> Model:
    """Return the farmer of Birge and Louveaux: wheat, corn and sugar beet on 500 acres, yields of 80, 100 or 120 %.

    Planting costs 150, 230 and 260 an acre.  Of wheat and corn, 200 and 240 t are needed; they sell at 170 and 150 and
    are bought at 238 and 210 a t.  Sugar beet sells at 36 up to a quota of 6,000 t, at 10 above it.
    """
    plant, harvest = Stage(), Stage()
    area = plant.state("area", 3, upper=LAND, initial=0)
    plant.row("land", area.after.sum() <= LAND)
    plant.objective(PLANT_COST * area.after)
    area, grown = harvest.state("area", 3, upper=LAND), harvest.parameter("grown", 3)
    bought = harvest.variable("bought", 2, upper=NEED)
    most = 1.2 * LAND * YIELD
    sold = harvest.variable("sold", 4, upper=[*most[:2], QUOTA, most[2]])
    harvest.row("need", grown[:2] * area.before[:2] + bought - sold[:2] >= NEED)
    harvest.row("beet", sold[2] + sold[3] <= grown[2] * area.before[2])
    harvest.objective(BUY_PRICE * bought)
    harvest.objective(-SELL_PRICE * sold)
    return linear([plant, harvest], [None, Outcomes({"grown": np.outer([0.8, 1.0, 1.2], YIELD)})])


def schultz(values: Sequence[float]) -> Model:
    """Return two whole numbers that use up random stocks, of which four projects then take what is left.

    First -1.5 x1 - 4 x2 with x in 0..5; then -16 y1 - 19 y2 - 23 y3 - 28 y4 with y in {0, 1} and
    2 y1 + 3 y2 + 4 y3 + 5 y4 <= left1 - x1, 6 y1 + y2 + 3 y3 + 2 y4 <= left2 - x2; both stocks are among `values`.

    References:
        Ahmed, Cabral and da Costa (2019), Stochastic Lipschitz dynamic programming, section 4.3, after Schultz, Stougie
        and van der Vlerk (1998), Mathematical Programming 83.
    """
    first, second = Stage(), Stage()
    used = first.state("used", 2, upper=5, initial=0)
    whole = first.variable("whole", 2, upper=5, is_integer=True)
    first.row("same", used.after == whole)
    first.objective(np.array([-1.5, -4.0]) * whole)
    used, left = second.state("used", 2, upper=5), second.parameter("left", 2)
    project = second.variable("project", 4, upper=1, is_integer=True)
    second.row("limit", np.array([[2.0, 3, 4, 5], [6, 1, 3, 2]]) @ project <= left - used.before)
    second.objective(np.array([-16.0, -19.0, -23.0, -28.0]) * project)
    return linear([first, second], [None, Outcomes({"left": [[a, b] for a in values for b in values]})])


def _schultz(count: int, optimum: float) -> Problem:
    return Problem(
        name=f"schultz-{count**2}", title=f"whole numbers in both stages, {count**2} outcomes",
        build=lambda: schultz(np.linspace(5.0, 15.0, count).tolist()), optimum=optimum, tolerance=1e-2,
        source="SDDP.jl, docs/src/examples/sldp_example_two.jl",
    )  # fmt: skip


PROBLEMS = (
    Problem(
        name="lands", case="M22", title="investment in electricity", build=lands, optimum=381.853333, tolerance=1e-6,
        source="SDDP.jl, test/electric.problem.json; Louveaux and Smeers (1988)",
    ),
    Problem(
        name="lands-full", case="M23", title="investment in electricity, 10^6 outcomes", build=lands_full,
        optimum=225.6294, tolerance=1e-5,
        source="Linderoth, Shapiro and Wright (2006), The empirical behavior of "
        "sampling methods for stochastic programming, Annals of Operations Research 142 (the demands)",
        note="Optimum by cutting planes over all 10^6 outcomes; bounds from below and above meet at 225.62940010.",
    ),
    Problem(
        name="farmer", case="M26", title="crops of uncertain yield", build=farmer, optimum=-108_390.0, tolerance=1.0,
        source="Birge and Louveaux (2011), Introduction to Stochastic Programming, section 1.1",
    ),
    _schultz(2, -57.0), _schultz(3, -59.33), _schultz(6, -61.22),
)  # fmt: skip
