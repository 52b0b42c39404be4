"""What every test gets: a browser if there is one, reproducible random examples, fresh compiled kernels."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = "no browser found; install Chromium to run it"

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "local"))


def _kernel_sources() -> Iterator[Path]:
    package = ROOT / "src" / "replenish"
    yield from sorted(path for part in ("arrays", "simulate") for path in (package / part).rglob("*.py"))
    yield from sorted(package.glob("*.py"))


def _kernel_cache() -> str:
    """Return a folder for compiled kernels that is used for exactly these sources.

    Numba looks at the file of a kernel alone, so after an edit of a constant or a function that the kernel takes from
    another file it would silently run the old machine code.
    """
    content = sha256(b"".join(path.read_bytes() for path in _kernel_sources())).hexdigest()[:16]
    caches = ROOT / ".pytest_cache" / "kernels"
    for old in caches.glob("*"):
        if old.name != content:
            shutil.rmtree(old, ignore_errors=True)
    return str(caches / content)


os.environ.setdefault("NUMBA_CACHE_DIR", _kernel_cache())


def _find_browser() -> str | None:
    return next((path for browser in BROWSERS if (path := shutil.which(browser))), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium; without one the test is skipped, or fails where a browser is required."""
    path = _find_browser()
    if path is None and os.environ.get("REPLENISH_REQUIRE_BROWSER"):
        pytest.fail(NO_BROWSER, pytrace=False)
    if path is None:
        pytest.skip(NO_BROWSER)
    return path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test marked `browser` the browser, whether or not it asks for its path."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.usefixtures("chromium"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say so when browser tests did not run."""
    skipped = [report for report in terminalreporter.stats.get("skipped", ()) if NO_BROWSER in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"note: {len(skipped)} browser tests were skipped: {NO_BROWSER}")
