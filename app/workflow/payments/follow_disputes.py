"""What companies say of disputes: heard when they speak first, asked as long as nobody has decided, and told what the
merchant answers. Nothing of a notice is believed but that something is new: the company is asked what."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import clock, db
from app.core.db.retry import in_phase
from app.core.errors import Conflict
from app.core.process import crash
from app.domain.payments import service as payments
from app.domain.payments.channels.types import DisputeOutcome, Disputing, Evidence
from app.domain.payments.disputes import service as disputes
from app.domain.payments.disputes.models import Dispute
from app.domain.payments.disputes.states import OPEN
from app.domain.payments.models import ChannelAccount
from app.workflow.steps.operations import due
from app.workflow.steps.payments import channel_access, gather_evidence
from app.workflow.steps.payments.channel_access import OpenAccount
from app.workflow.steps.payments.record_dispute import record

BATCH = 200
table = disputes.disputes


@dataclass(frozen=True)
class _Asked:
    """Which dispute the company is asked about, and what it is told: `action` as the dispute has it."""

    account: OpenAccount
    ref: str
    action: str | None
    evidence: Evidence | None


def heard(business_id: uuid.UUID, account_id: uuid.UUID, *, channel_ref: str, attempt_id: uuid.UUID | None) -> None:
    """The company of this account said something of a dispute: begin to follow it, and ask how it stands. Emits
    `dispute.opened` for a new one. Safe to call again."""
    dispute_id = in_phase(
        "follow_disputes.open", business_id, lambda: _open(account_id, channel_ref, attempt_id=attempt_id)
    )
    ask(business_id, dispute_id, force=True)


def follow_due() -> int:
    """Ask about every dispute whose time has come; how many were. A company that hangs holds up the questions to its
    own account only. Safe to run with others at once."""
    return due.process_by_partition(_due, ask)


def ask(business_id: uuid.UUID, dispute_id: uuid.UUID, *, force: bool = False) -> bool:
    """Ask the company how the dispute stands, or tell it what was decided here, and record the answer; False when it
    was not its time, or it has ended."""
    asked = in_phase("follow_disputes.claim", business_id, lambda: _claim(dispute_id, force=force))
    if asked is None:
        return False
    outcome = _call(asked)
    crash.point("follow_disputes.call.after")
    in_phase("follow_disputes.record", business_id, lambda: record(dispute_id, outcome, told=asked.action))
    return True


def _call(asked: _Asked) -> DisputeOutcome:
    channel, settings = asked.account.channel, asked.account.settings
    if not isinstance(channel, Disputing):
        return DisputeOutcome(status="unsent")
    if asked.action == "accept":
        return channel.accept_dispute(settings, asked.ref)
    if asked.action == "submit" and asked.evidence is not None:
        return channel.submit_evidence(settings, asked.ref, asked.evidence)
    return channel.query_dispute(settings, asked.ref)


def _open(account_id: uuid.UUID, channel_ref: str, *, attempt_id: uuid.UUID | None) -> uuid.UUID:
    known = disputes.by_number(account_id, channel_ref)
    if known is not None:
        return known.id
    attempt = payments.attempt(attempt_id) if attempt_id is not None else None
    about = {"attempt_id": attempt_id, "order_id": attempt.order_id if attempt is not None else None}
    made = disputes.add(account_id, channel_ref, kind="dispute", **about)
    if made is None:
        raise Conflict("version_conflict", "Another notice of this dispute was first. Try again.")
    return made.id


def _claim(dispute_id: uuid.UUID, *, force: bool) -> _Asked | None:
    dispute = disputes.lock(dispute_id)
    if dispute is None or dispute.status not in OPEN:
        return None
    if not force and (dispute.next_poll_at is None or dispute.next_poll_at > clock.now()):
        return None
    count = dispute.poll_count + 1
    next_poll_at = disputes.next_poll(dispute.status, count)
    db.write(db.change(Dispute, dispute.id, poll_count=count, next_poll_at=next_poll_at), expect=1)
    account = channel_access.opened(db.get(ChannelAccount, dispute.channel_account_id))
    evidence = gather_evidence.evidence_of(dispute) if dispute.action == "submit" else None
    return _Asked(account, dispute.channel_ref, dispute.action, evidence)


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
