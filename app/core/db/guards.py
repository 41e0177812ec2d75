"""What the database itself refuses and notes: each model says it by a mark, `guard`, and migrations put it in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, text
from sqlalchemy.orm import DeclarativeBase

from app.core.db.roles import APP_ROLE, FINDER_ROLE, SYSTEM_ROLE


def roles(*names: str) -> list[str]:
    """Roles that cannot log in, by default the two that every transaction runs as; they own nothing. Made once per
    cluster, by an owner with CREATEROLE or by its administrator before."""
    names_of_roles = names or (APP_ROLE, SYSTEM_ROLE)
    made = [
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} NOLOGIN;"
        " END IF; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        for role in names_of_roles
    ]
    # Whoever makes a role is a member of it, but from PostgreSQL 16 on not one that may become it.
    may_become = "CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END"
    granted = [
        f"DO $$ BEGIN IF NOT pg_has_role(current_user, '{role}', {may_become}) THEN"
        f" EXECUTE format('GRANT {role} TO %I', current_user); END IF;"
        " EXCEPTION WHEN unique_violation OR invalid_grant_operation THEN NULL; END $$"
        for role in names_of_roles
    ]
    return made + granted


_HERE = "nullif(current_setting('bursar.business_id', true), '')::uuid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the audit log notes when somebody changes the table by hand or by key, not the system by itself: what was
    before and after, `secret` columns only by name, `ignored` ones not at all. `only`: just INSERT, or just UPDATE;
    `where`: just rows of which this holds."""

    secret: Sequence[str] = ()
    ignored: Sequence[str] = ()
    only: Literal["", "INSERT", "UPDATE"] = ""
    where: str = ""

    def statements(self, table: str) -> list[str]:
        """The trigger that does so."""
        events = self.only or "INSERT OR UPDATE OR DELETE"
        rows = f"{self.where} AND " if self.where else ""
        return [
            f"CREATE TRIGGER noted AFTER {events} ON {table} FOR EACH ROW"
            f" WHEN ({rows}coalesce(current_setting('bursar.actor', true), '') <> '')"
            f" EXECUTE FUNCTION bursar_note_change('{','.join(self.secret)}', '{','.join(self.ignored)}')"
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessRows:
    """Every row belongs to one business: the app sees one business, system phases see all. `append_only` tables refuse
    UPDATE, DELETE and TRUNCATE; only `prunable` ones may lose rows; `changeable` names the only columns that may
    change. `findable` ones are read for all businesses by the finder's functions. `audit` is None where only the system
    writes, or where histories tell already who did."""

    audit: Audit | None
    append_only: bool = False
    prunable: bool = False
    changeable: Sequence[str] = ()
    findable: bool = False

    def statements(self, table: str) -> list[str]:
        """Grants, policies and triggers of `table`."""
        rights = ["SELECT", "INSERT"]
        if not self.append_only:
            rights.append(f"UPDATE ({', '.join(self.changeable)})" if self.changeable else "UPDATE")
        if self.prunable:
            rights.append("DELETE")
        return [
            *_row_level_security(table),
            f"CREATE POLICY one_business ON {table} TO {APP_ROLE} USING (business_id = {_HERE})",
            f"CREATE POLICY every_business ON {table} TO {SYSTEM_ROLE} USING (true)",
            f"GRANT {', '.join(rights)} ON {table} TO {APP_ROLE}, {SYSTEM_ROLE}",
            *(_refuse_changes(table) if self.append_only else ()),
            *(_found(table) if self.findable else ()),
            *(self.audit.statements(table) if self.audit else ()),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRows:
    """Rows belong to no business; the app reads `columns` (all by default) of those of which `seen` holds, where
    `current_business` stands for the open transaction's. System phases read, add and change all."""

    seen: str
    audit: Audit | None
    columns: Sequence[str] = ()

    def statements(self, table: str) -> list[str]:
        """Grants, policies and triggers of `table`."""
        columns = f" ({', '.join(self.columns)})" if self.columns else ""
        return [
            *_row_level_security(table),
            f"CREATE POLICY of_this_business ON {table} TO {APP_ROLE}"
            f" USING ({self.seen.replace('current_business', _HERE)})",
            f"CREATE POLICY every_row ON {table} TO {SYSTEM_ROLE} USING (true)",
            f"GRANT SELECT{columns} ON {table} TO {APP_ROLE}",
            f"GRANT SELECT, INSERT, UPDATE ON {table} TO {SYSTEM_ROLE}",
            *(self.audit.statements(table) if self.audit else ()),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemRows:
    """Rows belong to no business; system phases alone read and write them. Into a `post_box`, phases of any business
    put rows too, and see none."""

    post_box: bool = False

    def statements(self, table: str) -> list[str]:
        """Grants of `table`."""
        return [
            *([f"GRANT INSERT ON {table} TO {APP_ROLE}"] if self.post_box else ()),
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {SYSTEM_ROLE}",
        ]


Guard = BusinessRows | SharedRows | SystemRows


def of(base: type[DeclarativeBase], *tables: str) -> list[str]:
    """What puts the marks of these tables' models in force, for the migration that makes the tables. A table without a
    model was dropped or renamed by a later migration, and stays closed to every role until then."""
    marks = marks_of(base)
    return [statement for table in tables if table in marks for statement in marks[table].statements(table)]


def renewed(base: type[DeclarativeBase], connection: Connection, table: str) -> list[str]:
    """What puts a changed mark in force, for a migration of its own: the old guards go, the new ones come."""
    policies = connection.scalars(text(_POLICIES), {"table": table})
    triggers = connection.scalars(text(_TRIGGERS), {"table": table})
    return [
        *(f"DROP POLICY {name} ON {table}" for name in policies),
        *(f"DROP TRIGGER {name} ON {table}" for name in triggers),
        f"REVOKE ALL ON {table} FROM {APP_ROLE}, {SYSTEM_ROLE}, {FINDER_ROLE}",
        *of(base, table),
    ]


def marks_of(base: type[DeclarativeBase]) -> dict[str, Guard]:
    """The mark of each table that has one."""
    models = [mapper.class_ for mapper in base.registry.mappers]
    return {str(model.__tablename__): model.guard for model in models if hasattr(model, "guard")}


_POLICIES = (
    "SELECT policyname FROM pg_policies WHERE schemaname = 'public' AND tablename = :table AND policyname <> 'erasing'"
)
_TRIGGERS = (
    "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(:table)"
    " AND tgname IN ('noted', 'append_only', 'append_only_truncate')"
)


def owned_by_finder(function: str) -> list[str]:
    """`function` runs as a role that reads `findable` tables of all businesses, and nothing else; the app may call
    it."""
    return [
        f"GRANT CREATE ON SCHEMA public TO {FINDER_ROLE}",
        f"ALTER FUNCTION {function} OWNER TO {FINDER_ROLE}",
        f"REVOKE CREATE ON SCHEMA public FROM {FINDER_ROLE}",
        f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {function} TO {APP_ROLE}",
    ]


def _row_level_security(table: str) -> list[str]:
    return [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"]


def _found(table: str) -> list[str]:
    return [
        f"GRANT SELECT ON {table} TO {FINDER_ROLE}",
        f"CREATE POLICY finder ON {table} FOR SELECT TO {FINDER_ROLE} USING (true)",
    ]


def _refuse_changes(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION bursar_refuse_change()",
        f"CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION bursar_refuse_change()",
    ]
