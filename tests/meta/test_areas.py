"""One list of areas, the same on every floor: whoever knows a use case's area knows where its pages and tests stand."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from ops.paths import ROOT
from tests.meta import source

pytestmark = source.ON_ONE_WORKER

OPENERS = {"phase", "system_phase", "reading", "system_reading", "in_phase"}
# Floor → the folders on it that are no areas.
FLOORS: dict[str, set[str]] = {
    "app/domain": {"signing"},  # the noun of the area subscriptions
    "app/workflow": {"steps"},
    "app/workflow/steps": set(),
    "app/read": set(),
    "app/api/v1": set(),
    "app/web/portal": set(),
    "templates/portal": set(),
    "tests/domain": {"signing"},
    "tests/workflow": set(),
    "tests/read": set(),
    "tests/api": {"kit"},
    "tests/web/portal": set(),
}


def _areas() -> set[str]:
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [contract] = [each for each in known if each.get("containers") == ["app.workflow"]]
    return set(contract["layers"][0].split(" : "))


def _folders(floor: str) -> set[str]:
    return {
        folder.name
        for folder in (ROOT / floor).iterdir()
        if folder.is_dir() and not folder.name.startswith("__") and any(file.is_file() for file in _files(folder))
    }


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if "__pycache__" not in file.parts]


@pytest.mark.parametrize("floor", FLOORS)
def test_every_floor_is_sorted_by_the_same_areas(floor: str) -> None:
    assert _folders(floor) - FLOORS[floor] <= _areas()


def test_every_area_stands_on_some_floor_of_the_application() -> None:
    assert set.union(*(_folders(floor) for floor in FLOORS if floor.startswith("app/"))) >= _areas()


@pytest.mark.parametrize("floor", ["app/domain", "app/workflow", "app/workflow/steps"])
def test_nothing_stands_beside_the_areas(floor: str) -> None:
    flat = {file.stem for file in (ROOT / floor).glob("*.py")}

    assert flat - {"__init__"} <= {"guarded_channel"}


def test_every_folder_of_code_is_a_package() -> None:
    folders = {(ROOT / file.path).parent for file in source.python("app")}

    assert not [folder.as_posix() for folder in folders if not (folder / "__init__.py").is_file()]


def test_steps_open_no_transaction() -> None:
    found = [
        f"{file.path}:{node.lineno}"
        for file in source.python("app/workflow/steps")
        for node in file.nodes
        if (isinstance(node, ast.Attribute) and node.attr in OPENERS)
        or (isinstance(node, ast.Name) and node.id in OPENERS)
    ]

    assert not found


def test_pages_are_drawn_by_templates_of_their_own_area() -> None:
    found = [
        f"{file.path}: {named[0]}"
        for file in source.python("app/web/portal")
        if len(parts := Path(file.path).parts) > 4
        for named in re.finditer(r"portal/([a-z_]+)/[\w/]+\.html", file.text)
        if named[1] != parts[3]
    ]

    assert not found
