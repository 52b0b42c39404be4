"""What every test gets: a browser if there is one, and reproducible random examples."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import settings

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = "no browser found; install Chromium to run it"

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "local"))


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
