"""A process of its own that takes the text out of one file: what is hostile in it can only end this process.

Called with what the bytes hold, the seconds and the bytes of memory that it may use; bytes come in, JSON goes out.
"""

from __future__ import annotations

import json
import logging
import sys
from contextlib import suppress
from typing import Any


def main(held: str, seconds: int, memory: int) -> dict[str, Any]:
    """Return what was found in the bytes that come in, or the problem that stopped it."""
    limit(seconds, memory)
    logging.disable(logging.CRITICAL)
    data = sys.stdin.buffer.read()
    try:
        if held == "pdf":
            from replenish.ledger.documents.pdf_files import take_text
        else:
            from replenish.ledger.documents.web_pages import take_text
        return dict(take_text(data))
    except MemoryError:
        return {"problem": f"needs more than {memory // 1_000_000:,} MB of memory"}
    except RecursionError:
        return {"problem": "is nested too deeply"}
    except Exception as error:  # whatever hostile bytes set off
        return {"problem": f"cannot be read ({type(error).__name__}: {str(error)[:200]})"}


def limit(seconds: int, memory: int) -> None:
    """Bound time and memory of this process where the platform can."""
    try:
        import resource
    except ImportError:
        return
    bounds = {resource.RLIMIT_AS: memory, resource.RLIMIT_CPU: seconds, resource.RLIMIT_CORE: 0}
    for what, most in bounds.items():
        with suppress(ValueError, OSError):  # a stricter bound is set already
            resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    found = main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.buffer.write(json.dumps(found).encode())
