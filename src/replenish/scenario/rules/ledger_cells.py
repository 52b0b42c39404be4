"""Rules about cells that ask a ledger; they are looked for while the cells are resolved."""

from __future__ import annotations

from replenish.scenario.rules.registry import declare

CELL = declare(
    "ledger-cell",
    meaning="A cell that asks a ledger cannot be understood, or stands where no number of a statement can: in a key, a"
    " date, a name or a choice.",
    example="`ledger(kind=count, item=shell)` without a holder.",
    remedy="write ledger(kind=..., holder=..., item=..., valid=YYYY-MM-DD, rule=low|best|high, unit=...) in a column of"
    " numbers; the last three may be left out",
)
NOT_OPEN = declare(
    "ledger-not-open",
    meaning="Cells ask a ledger, and there is none: `place` under `[ledger]` is empty, leads out of the folder that"
    " holds the scenario folder, names no ledger, or names a database that the user did not name too.",
    example="`ledger(...)` in a cell and no `[ledger]` in `scenario.toml`.",
    remedy="name a file beside or in the scenario folder, as place under [ledger]; name a database there and in"
    " REPLENISH_LEDGER",
)
NO_ANSWER = declare(
    "ledger-no-answer",
    meaning="No statement of the ledger answers a cell, as known at the date asked for.",
    example="a count of a holder of whom nothing was counted by `--known-at`.",
    remedy="record a statement with a date of publication, ask for another day, or write a number with its evidence",
)
CONFLICT = declare(
    "ledger-conflict",
    severity="warning",
    meaning="Statements for the same days say different things; one is taken by the rule that is named.",
    example="two counts of a stock at the end of the same month.",
    remedy="look at them with `replenish ledger show`; correct the wrong one, or write a number with its evidence",
)
UNIT = declare(
    "ledger-unit",
    meaning="The statement that answers a cell is in another unit than the cell or its row asks for.  Only time is"
    " converted: a month is a twelfth of a year of 365.2425 days, and percent is a hundredth.",
    example="a price in USD in a row without `currency`, in a study in EUR; `rounds` for a rate by the month.",
    remedy="ask for another statement with unit=, say the unit in the row, as with currency, or write a number with its"
    " evidence",
)
EVIDENCE = declare(
    "ledger-evidence",
    severity="warning",
    meaning="There is evidence about a cell that asks a ledger.  It is left out: the ledger says what the value rests"
    " on.",
    example="a row of `evidence` that calls an opening stock assumed, which now asks a ledger.",
    remedy="take the row out, or write a number in the cell",
)
UNDATED = declare(
    "ledger-undated",
    severity="warning",
    meaning="The statement that answers a cell has no date of publication; `admit_undated_days` lets it in.",
    example="a count on an undated page, with `--known-at` and `admit_undated_days = 90`.",
    remedy="find out when it was published, or accept it as it is listed",
)
