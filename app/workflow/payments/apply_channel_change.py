"""Doing what somebody asked of a channel and somebody else approved."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.core.errors import Conflict
from app.core.security import crypto
from app.domain.accounts.business.models import Approval
from app.domain.payments.models import ChannelAccount
from app.lib.some import some
from app.workflow.payments import manage_channels
from app.workflow.steps.payments.request_channel_change import encryption_context

accounts = db.table(ChannelAccount)


def apply_channel_change(business_id: uuid.UUID, approval: Approval) -> None:
    """Add or change the account as the approval says. Safe to call again.

    Raises:
        Conflict: its settings are not any more what they were when it was asked. Invalid: the channel takes others now.
    """
    payload = approval.payload
    secrets = {
        name: crypto.decrypt(text, context=encryption_context(approval.id, name))
        for name, text in approval.secrets.items()
    }
    about = {name: payload[name] for name in ("name", "enabled", "priority")} | {
        "values": {**payload["values"], **secrets}
    }
    with db.reading(business_id):
        conditions = accounts.c.business_id == business_id, accounts.c.id == some(some(approval.subject_id))
        known = db.first(select(accounts).where(*conditions))
    if payload["is_new"]:
        if known is None:
            added = {"channel": payload["channel"], "account_id": some(some(approval.subject_id))}
            try:
                manage_channels.add_channel_account(business_id, **added, **about)
            except Conflict:
                with db.reading(business_id):
                    if db.first(select(accounts.c.id).where(*conditions)) is None:
                        raise  # else somebody carried it out at the same moment
        return
    for name, before in payload["before"].items():
        if known is None or known.settings.get(name, "") not in (before, payload["values"][name]):
            raise Conflict("version_conflict", "The channel has changed in the meantime. Review it and try again.")
    manage_channels.change_channel_account(business_id, some(some(approval.subject_id)), **about)
