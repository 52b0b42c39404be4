"""What every test gets: a browser and PostgreSQL if they are there, and reproducible random examples."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings
from sqlalchemy import URL

from tests.postgresql import GIVEN, NO_POSTGRESQL, database, find_tools, given_server, server

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


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """Give a PostgreSQL server; without one the test is skipped, or fails where PostgreSQL is required."""
    tools = find_tools()
    if GIVEN:
        yield given_server()
    elif tools:
        with server(tools) as url:
            yield url
    elif os.environ.get("REPLENISH_REQUIRE_POSTGRESQL"):
        pytest.fail(NO_POSTGRESQL, pytrace=False)
    else:
        pytest.skip(NO_POSTGRESQL)


@pytest.fixture
def postgresql(postgresql_server: URL) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database."""
    with database(postgresql_server) as url:
        yield url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test marked `browser` the browser, whether or not it asks for its path."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.usefixtures("chromium"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say so when tests did not run for want of a browser or of PostgreSQL."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())]
    for name, why in (("browser", NO_BROWSER), ("PostgreSQL", NO_POSTGRESQL)):
        if number := sum(why in report for report in skipped):
            terminalreporter.write_line(f"note: {number} {name} tests were skipped: {why}")
