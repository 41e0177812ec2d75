"""Keep which people stand behind keys, requests and seats: nobody decides what they asked for by another name."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from app.core import ids
from app.core.db import guards

revision = "0076"
down_revision = "0084"
branch_labels = None
depends_on = None

PEOPLE = ARRAY(sa.UUID())
OLD_KINDS = "kind IN ('refund', 'payout', 'withdrawal', 'channel', 'move')"
KINDS = "kind IN ('refund', 'payout', 'withdrawal', 'transfer', 'channel', 'move', 'limits')"
_AMOUNT = "amount_minor IS NOT NULL AND currency IS NOT NULL OR kind NOT IN "
OLD_AMOUNT, AMOUNT = (
    _AMOUNT + kinds
    for kinds in ("('refund', 'payout', 'withdrawal')", "('refund', 'payout', 'withdrawal', 'transfer')")
)
_COLUMNS = (
    *(("api_keys", "roots"), ("invitations", "roots"), ("memberships", "vouched_by")),
    *(("approvals", "asked_roots"), ("approvals", "decided_roots")),
)
_OPERATORS = ("ix_payment_transactions_operators", "payment_transactions", ["actor", "created_at"])
_READ = sa.text(
    "SELECT k.business_id, k.id, k.replaced_by, e.actor FROM api_keys k LEFT JOIN audit_entries e"
    " ON e.business_id = k.business_id AND e.subject_id = k.id AND e.subject_table = 'api_keys'"
    " AND e.action = 'created' ORDER BY k.created_at, k.id"
)


def upgrade() -> None:
    op.execute(guards.PERSON_OF)
    for table, column in _COLUMNS:
        op.add_column(table, sa.Column(column, PEOPLE, server_default="{}", nullable=False))
    op.add_column("approvals", sa.Column("not_before", sa.DateTime(timezone=True)))
    op.add_column("memberships", sa.Column("confirmed_by", sa.UUID(), sa.ForeignKey("persons.id")))
    for moment in ("vouched_at", "confirmed_at", "owner_until"):
        op.add_column("memberships", sa.Column(moment, sa.DateTime(timezone=True)))
    op.create_index(*_OPERATORS, postgresql_where=sa.text("actor LIKE 'operator:%'"))
    op.execute("SET LOCAL ROLE bursar_system")
    _name_those_behind_keys()
    for table, column, actor in (("approvals", "asked_roots", "asked_by"), ("invitations", "roots", "invited_by")):
        op.execute(
            f"UPDATE {table} a SET {column} = CASE WHEN a.{actor} LIKE 'key:%' THEN"
            " coalesce((SELECT k.roots FROM api_keys k WHERE k.business_id = a.business_id"
            f" AND k.id = bursar_id_of(substr(a.{actor}, 5))), '{{}}')"
            f" ELSE array_remove(ARRAY[bursar_person_of(a.{actor})], NULL) END"
        )
    # What was decided by whoever asked for it names nobody who decided: `flask audit` says so (I76).
    op.execute(
        "UPDATE approvals SET decided_roots = ARRAY[bursar_person_of(decided_by)]"
        " WHERE bursar_person_of(decided_by) IS NOT NULL AND NOT bursar_person_of(decided_by) = ANY (asked_roots)"
    )
    op.execute("RESET ROLE")
    _constrain(KINDS, AMOUNT)
    op.create_check_constraint(op.f("ck_approvals_others"), "approvals", "NOT asked_roots && decided_roots")
    op.create_check_constraint(
        op.f("ck_memberships_vouched"), "memberships", "(vouched_by = '{}') = (vouched_at IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_memberships_confirmed"),
        "memberships",
        "(confirmed_by IS NULL) = (confirmed_at IS NULL) AND confirmed_by <> ALL (vouched_by || person_id)",
    )


def downgrade() -> None:
    op.execute("DELETE FROM approvals WHERE kind IN ('transfer', 'limits')")
    for table, name in (("memberships", "confirmed"), ("memberships", "vouched"), ("approvals", "others")):
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.drop_index(*_OPERATORS[:2])
    _constrain(OLD_KINDS, OLD_AMOUNT)
    for column in ("owner_until", "confirmed_at", "vouched_at", "confirmed_by", "vouched_by"):
        op.drop_column("memberships", column)
    for column in ("not_before", "decided_roots", "asked_roots"):
        op.drop_column("approvals", column)
    for table in ("invitations", "api_keys"):
        op.drop_column(table, "roots")
    op.execute("DROP FUNCTION bursar_person_of(text)")
    op.execute("DROP FUNCTION bursar_id_of(text)")


def _constrain(kinds: str, amount: str) -> None:
    op.drop_constraint(op.f("ck_approvals_kind"), "approvals")
    op.drop_constraint(op.f("ck_approvals_amount"), "approvals")
    op.create_check_constraint(op.f("ck_approvals_kind"), "approvals", kinds)
    op.create_check_constraint(op.f("ck_approvals_amount"), "approvals", amount)


def _name_those_behind_keys() -> None:
    """Who made a key, by the audit log; through keys that made keys, and with those of the key that it replaced."""
    roots: dict[tuple[Any, Any], set[uuid.UUID]] = {}
    rows = op.get_bind().execute(_READ).all()
    before = {(row.business_id, row.replaced_by): row.id for row in rows if row.replaced_by is not None}
    for row in rows:  # the oldest first: what made a key is older than it
        found = roots.setdefault((row.business_id, row.id), set())
        actor = (row.actor or "").removeprefix("operator:")
        if (person := ids.try_parse(actor, "usr")) is not None:
            found.add(person)
        for older in (ids.try_parse(actor.removeprefix("key:"), "key"), before.get((row.business_id, row.id))):
            found |= roots.get((row.business_id, older), set())
    named = [{"b": b, "i": i, "r": sorted(people)} for (b, i), people in roots.items() if people]
    if named:
        statement = sa.text("UPDATE api_keys SET roots = :r WHERE business_id = :b AND id = :i")
        op.get_bind().execute(statement.bindparams(sa.bindparam("r", type_=PEOPLE)), named)
