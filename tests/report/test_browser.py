from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from replenish.report import write_report
from tests.report import planned

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDTHS = (360, 1000, 1600)
FRAME = '<iframe src="report.html" style="width:{}px;height:900px;border:0"></iframe>'
PROBE = """<!doctype html>{}<script>
onload = () => {{ for (const f of document.querySelectorAll("iframe")) {{
const d = f.contentDocument, e = d.documentElement;
f.dataset.over = e.scrollWidth - e.clientWidth;
f.dataset.small = [...d.querySelectorAll("figure svg")]
.filter(s => s.clientWidth / s.viewBox.baseVal.width < 0.7).length;
f.dataset.cut = [...d.querySelectorAll(".cards b, h1, h2, figcaption")]
.filter(x => x.scrollWidth > x.clientWidth + 1).length; }} }}</script>"""


def _run(chromium: str, folder: Path, *options: str) -> str:
    command = [chromium, *QUIET, f"--user-data-dir={folder / 'profile'}", *options]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report")
    write_report(planned.result(), path / "report.html")
    return path


@pytest.fixture(scope="module")
def measured(chromium: str, folder: Path) -> list[dict[str, str]]:
    """Return what a browser measures of the page at each width: excess, pictures drawn small, text cut off."""
    probe = folder / "probe.html"
    probe.write_text(PROBE.format("".join(map(FRAME.format, WIDTHS))), encoding="utf-8")
    dom = _run(
        chromium, folder, "--allow-file-access-from-files", "--virtual-time-budget=5000", "--window-size=1700,1000",
        "--dump-dom", probe.as_uri(),
    )  # fmt: skip
    return [dict(re.findall(r'data-(over|small|cut)="(-?\d+)"', frame)) for frame in dom.split("<iframe")[1:]]


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_runs_over_the_side_at_any_width(measured: list[dict[str, str]], width: int) -> None:
    assert measured[WIDTHS.index(width)] == {"over": "0", "small": "0", "cut": "0"}


@pytest.mark.browser
def test_a_browser_draws_the_page(chromium: str, folder: Path) -> None:
    image = folder / "page.png"
    _run(chromium, folder, "--window-size=1000,1400", f"--screenshot={image}", (folder / "report.html").as_uri())
    header = image.read_bytes()[:24]
    assert struct.unpack(">II", header[16:24]) == (1000, 1400)
    assert image.stat().st_size > 50_000


def _visit(chromium: str, folder: Path, page: Path) -> tuple[set[str], str]:
    """Return the addresses that a browser asks for while it shows a page, and what the page reports to its console."""
    net = folder / f"{page.stem}-net.json"
    options = [f"--log-net-log={net}", "--enable-logging=stderr", "--v=0", "--virtual-time-budget=5000", "--dump-dom"]
    command = [chromium, *QUIET, f"--user-data-dir={folder / 'profile'}", *options, page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    log = net.read_text(encoding="utf-8")
    return set(re.findall(r'"url":"((?:https?|wss?|ftp):[^"?]*)', log)), "".join(
        re.findall(r".*CONSOLE.*", done.stderr)
    )


@pytest.mark.browser
def test_the_page_asks_no_host_and_has_no_fault(chromium: str, folder: Path) -> None:
    blank, asking = folder / "blank.html", folder / "asking.html"
    blank.write_text("<!doctype html><title>blank</title>", encoding="utf-8")
    asking.write_text("<!doctype html><img src='http://127.0.0.1:9/a.png'><script>x()</script>", encoding="utf-8")
    own, _ = _visit(chromium, folder, blank)  # what a browser asks for by itself
    seen, faults = _visit(chromium, folder, asking)
    assert "http://127.0.0.1:9/a.png" in seen - own  # so a request and a fault would be seen
    assert faults
    seen, faults = _visit(chromium, folder, folder / "report.html")
    assert {urlsplit(url).hostname for url in seen} <= {urlsplit(url).hostname for url in own}
    assert faults == ""


@pytest.mark.browser
def test_the_page_prints(chromium: str, folder: Path) -> None:
    printed = folder / "page.pdf"
    _run(chromium, folder, f"--print-to-pdf={printed}", (folder / "report.html").as_uri())
    assert printed.read_bytes().startswith(b"%PDF")
