"""Which parameters each policy rule takes, and which names each role needs."""

from __future__ import annotations

from dataclasses import dataclass

from replenish.scenario.model.policies import Role, Rule


@dataclass(frozen=True, slots=True)
class Parameters:
    """Columns of `policies` that a rule takes.  `per` belongs to `rate` and has a default."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


POLICY_PARAMETERS: dict[tuple[Role, Rule], Parameters] = {
    ("ordering", "base_stock"): Parameters(optional=("quantity", "share")),
    ("ordering", "reorder_point"): Parameters(required=("reorder_point",), optional=("quantity", "share")),
    ("ordering", "days_of_supply"): Parameters(required=("days",), optional=("share",)),
    ("ordering", "schedule"): Parameters(required=("rate",), optional=("share",)),
    ("release", "schedule"): Parameters(required=("rate",), optional=("keep", "ship_first")),
    ("release", "above_floor_share"): Parameters(required=("share",), optional=("keep", "ship_first")),
    ("release", "proportional"): Parameters(optional=("share", "quantity", "keep", "ship_first")),
    ("release", "priority"): Parameters(optional=("share", "quantity", "keep", "ship_first")),
    ("release", "pledge_schedule"): Parameters(optional=("keep", "ship_first")),
    ("production", "follow_orders"): Parameters(),
    ("production", "follow_or_close"): Parameters(),
    ("production", "normal"): Parameters(),
    ("production", "maximum"): Parameters(),
    ("production", "level"): Parameters(required=("rate",)),
}
"""Every rule in every role that may follow it."""

PARAMETER_COLUMNS = ("quantity", "reorder_point", "days", "rate", "share", "keep", "ship_first")


@dataclass(frozen=True, slots=True)
class Places:
    """Names that a role needs or may have; the others stay empty."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


ROLE_PLACES: dict[Role, Places] = {
    "ordering": Places(required=("holder", "item"), optional=("line",)),
    "release": Places(required=("holder", "item", "to_holder")),
    "production": Places(required=("line",)),
}
"""What each role decides about."""

PLACE_COLUMNS = ("holder", "item", "line", "to_holder")
