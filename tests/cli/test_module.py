"""The package runs as a module."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "replenish", *words], capture_output=True, text=True, check=False)


def test_the_package_runs_as_a_module_and_names_itself_as_the_command_does() -> None:
    found = _run("--help")
    assert found.returncode == 0
    assert "Usage: replenish COMMAND" in found.stdout


def test_the_module_ends_with_the_exit_status_of_the_command() -> None:
    found = _run("check", "nowhere")
    assert found.returncode == 2
    assert found.stderr.startswith("replenish: nowhere: no such folder or workbook")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise there")
@pytest.mark.parametrize("words", [("--help",), ("schema",), ("doctor",), ("nonsense",)])
def test_output_that_nobody_reads_any_more_ends_the_command_quietly(words: tuple[str, ...]) -> None:
    own, other = os.pipe()
    os.close(own)
    command = [sys.executable, "-m", "replenish", *words]
    found = subprocess.run(command, stdout=other, stderr=subprocess.PIPE, text=True, check=False)
    os.close(other)
    is_usage = words == ("nonsense",)
    assert found.returncode == (2 if is_usage else 141)
    assert (found.stderr == "") is not is_usage
