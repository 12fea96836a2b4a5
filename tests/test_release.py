"""What is released: one version everywhere, and every package in the wheel (`make install-test` installs it)."""

import re
import tomllib
from pathlib import Path

from setuptools import find_packages

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS = ("theory", "simulate", "nets", "sweep", "validate")


def test_one_version_everywhere() -> None:
    version = PROJECT["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text()
    assert re.findall(r"^version: (.*)$", citation, re.MULTILINE) == [version]
    assert re.findall(r"version = \{(.*)\}", (ROOT / "docs" / "citing.md").read_text()) == [version]
    assert f"\n## {version}\n" in (ROOT / "CHANGELOG.md").read_text()


def test_the_wheel_has_every_package_and_no_other() -> None:
    packages = find_packages(str(ROOT), include=PROJECT["tool"]["setuptools"]["packages"]["find"]["include"])
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert set(packages) == {".".join(folder.relative_to(ROOT).parts) for folder in folders}


def test_every_room_says_that_it_is_typed() -> None:
    assert [room for room in ROOMS if not (ROOT / room / "py.typed").exists()] == []
