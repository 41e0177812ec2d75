"""Erasing one buyer: SQL functions that replace who it is by a pseudonym, in columns that were named for it.

They run as a role of their own, which may read these tables and update these columns, and which nobody logs in as or
may become. So append-only tables stay append-only for everybody, and no amount, date or state can be changed so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text

from app.core.db.roles import ERASER_ROLE as ROLE
from app.core.db.roles import SYSTEM_ROLE

PSEUDONYM = "erased_"
# A shorter reference is too common a text: it is replaced only where it stands alone.
MIN_LENGTH = "6"

# Emptied rather than replaced: a pseudonym is no address and no number.
_EMPTIED = ("buyer_email", "buyer_phone", "buyer_ip", "email_key", "device_key")

_TEXT = rf"""
CREATE FUNCTION bursar_scrub(said text, known text[], pseudonym text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE each text;
BEGIN
    FOREACH each IN ARRAY known LOOP
        IF lower(said) = lower(each) THEN RETURN pseudonym; END IF;
        IF said = 'buyer:' || each THEN RETURN 'buyer:' || pseudonym; END IF;
        IF length(each) >= {MIN_LENGTH} THEN
            said := regexp_replace(said, '(^|[^A-Za-z0-9_.@+-])' || regexp_replace(each, '(\W)', '\\\1', 'g')
                || '(?![A-Za-z0-9_@+-])', '\1' || pseudonym, 'gi');
        END IF;
    END LOOP;
    RETURN said;
END $$
"""

_JSON = rf"""
CREATE FUNCTION bursar_scrub(said jsonb, known text[], pseudonym text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE each text; written text := said::text;
BEGIN
    FOREACH each IN ARRAY known LOOP
        written := replace(written, ': ' || to_json(each)::text, ': ' || to_json(pseudonym)::text);
        written := replace(written, ': "buyer:' || substr(to_json(each)::text, 2), ': "buyer:' || pseudonym || '"');
        IF length(each) >= {MIN_LENGTH} THEN
            written := bursar_scrub(written, ARRAY[btrim(to_json(each)::text, '"')], pseudonym);
        END IF;
    END LOOP;
    RETURN written::jsonb;
END $$
"""

_BYTES = """
CREATE FUNCTION bursar_scrub(said bytea, known text[], pseudonym text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN EXISTS (SELECT FROM unnest(known) AS each
    WHERE position(convert_to(each, 'UTF8') IN said) > 0) THEN convert_to(pseudonym, 'UTF8') ELSE said END $$
"""

_MENTIONS = """
CREATE FUNCTION bursar_mentions(said text, known text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
SELECT EXISTS (SELECT FROM unnest(known) AS each WHERE CASE WHEN length(each) >= MIN_LENGTH
    THEN position(lower(each) IN lower(said)) > 0
    ELSE said IN (each, 'buyer:' || each) OR position(': ' || to_json(each)::text IN said) > 0 END) $$
""".replace("MIN_LENGTH", MIN_LENGTH)

_MENTIONS_BYTES = """
CREATE FUNCTION bursar_mentions(said bytea, known text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
SELECT EXISTS (SELECT FROM unnest(known) AS each WHERE position(convert_to(each, 'UTF8') IN said) > 0) $$
"""

# One page of one table, by id; what may be updated there is what the role was given.
_ERASE = """
CREATE FUNCTION bursar_erase(
    business uuid, wanted text, known text[], pseudonym text, after uuid, most int, OUT last uuid, OUT changed int
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE sets text; finds text; owns text := 'false';
BEGIN
    IF pseudonym !~ '^PSEUDONYM[a-z0-9]{16}$' OR cardinality(known) = 0 OR '' = ANY (known) THEN
        RAISE EXCEPTION 'who is to be erased, and by which pseudonym?';
    END IF;
    IF wanted = 'agreement_acceptances' THEN
        owns := 'EXISTS (SELECT FROM orders o WHERE o.business_id = $1 AND o.id = t.order_id'
            ' AND o.buyer_reference = $5)';
    ELSIF EXISTS (SELECT FROM pg_attribute WHERE attrelid = wanted::regclass AND attname = 'buyer_reference') THEN
        owns := 't.buyer_reference = ANY ($4)';
    END IF;
    SELECT string_agg(CASE WHEN attname = ANY ('{EMPTIED}')
               THEN format('%1$I = CASE WHEN bursar_mentions(t.%1$I, $4) OR %2$s THEN NULL ELSE t.%1$I END',
                           attname, owns)
               ELSE format('%1$I = bursar_scrub(t.%1$I, $4, $5)', attname) END, ', '),
           owns || ' OR ' || string_agg(CASE WHEN format_type(atttypid, NULL) = 'bytea'
               THEN format('bursar_mentions(t.%I, $4)', attname)
               ELSE format('bursar_mentions(t.%I::text, $4)', attname) END, ' OR ')
        INTO sets, finds
        FROM pg_attribute WHERE attrelid = wanted::regclass AND attnum > 0 AND NOT attisdropped
            AND attname <> 'erased_hash' AND has_column_privilege(current_user, attrelid, attnum, 'UPDATE');
    IF sets IS NULL THEN RAISE EXCEPTION 'nothing is erased in %', wanted; END IF;
    IF wanted = 'audit_entries' THEN
        sets := sets || ', erased_hash = coalesce(t.erased_hash,'
            ' encode(sha256(convert_to(bursar_entry_text(t), ''UTF8'')), ''hex''))';
    END IF;
    EXECUTE format('WITH page AS (SELECT id FROM %1$I WHERE business_id = $1 AND id > $2 ORDER BY id LIMIT $3),'
        ' done AS (UPDATE %1$I t SET %2$s FROM page WHERE t.business_id = $1 AND t.id = page.id AND (%3$s)'
        ' RETURNING 1)'
        ' SELECT (SELECT id FROM page ORDER BY id DESC LIMIT 1), (SELECT count(*) FROM done)', wanted, sets, finds)
        INTO last, changed USING business, after, most, known, pseudonym;
END $$
""".replace("EMPTIED", ",".join(_EMPTIED)).replace("PSEUDONYM", PSEUDONYM)

# Empties columns of some rows: what was kept long enough (see workflow/accounts/prune_personal).
_FORGET = """
CREATE FUNCTION bursar_forget(business uuid, wanted text, names text[], ids uuid[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE sets text; finds text; changed int;
BEGIN
    SELECT string_agg(format('%1$I = %2$s', attname, emptied), ', '),
           string_agg(format('t.%1$I IS DISTINCT FROM %2$s', attname, emptied), ' OR ')
        INTO sets, finds
        FROM pg_attribute CROSS JOIN LATERAL (SELECT CASE
            WHEN attname = 'buyer_reference'
                THEN '''PSEUDONYM'' || left(encode(sha256(uuid_send(t.id)), ''hex''), 16)'
            WHEN NOT attnotnull THEN 'NULL'
            WHEN format_type(atttypid, NULL) = 'jsonb'
                THEN format('CASE jsonb_typeof(t.%I) WHEN ''array'' THEN ''[]''::jsonb ELSE ''{}''::jsonb END', attname)
            ELSE '''''' END AS emptied) e
        WHERE attrelid = wanted::regclass AND attnum > 0 AND NOT attisdropped AND attname = ANY (names)
            AND has_column_privilege(current_user, attrelid, attnum, 'UPDATE')
        HAVING count(*) = cardinality(names);
    IF sets IS NULL THEN RAISE EXCEPTION 'these columns of % are not emptied', wanted; END IF;
    EXECUTE format('UPDATE %1$I t SET %2$s WHERE t.business_id = $1 AND t.id = ANY ($2) AND (%3$s)',
        wanted, sets, finds) USING business, ids;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$
""".replace("PSEUDONYM", PSEUDONYM)

# One page of one table, by id: everybody in it gets a pseudonym, the same in all tables, and what people wrote is
# emptied. `salt` is known to whoever calls, until it is done. What invariants compare stays: ids, states, amounts.
_ERASE_ALL = r"""
CREATE FUNCTION bursar_erase_all(
    business uuid, wanted text, salt text, after uuid, most int, OUT last uuid, OUT changed int
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE sets text;
BEGIN
    IF length(salt) < 32 THEN RAISE EXCEPTION 'a salt is longer'; END IF;
    SELECT string_agg(format('%1$I = %2$s', attname, CASE
            WHEN attname IN ('buyer_reference', 'counter_reference') OR (wanted = 'buyers' AND attname = 'reference')
                THEN format(pseudonym, attname)
            WHEN attname = 'owner' THEN format('CASE WHEN t.owner <> '''' AND t.kind = ANY (''{OWNED}'')'
                ' THEN %s ELSE t.owner END', format(pseudonym, 'owner'))
            WHEN attname IN ('actor', 'resolved_by') THEN format('CASE WHEN t.%1$I LIKE ''buyer:%%'''
                ' THEN ''buyer:PSEUDONYM'' ELSE t.%1$I END', attname)
            WHEN wanted = 'approvals' AND attname = 'payload' THEN 't.payload - ''{NAMING}''::text[]'
            WHEN NOT attnotnull AND attname = ANY ('{EMPTIED}') THEN 'NULL'
            ELSE format('CASE WHEN t.%1$I IS NULL THEN NULL ELSE %2$s END', attname,
                CASE format_type(atttypid, NULL)
                    WHEN 'jsonb' THEN format('CASE jsonb_typeof(t.%I) WHEN ''array'' THEN ''[]''::jsonb'
                        ' ELSE ''{}''::jsonb END', attname)
                    WHEN 'bytea' THEN '''''::bytea'
                    ELSE '''''' END) END), ', ')
        INTO sets
        FROM pg_attribute CROSS JOIN (SELECT 'CASE WHEN t.%1$I LIKE ''PSEUDONYM%%'' THEN t.%1$I WHEN t.%1$I IS NULL'
            ' THEN NULL ELSE ''PSEUDONYM'' || left(encode(sha256(convert_to($4 || t.%1$I, ''UTF8'')), ''hex''), 16) END'
            AS pseudonym) p
        WHERE attrelid = wanted::regclass AND attnum > 0 AND NOT attisdropped
            AND attname <> 'erased_hash' AND has_column_privilege(current_user, attrelid, attnum, 'UPDATE');
    IF sets IS NULL THEN RAISE EXCEPTION 'nothing is erased in %', wanted; END IF;
    IF wanted = 'audit_entries' THEN
        sets := sets || ', erased_hash = coalesce(t.erased_hash,'
            ' encode(sha256(convert_to(bursar_entry_text(t), ''UTF8'')), ''hex''))';
    END IF;
    EXECUTE format('WITH page AS (SELECT id FROM %1$I WHERE business_id = $1 AND id > $2 ORDER BY id LIMIT $3),'
        ' done AS (UPDATE %1$I t SET %2$s FROM page WHERE t.business_id = $1 AND t.id = page.id RETURNING 1)'
        ' SELECT (SELECT id FROM page ORDER BY id DESC LIMIT 1), (SELECT count(*) FROM done)', wanted, sets)
        INTO last, changed USING business, after, most, salt;
END $$
"""
_ERASE_ALL = (
    _ERASE_ALL.replace("{EMPTIED}", "{" + ",".join((*_EMPTIED, "email", "phone", "name")) + "}")
    .replace("{OWNED}", "{wallet,hold,shortfall,owed_by_buyer,claims,unapplied,partner}")
    .replace("{NAMING}", "{account,name,buyer,counter,value,points_of}")
    .replace("PSEUDONYM", PSEUDONYM)
)
_ERASES_ALL = "bursar_erase_all(uuid, text, text, uuid, int)"

_SIGNATURE = "bursar_erase(uuid, text, text[], text, uuid, int)"
_FORGETS = "bursar_forget(uuid, text, text[], uuid[])"
FUNCTIONS = (
    *(_SIGNATURE, _FORGETS, "bursar_mentions(text, text[])", "bursar_mentions(bytea, text[])"),
    *(f"bursar_scrub({kind}, text[], text)" for kind in ("jsonb", "text", "bytea")),
)
_GRANTED = (
    "SELECT table_name, column_name FROM information_schema.column_privileges WHERE grantee = :role"
    " AND table_schema = 'public' AND privilege_type = 'UPDATE' AND column_name <> 'erased_hash'"
)
_THERE = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
_POLICIES = "SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public' AND policyname = 'erasing'"


def functions() -> list[str]:
    """The functions that erase and that empty columns, and who may call them: system phases alone."""
    made = (_TEXT, _JSON, _BYTES, _MENTIONS, _MENTIONS_BYTES, _ERASE, _FORGET)
    return [*made, *_owned(_SIGNATURE), *_owned(_FORGETS)]


def functions_of_businesses() -> list[str]:
    """The function that erases everybody of a business, and who may call it: system phases alone."""
    return [_ERASE_ALL, *_owned(_ERASES_ALL)]


def grant(connection: Connection, columns: Mapping[str, Sequence[str]]) -> None:
    """Let the role update these columns, as far as they are there, and no others: what `flask db upgrade` ends with, so
    that the table of kinds is the one place that says what can be erased."""
    granted = _pairs(connection, _GRANTED, role=ROLE)
    there, policies = _pairs(connection, _THERE), {name for name, _ in _pairs(connection, _POLICIES)}
    may = {(table, name) for table, names in columns.items() for name in names} & there
    for table in sorted({name for name, _ in may ^ granted}):
        more = sorted(name for of, name in may - granted if of == table)
        less = sorted(name for of, name in granted - may if of == table)
        if more:
            connection.execute(text(f"GRANT SELECT, UPDATE ({', '.join(more)}) ON {table} TO {ROLE}"))
        if less:
            connection.execute(text(f"REVOKE UPDATE ({', '.join(less)}) ON {table} FROM {ROLE}"))
        if more and table not in policies:
            connection.execute(text(f"CREATE POLICY erasing ON {table} TO {ROLE} USING (true)"))


def _pairs(connection: Connection, query: str, **given: str) -> set[tuple[str, str]]:
    return {(str(one), str(other)) for one, other in connection.execute(text(query), given)}


def _owned(signature: str) -> list[str]:
    return [
        f"GRANT CREATE ON SCHEMA public TO {ROLE}",
        f"ALTER FUNCTION {signature} OWNER TO {ROLE}",
        f"REVOKE CREATE ON SCHEMA public FROM {ROLE}",
        f"REVOKE EXECUTE ON FUNCTION {signature} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {signature} TO {SYSTEM_ROLE}",
    ]
