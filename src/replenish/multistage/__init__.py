"""Multistage stochastic linear programmes, solved by stochastic dual dynamic programming on HiGHS.

Write stages, say what is random, join nodes to a graph, train a policy, and ask it what to do, what a unit of a state
is worth and how far from the optimum it can be.  Nothing here knows of stockpiles.
"""

from replenish.multistage.coarse import Job, simulate_blocks, train_each
from replenish.multistage.extensive.extensive import Extensive, Size, solve_extensive
from replenish.multistage.modelling.check import ModelError, ModelProblem, check, find_problems
from replenish.multistage.modelling.lattice import Lattice, fit_markov
from replenish.multistage.modelling.model import ROOT, Edge, Model, Node, linear, markov, tree
from replenish.multistage.modelling.outcomes import Outcomes, independent
from replenish.multistage.modelling.prices import RowPrice, VariablePrice
from replenish.multistage.modelling.program import Program
from replenish.multistage.modelling.risk import CVaR, Expectation, Mix, ModifiedChiSquared, RiskMeasure, WorstCase
from replenish.multistage.modelling.stage import Stage, State
from replenish.multistage.numerics.finding import Finding
from replenish.multistage.numerics.stability import Stability, stability
from replenish.multistage.policy.decider import Decided, Decider
from replenish.multistage.policy.evaluation import Evaluation
from replenish.multistage.policy.explanation import Explanation
from replenish.multistage.policy.near_optimal import NearOptimal, NearRange
from replenish.multistage.policy.policy import Decision, Policy, Row, Worth
from replenish.multistage.policy.simulation import Simulation
from replenish.multistage.smps import SmpsError, read_smps
from replenish.multistage.solving.crew import Work
from replenish.multistage.taught import taught
from replenish.multistage.train import load_policy, resume, train
from replenish.multistage.training.beginning import FirstDecision
from replenish.multistage.training.forward import (
    ForwardPass,
    Historical,
    OutOfSample,
    Revisiting,
    RiskAdjusted,
    Sampled,
)
from replenish.multistage.training.stopping import (
    AllOf,
    AnyOf,
    FirstStage,
    Iterations,
    Progress,
    Seconds,
    Simulated,
    Stalled,
    Statistical,
    StoppingRule,
)

__all__ = [
    "ROOT", "AllOf", "AnyOf", "CVaR", "Decided", "Decider", "Decision", "Edge", "Evaluation", "Expectation",
    "Explanation", "Extensive", "Finding", "FirstDecision", "FirstStage", "ForwardPass", "Historical", "Iterations",
    "Job", "Lattice", "Mix", "Model", "ModelError", "ModelProblem", "ModifiedChiSquared", "NearOptimal", "NearRange",
    "Node", "OutOfSample", "Outcomes", "Policy", "Program", "Progress", "Revisiting", "RiskAdjusted",
    "RiskMeasure", "Row", "RowPrice", "Sampled", "Seconds", "Simulated", "Simulation", "Size", "SmpsError",
    "Stability", "Stage", "Stalled", "State", "Statistical", "StoppingRule", "VariablePrice", "Work",
    "WorstCase", "Worth", "check", "find_problems", "fit_markov", "independent", "linear", "load_policy",
    "markov", "read_smps", "resume", "simulate_blocks", "solve_extensive", "stability", "taught", "train",
    "train_each", "tree",
]  # fmt: skip
