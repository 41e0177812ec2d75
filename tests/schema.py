"""A database's schema as lines that can be compared."""

from __future__ import annotations

from sqlalchemy import Connection

_OURS = "'public'::regnamespace"
_GUARDS = (
    "SELECT 'policy', tablename, policyname, roles, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public'",
    "SELECT 'trigger', tgrelid::regclass, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT 'rights', c.relname, x.grantee::regrole::text, x.privilege_type FROM pg_class c,"
    f" aclexplode(c.relacl) x WHERE c.relnamespace = {_OURS}",
    "SELECT 'rights', c.relname, a.attname, x.grantee::regrole::text, x.privilege_type FROM pg_attribute a"
    f" JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) x WHERE c.relnamespace = {_OURS}",
    f"SELECT 'security', relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relnamespace = {_OURS}",
)
_OBJECTS = (
    "SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,"
    " pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
    " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
    f" WHERE c.relnamespace = {_OURS} AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped",
    "SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    f" WHERE connamespace = {_OURS}",
    "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = 'public'",
    "SELECT 'function', oid::regprocedure, pg_get_functiondef(oid), proowner::regrole, proacl::text FROM pg_proc"
    f" WHERE pronamespace = {_OURS}",
)


def guards_of(connection: Connection) -> set[str]:
    """Policies, triggers, and who has which rights."""
    return _lines(connection, _GUARDS)


def everything_of(connection: Connection) -> set[str]:
    """Those, and tables, constraints, indexes, views and functions; nothing of alembic's own."""
    found = _lines(connection, (*_GUARDS, *_OBJECTS))
    return {line for line in found if "alembic_version" not in line}


def _lines(connection: Connection, queries: tuple[str, ...]) -> set[str]:
    rows = [row for query in queries for row in connection.exec_driver_sql(query)]
    return {" | ".join(str(value) for value in row) for row in rows}
