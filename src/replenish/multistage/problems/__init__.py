"""Small multistage problems with published optima: for tests, benchmarks and first steps.

>>> from replenish.multistage.problems import get
>>> get("farmer").optimum
-108390.0
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from replenish.multistage.problems import (
    assets,
    brazil,
    expansion,
    farm,
    fast,
    hydro,
    infinite,
    newsvendor,
    production,
    seats,
    stock,
    two_stage,
    valley,
)
from replenish.multistage.problems.problem import Problem

_MODULES = (
    fast,
    stock,
    expansion,
    farm,
    production,
    assets,
    valley,
    hydro,
    infinite,
    two_stage,
    newsvendor,
    seats,
    brazil,
)
PROBLEMS: Mapping[str, Problem] = MappingProxyType(
    {problem.name: problem for module in _MODULES for problem in module.PROBLEMS}
)
"""All problems by name."""


def get(name: str) -> Problem:
    """Return the problem with this name.

    Raises:
        ValueError: there is none.
    """
    if name not in PROBLEMS:
        near = get_close_matches(name, PROBLEMS, n=3, cutoff=0.5) or sorted(PROBLEMS)
        raise ValueError(f"no problem is called `{name}`; did you mean {', '.join(near)}?")
    return PROBLEMS[name]
