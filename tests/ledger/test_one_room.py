"""What is written in two places says the same in both."""

from __future__ import annotations

from typing import get_args

from replenish.cli import ledger_options
from replenish.ledger.kinds import KINDS, SAME_AS


def test_commands_take_the_kinds_of_a_ledger_and_the_words_of_other_lists() -> None:
    assert sorted(get_args(ledger_options.Kind)) == sorted((*KINDS, *SAME_AS))
