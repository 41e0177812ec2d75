"""What companies say of mandates: they are asked until they have decided, told to end what we let go, and heard when
they speak first. Nothing of a notice is believed but that something is new: the company is asked what."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from app.core import clock, db
from app.core.db.retry import in_phase
from app.core.ids import show
from app.core.process import crash
from app.domain.payments.channels.types import Recurring
from app.domain.payments.models import ChannelAccount
from app.domain.signing import mandates
from app.domain.signing import service as signing
from app.domain.signing.states import ContractStatus, MandateStatus
from app.workflow.steps.operations import due
from app.workflow.steps.payments import channel_access
from app.workflow.steps.payments.channel_access import OpenAccount
from app.workflow.subscriptions.start_mandate import record, start_mandate

BATCH = 200
table = mandates.mandates


@dataclass(frozen=True)
class _Poll:
    """Which mandate is asked about, where, and how it stands here."""

    contract_id: uuid.UUID
    account: OpenAccount
    status: str
    contract_no: str | None
    version: int
    is_untold: bool


def follow_due() -> int:
    """Ask about every mandate whose time has come; how many were. A company that hangs holds up the questions to its
    own account only. Safe to run with others at once."""
    return due.process_by_partition(_due, ask)


def ask(business_id: uuid.UUID, mandate_id: uuid.UUID, *, force: bool = False) -> bool:
    """Ask the company how the mandate stands, or tell it to end it, and record the answer; False when it was not its
    time (or it is over)."""
    polled = in_phase("follow_mandates.claim", business_id, lambda: _claim(mandate_id, force=force))
    if polled is None:
        return False
    if polled.is_untold:
        start_mandate(business_id, polled.contract_id)  # where the buyer agrees was never heard
    channel, ref = polled.account.channel, show("con", polled.contract_id)
    assert isinstance(channel, Recurring)  # it was chosen for that
    if polled.status == MandateStatus.ENDING:
        outcome = channel.end_contract(polled.account.settings, ref, polled.contract_no)
    else:
        outcome = channel.query_contract(polled.account.settings, ref, polled.contract_no)
    crash.point("follow_mandates.call.after")
    in_phase(
        "follow_mandates.record",
        business_id,
        lambda: record(polled.contract_id, polled.account.id, outcome, version=polled.version),
    )
    return True


def heard(business_id: uuid.UUID, account_id: uuid.UUID, *, contract_id: uuid.UUID | None, contract_no: str) -> None:
    """The company of this account said something of a contract of ours, or of the buyer's means that it calls so."""
    about: ColumnElement[bool] = table.c.contract_no == contract_no
    if contract_id is not None:
        about = table.c.contract_id == contract_id
    with db.reading(business_id):
        its = table.c.business_id == db.here(), table.c.channel_account_id == account_id, about
        found = db.rows(select(table.c.id).where(*its).order_by(table.c.id).limit(BATCH))
    for row in found:
        ask(business_id, row.id, force=True)


def _claim(mandate_id: uuid.UUID, *, force: bool) -> _Poll | None:
    contract_id = db.scalar(
        select(table.c.contract_id).where(table.c.business_id == db.here(), table.c.id == mandate_id)
    )
    if contract_id is None:
        return None
    contract, mandate = signing.lock(contract_id), mandates.of_contract(contract_id)
    if mandate is None or mandate.status in mandates.OVER:
        return None
    if not force and (mandate.next_poll_at is None or mandate.next_poll_at > clock.now()):
        return None
    is_untold = mandate.status == MandateStatus.PENDING and mandate.action is None
    mandates.take_up(mandate)
    account = channel_access.opened(db.get(ChannelAccount, mandate.channel_account_id))
    is_untold = is_untold and contract.status == ContractStatus.PENDING
    return _Poll(contract_id, account, mandate.status, mandate.contract_no, mandate.version, is_untold)


def _due(busy: due.Busy) -> list[tuple[due.Partition, due.DueItem]]:
    """By the account to be asked, without those that are busy."""
    with db.system_reading():
        rows = db.rows(
            select(table.c.business_id, table.c.id, table.c.channel_account_id)
            .where(table.c.next_poll_at <= clock.now(), table.c.channel_account_id.not_in(busy.partitions))
            .where(table.c.business_id.not_in(busy.full))
            .order_by(table.c.next_poll_at)
            .limit(BATCH)
        )
        return [(row.channel_account_id, (row.business_id, row.id)) for row in rows]
