"""A partner is to be written to: its money was sent, and here is the statement. Only a row is written here."""

from __future__ import annotations

from app.core import clock, context, db, mail
from app.core.i18n.language import DEFAULT, match
from app.domain.notifications.mails.models import Mail
from app.domain.settlement.batches.models import SettlementBatch
from app.domain.settlement.partners.models import Partner
from app.lib.some import some


def queue_statement(batch: SettlementBatch) -> None:
    """In the open phase: send the partner the statement of the batch whose payout succeeded, once for each payout. One
    without an address gets none."""
    if not mail.is_on():
        return
    partner = db.get(Partner, batch.partner_id)
    if partner.email:
        db.add_once(
            Mail,
            kind="statement",
            source_id=some(batch.transaction_id),
            recipient=partner.email,
            locale=match(partner.locale) or DEFAULT,
            details={"settlement_batch_id": str(batch.id)},
            next_attempt_at=clock.now(),
            request_id=context.request_of(batch.id),
        )
