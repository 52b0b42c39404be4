"""Nothing in the repository depends on one computer or one package registry."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MADE = {"build", "dist", "wheels", "runs", "_build", "__pycache__"}

# Put together from parts, so that this file passes its own test.
REGISTRIES = tuple(".".join(parts) for parts in (
    ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("conda", "anaconda"), ("deb", "debian", "org"),
    ("crates", "io"), ("jsdelivr", "net"), ("unpkg", "com"), ("googleapis", "com"),
))  # fmt: skip
MACHINE = re.compile(r"(?<![\w.:/$})-])/(?:" + "|".join(("work", "tmp", "root", "home", "Users")) + r")(?=/|\b)")
INDEX_OPTION = re.compile(r"^\s*(--(extra-)?index-url|--find-links|--trusted-host|-i|-f)\b", re.MULTILINE)


def _tracked() -> Iterator[Path]:
    """Return the files of the project: what git tracks, else all but what is made."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not _is_made(path.relative_to(ROOT))]
    yield from (path for path in paths if path.is_file())


def _is_made(path: Path) -> bool:
    """Return whether a file comes from building or testing: hidden folders do, but for that of the checks."""
    return bool(MADE & set(path.parts)) or any(part.startswith(".") and part != ".ci" for part in path.parts[:-1])


def _texts() -> Iterator[tuple[Path, str]]:
    for path in _tracked():
        try:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_no_file_names_a_package_registry_or_a_content_network() -> None:
    found = [f"{path}: {host}" for path, text in _texts() for host in REGISTRIES if host in text]
    assert found == []


def test_no_file_holds_a_path_of_one_computer() -> None:
    found = [f"{path}: {match.group()}" for path, text in _texts() for match in MACHINE.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [("see /" + "tmp/out", True), ("`/" + "work`", True), ("cases/work", False), ("in framework/tmp", False)],
)
def test_the_path_rule_sees_paths_and_nothing_else(text: str, is_found: bool) -> None:
    assert bool(MACHINE.search(text)) is is_found


def test_the_pinned_versions_come_with_hashes_and_without_addresses() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert not INDEX_OPTION.search(text)
    pins = [block for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE) if re.match(r"[a-z0-9]", block)]
    unhashed = [block.split()[0] for block in pins if "==" not in block or "--hash=sha256:" not in block]
    assert len(pins) > 20
    assert unhashed == []
