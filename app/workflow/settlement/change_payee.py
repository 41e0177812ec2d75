"""Whose account gets a partner's money: a second person approves it, and a change counts a day later."""

from __future__ import annotations

import uuid
from datetime import timedelta

from app.core import clock, db, outbox
from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.security import crypto
from app.domain.accounts.business.models import Approval
from app.domain.payments.iban import compact
from app.domain.payments.types import Payee
from app.domain.settlement.partners.models import Partner
from app.domain.settlement.partners.service import payee_context
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.payments.request_channel_change import encryption_context

COOLS_FOR = timedelta(hours=24)
MAX_NAME_LENGTH = 120
_MIN_ACCOUNT, _MAX_ACCOUNT, _HINT = 4, 64, 4


def request(
    business_id: uuid.UUID, partner_id: uuid.UUID, payee: Payee, *, actor: str, approval_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Ask a second person to pay the partner to this account; the approval's id. The number is kept sealed.

    Raises:
        NotFound: no such partner. Invalid: no name or account. Denied: by a key that nobody stands for.
    """
    account = compact(payee.account)
    if not 0 < len(payee.name.strip()) <= MAX_NAME_LENGTH:
        raise Invalid("invalid_payee", "Enter the account holder’s name.", details={"param": "name"})
    if not _MIN_ACCOUNT <= len(account) <= _MAX_ACCOUNT:
        raise Invalid("invalid_payee", "Enter the IBAN or account number.", details={"param": "account"})
    approval_id = approval_id or new_id()
    with db.phase("change_payee.request", business_id):
        row = db.lock(Partner, partner_id)
        if request_approval.standing(approval_id) is not None:
            return approval_id
        request_approval.request(
            "partner_payee",
            approval_id,
            actor=actor,
            reason=row.name,
            payload={
                "partner_id": str(partner_id),
                "title": row.name,
                "payee_name": payee.name.strip(),
                "hint": account[-_HINT:],
                "is_change": row.payee_account is not None,
            },
            secrets={"account": crypto.encrypt(account, context=encryption_context(approval_id, "account"))},
        )
    return approval_id


def apply(business_id: uuid.UUID, approval: Approval) -> None:
    """Pay the partner to the approved account: at once if it had none, else after COOLS_FOR. Safe to call again. Emits
    `partner.updated`."""
    payload = approval.payload
    partner_id = uuid.UUID(payload["partner_id"])
    with db.phase("change_payee.apply", business_id):
        row = db.lock(Partner, partner_id)
        account = crypto.decrypt(approval.secrets["account"], context=encryption_context(approval.id, "account"))
        sealed = payee_context(partner_id)
        if row.payee_account is not None and crypto.decrypt(row.payee_account, context=sealed) == account:
            return
        cools = COOLS_FOR if row.payee_account is not None else timedelta(0)
        changed = db.change(
            Partner,
            partner_id,
            payee_name=payload["payee_name"],
            payee_account=crypto.encrypt(account, context=sealed),
            payee_hint=payload["hint"],
            payee_usable_at=clock.now() + cools,
        )
        db.write(changed, expect=1)
        outbox.emit("partner.updated", aggregate_id=partner_id, payload={"partner_id": str(partner_id)})
