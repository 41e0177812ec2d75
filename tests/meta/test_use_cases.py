"""Each use case has tests of its own, where a reader looks for them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from ops.paths import ROOT
from tests.meta import source

pytestmark = source.ON_ONE_WORKER

INSIDE = "app/workflow/"
SUBSCRIBERS = "app/workflow/operations/subscribers.py"


def test_each_use_case_has_a_test_file_of_its_own_name() -> None:
    missing = {case for case in _use_cases() if not (ROOT / _test_of(case)).exists()}

    assert missing == set()


def _test_of(case: str) -> Path:
    area, _, verb = case.rpartition("/")
    return Path("tests/workflow") / area / f"test_{verb}.py"


def _use_cases() -> set[str]:
    """<area>/<verb>, or <area>/<part>/<verb>: files of the workflow that surfaces, jobs or event handlers import."""
    callers = [each for each in source.python("app") if not each.path.startswith(INSIDE) or each.path == SUBSCRIBERS]
    called = {name for caller in callers for name in _imported(caller.nodes)}
    files = (path.removeprefix(INSIDE).removesuffix(".py") for path in (each.path for each in source.python(INSIDE)))
    return {case for case in files if _is_use_case(case) and f"app.workflow.{case.replace('/', '.')}" in called}


def _is_use_case(case: str) -> bool:
    return "/" in case and not case.startswith("steps/") and not case.endswith("__init__")


def _imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
