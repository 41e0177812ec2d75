"""Rows have the types of their models: what the type checker refuses is planted in a copy, and it has to be found."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import column, select, text

from app.core import db
from ops.paths import ROOT
from tests.meta import source

pytestmark = source.ON_ONE_WORKER

STEP = "states.advance(ORDER, found, 'paid', reason='', actor='', {})"
PLANTED = {
    "a column that is misspelled": ("found.expires_att", "attr-defined"),
    "a column of another model": ("found.channel_ref", "attr-defined"),
    "a column's type": ("want_int(found.currency)", "arg-type"),
    "a value that may be missing": ("want_moment(found.paid_at)", "arg-type"),
    "a column in a condition": ("select(orders).where(orders.c.expires_att == None)", "attr-defined"),
    "a missing argument": ("want_int()", "call-arg"),
    "a column of a join": ("buyer.referenc", "attr-defined"),
    "a new row's column that is misspelled": ("db.add(Role, nam='Support')", "call-arg"),
    "a new row's column of another type": ("db.add_once(Role, name=1)", "arg-type"),
    "a new row's column that is missing": ("db.new_row(Role, limits={})", "call-arg"),
    "a changed column that is misspelled": ("db.change(Role, found.id, nam='Support')", "call-arg"),
    "a changed column of another type": ("db.change(Role, found.id, name=1)", "arg-type"),
    "a changed column that is handed on": ("db.change(Role, found.id, **{'name': 1})", "arg-type"),
    "a column in a dictionary that is handed on": ("db.add(Role, **role)", "arg-type"),
    "a column of many rows that is misspelled": ("bulk.row(Role, nam='Support', permissions=[])", "call-arg"),
    "a column of many changes of another type": ("bulk.changed(Role, found.id, name=1)", "arg-type"),
    "a column of a row that a surface shows": ("shown.unit_minorr", "attr-defined"),
    "a value of another type in an answer": ("moment_text(shown.currency)", "call-overload"),
    "a column of a step that is misspelled": (
        STEP.format("paid_att=None"),
        "call-arg",
    ),
    "a column of a step of another type": (
        STEP.format("paid_at='today'"),
        "arg-type",
    ),
}
HEAD = """from datetime import datetime
from typing import TypedDict

from sqlalchemy import select

from app.api.kit.shapes import moment_text
from app.core import db, states
from app.core.db import bulk
from app.domain.accounts.business.models import Role
from app.domain.orders.models import Order
from app.domain.orders.states import ORDER
from app.read.catalog import prices

orders = db.table(Order)


def want_int(number: int) -> int:
    return number


def want_moment(moment: datetime) -> datetime:
    return moment


class Buyer(db.JoinedRow):
    reference: str


class RoleColumns(TypedDict):
    name: int
    permissions: list[str]


def first(role: RoleColumns, shown: prices.PriceRow) -> None:
    buyer = db.first(db.select_as(Buyer, select(orders.c.buyer_reference.label("reference"))))
    assert buyer is not None
    buyer.reference.lower()  # this is right
    found = db.first(select(orders))
    assert found is not None
    moment_text(shown.starts_at).lower()
    found.expires_at, found.currency.lower()  # these are right
    db.add(Role, name="Support", permissions=["orders.read"])
    db.add(Role, id=found.id, name=orders.c.currency, archived_at=None)
    db.change(Role, found.id, archived_at=None)
    bulk.row(Role, name="Support", permissions=["orders.read"])
    bulk.changed(Role, found.id, archived_at=None)
    states.advance(ORDER, found, "paid", reason="", actor="", paid_at=None)
"""


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What mypy says of a file with all that is planted, a line each."""
    file = tmp_path_factory.mktemp("planted") / "planted.py"
    file.write_text(HEAD + "".join(f"    {line}\n" for line, _ in PLANTED.values()))
    command = (sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(file))
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()


def test_what_is_right_is_taken(complaints: list[str]) -> None:
    lines = {int(line.split(":")[1]) for line in complaints if ": error:" in line}

    assert lines == {HEAD.count("\n") + number for number in range(1, len(PLANTED) + 1)}, complaints


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_refused(planted: str, complaints: list[str]) -> None:
    number = HEAD.count("\n") + 1 + list(PLANTED).index(planted)

    assert any(f":{number}: error:" in line and f"[{PLANTED[planted][1]}]" in line for line in complaints), complaints


def test_rows_of_no_model_become_fewer() -> None:
    count = sum(path.read_text().count("Row[Any]") for path in Path(ROOT, "app").rglob("*.py"))

    assert count <= MAX_ROWS


MAX_ROWS = 2  # what `db.rows` and `db.first` say of a statement that nothing describes


def test_who_takes_a_row_says_whose() -> None:
    rows = ("row", "run", "order", "sku", "product", "account", "charge", "chat", "transfers")
    untyped = [
        f"{file.path}:{argument.lineno} {argument.arg}"
        for file in source.python("app/api", "app/web", "app/read")
        for argument in ast.walk(file.tree)
        if isinstance(argument, ast.arg) and argument.arg in rows and argument.annotation is not None
        if ast.unparse(argument.annotation) in ("Any", "Sequence[Any]")
    ]

    assert untyped == []


def test_a_description_names_the_columns_of_its_statement() -> None:
    class Wrong(db.JoinedRow):
        id: int
        name: str

    with pytest.raises(TypeError, match=r"Wrong and its statement differ in \['name', 'version'\]"):
        db.select_as(Wrong, select(column("id"), column("version")))


@pytest.mark.usefixtures("app")
def test_a_description_of_a_text_names_the_columns_that_the_text_gives() -> None:
    class WrongOfText(db.JoinedRow):
        id: int
        name: str

    wrong = db.select_as(WrongOfText, text("SELECT 1 AS id, 2 AS version"))
    with (
        db.system_reading(),
        pytest.raises(TypeError, match=r"WrongOfText and its statement differ in \['name', 'version'\]"),
    ):
        db.first(wrong)
