"""`flask make-logins`: the logins of a server of one's own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from app.core import settings
from app.core.db import guards
from app.core.db.roles import APP_ROLE, SYSTEM_ROLE, NotAllowed, make_logins, plain
from ops import child

# Roles are of the whole server, which all of the test workers share: each has names of its own.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
APP, SYSTEM = f"shop_app_{_WORKER}", f"shop_system_{_WORKER}"


@pytest.fixture
def owner(owner_url: str) -> Iterator[str]:
    yield owner_url
    # What another worker grants or drops at this moment collides with ours.
    assert child.wait_until(lambda: _are_dropped(owner_url), limit_s=30)


def _are_dropped(owner: str) -> bool:
    try:
        with psycopg.connect(owner) as connection:
            for name in (APP, SYSTEM):
                connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
    except psycopg.errors.InternalError_:  # "tuple concurrently updated"
        return False
    return True


def _address(owner: str, login: str) -> str:
    scheme, rest = owner.split("://", 1)
    return f"{scheme}+psycopg://{login}:a%20pass@{rest.rpartition('@')[2]}"


def _access(owner: str, login: str) -> tuple[bool, set[str]]:
    with psycopg.connect(owner) as connection:
        row = connection.execute(
            "SELECT rolcanlogin AND NOT (rolinherit OR rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)"
            " FROM pg_roles WHERE rolname = %s",
            [login],
        ).fetchone()
        member = connection.execute(
            "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole", [login]
        ).fetchall()
    assert row is not None
    return row[0], {name for (name,) in member}


def test_each_login_may_become_one_role(owner: str) -> None:
    for _ in range(2):  # again is harmless
        assert make_logins(owner, app=_address(owner, APP), system=_address(owner, SYSTEM)) == [APP, SYSTEM]

    assert _access(owner, APP) == (True, {APP_ROLE})
    assert _access(owner, SYSTEM) == (True, {SYSTEM_ROLE})


def test_a_login_loses_what_it_may_no_longer_become(owner: str) -> None:
    make_logins(owner, app=_address(owner, APP), system=_address(owner, APP))
    assert _access(owner, APP) == (True, {APP_ROLE, SYSTEM_ROLE})

    make_logins(owner, app=_address(owner, APP), system=_address(owner, SYSTEM))

    assert _access(owner, APP) == (True, {APP_ROLE})


def test_the_owner_of_the_tables_is_not_made_a_login_of_processes(owner: str) -> None:
    with pytest.raises(NotAllowed, match="names the owner"):
        make_logins(owner, app=owner, system=_address(owner, SYSTEM))


def test_an_owner_without_the_right_reads_what_an_administrator_runs(app: Flask, owner: str) -> None:
    assert app
    weak = plain(settings.current().database_url)

    with pytest.raises(NotAllowed, match=f'CREATE ROLE "{APP}" LOGIN NOINHERIT;\nGRANT {APP_ROLE} TO "{APP}";'):
        make_logins(weak, app=_address(owner, APP), system=_address(owner, SYSTEM))


def test_an_owner_may_become_the_roles_that_its_migrations_make(owner: str) -> None:
    """Tables' owners that are no superusers make the roles themselves, and migrations work as them."""
    with psycopg.connect(owner) as connection:
        for _ in range(2):  # again is harmless
            for statement in guards.roles(APP):
                connection.execute(statement.encode())
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(APP)))
        assert connection.execute("SELECT current_user").fetchone() == (APP,)
        connection.rollback()
