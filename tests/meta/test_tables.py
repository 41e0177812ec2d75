"""What the laws of tenancy ask of every table, asked of the migrated database itself."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import create_engine

from app.core.db import db
from app.read.operations.audit_log import SUBJECTS
from ops.paths import ROOT

# Tables that belong to no business: the directory of businesses, people's logins and mails, and alembic's own.
DIRECTORY = {
    "alembic_version",
    "businesses",
    "person_mails",
    "persons",
    "passkeys",
    "portal_sessions",
    "recovery_codes",
    "totp_secrets",
    "used_challenges",
}


@pytest.fixture(scope="module")
def ask(owner_url: str) -> Any:
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


def test_every_table_belongs_to_a_business_or_to_the_directory(ask: Any) -> None:
    found = ask("""
        SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'business_id')
    """)

    assert {name for (name,) in found} <= DIRECTORY


def test_every_tenant_table_forces_row_level_security(ask: Any) -> None:
    found = ask(f"""
        SELECT c.relname FROM pg_class c WHERE {_TENANT} AND NOT (c.relrowsecurity AND c.relforcerowsecurity
        AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND 'bursar_app'::regrole = ANY (p.polroles)
                    AND pg_get_expr(p.polqual, p.polrelid) LIKE '%bursar.business_id%'))
    """)

    assert not found


def test_every_tenant_key_begins_with_the_business(ask: Any) -> None:
    found = ask(f"""
        SELECT c.relname FROM pg_class c WHERE {_TENANT} AND NOT EXISTS (
          SELECT FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
          WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attname = 'business_id')
    """)

    assert not found


def test_every_unique_rule_of_a_tenant_table_includes_the_business(ask: Any) -> None:
    found = ask(f"""
        SELECT c.relname, i.indexrelid::regclass::text FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid
        WHERE {_TENANT} AND i.indisunique AND NOT EXISTS (
          SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'business_id'
          AND a.attnum = ANY (i.indkey::smallint[]))
    """)

    assert not found


def test_no_foreign_key_can_point_into_another_business(ask: Any) -> None:
    found = ask(f"""
        SELECT c.relname, k.conname FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f'
        WHERE {_TENANT} AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = k.confrelid
                                    AND t.attname = 'business_id')
        AND NOT EXISTS (
          SELECT FROM unnest(k.conkey, k.confkey) AS pair (here, there)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.here AND a.attname = 'business_id'
          JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.there AND b.attname = 'business_id')
    """)

    assert not found


def test_roles_of_the_application_own_nothing(ask: Any) -> None:
    found = ask("""
        SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
        WHERE r.rolname IN ('bursar_app', 'bursar_system')
    """)
    powers = ask("""
        SELECT rolname FROM pg_roles WHERE rolname IN ('bursar_app', 'bursar_system')
        AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolcanlogin)
    """)

    assert not found
    assert not powers


# Tables that only the system writes, or whose writes histories tell already (orders and what hangs on them).
BY_THE_SYSTEM = {
    *("agreement_acceptances", "audit_entries", "audit_seals", "breaker_changes", "channel_exchanges"),
    *("channel_notices", "checkout_sessions", "coupon_uses", "deliveries", "download_rights", "download_uses"),
    *("entitlements", "grants", "handled_events", "idempotency_keys", "ledger_accounts", "ledger_entries"),
    *("ledger_journals", "ledger_snapshots", "order_lines", "orders", "payment_attempts", "points_accounts"),
    *("product_import_rows", "promotion_uses", "refund_lines", "reservations", "routing_decisions"),
    *("state_changes", "stock_reservations", "sub_orders", "transaction_details"),
    *(
        "bulk_rows",
        "chosen_columns",
        "export_parts",
    ),
    *("chosen_columns", "export_parts"),  # how a list looks to one person; pieces of a file whose asking is noted
    *("alerts", "alert_choices", "report_schedules"),  # what one person reads of them, and has mailed
    *("figure_progress", "figures_by_day", "figures_by_hour", "posting_progress", "postings_by_hour"),
    *("refused_notices", "refused_notice_counts", "retention_progress"),
    *("event_listeners", "request_logs", "webhook_deliveries", "webhook_tries"),
}


def test_what_people_and_keys_change_is_noted_in_the_audit_log(ask: Any) -> None:
    tables = {name for (name,) in ask(f"SELECT c.relname FROM pg_class c WHERE {_TENANT}")} | {"businesses"}
    noted = {name for (name,) in ask("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'noted'")}

    # A new table takes guards.noted_table in its migration and a title in read/operations/audit_log.SUBJECTS, or a
    # line above.
    assert noted == set(SUBJECTS)
    assert tables - noted == BY_THE_SYSTEM


_TENANT = """c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
  AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'business_id')"""
