"""Policies as small frozen values: the same rules as the rows of the `policies` table, for use from Python.

Who decides is the key beside the value: `(holder, item)` or `(holder, item, line)` for ordering,
`(holder, to_holder, item)` for release, and the name of a line for production.

>>> BaseStock(quantity=500).rule
'base_stock'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from replenish.scenario.model import PolicyRow, Scenario
from replenish.scenario.model.policies import Role, Rule, ShipFirst
from replenish.units import Per


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Base of all policies."""

    role: ClassVar[Role]
    rule: ClassVar[Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseStock(Policy):
    """Order up to `quantity` [unit], or up to the requirement if it is None; `share` of it from this line."""

    role: ClassVar[Role] = "ordering"
    rule: ClassVar[Rule] = "base_stock"
    quantity: float | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReorderPoint(Policy):
    """Order up to `quantity` [unit] (None: the requirement) when the position is below `reorder_point` [unit]."""

    role: ClassVar[Role] = "ordering"
    rule: ClassVar[Rule] = "reorder_point"
    reorder_point: float
    quantity: float | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysOfSupply(Policy):
    """Order up to `days` [day] of the planning use."""

    role: ClassVar[Role] = "ordering"
    rule: ClassVar[Rule] = "days_of_supply"
    days: float
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Policy):
    """Order at a fixed `rate` [unit/per]; `share` of it from this line."""

    role: ClassVar[Role] = "ordering"
    rule: ClassVar[Rule] = "schedule"
    rate: float
    per: Per = "month"
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSchedule(Policy):
    """Release at a fixed `rate` [unit/per], as far as the stock allows."""

    role: ClassVar[Role] = "release"
    rule: ClassVar[Rule] = "schedule"
    rate: float
    per: Per = "month"
    keep: float | None = None
    ship_first: ShipFirst | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AboveFloorShare(Policy):
    """Release `share` of the stock above the floor, and above `keep` x the requirement, in each review period."""

    role: ClassVar[Role] = "release"
    rule: ClassVar[Rule] = "above_floor_share"
    share: float
    keep: float | None = None
    ship_first: ShipFirst | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportional(Policy):
    """Cover `share` of what the recipient lacks to have `quantity` [unit] after its demand, as its donors can."""

    role: ClassVar[Role] = "release"
    rule: ClassVar[Rule] = "proportional"
    quantity: float | None = None
    share: float | None = None
    keep: float | None = None
    ship_first: ShipFirst | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority(Policy):
    """Cover recipients' wants as `Proportional` does, but where the stock is short in order of their priority."""

    role: ClassVar[Role] = "release"
    rule: ClassVar[Rule] = "priority"
    quantity: float | None = None
    share: float | None = None
    keep: float | None = None
    ship_first: ShipFirst | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeSchedule(Policy):
    """Release what is pledged, spread evenly up to its due date."""

    role: ClassVar[Role] = "release"
    rule: ClassVar[Rule] = "pledge_schedule"
    keep: float | None = None
    ship_first: ShipFirst | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowOrders(Policy):
    """Run as fast as the order book asks."""

    role: ClassVar[Role] = "production"
    rule: ClassVar[Rule] = "follow_orders"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowOrClose(Policy):
    """Run as fast as the order book asks; close while that is below the minimum sustaining rate."""

    role: ClassVar[Role] = "production"
    rule: ClassVar[Rule] = "follow_or_close"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAtNormal(Policy):
    """Run at the normal rate, grown by expansions."""

    role: ClassVar[Role] = "production"
    rule: ClassVar[Rule] = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAtMaximum(Policy):
    """Run at the highest rate."""

    role: ClassVar[Role] = "production"
    rule: ClassVar[Rule] = "maximum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level(Policy):
    """Run at a fixed `rate` [capacity/per]."""

    role: ClassVar[Role] = "production"
    rule: ClassVar[Rule] = "level"
    rate: float
    per: Per = "month"


POLICIES: tuple[type[Policy], ...] = (
    BaseStock, ReorderPoint, DaysOfSupply, Schedule, ReleaseSchedule, AboveFloorShare, Proportional, Priority,
    PledgeSchedule, FollowOrders, FollowOrClose, RunAtNormal, RunAtMaximum, Level,
)  # fmt: skip
"""All policies that are rows of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A function of the user decides.  It lives in Python alone: no file can name it."""

    role: Role
    function: Callable[..., Any]

    def __post_init__(self) -> None:
        """Refuse a role that nobody has, and what cannot be called.

        Raises:
            ValueError: it is one of these.
        """
        if self.role not in _KEYS:
            raise ValueError(f"Called: there is no role {self.role!r}; it is one of {', '.join(_KEYS)}")
        if not callable(self.function):
            raise ValueError(f"Called: {self.function!r} cannot be called; give a function that takes a block of paths")


Who = str | tuple[str, str] | tuple[str, str, str]
"""Who decides."""

Decider = Policy | Called

Policies = (
    Mapping[str, Decider]
    | Mapping[tuple[str, str], Decider]
    | Mapping[tuple[str, str, str], Decider]
    | Mapping[Who, Decider]
)
"""Policies by who decides."""

Calls = tuple[tuple[PolicyRow, Callable[..., Any]], ...]
"""Functions with the row of `policies` in whose place each decides: only its role and names count."""

_STAND_INS: dict[Role, Rule] = {
    "ordering": "base_stock", "release": "pledge_schedule", "production": "follow_orders",
}  # fmt: skip

_KEYS: dict[Role, tuple[str, ...]] = {
    "ordering": ("holder", "item", "line"),
    "release": ("holder", "to_holder", "item"),
    "production": ("line",),
}


def to_row(who: Who, policy: Policy) -> PolicyRow:
    """Return a policy as a row of the `policies` table.

    Raises:
        ValueError: `who` has too many or too few names for the role.
    """
    given = {name: value for name, value in asdict(policy).items() if value is not None}
    return PolicyRow(role=policy.role, rule=policy.rule, **_names(who, policy.role, policy.rule), **given)


def _row_of(who: Who, decider: Decider) -> PolicyRow:
    """Return a policy as a row, or the row in whose place a function decides."""
    if isinstance(decider, Policy):
        return to_row(who, decider)
    rule = _STAND_INS[decider.role]
    return PolicyRow(role=decider.role, rule=rule, **_names(who, decider.role, f"a function for {decider.role}"))


def _names(who: Who, role: Role, what: str) -> dict[str, str]:
    """Return the columns that say who decides.

    Raises:
        ValueError: there are too many or too few names for the role.
    """
    names, columns = (who,) if isinstance(who, str) else who, _KEYS[role]
    fewest = len(columns) - (1 if role == "ordering" else 0)
    if not fewest <= len(names) <= len(columns):
        raise ValueError(f"{what}: {who!r} names who decides, must be {', '.join(columns)}")
    return dict(zip(columns, names, strict=False))


def with_policies(scenario: Scenario, policies: Policies) -> Scenario:
    """Return a scenario in which each of `policies` replaces every row of the same decision, from the start on.

    Where a function decides there is no row left; see `to_calls`.  Evidence of the rows that go, goes with them.

    Raises:
        ValueError: two of them decide the same, or a key has too many or too few names for the role.
    """
    if not policies:
        return scenario
    only = _only_lines(scenario)
    given = {who: _decision(_row_of(who, policy), only) for who, policy in policies.items()}
    decided: dict[Decision, Who] = {}
    for who, decision in given.items():
        if decision in decided:
            raise ValueError(f"{decided[decision]!r} and {who!r} decide the same; keep one of them")
        decided[decision] = who
    rows = [to_row(who, policy) for who, policy in policies.items() if isinstance(policy, Policy)]
    kept = [row for row in scenario.policies if _decision(row, only) not in decided]
    replaced = {row.key_value() for row in scenario.policies if _decision(row, only) in decided}
    evidence = [e for e in scenario.evidence if e.table_name != "policies" or e.row_key not in replaced]
    return scenario.model_copy(update={"policies": (*kept, *rows), "evidence": tuple(evidence)})


def to_calls(policies: Policies) -> Calls:
    """Return the functions among `policies`, in the order of who decides.

    Raises:
        ValueError: a key has too many or too few names for the role.
    """
    called = [(_row_of(who, p), p.function) for who, p in policies.items() if isinstance(p, Called)]
    return tuple(sorted(called, key=lambda call: _decision(call[0], {})))


Decision = tuple[str, ...]


def _only_lines(scenario: Scenario) -> dict[str, str]:
    """Return the line that makes each item, for items that one line makes: orders need not name it."""
    makers: dict[str, set[str]] = {}
    for made in scenario.line_items:
        makers.setdefault(made.item, set()).add(made.line)
    return {item: next(iter(lines)) for item, lines in makers.items() if len(lines) == 1}


def _decision(row: PolicyRow, only: Mapping[str, str]) -> Decision:
    """Return what a row decides, under the one name that it has."""
    line = row.line or (only.get(row.item, "") if row.role == "ordering" else "")
    return row.role, row.holder, row.item, line, row.to_holder
