"""Levels of membership: what was bought, from which the times follow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_NEW = (
    sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("seconds", sa.BigInteger(), nullable=True),
    sa.Column("rank", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("level", sa.Text(), nullable=False, server_default=""),
    sa.Column("upgrade", sa.Text(), nullable=False, server_default="keep"),
    sa.Column("worth_minor", sa.BigInteger(), nullable=False, server_default="0"),
    sa.Column("currency", sa.Text(), nullable=False, server_default=""),
)


def upgrade() -> None:
    for column in _NEW:
        op.add_column("entitlements", column.copy())
    op.execute(
        """
        UPDATE entitlements e SET granted_at = e.created_at,
            seconds = greatest(1, extract(epoch FROM e.ends_at - e.starts_at)::bigint),
            revoked_at = (SELECT max(s.created_at) FROM state_changes s WHERE s.business_id = e.business_id
                          AND s.row_id = e.id AND s.to_state = 'revoked')
        """
    )
    for name in ("granted_at", "seconds"):
        op.alter_column("entitlements", name, nullable=False)
    for name in ("rank", "level", "upgrade", "worth_minor", "currency"):
        op.alter_column("entitlements", name, server_default=None)
    op.drop_constraint(op.f("ck_entitlements_span"), "entitlements", type_="check")
    for name, rule in (
        ("span", "ends_at >= starts_at"),
        ("bought", "seconds > 0 AND rank >= 0 AND worth_minor >= 0"),
        ("upgrade", "upgrade IN ('keep', 'convert', 'replace')"),
        ("revoked", "(status = 'revoked') = (revoked_at IS NOT NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_entitlements_{name}"), "entitlements", rule)


def downgrade() -> None:
    for name in ("revoked", "upgrade", "bought", "span"):
        op.drop_constraint(op.f(f"ck_entitlements_{name}"), "entitlements", type_="check")
    op.execute("UPDATE entitlements SET ends_at = starts_at + interval '1 second' WHERE ends_at <= starts_at")
    op.create_check_constraint(op.f("ck_entitlements_span"), "entitlements", "ends_at > starts_at")
    for column in reversed(_NEW):
        op.drop_column("entitlements", column.name)
