"""What the portal's lists offer to filter by is what some code writes: a choice that finds nothing, ever, is none."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from enum import StrEnum

import pytest
from flask import Flask

import app.domain
from app.api.v1 import v1
from app.core.ids import new_id
from app.core.lists import Listing
from app.read.lists import EVERY
from tests.meta import source

WRITERS = ("app/domain", "app/workflow", "app/web", "app/api/v1")
# Which rows are meant rather than a value of a column; and vocabularies whose every word another test makes happen
# (tests/workflow/reconciliation/test_every_kind.py, tests/domain/webhooks/test_event_types.py) or that are CLDR's.
NO_VALUES = {"cases": {"age", "assignee", "kind"}, "webhook_deliveries": {"topic"}, "clearing": {"currency"}}

pytestmark = source.ON_ONE_WORKER


@pytest.mark.parametrize("listing", EVERY, ids=lambda listing: listing.name)
def test_every_choice_of_a_filter_is_written_by_some_code(app: Flask, listing: Listing) -> None:
    assert app
    business_id = new_id()  # which has nothing: what is offered is the same for all
    offered = {
        (each.key, value)
        for each in listing.filters
        if each.choices is not None and each.key not in NO_VALUES.get(listing.name, ())
        for value, _ in each.choices(business_id)
    }

    written = _written() | _accepted()

    assert {(key, value) for key, value in offered if value not in written} == set()


def test_what_nothing_writes_is_found() -> None:
    assert "charge" in _written()
    assert "nothing_of_the_kind" not in _written()
    compared = ast.parse("def f(row):\n    return row.kind == 'compared' or row.kind in ('tried', 'again')\n")
    assert set(_values(compared, {})) == set()
    made = ast.parse("def f():\n    db.add(Row, kind='made', status=State.READY if x else 'left')\n")
    assert set(_values(made, {("State", "READY"): "ready"})) == {"made", "ready", "left"}


def _accepted() -> set[str]:
    """Every word that a request of the API may say from a closed list."""
    bodies = [operation.body.model_json_schema() for operation in v1.operations if operation.body is not None]
    return {str(value) for body in bodies for value in _words(body)}


def _words(schema: object) -> Iterator[object]:
    if isinstance(schema, dict):
        yield from schema.get("enum", [])
        for below in schema.values():
            yield from _words(below)
    elif isinstance(schema, list):
        for below in schema:
            yield from _words(below)


_found: set[str] = set()


def _written() -> set[str]:
    if not _found:
        members = {(each.__name__, member.name): str(member.value) for each in _enums() for member in each}
        for file in source.python(*WRITERS):
            _found.update(_values(file.tree, members))
    return _found


def _enums() -> Iterator[type[StrEnum]]:
    for module in pkgutil.walk_packages(app.domain.__path__, "app.domain."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum:
                yield value


def _values(tree: ast.AST, members: dict[tuple[str, str], str]) -> Iterator[str]:
    """Texts and members of enumerations that functions hand on or keep: what they compare with is not among them."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for statement in function.body:
                yield from _handed_on(statement, members)


def _handed_on(node: ast.AST, members: dict[tuple[str, str], str]) -> Iterator[str]:
    if isinstance(node, ast.Compare | ast.FunctionDef | ast.arguments):
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("in_", "not_in"):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        value = members.get((node.value.id, node.attr))
        if value is not None:
            yield value
    for below in ast.iter_child_nodes(node):
        yield from _handed_on(below, members)
