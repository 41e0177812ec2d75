"""Several small movements that together pass a limit within a day count as one: what went to one receiver lately, from
whomever, and what the people behind whoever asks moved lately, to whomever and by whichever of their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select

from app.core import clock, db
from app.core.db import locks
from app.domain.accounts.business import rules
from app.domain.accounts.business.models import Approval
from app.domain.accounts.business.states import ApprovalStatus
from app.domain.fulfilment import points
from app.domain.fulfilment.models import BuyerMembership, MembershipChange, PointsEntry
from app.domain.orders.models import Order
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.domain.payments.states import COUNTED
from app.workflow.steps.accounts.principals_of import OPERATOR, Principals, names_of

orders, moves, approvals = db.table(Order), db.table(PaymentTransaction), db.table(Approval)
attempts, entries = db.table(PaymentAttempt), db.table(PointsEntry)
changes, members = db.table(MembershipChange), db.table(BuyerMembership)
DAY_S = 86_400.0
_BY_PERSON_OR_KEY = or_(*(moves.c.actor.startswith(head, autoescape=True) for head in ("usr_", "key:", OPERATOR)))


@dataclass(frozen=True)
class RecentTotals:
    """Minor units moved within a day that nobody else approved."""

    to_receiver: int
    by_principals: int


def recent_totals(kind: str, currency: str, *, receiver: str, principals: Principals, actor: str) -> RecentTotals:
    """In the open phase: what went lately in this currency. `receiver` is the buyer of a refund, the account of a
    payout or withdrawal, the wallet of a transfer or gift, whose points or membership. Until the phase ends
    nobody else counts for it or these people."""
    for name in sorted(
        {f"moved|{kind}|to|{_plain(receiver)}", *(f"moved|{kind}|by|{each}" for each in principals or [actor])}
    ):
        locks.hold(name)
    if kind == "points":
        return _recent_points(receiver, principals, actor)
    if kind == "membership":
        return _recent_days(receiver, principals, actor)
    here = db.here()
    approved = exists().where(
        approvals.c.business_id == here,
        approvals.c.transaction_id == func.coalesce(moves.c.split_of, moves.c.id),
        approvals.c.status.in_((ApprovalStatus.APPROVED, ApprovalStatus.DONE)),
    )
    conditions = moves.c.actor.in_({actor, *names_of(principals)})
    found = db.first(
        select(_sum(_received(kind, receiver)).label("received"), _sum(conditions).label("by"))
        .select_from(moves.outerjoin(orders, and_(orders.c.business_id == here, orders.c.id == moves.c.order_id)))
        .where(
            *(
                moves.c.business_id == here,
                moves.c.kind == kind,
                moves.c.kind != "charge",
                _BY_PERSON_OR_KEY,
                ~approved,
            ),
            *(
                moves.c.currency == currency,
                moves.c.status.in_(COUNTED),
                *_only_gifts(kind),
            ),
            moves.c.created_at > clock.now() - rules.LIMITS_COUNT,
        )
    )
    assert found is not None  # a sum has one row
    return RecentTotals(int(found.received), int(found.by))


def _recent_points(receiver: str, principals: Principals, actor: str) -> RecentTotals:
    approved = exists().where(
        approvals.c.business_id == db.here(),
        approvals.c.transaction_id == entries.c.id,
        approvals.c.status.in_((ApprovalStatus.APPROVED, ApprovalStatus.DONE)),
    )
    received = entries.c.account_id == points.account_id(receiver)
    conditions = entries.c.actor.in_({actor, *names_of(principals)})
    sums = [func.coalesce(func.sum(entries.c.change).filter(each), 0) for each in (received, conditions)]
    found = db.first(
        select(sums[0].label("received"), sums[1].label("by")).where(
            *(entries.c.business_id == db.here(), entries.c.kind == "granted", ~approved),
            entries.c.created_at > clock.actual() - rules.LIMITS_COUNT,
        )
    )
    assert found is not None  # a sum has one row
    return RecentTotals(int(found.received), int(found.by))


def _recent_days(receiver: str, principals: Principals, actor: str) -> RecentTotals:
    approved = exists().where(
        approvals.c.business_id == db.here(),
        approvals.c.transaction_id == changes.c.id,
        approvals.c.status.in_((ApprovalStatus.APPROVED, ApprovalStatus.DONE)),
    )
    conditions = changes.c.actor.in_({actor, *names_of(principals)})
    sums = [
        func.ceil(func.coalesce(func.sum(changes.c.seconds).filter(each), 0) / DAY_S)
        for each in (members.c.buyer_reference == receiver, conditions)
    ]
    joined = changes.join(members, and_(members.c.business_id == db.here(), members.c.id == changes.c.membership_id))
    found = db.first(
        select(sums[0].label("received"), sums[1].label("by"))
        .select_from(joined)
        .where(
            *(changes.c.business_id == db.here(), changes.c.seconds > 0, ~approved),
            changes.c.created_at > clock.actual() - rules.LIMITS_COUNT,
        )
    )
    assert found is not None  # a sum has one row
    return RecentTotals(int(found.received), int(found.by))


def _only_gifts(kind: str) -> tuple[ColumnElement[bool], ...]:
    """A top-up that somebody outside pays is the buyer's own money."""
    if kind != "top_up":
        return ()
    tried = attempts.c.business_id == db.here(), attempts.c.transaction_id == moves.c.id
    return (exists().where(*tried, attempts.c.channel == "wallet"),)


def _sum(which: ColumnElement[bool]) -> Any:
    return func.coalesce(func.sum(moves.c.amount_minor).filter(which), 0)


def _received(kind: str, receiver: str) -> ColumnElement[bool]:
    if kind == "refund":
        return orders.c.buyer_reference == receiver
    if kind == "top_up":
        return moves.c.buyer_reference == receiver
    if kind == "transfer":
        return moves.c.counter_reference == receiver
    # Nobody gets another limit by writing an account with other blanks and dashes.
    plain = func.lower(func.regexp_replace(moves.c.payee["account"].astext, "[^[:alnum:]]", "", "g"))
    return plain == literal(_plain(receiver))


def _plain(account: str) -> str:
    return "".join(filter(str.isalnum, account)).lower()
