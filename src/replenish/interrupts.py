"""Ctrl-C as a wish to stop soon: what is done so far is kept."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopping(after: str) -> Iterator[threading.Event]:
    """Give an event that the first Ctrl-C sets; the second one ends the program at once.

    `after` says what is still finished, such as "the blocks of paths that have begun".
    """
    stop = threading.Event()

    def ask(_signal: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        print(f"stopping after {after}; Ctrl-C again ends at once", file=sys.stderr)

    if threading.current_thread() is not threading.main_thread():  # only the main thread hears of Ctrl-C
        yield stop
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
