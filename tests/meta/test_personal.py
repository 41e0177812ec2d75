"""What is personal is said of every column, in one place, and what follows from it agrees."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import ARRAY, Column

from app.core.db import db
from app.domain.accounts.privacy.columns import NOT_PERSONAL, declared
from app.domain.accounts.privacy.kinds import KINDS, updatable

# What no name can stand in.
_PLAIN = (uuid.UUID, int, bool, datetime, date, time)


def test_every_column_that_can_name_somebody_is_declared(app: Flask) -> None:
    assert app
    there = {
        (table.name, column.name)
        for table in db.metadata.tables.values()
        for column in table.columns
        if not issubclass(_stored_as(column), _PLAIN)
    }
    declarations = declared()

    unsaid, removed = sorted(there - declarations.keys()), sorted(declarations.keys() - there)
    assert not unsaid, (
        "say what may stand in these columns. If it may name a buyer or somebody of the team, add them to the kind in"
        " app/domain/accounts/privacy/kinds.py whose purpose they share (`columns`: replaced when a buyer is erased, "
        "`stays`:"
        f" not); if it cannot, to NOT_PERSONAL in app/domain/accounts/privacy/columns.py: {unsaid}"
    )
    assert not removed, f"app/domain/privacy names columns that are not there: {removed}"


def test_each_column_is_of_one_kind() -> None:
    twice = {column: kinds for column, kinds in declared().items() if len(kinds) > 1}
    both = [(table, name) for table, names in NOT_PERSONAL.items() for name in names.split() if declared()[table, name]]

    assert not twice
    assert not both


def test_what_may_be_erased_is_what_the_table_says(app: Flask, owner_url: str) -> None:
    assert app
    with psycopg.connect(owner_url) as connection:
        granted = connection.execute(
            "SELECT table_name, column_name FROM information_schema.column_privileges"
            " WHERE grantee = 'bursar_eraser' AND privilege_type = 'UPDATE' AND column_name <> 'erased_hash'"
        ).fetchall()

    # `flask db upgrade` gives exactly these rights (erasing.grant): no migration lists them.
    assert set(granted) == {(table, name) for table, names in updatable().items() for name in names}


def test_what_goes_with_time_is_found_by_an_index(app: Flask, owner_url: str) -> None:
    assert app
    rules = [(kind.key, rule) for kind in KINDS for rule in kind.rules]
    with psycopg.connect(owner_url) as connection:
        rows = connection.execute("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'").fetchall()
    found = {(table, text.partition("(business_id, ")[2].partition(",")[0].partition(")")[0]) for table, text in rows}

    assert [(key, rule.table) for key, rule in rules if (rule.table, rule.by) not in found] == []


def test_what_a_rule_empties_is_of_a_kind() -> None:
    emptied = {(rule.table, name) for kind in KINDS for rule in kind.rules for name in rule.columns}

    assert emptied <= {column for column, kinds in declared().items() if kinds}


def test_bounds_and_defaults_make_sense() -> None:
    for kind in KINDS:
        if kind.keep is not None:
            assert kind.keep.least <= kind.keep.days <= kind.keep.most, kind.key
        else:
            assert not kind.rules, kind.key


def _stored_as(column: Column[Any]) -> type:
    stored: Any = column.type
    if isinstance(stored, ARRAY):
        stored = stored.item_type
    return getattr(stored, "impl_instance", stored).python_type
