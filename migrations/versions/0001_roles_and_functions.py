"""The roles that transactions run as, and the functions that tables and their guards call."""

from __future__ import annotations

from alembic import op

from app.core.db import erasing, guards
from app.core.db.roles import APP_ROLE, ERASER_ROLE, FINDER_ROLE, SYSTEM_ROLE

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

REFUSE_CHANGE = f"""
CREATE FUNCTION bursar_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Only bursar_erase runs as this role, which may update nothing but what names a buyer.
    IF TG_OP = 'UPDATE' AND current_user = '{ERASER_ROLE}' THEN RETURN NEW; END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
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
CREATE FUNCTION bursar_user_of(actor text) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
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

FUNCTIONS = (
    "bursar_note_change()",
    "bursar_user_of(text)",
    "bursar_id_of(text)",
    "bursar_new_id()",
    "bursar_refuse_change()",
)


def upgrade() -> None:
    for statement in (
        *guards.roles(APP_ROLE, SYSTEM_ROLE, FINDER_ROLE, ERASER_ROLE),
        *(REFUSE_CHANGE, NEW_ID, PERSON_OF, NOTE_CHANGE),
        *erasing.functions(),
    ):
        op.execute(statement)


def downgrade() -> None:
    """The roles stay: they belong to the whole server, and other databases there may use them."""
    for function in (*erasing.FUNCTIONS, *FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
