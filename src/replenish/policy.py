"""Policies as small frozen values: the same rules as the rows of the `policies` table, for use from Python.

Who decides is the key beside the value: `(holder, item)` or `(holder, item, line)` for ordering,
`(holder, to_holder, item)` for release, the name of a line for production, and that of an expansion; `(holder, item)`
for a function that limits what is issued.

>>> BaseStock(quantity=500).rule
'base_stock'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, asdict, dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from replenish.scenario.model import PolicyRow, Scenario
from replenish.scenario.model.policies import Role, Rule, ShipFirst
from replenish.units import Per

CalledRole = Role | Literal["expansion", "issuing"]
"""What a function may decide."""


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

    role: CalledRole
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


@dataclass(frozen=True, slots=True)
class Joint:
    """One function of the user decides all that is named here, once a period; every other decision keeps its rule.

    function: takes a block of paths and returns a mapping from roles to numbers, (key, path), (key,) or one for all, in
        the order of the keys.
    ordering: keys (holder, item) or (holder, item, line).
    release: keys (holder, to_holder, item).
    production: names of lines.
    expansion: names of expansions.
    issuing: keys (holder, item) of stocks from which it limits what is issued.
    """

    function: Callable[..., Any]
    _: KW_ONLY
    ordering: tuple[Who, ...] = ()
    release: tuple[Who, ...] = ()
    production: tuple[Who, ...] = ()
    expansion: tuple[Who, ...] = ()
    issuing: tuple[Who, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be called or decides nothing.

        Raises:
            ValueError: it is one of these.
        """
        if not callable(self.function):
            raise ValueError(f"Joint: {self.function!r} cannot be called; give a function that takes a block of paths")
        if not self.decisions:
            raise ValueError(f"Joint: it decides nothing; name keys under {', '.join(_KEYS)}")

    @property
    def decisions(self) -> tuple[tuple[CalledRole, Who], ...]:
        """Return all that it decides."""
        keys = {"ordering": self.ordering, "release": self.release, "production": self.production,
                "expansion": self.expansion, "issuing": self.issuing}  # fmt: skip
        return tuple((role, who) for role in _KEYS for who in keys[role])


Decider = Policy | Called

Policies = (
    Mapping[str, Decider]
    | Mapping[tuple[str, str], Decider]
    | Mapping[tuple[str, str, str], Decider]
    | Mapping[Who, Decider]
    | Joint
)
"""Policies by who decides, or one function for all that it names."""


class Asked(NamedTuple):
    """A function and what it decides, in the order of its answers."""

    function: Callable[..., Any]
    rows: tuple[PolicyRow, ...]  # of `policies` in whose place it decides: only role and names count
    expansions: tuple[str, ...]
    is_joint: bool
    issuing: tuple[tuple[str, str], ...] = ()  # stocks, by holder and item


Calls = tuple[Asked, ...]
"""Functions that decide."""

_STAND_INS: dict[Role, Rule] = {
    "ordering": "base_stock", "release": "pledge_schedule", "production": "follow_orders",
}  # fmt: skip

_KEYS: dict[CalledRole, tuple[str, ...]] = {
    "ordering": ("holder", "item", "line"),
    "release": ("holder", "to_holder", "item"),
    "production": ("line",),
    "expansion": ("expansion",),
    "issuing": ("holder", "item"),
}


def to_row(who: Who, policy: Policy) -> PolicyRow:
    """Return a policy as a row of the `policies` table.

    Raises:
        ValueError: `who` has too many or too few names for the role.
    """
    given = {name: value for name, value in asdict(policy).items() if value is not None}
    return PolicyRow(role=policy.role, rule=policy.rule, **_names(who, policy.role, policy.rule), **given)


def _asked(function: Callable[..., Any], decisions: Iterable[tuple[CalledRole, Who]], *, is_joint: bool) -> Asked:
    """Return a function with the rows in whose place it decides, its expansions, and the stocks that it limits."""
    rows: list[PolicyRow] = []
    expansions: list[str] = []
    issuing: list[tuple[str, str]] = []
    for role, who in decisions:
        names = _names(who, role, f"a function for {role}")
        if role == "expansion":
            expansions.append(names["expansion"])
        elif role == "issuing":
            issuing.append((names["holder"], names["item"]))
        else:
            rows.append(PolicyRow.model_validate({"role": role, "rule": _STAND_INS[role], **names}))
    return Asked(function, tuple(rows), tuple(expansions), is_joint, tuple(issuing))


def _names(who: Who, role: CalledRole, what: str) -> dict[str, str]:
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

    Where a function decides there is no row left; see `to_calls`.  Evidence of the rows that go, and cases that change
    policies, go with them.

    Raises:
        ValueError: two of them decide the same, or a key has too many or too few names for the role.
    """
    if not policies:
        return scenario
    only = _only_lines(scenario)
    decided: dict[Decision, Who] = {}
    for role, who, what in _all_keys(policies):
        decision = _decision(role, _names(who, role, what), only)
        if decision in decided:
            raise ValueError(f"{decided[decision]!r} and {who!r} decide the same; keep one of them")
        decided[decision] = who
    given = {} if isinstance(policies, Joint) else policies
    rows = [to_row(who, policy) for who, policy in given.items() if isinstance(policy, Policy)]
    kept = [row for row in scenario.policies if _decision(row.role, dict(row), only) not in decided]
    replaced = {row.key_value() for row in scenario.policies} - {row.key_value() for row in kept}
    evidence = [e for e in scenario.evidence if e.table_name != "policies" or e.row_key not in replaced]
    gone = {case.case for case in scenario.cases if case.table_name == "policies"} if replaced else set()
    cases = tuple(case for case in scenario.cases if case.case not in gone)
    changed = {"policies": (*kept, *rows), "evidence": tuple(evidence), "cases": cases}
    return scenario.model_copy(update=changed)


def to_calls(policies: Policies) -> Calls:
    """Return the functions among `policies`, in the order of who decides.

    Raises:
        ValueError: a key has too many or too few names for the role.
    """
    if isinstance(policies, Joint):
        return (_asked(policies.function, policies.decisions, is_joint=True),)
    called = [(who, policy) for who, policy in policies.items() if isinstance(policy, Called)]
    ordered = sorted(called, key=lambda pair: (pair[1].role, (pair[0],) if isinstance(pair[0], str) else pair[0]))
    return tuple(_asked(called.function, [(called.role, who)], is_joint=False) for who, called in ordered)


Decision = tuple[str, ...]


def _all_keys(policies: Policies) -> Iterator[tuple[CalledRole, Who, str]]:
    """Yield the role and the key of every policy, and what to call it."""
    if isinstance(policies, Joint):
        for role, who in policies.decisions:
            yield role, who, f"a function for {role}"
    else:
        for who, policy in policies.items():
            yield policy.role, who, policy.rule if isinstance(policy, Policy) else f"a function for {policy.role}"


def _only_lines(scenario: Scenario) -> dict[str, str]:
    """Return the line that makes each item, for items that one line makes: orders need not name it."""
    makers: dict[str, set[str]] = {}
    for made in scenario.line_items:
        makers.setdefault(made.item, set()).add(made.line)
    return {item: next(iter(lines)) for item, lines in makers.items() if len(lines) == 1}


def _decision(role: CalledRole, names: Mapping[str, str], only: Mapping[str, str]) -> Decision:
    """Return what is decided, under the one name that it has."""
    own = {column: names.get(column, "") for column in _KEYS[role]}
    if role == "ordering" and not own["line"]:
        own["line"] = only.get(own["item"], "")
    return role, *own.values()
