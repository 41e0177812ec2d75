"""What the database itself refuses: the statements that put row-level security and append-only tables in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.db import APP_ROLE, SYSTEM_ROLE


def roles() -> list[str]:
    """The two roles every transaction runs as; they own nothing and cannot log in. Made once per cluster."""
    made = [
        f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        for role in (APP_ROLE, SYSTEM_ROLE)
    ]
    granted = [
        f"DO $$ BEGIN EXECUTE format('GRANT {role} TO %I', current_user);"
        " EXCEPTION WHEN unique_violation OR invalid_grant_operation THEN NULL; END $$"
        for role in (APP_ROLE, SYSTEM_ROLE)
    ]
    return made + granted


def tenant_table(table: str, *, append_only: bool = False, prunable: bool = False) -> list[str]:
    """Grants and policies of a table that belongs to businesses: the app sees one business, system phases see all.
    `append_only` tables refuse UPDATE, DELETE and TRUNCATE; only `prunable` ones may lose rows."""
    rights = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE"
    if prunable:
        rights += ", DELETE"
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY one_business ON {table} TO {APP_ROLE}"
        " USING (business_id = nullif(current_setting('bursar.business_id', true), '')::uuid)",
        f"CREATE POLICY every_business ON {table} TO {SYSTEM_ROLE} USING (true)",
        f"GRANT {rights} ON {table} TO {APP_ROLE}, {SYSTEM_ROLE}",
    ]
    return statements + (_refuse_changes(table) if append_only else [])


def directory_table(table: str, *, rights: str = "SELECT, INSERT, UPDATE") -> list[str]:
    """Grants of a table that belongs to no business: read by all, written in system phases."""
    return [f"GRANT SELECT ON {table} TO {APP_ROLE}", f"GRANT {rights} ON {table} TO {SYSTEM_ROLE}"]


def _refuse_changes(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION bursar_refuse_change()",
        f"CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION bursar_refuse_change()",
    ]


REFUSE_CHANGE = """
CREATE FUNCTION bursar_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
"""


def all_of(statements: Iterable[Sequence[str]]) -> list[str]:
    """The statements one after another."""
    return [statement for several in statements for statement in several]
