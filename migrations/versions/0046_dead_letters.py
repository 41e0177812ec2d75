"""Find what was given up, and note who tries it again or leaves it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

EVENTS, MAILS = "status = 'dead'", "sent_at IS NULL AND next_try_at IS NULL"


def upgrade() -> None:
    key = ["business_id", "created_at", "id"]
    op.create_index("ix_outbox_events_dead", "outbox_events", key, postgresql_where=sa.text(EVENTS))
    op.create_index("ix_mails_given_up", "mails", key, postgresql_where=sa.text(MAILS))
    of_event = guards.noted_table("outbox_events", ignored=["due_at"], only="UPDATE", where="OLD.status = 'dead'")
    given_up = "OLD.sent_at IS NULL AND OLD.next_try_at IS NULL"
    of_mail = guards.noted_table("mails", ignored=["next_try_at"], only="UPDATE", where=given_up)
    for statement in (*of_event, *of_mail):
        op.execute(statement)


def downgrade() -> None:
    for table in ("outbox_events", "mails"):
        op.execute(f"DROP TRIGGER noted ON {table}")
    op.drop_index("ix_mails_given_up", table_name="mails")
    op.drop_index("ix_outbox_events_dead", table_name="outbox_events")
