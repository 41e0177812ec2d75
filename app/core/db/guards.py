"""What the database itself refuses: the statements that put row-level security and append-only tables in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.db.roles import APP_ROLE, FINDER_ROLE, SYSTEM_ROLE


def roles(*names: str) -> list[str]:
    """Roles that cannot log in, by default the two that every transaction runs as; they own nothing. Made once per
    cluster, by an owner with CREATEROLE or by its administrator before."""
    wanted = names or (APP_ROLE, SYSTEM_ROLE)
    made = [
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} NOLOGIN;"
        " END IF; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        for role in wanted
    ]
    # Whoever makes a role is a member of it, but from PostgreSQL 16 on not one that may become it.
    may_become = "CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END"
    granted = [
        f"DO $$ BEGIN IF NOT pg_has_role(current_user, '{role}', {may_become}) THEN"
        f" EXECUTE format('GRANT {role} TO %I', current_user); END IF;"
        " EXCEPTION WHEN unique_violation OR invalid_grant_operation THEN NULL; END $$"
        for role in wanted
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
    """Grants of a table that belongs to no business: read by all, written in system phases. Migration 0084 takes the
    reading from the app again; a new table takes `system_table`."""
    return [f"GRANT SELECT ON {table} TO {APP_ROLE}", f"GRANT {rights} ON {table} TO {SYSTEM_ROLE}"]


def system_table(table: str, *, rights: str = "SELECT, INSERT, UPDATE, DELETE") -> list[str]:
    """Grants of a table that belongs to no business: system phases alone read and write it."""
    return [f"GRANT {rights} ON {table} TO {SYSTEM_ROLE}"]


def seen_where(table: str, condition: str) -> list[str]:
    """Policies of a table that belongs to no business: the app sees the rows of which `condition` holds, where
    `current_business` stands for the open transaction's; system phases see all."""
    here = "nullif(current_setting('bursar.business_id', true), '')::uuid"
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY of_this_business ON {table} TO {APP_ROLE}"
        f" USING ({condition.replace('current_business', here)})",
        f"CREATE POLICY every_row ON {table} TO {SYSTEM_ROLE} USING (true)",
    ]


def found_by(function: str, *tables: str) -> list[str]:
    """`function` runs as a role that reads `tables` of all businesses, and nothing else; the app may call it."""
    seen = [
        statement
        for table in tables
        for statement in (
            f"GRANT SELECT ON {table} TO {FINDER_ROLE}",
            f"CREATE POLICY finder ON {table} FOR SELECT TO {FINDER_ROLE} USING (true)",
        )
    ]
    return [
        *seen,
        f"GRANT CREATE ON SCHEMA public TO {FINDER_ROLE}",
        f"ALTER FUNCTION {function} OWNER TO {FINDER_ROLE}",
        f"REVOKE CREATE ON SCHEMA public FROM {FINDER_ROLE}",
        f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {function} TO {APP_ROLE}",
    ]


def post_box(table: str) -> list[str]:
    """Grants of a table that belongs to no business and that phases of any only put rows into."""
    return [
        f"GRANT INSERT ON {table} TO {APP_ROLE}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {SYSTEM_ROLE}",
    ]


def noted_table(
    table: str, *, secret: Sequence[str] = (), ignored: Sequence[str] = (), only: str = "", where: str = ""
) -> list[str]:
    """Whoever changes this table by hand or by key (not the system by itself) is noted in the audit log, with what was
    before and after: `secret` columns only by name, `ignored` ones not at all. `only`: just INSERT, or just UPDATE;
    `where`: just rows of which this holds."""
    events = only or "INSERT OR UPDATE OR DELETE"
    return [
        f"CREATE TRIGGER noted AFTER {events} ON {table} FOR EACH ROW"
        f" WHEN ({where + ' AND ' if where else ''}coalesce(current_setting('bursar.actor', true), '') <> '')"
        f" EXECUTE FUNCTION bursar_note_change('{','.join(secret)}', '{','.join(ignored)}')"
    ]


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

# A UUIDv7 by the database's clock.
NEW_ID = """
CREATE FUNCTION bursar_new_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
    substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid $$
"""

# The id behind a shown one (see ids.show), and the person who acts under a name in histories; null where there is none.
PERSON_OF = r"""
CREATE FUNCTION bursar_id_of(shown text) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
SELECT (lpad(to_hex(substring(bits FROM 3 FOR 64)::bit(64)::bigint), 16, '0')
    || lpad(to_hex(substring(bits FROM 67 FOR 64)::bit(64)::bigint), 16, '0'))::uuid
FROM (SELECT string_agg(
        (strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(right(shown, 26), place, 1)) - 1)::bit(5)::text, ''
        ORDER BY place) AS bits FROM generate_series(1, 26) place) letters
WHERE shown ~ '^[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}$' $$;
CREATE FUNCTION bursar_person_of(actor text) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
SELECT bursar_id_of(substring(actor FROM '^(?:operator:)?(usr_.+)$')) $$
"""

# `bursar.actor` is "<who> <address> <request>", set for the transaction (see phases._begin). Sealed texts are left out
# wherever they stand.
NOTE_CHANGE = r"""
CREATE FUNCTION bursar_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said text[] := string_to_array(current_setting('bursar.actor'), ' ');
    secrets text[] := string_to_array(TG_ARGV[0], ',');
    ignored text[] := string_to_array(TG_ARGV[1], ',');
    was jsonb := '{}';
    is_now jsonb := '{}';
    row_of jsonb;
BEGIN
    IF TG_OP <> 'INSERT' THEN was := to_jsonb(OLD); END IF;
    IF TG_OP <> 'DELETE' THEN is_now := to_jsonb(NEW); END IF;
    row_of := was || is_now;
    IF TG_OP = 'UPDATE' THEN
        SELECT coalesce(jsonb_object_agg(key, value), '{}') INTO was FROM jsonb_each(to_jsonb(OLD))
            WHERE is_now -> key IS DISTINCT FROM value;
        SELECT coalesce(jsonb_object_agg(key, value), '{}') INTO is_now FROM jsonb_each(is_now) WHERE was ? key;
    END IF;
    was := was - ignored - ARRAY['business_id', 'version'];
    is_now := is_now - ignored - ARRAY['business_id', 'version'];
    IF was = '{}' AND is_now = '{}' THEN RETURN NULL; END IF;
    SELECT coalesce(jsonb_object_agg(key, CASE WHEN key = ANY (secrets) THEN '"•••"' ELSE value END), '{}')
        INTO was FROM jsonb_each(was);
    SELECT coalesce(jsonb_object_agg(key, CASE WHEN key = ANY (secrets) THEN '"•••"' ELSE value END), '{}')
        INTO is_now FROM jsonb_each(is_now);
    INSERT INTO audit_entries
        (business_id, id, created_at, actor, address, request_id, action, subject_table, subject_id, before, after)
    VALUES (
        coalesce(row_of ->> 'business_id', row_of ->> 'id')::uuid, bursar_new_id(), clock_timestamp(),
        said[1], coalesce(said[2], ''), coalesce(said[3], ''),
        CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END, TG_TABLE_NAME,
        coalesce(row_of ->> 'id', row_of ->> 'product_id', row_of ->> 'business_id')::uuid,
        regexp_replace(was::text, '"v1\.[^".]+\.[A-Za-z0-9_=-]{38,}"', '"•••"', 'g')::jsonb,
        regexp_replace(is_now::text, '"v1\.[^".]+\.[A-Za-z0-9_=-]{38,}"', '"•••"', 'g')::jsonb
    );
    RETURN NULL;
END $$
"""

# What the seal of an entry is made of: every column, in a form that no setting changes.
ENTRY_TEXT = r"""
CREATE FUNCTION bursar_entry_text(entry audit_entries) RETURNS text LANGUAGE sql STABLE AS $$
SELECT concat_ws(E'\x1f', entry.business_id, entry.id, floor(extract(epoch FROM entry.created_at) * 1000000)::bigint,
    entry.actor, entry.address, entry.request_id, entry.action, entry.subject_table, entry.subject_id,
    entry.before::text, entry.after::text) $$
"""

# Each seal beside what it should be.
SEALS_NOW = f"""
CREATE VIEW audit_seals_now WITH (security_invoker = true) AS
SELECT s.business_id, s.id, s.number, s.through_id, s.entries, s.hash, s.signature,
       made.entries AS entries_now, made.hash AS hash_now,
       s.number = 1 OR p.id IS NOT NULL AS follows
FROM audit_seals s
LEFT JOIN audit_seals p ON p.business_id = s.business_id AND p.number = s.number - 1
CROSS JOIN LATERAL (
    SELECT count(*) AS entries, encode(sha256(convert_to(coalesce(p.hash, '') || coalesce(string_agg(
        encode(sha256(convert_to(bursar_entry_text(e), 'UTF8')), 'hex'), '' ORDER BY e.id), ''), 'UTF8')), 'hex')
        AS hash
    FROM audit_entries e WHERE e.business_id = s.business_id AND e.id <= s.through_id
        AND e.id > coalesce(p.through_id, '00000000-0000-0000-0000-000000000000')
) made
;
GRANT SELECT ON audit_seals_now TO {APP_ROLE}, {SYSTEM_ROLE}
"""


def all_of(statements: Iterable[Sequence[str]]) -> list[str]:
    """The statements one after another."""
    return [statement for several in statements for statement in several]
