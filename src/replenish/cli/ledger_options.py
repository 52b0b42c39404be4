"""Options that commands on a ledger share."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Literal

from cyclopts import Parameter, validators

Kind = Literal[
    "count", "pledge", "order", "delivery", "need", "use", "production_rate", "capacity", "capacity_target",
    "investment", "unit_cost", "lead_time", "funding", "requirement", "other", "stock", "consumption",
    "consumption_rate", "contract", "guideline", "output", "price", "promise",
]  # fmt: skip
"""Kinds, and the words of other lists for them."""

DEFAULT = "ledger.db"

Place = Annotated[
    str, Parameter(name="--ledger", env_var="REPLENISH_LEDGER", help="file of the ledger, or URL of its database")
]
Author = Annotated[str | None, Parameter(help="who records; the user of this computer if not given")]
Item = Annotated[str, Parameter(help="item; all if not given")]
Holder = Annotated[str, Parameter(help="holder; all if not given")]
OfKind = Annotated[Kind | None, Parameter(help="kind of statement; all if not given")]
Valid = Annotated[dt.date | None, Parameter(help="day for which a figure is wanted; the latest if not given")]
KnownAt = Annotated[
    dt.date | None, Parameter(name=["--known-at", "--known"], help="as known on this day; at any time if not given")
]
RecordedBy = Annotated[
    str, Parameter(help="as recorded by the end of this day, or by this moment (UTC); now if not given")
]
AdmitUndated = Annotated[
    int | None,
    Parameter(
        help="take undated statements as known so many days after the day that they are for",
        validator=validators.Number(gte=0),
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Of which ledger, and as known and recorded when, something is asked."""

    known_at: KnownAt = None
    recorded_by: RecordedBy = ""
    admit_undated: AdmitUndated = None
    place: Place = DEFAULT
