"""Payments that programs take for buyers are not what the audit log is for: orders and attempts have histories."""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_NOTED = (
    "CREATE TRIGGER noted AFTER INSERT ON payment_transactions FOR EACH ROW"
    " WHEN (coalesce(current_setting('bursar.actor', true), '') <> ''{also})"
    " EXECUTE FUNCTION bursar_note_change('', '')"
)


def upgrade() -> None:
    op.execute("DROP TRIGGER noted ON payment_transactions")
    op.execute(_NOTED.format(also=" AND NEW.kind NOT IN ('charge', 'deduction')"))


def downgrade() -> None:
    op.execute("DROP TRIGGER noted ON payment_transactions")
    op.execute(_NOTED.format(also=""))
