"""What was declined lately, in one statement: of the order, of its buyer, at the address, by the means they used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Text,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union,
)

from app.core import db
from app.domain.orders.models import Order
from app.domain.orders.types import Placed
from app.domain.payments import decline_limits
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.domain.payments.states import AttemptStatus
from app.lib.some import some

orders, charges, attempts = db.table(Order), db.table(PaymentTransaction), db.table(PaymentAttempt)
# Of one address the last ones tell enough; of one means more would not make the pause longer.
LAST_AT_ADDRESS, LAST_OF_MEANS = 20, 50


@dataclass(frozen=True)
class RecentDeclines:
    """Tries of a day that were decided: by the buyer, of this order's session (`here`), and the last ones at the
    address. The `means` are those with which the buyer or somebody at the address was declined."""

    theirs: int
    their_last: datetime | None
    here: int
    last: datetime | None
    decided: int
    at_address: int
    means: tuple[Means, ...]


@dataclass(frozen=True)
class Means:
    """One card or account: how often it was declined by whomever, and of these by the buyer and at the address."""

    declined: int
    last: datetime
    theirs: int
    at_address: int
    is_named: bool


# In the text itself: behind a parameter, a plan that is kept for all its values does not find the index of declines.
_FAILED: ColumnElement[str] = literal_column(f"'{AttemptStatus.FAILED}'")


def _since(table: Any) -> tuple[Any, ...]:
    return table.c.business_id == db.HERE, table.c.decided_at > bindparam("since")


def _declined(table: Any) -> Any:
    code = table.c.decline_code
    return and_(table.c.status == _FAILED, code.is_not(None), code.not_in(decline_limits.NO_DECLINES))


# A session may have had several orders, of one buyer: whoever changes an order has no tries more by that.
_OURS = or_(orders.c.id == bindparam("order"), orders.c.session_id == bindparam("session"))
_IS_DECIDED = attempts.c.kind == "charge", attempts.c.status.in_((AttemptStatus.SUCCEEDED, AttemptStatus.FAILED))
_ATTEMPT = attempts.c.decided_at, attempts.c.means_hash, _declined(attempts).label("declined")
# Of one charge. OFFSET keeps it a query of its own, by key. Joined, all attempts of the business may be read: a plan
# that is kept for all values does not know how few those of a day are.
_TRIES = (
    select(*_ATTEMPT)
    .where(*_since(attempts), attempts.c.transaction_id == charges.c.id, *_IS_DECIDED)
    .offset(0)
    .lateral("tries")
)
# Those of one buyer of a day, by their name or their address: both are found by an index.
_MINE = (
    select(_TRIES.c.decided_at, _TRIES.c.means_hash, _TRIES.c.declined, func.coalesce(_OURS, false()).label("here"))
    .select_from(
        orders.join(
            charges, and_(charges.c.business_id == orders.c.business_id, charges.c.order_id == orders.c.id)
        ).join(_TRIES, true())
    )
    .where(
        orders.c.business_id == db.HERE,
        or_(
            and_(orders.c.buyer_reference == bindparam("buyer"), orders.c.created_at > bindparam("since")),
            orders.c.buyer_email == bindparam("email", type_=Text),
            orders.c.id == bindparam("order"),
        ),
    )
    .cte("mine")
)
_NEAR = (
    select(*_ATTEMPT)
    .where(*_since(attempts), attempts.c.address_hash == bindparam("address"), *_IS_DECIDED)
    .order_by(attempts.c.decided_at.desc())
    .limit(LAST_AT_ADDRESS)
    .cte("near")
)
_NAMED = func.unnest(bindparam("named", type_=ARRAY(BigInteger))).column_valued("named")
_USED = union(
    *(select(each.c.means_hash).where(each.c.declined, each.c.means_hash.is_not(None)) for each in (_MINE, _NEAR)),
    select(_NAMED),
).subquery("used")
_OTHERS = attempts.alias("others")
_OF_MEANS = (
    select(_OTHERS.c.decided_at)
    .where(*_since(_OTHERS), _OTHERS.c.means_hash == _USED.c.means_hash, _OTHERS.c.kind == "charge", _declined(_OTHERS))
    .order_by(_OTHERS.c.decided_at.desc())
    .limit(LAST_OF_MEANS)
    .lateral("of_means")
)


def _times(table: Any) -> Any:
    same = table.c.means_hash == _USED.c.means_hash
    return select(func.count()).where(table.c.declined, same).scalar_subquery()


_MEANS = (
    select(
        func.count().label("declined"),
        func.max(_OF_MEANS.c.decided_at).label("means_last"),
        _times(_MINE).label("mine"),
        _times(_NEAR).label("near"),
        (_USED.c.means_hash == func.any(bindparam("named", type_=ARRAY(BigInteger)))).label("is_named"),
    )
    .select_from(_USED.join(_OF_MEANS, true()))
    .group_by(_USED.c.means_hash)
)
_IN_ALL = select(
    func.count().filter(_MINE.c.declined).label("theirs"),
    func.max(_MINE.c.decided_at).filter(_MINE.c.declined).label("their_last"),
    func.count().filter(_MINE.c.declined, _MINE.c.here).label("here"),
    func.max(_MINE.c.decided_at).filter(_MINE.c.declined, _MINE.c.here).label("last"),
    func.count().label("decided"),
    select(func.count()).select_from(_NEAR).scalar_subquery().label("at_address"),
    select(func.count()).select_from(_NEAR).where(_NEAR.c.declined).scalar_subquery().label("declined_there"),
)


class _InAll(db.JoinedRow):
    """What was tried lately by the buyer and at the address, and how much of it was declined."""

    theirs: int
    their_last: datetime | None
    here: int
    last: datetime | None
    decided: int
    at_address: int
    declined_there: int


class _OfMeans(db.JoinedRow):
    """How often one means was declined."""

    declined: int
    means_last: datetime
    mine: int
    near: int
    is_named: bool


# A new order that is queued has no tries yet, so it need not be sent before.
_TABLES = ("payment_transactions", "payment_attempts")
_RECENT = db.prepared(db.select_as(_InAll, _IN_ALL), tables=_TABLES)
_DECLINED_MEANS = db.prepared(db.select_as(_OfMeans, _MEANS), tables=_TABLES)


def count(order: Order | Placed, *, address: int | None, named: Sequence[int], since: datetime) -> RecentDeclines:
    """In the open phase: what was tried since then. `address` and `named` are hashes (hash_payer.py): where the buyer
    calls from, and the means that the payment is bound to."""
    about = {
        "order": order.id,
        "session": order.session_id,
        "buyer": order.buyer_reference,
        "email": order.buyer_email,
        "address": address,
        "since": since,
    }
    found = some(db.first(_RECENT, **about))  # a sum has one row
    # Most buyers were never declined: then there are no means to look at.
    is_clean = not (found.theirs or found.declined_there or named)
    means = () if is_clean else db.rows(_DECLINED_MEANS, **about, named=list(named))
    return RecentDeclines(
        theirs=found.theirs,
        their_last=found.their_last,
        here=found.here,
        last=found.last,
        decided=found.decided,
        at_address=found.at_address,
        means=tuple(
            Means(row.declined, row.means_last, row.mine, row.near, row.is_named) for row in means if row.declined
        ),
    )
