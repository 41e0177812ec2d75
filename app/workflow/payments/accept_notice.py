"""A company says something by itself: verify on the raw bytes, keep it, apply it, and only then acknowledge."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.core import context, db
from app.core.db.retry import in_phase
from app.core.errors import NotFound
from app.core.ids import new_id, parse, show, try_parse
from app.core.money import Money
from app.domain.payments.channels.types import AnyNotice, Notice, NoticeRefused
from app.domain.payments.models import ChannelAccount, ChannelNotice
from app.workflow.payments.keep_account_notice import keep_account_notice
from app.workflow.payments.record_refused_notice import record_refused_notice
from app.workflow.steps.payments import apply_result, channel_access, notified_account
from app.workflow.steps.payments.apply_result import Locked
from app.workflow.steps.payments.channel_access import OpenAccount

MAX_BYTES = 64_000
"""Longest body of a notice: companies send a few kilobytes, and one that counts is kept whole as evidence."""

DUPLICATE_BYTES = 1024
MAX_REPEATED = 20  # kept of one attempt; the whole notice is kept with the first


@dataclass(frozen=True)
class Reply:
    """What to answer the company."""

    body: bytes
    http_status: int
    content_type: str


def accept_notice(
    channel: str, account_id: uuid.UUID, headers: Mapping[str, str], body: bytes, *, address: str = "nowhere"
) -> Reply:
    """Take in one notice of at most MAX_BYTES. One about a contract, dispute, payout to the bank or bill is kept for
    those who listen (keep_account_notice). Refused ones are answered 400, and little of them is kept (see
    record_refused_notice, which `address` is for); duplicates, and what is genuine but none of our business, are
    acknowledged and change nothing.

    Raises:
        NotFound: there is no such channel account.
    """
    account, opened, notice = _read(channel, account_id, headers, body)
    if isinstance(notice, NoticeRefused):
        signed = {"is_signed": notice.is_genuine, "wants_key": notice.wants_key}
        record_refused_notice(account, body, reason=notice.code, address=address, **signed)
        if notice.is_genuine:
            return Reply(*opened.channel.acknowledge())
        return Reply(notice.code.encode(), 400, "text/plain")
    if not isinstance(notice, Notice):
        keep_account_notice(account, notice, body)
        return Reply(*opened.channel.acknowledge())
    try:
        refused = in_phase("accept_notice.apply", account.business_id, lambda: _apply(account, notice, body))
    except _Repeated:
        refused = None
        with db.phase("accept_notice.repeated", account.business_id):
            _, attempt = apply_result.lock(parse("att", notice.our_ref))
            _keep_again(account.id, notice, attempt.id, body[:DUPLICATE_BYTES], verdict="duplicate")
    except IntegrityError as error:
        if not apply_result.is_number_taken(error):
            raise
        # It is theirs and true to its form, so it is not to be told again; people look at it.
        refused = None
        with db.phase("accept_notice.number_taken", account.business_id):
            _refuse_number(account.id, notice, body)
    if refused is not None:
        record_refused_notice(account, body, reason=refused, address=address, is_signed=True)
        return Reply(refused.encode(), 400, "text/plain")
    return Reply(*opened.channel.acknowledge())


class _Repeated(Exception):
    """A notice of this number counted before."""


def _read(
    channel: str, account_id: uuid.UUID, headers: Mapping[str, str], body: bytes
) -> tuple[ChannelAccount, OpenAccount, AnyNotice | NoticeRefused]:
    """The account, and what was read with its secrets: those of a moment ago if they prove the notice, else those of
    now."""
    for account in (notified_account.remembered(channel, account_id), None):
        known = account or notified_account.read(channel, account_id)
        context.bind(business_id=show("biz", known.business_id), account_id=show("cha", account_id))
        opened = channel_access.opened(known)
        try:
            return known, opened, opened.channel.read_notice(opened.settings, headers, body)
        except NoticeRefused as refusal:
            if account is None:
                return known, opened, refusal
    raise AssertionError("an account that was just read decides")


def _apply(account: ChannelAccount, notice: Notice, body: bytes) -> str | None:
    """Why the notice was refused, or None. Bound to channel account, order, amount and currency before it counts."""
    attempt_id = try_parse(notice.our_ref, "att")
    try:
        locked = apply_result.lock(attempt_id) if attempt_id is not None else None
    except NotFound:
        locked = None
    reason = _why_not(account, notice, locked)
    if reason is not None:
        return reason
    assert locked is not None
    order, attempt = locked
    if order is not None:
        context.bind(order_id=show("ord", order.id), attempt_id=show("att", attempt.id))
    db.add_or_raise(
        _Repeated(),
        ChannelNotice,
        id=new_id(),
        channel_account_id=account.id,
        external_id=notice.external_id,
        attempt_id=attempt.id,
        raw=body,
        verdict="accepted",
        reason="",
    )
    apply_result.apply((order, attempt), notice.outcome, source="notice")
    return None


def _refuse_number(account_id: uuid.UUID, notice: Notice, body: bytes) -> None:
    attempt_id = parse("att", notice.our_ref)
    apply_result.refuse_number(apply_result.lock(attempt_id), notice.outcome)
    _keep_again(account_id, notice, attempt_id, body, verdict="refused", reason="trade_used")


# kind of movement → what companies' notices about it are about, where that is no charge
_TOLD_AS = {"refund": "refund", "withdrawal": "payout", "payout": "payout"}


def _why_not(account: ChannelAccount, notice: Notice, locked: Locked | None) -> str | None:
    if locked is None:
        return "unknown_order"
    _, attempt = locked
    if attempt.channel_account_id != account.id:
        return "wrong_channel"
    if notice.operation != _TOLD_AS.get(attempt.kind, "charge"):
        return "wrong_operation"
    reported = notice.outcome.amount
    if reported is None:
        return "amount_missing"
    if reported.currency != attempt.currency:
        return "wrong_currency"
    if reported != Money(attempt.amount_minor, attempt.currency):
        return "wrong_amount"
    if attempt.channel_ref and notice.outcome.channel_ref and attempt.channel_ref != notice.outcome.channel_ref:
        return "wrong_trade"
    return None


def _keep_again(
    account_id: uuid.UUID, notice: Notice, attempt_id: uuid.UUID, raw: bytes, *, verdict: str, reason: str = ""
) -> None:
    """Note what a genuine notice said, a few times: whoever overheard it, or can sign it, may send it again."""
    kept = db.table(ChannelNotice).c
    of_attempt = kept.business_id == db.here(), kept.attempt_id == attempt_id, kept.verdict == verdict
    if db.scalar(select(func.count()).where(*of_attempt)) >= MAX_REPEATED:
        return
    db.add(
        ChannelNotice,
        id=new_id(),
        channel_account_id=account_id,
        external_id=notice.external_id,
        attempt_id=attempt_id,
        raw=raw,
        verdict=verdict,
        reason=reason,
    )
