"""A company says something about a contract, a dispute, its payout to the bank or a bill: it is kept once, and an
event of its kind tells whoever listens (operations/subscribers). Where nobody does yet, it stays with the merchant's
events."""

from __future__ import annotations

from typing import Any

from app.core import context, db, outbox
from app.core.db.retry import in_phase
from app.core.ids import new_id, show, try_parse
from app.domain.payments import account_notices
from app.domain.payments.channels.types import AccountNotice, ContractNotice
from app.domain.payments.models import ChannelAccount, ChannelNotice
from app.workflow.steps.payments.named_attempt import named_attempt


def keep_account_notice(account: ChannelAccount, notice: ContractNotice | AccountNotice, body: bytes) -> bool:
    """Keep a verified notice, and emit `channel_notice.<kind>_received`. False for one that was kept before: it changes
    nothing."""
    try:
        in_phase("keep_account_notice.keep", account.business_id, lambda: _keep(account, notice, body))
    except _Repeated:
        return False
    return True


class _Repeated(Exception):
    """A notice of this number was kept before."""


def _keep(account: ChannelAccount, notice: ContractNotice | AccountNotice, body: bytes) -> None:
    notice_id, kind = new_id(), account_notices.kind_of(notice)
    details, subject_ref = account_notices.details_of(notice), account_notices.subject_ref(notice)
    attempt_id = None
    if isinstance(notice, AccountNotice):
        attempt_id = named_attempt(account.id, our_ref=notice.our_ref, channel_ref=notice.channel_ref)
    contract_id = try_parse(notice.our_ref, "con") if isinstance(notice, ContractNotice) else None
    if attempt_id is not None:
        context.bind(attempt_id=show("att", attempt_id))
    db.add_or_raise(
        _Repeated(),
        ChannelNotice,
        id=notice_id,
        channel_account_id=account.id,
        external_id=notice.external_id,
        attempt_id=attempt_id,
        raw=body,
        verdict="accepted",
        reason="",
        kind=kind,
        subject_id=contract_id,
        subject_ref=subject_ref,
        details=details,
    )
    payload: dict[str, Any] = {"channel_notice_id": str(notice_id), "channel_account_id": str(account.id)}
    payload |= {"contract_id": str(contract_id)} if contract_id is not None else {}
    payload |= {"attempt_id": str(attempt_id)} if attempt_id is not None else {}
    shown = {name: details[name] for name in _SHOWN if name in details}
    outbox.emit(
        f"channel_notice.{kind}_received",
        aggregate_id=notice_id,
        payload=payload | {"subject_ref": subject_ref} | shown,
    )


# Of what the notice says, what its event says too.
_SHOWN = ("event", "status", "amount_minor", "currency", "reason")
