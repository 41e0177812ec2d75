"""What the laws of tenancy ask of every table, queried from the migrated database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import CheckConstraint, Connection, Engine, create_engine, text
from sqlalchemy.dialects import postgresql

from app.core.db import Base, db, guards
from app.read.operations.audit_log import SUBJECTS
from ops.environment import OWNER_URL
from ops.paths import ROOT
from ops.testing.run import Cluster
from tests import schema

# Tables that belong to no business: the directory of businesses, people's logins and mails, and alembic's own.
DIRECTORY = {
    "alembic_version",
    "businesses",
    "user_mails",
    "users",
    "installation_switches",
    "operator_keys",
    "passkeys",
    "portal_sessions",
    "recovery_codes",
    "totp_secrets",
    "used_challenges",
}


@pytest.fixture(scope="module")
def query(owner_url: str) -> Any:
    """A function that answers the rows of a query on the migrated database."""
    with psycopg.connect(owner_url) as connection:
        yield lambda query: connection.execute(query).fetchall()


def test_there_is_one_migration_head() -> None:
    assert len(ScriptDirectory(str(ROOT / "migrations")).get_heads()) == 1


def test_migrations_make_exactly_the_tables_that_the_code_declares(app: Flask, owner_url: str) -> None:
    assert app
    with create_engine(owner_url.replace("postgresql:", "postgresql+psycopg:")).connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), db.metadata)

    assert not differences


def test_migrations_make_exactly_the_checks_that_the_code_declares(own_database: Connection) -> None:
    """What alembic does not compare: two migrations that each write a list of kinds anew, and the last one wins."""
    own_database.exec_driver_sql("CREATE SCHEMA declared")
    for table in db.metadata.sorted_tables:
        own_database.exec_driver_sql(f"CREATE TABLE declared.{table.name} (LIKE public.{table.name})")
        for each in table.constraints:
            if isinstance(each, CheckConstraint):
                check = str(each.sqltext.compile(dialect=postgresql.dialect())).replace("%", "%%")
                made = f'ALTER TABLE declared.{table.name} ADD CONSTRAINT "{each.name}" CHECK ({check})'
                own_database.exec_driver_sql(made)

    declared, migrated = _checks(own_database, "declared"), _checks(own_database, "public")

    assert {name: migrated.get(name) for name in declared} == declared
    assert migrated.keys() <= declared.keys()


def test_every_table_belongs_to_a_business_or_to_the_directory(query: Any) -> None:
    found = query("""
        SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'business_id')
    """)

    assert {name for (name,) in found} <= DIRECTORY


def test_every_tenant_table_forces_row_level_security(query: Any) -> None:
    found = query(f"""
        SELECT c.relname FROM pg_class c WHERE {_TENANT} AND NOT (c.relrowsecurity AND c.relforcerowsecurity
        AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND 'bursar_app'::regrole = ANY (p.polroles)
                    AND pg_get_expr(p.polqual, p.polrelid) LIKE '%bursar.business_id%'))
    """)

    assert not found


def test_every_tenant_key_begins_with_the_business(query: Any) -> None:
    found = query(f"""
        SELECT c.relname FROM pg_class c WHERE {_TENANT} AND NOT EXISTS (
          SELECT FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
          WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attname = 'business_id')
    """)

    assert not found


def test_every_unique_rule_of_a_tenant_table_includes_the_business(query: Any) -> None:
    found = query(f"""
        SELECT c.relname, i.indexrelid::regclass::text FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid
        WHERE {_TENANT} AND i.indisunique AND NOT EXISTS (
          SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'business_id'
          AND a.attnum = ANY (i.indkey::smallint[]))
    """)

    assert not found


def test_no_foreign_key_can_point_into_another_business(query: Any) -> None:
    found = query(f"""
        SELECT c.relname, k.conname FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f'
        WHERE {_TENANT} AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = k.confrelid
                                    AND t.attname = 'business_id')
        AND NOT EXISTS (
          SELECT FROM unnest(k.conkey, k.confkey) AS pair (here, there)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.here AND a.attname = 'business_id'
          JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.there AND b.attname = 'business_id')
    """)

    assert not found


def test_roles_of_the_application_own_nothing(query: Any) -> None:
    found = query("""
        SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
        WHERE r.rolname IN ('bursar_app', 'bursar_system')
    """)
    powers = query("""
        SELECT rolname FROM pg_roles WHERE rolname IN ('bursar_app', 'bursar_system')
        AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolcanlogin)
    """)

    assert not found
    assert not powers


def test_what_people_and_keys_change_is_noted_in_the_audit_log() -> None:
    marks = guards.marks_of(Base)

    # Whatever is noted has a title there.
    assert {name for name, mark in marks.items() if getattr(mark, "audit", None)} == set(SUBJECTS)


def test_every_model_has_the_mark_of_what_its_table_is() -> None:
    marks = guards.marks_of(Base)
    of_businesses = {name for name, table in Base.metadata.tables.items() if "business_id" in table.c}

    assert set(marks) == set(Base.metadata.tables)
    assert {name for name, mark in marks.items() if isinstance(mark, guards.BusinessRows)} == of_businesses


def test_marks_name_columns_that_are_there() -> None:
    wrong = {
        f"{table}.{name}"
        for table, mark in guards.marks_of(Base).items()
        for name in _named(mark)
        if name not in Base.metadata.tables[table].c
    }

    assert not wrong


def _named(mark: guards.Guard) -> list[str]:
    audit = getattr(mark, "audit", None) or guards.Audit()
    return [*audit.secret, *audit.ignored, *getattr(mark, "columns", ()), *getattr(mark, "changeable", ())]


def test_the_database_guards_what_the_marks_say(own_database: Connection) -> None:
    before = schema.guards_of(own_database)

    for table in guards.marks_of(Base):
        _renew(own_database, table)

    assert schema.guards_of(own_database) == before


@pytest.mark.parametrize(
    "tampered",
    [
        "DROP POLICY one_business ON orders",
        "DROP TRIGGER append_only ON state_changes",
        "GRANT DELETE ON orders TO bursar_app",
        "GRANT UPDATE (unit_minor) ON sku_prices TO bursar_app",
        "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY",
    ],
)
def test_renewing_guards_undoes_what_was_changed_by_hand(own_database: Connection, tampered: str) -> None:
    before = schema.guards_of(own_database)
    own_database.execute(text(tampered))
    assert schema.guards_of(own_database) != before

    for table in ("orders", "state_changes", "sku_prices"):
        _renew(own_database, table)

    assert schema.guards_of(own_database) == before


def _checks(connection: Connection, namespace: str) -> dict[str, str]:
    """The CHECKs of whole tables, by their table and name."""
    found = connection.exec_driver_sql(
        "SELECT r.relname || '.' || c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c"
        " JOIN pg_class r ON r.oid = c.conrelid WHERE c.contype = 'c' AND NOT r.relispartition"
        f" AND r.relnamespace = '{namespace}'::regnamespace"
    )
    return {each[0]: each[1] for each in found}


def _renew(connection: Connection, table: str) -> None:
    for statement in guards.renewed(Base, connection, table):
        connection.exec_driver_sql(statement)


@pytest.fixture(scope="module")
def own_engine(app: Flask, new_database: Callable[[], str], cluster: Cluster) -> Iterator[Engine]:
    """The tables' owner in a database where nobody waits for a lock on them."""
    assert app
    engine = create_engine(cluster.addresses(new_database())[OWNER_URL])
    yield engine
    engine.dispose()


@pytest.fixture
def own_database(own_engine: Engine) -> Iterator[Connection]:
    """A transaction there, rolled back in the end."""
    with own_engine.connect() as connection:
        yield connection


_TENANT = """c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
  AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'business_id')"""
