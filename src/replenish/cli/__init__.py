"""The command line: parse, call, print."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cyclopts import CycloptsError

from replenish.cli.app import app
from replenish.cli.show import STOPPED
from replenish.errors import ReplenishError, without_signs

__all__ = ["app", "main"]

USAGE_ERROR = 2
UNREAD = 141
"""Whoever read the output went away, as `head` does; what shells say of a program that this ends (128 + 13)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0 good, 1 a bug, 2 wrong usage, 3 an unsound scenario, 5 stopped by the user, with what was done until then saved,
    141 nobody reads the output any more.
    An error that the user can mend ends in one line; `--debug` anywhere shows where it came from.
    """
    try:
        status = _run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()  # at exit it would fail where nobody can catch it
    except (BrokenPipeError, SystemExit) as error:
        if not _is_unread(error):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    return status


def _run(words: list[str]) -> int:
    is_debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        status = app(words, exit_on_error=False, result_action="return_value")
    except CycloptsError:
        return USAGE_ERROR  # cyclopts has printed what is wrong
    except ReplenishError as error:
        if is_debug:
            raise
        print(f"replenish: {without_signs(str(error))}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        raise
    except OSError as error:  # a full disk, a folder that may not be written: the user's to mend as well
        if is_debug:
            raise
        print(f"replenish: {without_signs(str(error))}", file=sys.stderr)
        return USAGE_ERROR
    except BaseException as error:
        if not _is_interrupt(error):
            raise
        print("replenish: stopped; nothing was saved", file=sys.stderr)
        return STOPPED
    return status if isinstance(status, int) else 0


def _is_unread(error: BaseException) -> bool:
    """Return whether the reader of the output went away; rich turns that into an exit of its own."""
    return isinstance(error, BrokenPipeError) or isinstance(error.__context__, BrokenPipeError)


def _is_interrupt(error: BaseException) -> bool:
    """Return whether the user ended the program; polars turns an interrupt inside it into a panic."""
    is_panic = type(error).__name__ == "PanicException" and "KeyboardInterrupt" in str(error)
    return is_panic or isinstance(error, KeyboardInterrupt)
