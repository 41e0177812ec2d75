"""What a refund would do, before anybody asks for it. Nothing is written."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.core import db
from app.core.ids import new_id
from app.core.money import Money
from app.domain.orders.models import Order
from app.domain.payments import rules
from app.domain.payments import service as payments
from app.domain.payments.types import RefundLineCommand
from app.domain.risk.types import Result
from app.lib.some import some
from app.workflow.steps.orders import refund_lines
from app.workflow.steps.payments import channel_access
from app.workflow.steps.payments.divide_refund import check_refundable, check_undisputed, divide_refund, left_of
from app.workflow.steps.payments.refund_rules import check_refund
from app.workflow.steps.payments.wallet_refund import has_wallet
from app.workflow.steps.risk.decide_refund import RefundCommand, foresee_refund


@dataclass(frozen=True)
class RefundSource:
    """What goes back to one source of the order's money: an account of a channel, or the buyer's wallet."""

    channel: str
    account_name: str
    amount_minor: int


@dataclass(frozen=True)
class RefundPreview:
    """The refund's amount, where it goes, channels first, what is left of the order afterwards, and the lines of which
    nothing is left, so that what was delivered for them is revoked. With `is_wallet_only`, rules send all of it to the
    buyer's wallet, whatever paid the order."""

    money: Money
    sources: tuple[RefundSource, ...]
    left_minor: int
    revoked_lines: frozenset[uuid.UUID]
    is_wallet_only: bool = False


def preview_refund(
    business_id: uuid.UUID,
    order_id: uuid.UUID,
    *,
    amount_minor: int | None,
    lines: Sequence[RefundLineCommand] = (),
    part_id: uuid.UUID | None = None,
    reason: str,
    actor: str,
) -> RefundPreview:
    """What `refund_order` would do with the same arguments, at this moment.

    Raises:
        As `refund_order` does, but for approvals, which only the refund itself asks for.
    """
    with db.reading(business_id):
        order = db.get(Order, order_id)
        sources = payments.paid_attempts(order_id)
        check_refundable(order, sources)
        check_undisputed(order_id)
        refund_id = new_id()
        check_refund(order, refund_id, reason=reason, actor=actor)
        if part_id is not None:
            lines = refund_lines.rest_of_part(order_id, part_id)
        money, chosen = divide_refund(order, sources, lines=lines, amount_minor=amount_minor)
        command = RefundCommand(refund_id=refund_id, money=money, reason=reason, actor=actor)
        is_wallet_only = foresee_refund(order, command, has_wallet) == Result.WALLET_ONLY
        left = left_of(sources)
        parts = [sum(part.amount_minor for part in each) for each in rules.from_sources(chosen, left)]
        found = tuple(
            RefundSource(source.channel, some(payments.account(source.channel_account_id)).name, minor)
            for source, minor in zip(sources, parts, strict=True)
            if minor
        )
        if is_wallet_only:
            wallet = channel_access.wallet_account()
            found = (RefundSource(wallet.channel, wallet.name, money.minor),)
        rest = refund_lines.rests_of(order_id)
        back: dict[uuid.UUID, int] = defaultdict(int)
        for part in chosen:
            back[part.line_id] += part.amount_minor
        revoked = frozenset(line_id for line_id, minor in back.items() if minor == rest[line_id])
        return RefundPreview(money, found, sum(left) - money.minor, revoked, is_wallet_only)
