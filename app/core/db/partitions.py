"""Tables in parts by month: what grows with every order is made ahead, and goes a month at a time.

A part holds the rows whose ids were made in its month (ids carry their time). So the key stays (business_id, id), and
no unique rule is lost. Parts lie in a schema of their own in which no role has any right: rows are reached through
the table alone, under its policies and triggers. Running processes own no table: functions of the owner make and drop
parts.

The part `…_0` has what there was before; `…_rest` takes what fits nowhere, so that no order waits for a part.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Connection, text

from app.core.db.phases import system_phase, system_reading
from app.core.db.reads import rows
from app.core.db.roles import APP_ROLE, ERASER_ROLE, FINDER_ROLE, SYSTEM_ROLE
from app.core.db.typed import JoinedRow, select_as

SCHEMA = "bursar_partitions"
MONTHS_AHEAD = 2

_FIRST_ID = """
CREATE FUNCTION bursar_first_id(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid $$
"""
# Parts with bounds; the first one has no lower bound.
_PARTS = f"""
CREATE FUNCTION bursar_parts() RETURNS TABLE (of_table text, part text, from_id uuid, until_id uuid)
LANGUAGE sql STABLE AS $$
SELECT t.relname::text, p.relname::text,
       coalesce(substring(b.bounds FROM 'FROM \\(''([0-9a-f-]{{36}})'), '00000000-0000-0000-0000-000000000000')::uuid,
       substring(b.bounds FROM 'TO \\(''([0-9a-f-]{{36}})')::uuid
FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid JOIN pg_class t ON t.oid = i.inhparent
CROSS JOIN LATERAL (SELECT pg_get_expr(p.relpartbound, p.oid) AS bounds) b
WHERE p.relkind = 'r' AND p.relnamespace = to_regnamespace('{SCHEMA}') AND b.bounds <> 'DEFAULT' $$
"""
# A part is made apart and then attached, which holds up nobody. What came before it was made is moved into it.
_MAKE = f"""
CREATE FUNCTION bursar_make_parts(ahead int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE owner_table text; name text; rest text; month timestamptz; lower_id uuid; upper_id uuid; strays bool;
    made int := 0;
BEGIN
    FOR owner_table IN SELECT c.relname FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
        WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1
    LOOP
        rest := owner_table || '_rest';
        FOR number IN 0..ahead LOOP
            month := (date_trunc('month', now() AT TIME ZONE 'UTC') + number * interval '1 month') AT TIME ZONE 'UTC';
            lower_id := bursar_first_id(month);
            upper_id := bursar_first_id((month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
            CONTINUE WHEN EXISTS (SELECT FROM bursar_parts() k WHERE k.of_table = owner_table
                AND k.until_id >= upper_id);
            name := owner_table || to_char(month AT TIME ZONE 'UTC', '_YYYY_MM');
            EXECUTE format('CREATE TABLE {SCHEMA}.%I (LIKE public.%I INCLUDING ALL)', name, owner_table);
            EXECUTE format('SELECT EXISTS (SELECT FROM {SCHEMA}.%I WHERE id >= $1 AND id < $2)', rest)
                INTO strays USING lower_id, upper_id;
            IF strays THEN
                EXECUTE format('ALTER TABLE {SCHEMA}.%I DISABLE TRIGGER USER', rest);
                EXECUTE format('WITH moved AS (DELETE FROM {SCHEMA}.%I WHERE id >= $1 AND id < $2 RETURNING *)'
                    ' INSERT INTO {SCHEMA}.%I SELECT * FROM moved', rest, name) USING lower_id, upper_id;
                EXECUTE format('ALTER TABLE {SCHEMA}.%I ENABLE TRIGGER USER', rest);
            END IF;
            EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION {SCHEMA}.%I FOR VALUES FROM (%L) TO (%L)',
                owner_table, name, lower_id, upper_id);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$
"""
# Only what is over for two months, and has as many rows as the caller knows to be kept elsewhere.
_DROP = f"""
CREATE FUNCTION bursar_drop_part(name text, known bigint) RETURNS bool LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE has bigint; owner_table text;
BEGIN
    SELECT of_table INTO owner_table FROM bursar_parts() k
        WHERE k.part = name AND k.until_id < bursar_first_id(now() - interval '60 days');
    IF owner_table IS NULL THEN RETURN false; END IF;
    EXECUTE format('LOCK TABLE {SCHEMA}.%I IN SHARE MODE', name);
    EXECUTE format('SELECT count(*) FROM {SCHEMA}.%I', name) INTO has;
    IF has <> known THEN RETURN false; END IF;
    EXECUTE format('ALTER TABLE public.%I DETACH PARTITION {SCHEMA}.%I', owner_table, name);
    EXECUTE format('DROP TABLE {SCHEMA}.%I', name);
    RETURN true;
END $$
"""
_SIGNATURES = ("bursar_make_parts(int)", "bursar_drop_part(text, bigint)")
_OLD_GUARDS = (
    "SELECT format('DROP POLICY %I ON {0}', policyname) FROM pg_policies WHERE tablename = :table"
    " AND schemaname = 'public' UNION ALL SELECT format('DROP TRIGGER %I ON {0}', tgname) FROM pg_trigger"
    " WHERE tgrelid = to_regclass(:table) AND NOT tgisinternal"
)


class Part(JoinedRow):
    """A part of a table: the rows with ids from `from_id` on, and below `until_id`."""

    part: str
    from_id: uuid.UUID
    until_id: uuid.UUID


_OLDER = select_as(
    Part,
    text(
        "SELECT part, from_id, until_id FROM bursar_parts() WHERE of_table = :wanted AND until_id <= :before"
        " ORDER BY until_id LIMIT 1000"
    ),
)


def functions() -> list[str]:
    """The schema of parts, the functions that make and drop them, and who may call those: system phases alone."""
    granted = [
        statement
        for each in _SIGNATURES
        for statement in (
            f"REVOKE EXECUTE ON FUNCTION {each} FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {each} TO {SYSTEM_ROLE}",
        )
    ]
    return [f"CREATE SCHEMA {SCHEMA}", _FIRST_ID, _PARTS, _MAKE, _DROP, *granted]


def removed() -> list[str]:
    """What undoes `functions`."""
    names = (*_SIGNATURES, "bursar_parts()", "bursar_first_id(timestamptz)")
    return [*(f"DROP FUNCTION {each}" for each in names), f"DROP SCHEMA {SCHEMA}"]


def set_aside(connection: Connection, table: str) -> list[str]:
    """What makes a plain table the part that a table in parts of the same name begins with (see `begun_with`)."""
    found = connection.scalars(text(_OLD_GUARDS.format(table)), {"table": table})
    everybody = f"{APP_ROLE}, {SYSTEM_ROLE}, {FINDER_ROLE}, {ERASER_ROLE}"
    return [
        *found,
        f"REVOKE ALL ON {table} FROM {everybody}",
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} RENAME TO {table}_0",
        f"ALTER TABLE {table}_0 SET SCHEMA {SCHEMA}",
    ]


def begun_with(table: str) -> list[str]:
    """What gives a new table in parts the rows there are, and room for all others. An id that was not made by its time
    may lie beyond this month."""
    attach = f"ALTER TABLE public.{table} ATTACH PARTITION {SCHEMA}.{table}_0 FOR VALUES FROM (MINVALUE) TO (%L)"
    return [
        f"CREATE TABLE {SCHEMA}.{table}_rest PARTITION OF public.{table} DEFAULT",
        "DO $$ DECLARE bound uuid := bursar_first_id((date_trunc('month', now() AT TIME ZONE 'UTC')"
        " + interval '1 month') AT TIME ZONE 'UTC'); BEGIN"
        f" WITH moved AS (DELETE FROM {SCHEMA}.{table}_0 WHERE id >= bound RETURNING *)"
        f" INSERT INTO {SCHEMA}.{table}_rest SELECT * FROM moved;"
        f" EXECUTE format('{attach}', bound); END $$",
    ]


def plain_again(table: str) -> list[str]:
    """What makes it a plain table, without its guards; all its rows are in it."""
    return [
        f"ALTER TABLE public.{table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE public.{table} DETACH PARTITION {SCHEMA}.{table}_0",
        f"INSERT INTO {SCHEMA}.{table}_0 SELECT * FROM public.{table}",
        f"DROP TABLE public.{table}",
        f"ALTER TABLE {SCHEMA}.{table}_0 SET SCHEMA public",
        f"ALTER TABLE {table}_0 RENAME TO {table}",
    ]


def make_ahead() -> int:
    """Make the parts of this month and the next ones; how many there were not."""
    with system_phase("partitions.make"):
        [made] = rows(text("SELECT bursar_make_parts(:ahead) AS made"), ahead=MONTHS_AHEAD)
        return int(made.made)


def older(table: str, before: uuid.UUID) -> Sequence[Part]:
    """The table's parts whose rows all have ids below this one, the oldest first."""
    with system_reading():
        return rows(_OLDER, wanted=table, before=before)


def drop(part: str, *, rows_kept: int = 0) -> bool:
    """Drop a part whose rows are kept elsewhere, all of them; False when it has another number, or is too young."""
    with system_phase("partitions.drop"):
        [found] = rows(text("SELECT bursar_drop_part(:part, :known) AS dropped"), part=part, known=rows_kept)
        return bool(found.dropped)
