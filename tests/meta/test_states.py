"""States are written as members of their enums, and a set of them once, in its noun."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum
from typing import cast

import pytest
from jinja2 import Environment, nodes

from app.core.db.models import EventStatus
from app.domain.ledger.states import JournalState
from app.web.states import NAMES
from ops.reference import every_machine
from tests.meta import source

pytestmark = source.ON_ONE_WORKER

ENUMS = {cast("type[StrEnum]", type(machine.initial)) for machine in every_machine()} | {JournalState, EventStatus}
VALUES = {str(state) for enum in ENUMS for state in enum}
INSIDE = ("app/domain/", "app/workflow/", "app/read/")
# Other vocabularies with some of the same words, each a Literal that mypy checks or a filter of a list.
OTHERS = {
    "outcome.status",  # what a payment company answered (app/domain/payments/channels/types.py)
    "account.health",  # a breaker's
    "state",  # a breaker's, of a channel's operation (app/read/payments/channel_health.py)
    "filters.state",  # the tabs of reservations
}
# Pages of the checkout snapshot, which has words of its own (docs/reference/sdk-snapshot.md).
SNAPSHOT_PAGES = {"form.html", "scene.html"}
READER = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
SNAPSHOT = "app/read/checkout/checkouts.py"  # `status` is the buyer's there: one word of many states


def test_no_state_is_written_as_a_bare_word() -> None:
    found = [
        f"{file.path}:{word.lineno} {word.value!r}"
        for file in source.python("app")
        if file.path.startswith(INSIDE) and "/channels/" not in file.path and file.path != SNAPSHOT
        for word in _bare(file.tree)
    ]

    assert not found


def test_sets_of_states_are_defined_in_their_noun() -> None:
    """Two places that list the same three states go apart."""
    homes: dict[frozenset[str], list[str]] = {}
    for file in source.python("app"):
        for node in file.nodes:
            if isinstance(node, ast.Tuple | ast.Set | ast.List) and len(node.elts) > 2:
                members = frozenset(ast.unparse(each) for each in node.elts)
                if all(member.split(".")[0] in {enum.__name__ for enum in ENUMS} for member in members):
                    homes.setdefault(members, []).append(f"{file.path}:{node.lineno}")

    assert not {members: places for members, places in homes.items() if len(places) > 1}


def test_a_template_compares_a_status_with_a_member_of_its_enum() -> None:
    found = [
        f"{file.name}: {word!r}"
        for file in source.files("templates/**/*.html")
        for word in _compared(file.read_text())
        if file.name not in SNAPSHOT_PAGES
    ]

    assert not found


def test_a_template_names_states_that_exist() -> None:
    found = [
        f"{file.name}: {name}" for file in source.files("templates/**/*.html") for name in _unknown(file.read_text())
    ]

    assert not found


@pytest.mark.parametrize(
    "written", ["{% if order.status == 'paid' %}{% endif %}", "{{ row.status in ('paid', 'refunding') }}"]
)
def test_a_word_in_a_template_would_be_found(written: str) -> None:
    assert "paid" in set(_compared(written))


@pytest.mark.parametrize(
    "written", ["{{ row.status == OrderStatus.PIAD }}", "{{ row.status in PAYBLE }}", "{{ OderStatus.PAID }}"]
)
def test_a_name_that_is_no_state_would_be_found(written: str) -> None:
    assert list(_unknown(written))


@pytest.mark.parametrize(
    "written",
    [
        "order.status == 'paid'",
        "'paid' != order.status",
        "order.status in ('paid', 'refunding')",
        "orders.c.status.in_(['created', 'paying'])",
        "states.advance(ORDER, order, 'paid', reason='x', actor='system')",
        "db.add(Order, status='created')",
        "OPEN = ('created', 'paying')",
    ],
)
def test_a_bare_word_would_be_found(written: str) -> None:
    assert list(_bare(ast.parse(written)))


def _compared(template: str) -> Iterator[str]:
    """The words that a template compares something's `status` with."""
    for compare in READER.parse(template).find_all(nodes.Compare):
        sides = [compare.expr, *(operand.expr for operand in compare.ops)]
        if any(isinstance(side, nodes.Getattr) and side.attr == "status" for side in sides):
            for each in (found for side in sides for found in (side, *side.find_all(nodes.Const))):
                if isinstance(each, nodes.Const) and isinstance(each.value, str):
                    yield each.value


def _unknown(template: str) -> Iterator[str]:
    """Names written as those of enums or sets of them that templates do not know."""
    tree = READER.parse(template)
    for name in tree.find_all(nodes.Name):
        if name.name[:1].isupper() and name.name not in NAMES:
            yield name.name
    for member in tree.find_all(nodes.Getattr):
        name = member.node.name if isinstance(member.node, nodes.Name) else ""
        if name in NAMES and not hasattr(NAMES[name], member.attr):
            yield f"{name}.{member.attr}"


def _bare(tree: ast.Module) -> Iterator[ast.Constant]:
    others: set[ast.expr] = set()  # of another vocabulary, or of a type; found before what is in them
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
            others.add(node.slice)
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(ast.unparse(side) in OTHERS for side in sides):
                others.update(sides)
            elif any(_is_state(side) for side in sides):
                yield from _words(*sides)
        elif isinstance(node, ast.Call):
            yield from _in_call(node)
        elif isinstance(node, ast.Tuple | ast.Set | ast.List) and len(node.elts) > 1 and node not in others:
            words = list(_words(*node.elts))
            if len(words) == len(node.elts) and any({word.value for word in words} <= set(enum) for enum in ENUMS):
                yield from words


def _in_call(call: ast.Call) -> Iterator[ast.Constant]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("in_", "not_in") and isinstance(call.func, ast.Attribute) and _is_state(call.func.value):
        yield from _words(*call.args)
    elif name in ("advance", "advance_all", "born_at"):
        yield from _words(*call.args[2:3])
    elif name in ("add", "change", "new_row", "values"):
        yield from _words(*(each.value for each in call.keywords if each.arg == "status"))


def _is_state(node: ast.expr) -> bool:
    written = ast.unparse(node)
    return written not in OTHERS and written.rpartition(".")[2].endswith(("status", "state")) and "(" not in written


def _words(*nodes: ast.expr) -> Iterator[ast.Constant]:
    """The states among these that are written as strings, in collections and choices too."""
    for node in nodes:
        if isinstance(node, ast.Constant) and node.value in VALUES:
            yield node
        elif isinstance(node, ast.Tuple | ast.List | ast.Set):
            yield from _words(*node.elts)
        elif isinstance(node, ast.IfExp):
            yield from _words(node.body, node.orelse)
