"""The wheel installs from a folder, without an index, and holds all that a run needs."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.project.pages import ROOT

EXAMPLES = ("air_rescue", "antivirals", "artillery", "blank", "petroleum")
CHECK = """
import sys
from replenish.cli import main
for name in sys.argv[1:]:
    assert main(["new", name, "--from", name]) == main(["check", name]) == 0
"""


def _run(*words: Path | str, cwd: Path) -> str:
    """Return what a command prints; nothing of this project may come from elsewhere than the wheel."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    done = subprocess.run([*map(str, words)], cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_replenish_installs_from_a_folder_of_wheels_and_has_its_examples(tmp_path: Path) -> None:
    """What it depends on is taken from the environment of the tests, which has it already; the rest is as on a
    closed network: `pip install --no-index --find-links wheels replenish`."""
    pytest.importorskip("hatchling")
    offline = ("--quiet", "--no-index", "--no-deps", "--disable-pip-version-check")
    _run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        *offline,
        "--no-build-isolation",
        "-w",
        tmp_path / "wheels",
        ROOT,
        cwd=tmp_path,
    )
    _run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    programs = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = programs / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    _run(*pip, "install", *offline, "--find-links", "wheels", "replenish", cwd=tmp_path)
    own = Path(_run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")

    place = _run(python, "-c", "import replenish; print(replenish.__file__)", cwd=tmp_path)
    assert Path(place.strip()).is_relative_to(own)
    assert _run(programs / "replenish", "--version", cwd=tmp_path).startswith("replenish ")
    assert _run(python, "-c", CHECK, *EXAMPLES, cwd=tmp_path).count("no errors, no warnings") == len(EXAMPLES)
    assert (tmp_path / "petroleum" / "README.md").is_file()
