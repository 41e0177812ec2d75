"""The login of a running process in the wrong hands: it may become the one role it is for, and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg.rows import scalar_row
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import db
from app.core.db.roles import APP_ROLE, SYSTEM_ROLE, plain
from tests.factories.business import make_business, make_product

ROLE_OF = {"DATABASE_URL": APP_ROLE, "DATABASE_SYSTEM_URL": SYSTEM_ROLE}

OF_NO_LOGIN = {
    "drop a policy": "DROP POLICY one_business ON orders",
    "add a policy": f"CREATE POLICY mine ON orders TO {APP_ROLE} USING (true)",
    "switch row security off": "ALTER TABLE orders DISABLE ROW LEVEL SECURITY",
    "let the owner through": "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY",
    "disable triggers": "ALTER TABLE ledger_entries DISABLE TRIGGER ALL",
    "drop a trigger": "DROP TRIGGER append_only ON audit_entries",
    "switch triggers off": "SET session_replication_role = replica",
    "empty a table": "TRUNCATE orders CASCADE",
    "drop a table": "DROP TABLE orders CASCADE",
    "drop a function": "DROP FUNCTION bursar_find_products CASCADE",
    "replace a function": "CREATE OR REPLACE FUNCTION bursar_refuse_change() RETURNS trigger LANGUAGE plpgsql"
    " AS $$ BEGIN RETURN NEW; END $$",
    "change the ledger": "UPDATE ledger_entries SET amount_minor = 1",
    "shorten the ledger": "DELETE FROM ledger_entries",
    "change the audit log": "UPDATE audit_entries SET actor = 'nobody'",
    "shorten the audit log": "DELETE FROM audit_entries",
    "read passwords of logins": "SELECT rolpassword FROM pg_authid",
    "make a table": "CREATE TABLE public.mine (id int)",
    "make a function": "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "make a schema": "CREATE SCHEMA mine",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "write a file": "COPY (SELECT 1) TO '/tmp/bursar-copied'",
    "read a file": "SELECT pg_read_file('/etc/passwd')",
    "load a library": "LOAD 'mine'",
    "make a login": "CREATE ROLE mine LOGIN",
    "take a role": f"GRANT bursar TO {APP_ROLE}",
    "give itself powers": "ALTER ROLE CURRENT_USER SUPERUSER",
    "change a setting of the server": "SET log_statement = 'all'",
    "have the server read its settings anew": "SELECT pg_reload_conf()",
}


@pytest.fixture(params=ROLE_OF)
def login(request: pytest.FixtureRequest, app: Flask, app_env: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """The setting of a login, and a connection under it; nothing done in there stays."""
    assert app
    with psycopg.connect(plain(app_env[request.param]), row_factory=scalar_row) as connection:
        yield request.param, connection
        connection.rollback()


@pytest.mark.parametrize("attack", OF_NO_LOGIN)
def test_neither_a_login_nor_its_role_can(login: tuple[str, Any], attack: str) -> None:
    setting, connection = login
    for become in ("RESET ROLE", f"SET ROLE {ROLE_OF[setting]}"):
        connection.execute(become)
        with pytest.raises(psycopg.Error) as refused, connection.transaction():
            connection.execute(OF_NO_LOGIN[attack])

        # What is there and may not be touched; never "no such thing", which would prove nothing.
        kinds = (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFile)
        assert isinstance(refused.value, kinds), refused.value


def test_a_login_becomes_its_own_role_and_no_other(login: tuple[str, Any], owner_url: str) -> None:
    setting, connection = login
    with psycopg.connect(owner_url, row_factory=scalar_row) as owner:
        every = owner.execute("SELECT rolname FROM pg_roles").fetchall()
    own = connection.execute("SELECT session_user").fetchone()
    connection.commit()

    allowed = set()
    for role in every:
        for how in ("SET ROLE {}", "SET SESSION AUTHORIZATION {}"):
            with connection.transaction() as tried:
                try:
                    connection.execute(how.format(role))
                except psycopg.errors.InsufficientPrivilege:
                    raise psycopg.Rollback(tried) from None
                allowed.add(role)
                raise psycopg.Rollback(tried)

    assert "postgres" in every or len(every) > 5
    assert allowed == {own, ROLE_OF[setting]}


def test_a_login_by_itself_reads_no_table(login: tuple[str, Any]) -> None:
    _, connection = login
    tables = connection.execute(
        "SELECT format('%I', relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p', 'v', 'm')"
    ).fetchall()

    readable = [name for name in tables if _can_read(connection, name)]

    assert len(tables) > 50
    assert not readable


def test_the_app_sees_no_other_business_and_not_its_people(app: Flask, app_env: dict[str, str]) -> None:
    assert app
    mine, other = make_business(), make_business("Another")
    make_product(other)
    with psycopg.connect(plain(app_env["DATABASE_URL"]), row_factory=scalar_row) as connection:
        connection.execute(f"SET ROLE {APP_ROLE}")
        connection.execute("SELECT set_config('bursar.business_id', %s, false)", [mine.hex])

        assert connection.execute("SELECT id FROM businesses").fetchall() == [mine]
        assert connection.execute("SELECT id FROM users").fetchall() == []
        assert connection.execute("SELECT id FROM products").fetchall() == []
        for what in ("password_hash", "*"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(f"SELECT {what} FROM users")


@pytest.mark.parametrize(
    "table",
    ["portal_sessions", "totp_secrets", "recovery_codes", "passkeys", "used_challenges", "user_mails"],
)
def test_the_app_reads_nothing_that_people_sign_in_with(app: Flask, app_env: dict[str, str], table: str) -> None:
    assert app
    with psycopg.connect(plain(app_env["DATABASE_URL"])) as connection:
        connection.execute(f"SET ROLE {APP_ROLE}")

        assert not _can_read(connection, table)


def test_the_app_sees_those_who_have_a_seat_or_had_one(app: Flask) -> None:
    assert app
    business_id, user_id, stranger_id = make_business(), uuid.uuid4(), uuid.uuid4()
    with db.system_phase("test.people"):
        for each in (user_id, stranger_id):
            db.run(_PERSON.bindparams(id=each, email=f"{each}@people.example"))
        db.run(_MEMBERSHIP.bindparams(business=business_id, id=uuid.uuid4(), user=user_id))

    with db.reading(business_id):
        seen = [row.email for row in db.rows(text("SELECT email FROM users"))]

    assert seen == [f"{user_id}@people.example"]


def test_within_a_transaction_for_one_business_no_statement_becomes_the_system(app: Flask) -> None:
    """As after an injected `SELECT set_config('role', …)`: another login would be needed."""
    assert app
    business_id = make_business()

    with pytest.raises(DBAPIError, match="permission denied"), db.reading(business_id):
        db.rows(text(f"SELECT set_config('role', '{SYSTEM_ROLE}', true)"))


def _can_read(connection: Any, table: str) -> bool:
    with connection.transaction() as tried:
        try:
            connection.execute(f"SELECT * FROM {table} LIMIT 1")
        except psycopg.errors.InsufficientPrivilege:
            raise psycopg.Rollback(tried) from None
        return True
    return False


_PERSON = text(
    "INSERT INTO users (id, email, name, password_hash, is_operator, created_at)"
    " VALUES (:id, :email, 'Kim', '-', false, now())"
)
_MEMBERSHIP = text(
    "INSERT INTO memberships (business_id, id, user_id, role, created_at, left_at)"
    " VALUES (:business, :id, :user, 'owner', now(), now())"
)
