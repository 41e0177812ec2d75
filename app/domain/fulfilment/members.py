"""All time that one buyer has of one product: read under one lock, and written anew as a whole whatever changed.

Deliveries, refunds and changes by hand all end in `rewrite`: it says when everything runs now (see membership) and what
that makes of the buyer (BuyerMembership).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, select, text

from app.core import db, states
from app.core.ids import new_id
from app.domain.fulfilment.membership import Bought, Period, standing, timeline
from app.domain.fulfilment.models import BuyerMembership, Entitlement, MembershipChange
from app.domain.fulfilment.states import ENTITLEMENT, EntitlementStatus

Pair = tuple[str, uuid.UUID]  # the buyer's reference and the product
entitlements, memberships = db.table(Entitlement), db.table(BuyerMembership)
# Purchases of one buyer and product that are looked at; older ones have long run out.
MAX_COUNT = 1000
# One after the other, in the order given.
_TURNS = db.prepared(
    text("SELECT count(pg_advisory_xact_lock(hashtextextended(key, 0))) FROM unnest(CAST(:keys AS text[])) AS key"),
    tables=("none",),
)
_NEWEST_OF = db.prepared(
    db.select_as(
        Entitlement,
        text(
            "SELECT newest.* FROM unnest(CAST(:buyers AS text[]), CAST(:products AS uuid[])) AS pair (buyer, product)"
            " JOIN LATERAL (SELECT * FROM entitlements WHERE business_id = :here"
            " AND buyer_reference = pair.buyer AND product_id = pair.product"
            " ORDER BY granted_at DESC, id DESC LIMIT :most) AS newest ON true"
        ).bindparams(db.HERE, most=MAX_COUNT),
    ),
    tables=("entitlements",),
)
_MEMBERS_OF = db.prepared(
    db.select_as(
        BuyerMembership,
        text(
            "SELECT member.* FROM unnest(CAST(:buyers AS text[]), CAST(:products AS uuid[])) AS pair (buyer, product)"
            " JOIN buyer_memberships member ON member.business_id = :here"
            " AND member.buyer_reference = pair.buyer AND member.product_id = pair.product"
        ).bindparams(db.HERE),
    ),
    tables=("buyer_memberships",),
)
_BY_ID = db.prepared(
    select(memberships).where(memberships.c.business_id == db.HERE, memberships.c.id == bindparam("membership"))
)


@dataclass(frozen=True)
class Member:
    """What a buyer has of a product, in the order in which it came, and the row that sums it up (None: they never had
    any)."""

    pair: Pair
    rows: Sequence[Entitlement]
    known: BuyerMembership | None

    @property
    def purchases(self) -> list[Bought]:
        """The same as purchases."""
        return [bought(row) for row in self.rows]

    def latest(self, moment: datetime) -> datetime:
        """`moment`, or that of the last thing that happened: whoever was first stays first, whatever the clocks of two
        machines say."""
        return max([moment, *(row.revoked_at or row.granted_at for row in self.rows)])


@dataclass(frozen=True, kw_only=True)
class NewTime:
    """Time that a buyer gets: by a delivery, or by a change by hand."""

    bought: Bought
    delivery_id: uuid.UUID | None = None
    change_id: uuid.UUID | None = None
    root_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class NewChange:
    """What a person or key does: the row of MembershipChange that says so."""

    id: uuid.UUID
    kind: str
    seconds: int
    reason: str
    actor: str
    other_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How to write to a buyer who came without an order."""

    email: str | None = None
    locale: str | None = None


def bought(row: Entitlement) -> Bought:
    """The purchase that an entitlement is."""
    return Bought(
        id=row.id,
        at=row.granted_at,
        seconds=row.seconds,
        rank=row.rank,
        level=row.level,
        upgrade=row.upgrade,
        worth_minor=row.worth_minor,
        currency=row.currency,
        revoked_at=row.revoked_at,
        shortened_us=row.shortened_us,
    )


def locked(pairs: Sequence[Pair]) -> dict[Pair, Member]:
    """What these buyers have of these products, by pair; nobody else changes it until the open phase ends. All pairs of
    a phase are locked together, or two phases may wait for one another."""
    wanted = sorted(set(pairs))
    db.scalar(_TURNS, keys=[f"{db.here()}/{buyer}/{product_id}" for buyer, product_id in wanted])
    return read(wanted)


def read(pairs: Sequence[Pair]) -> dict[Pair, Member]:
    """The same without the lock."""
    buyers, products = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    db.ahead(_MEMBERS_OF, buyers=buyers, products=products)
    rows: dict[Pair, list[Entitlement]] = {pair: [] for pair in pairs}
    for row in db.rows(_NEWEST_OF, buyers=buyers, products=products):
        rows[row.buyer_reference, row.product_id].insert(0, row)
    known = {
        (row.buyer_reference, row.product_id): row for row in db.rows(_MEMBERS_OF, buyers=buyers, products=products)
    }
    return {pair: Member(pair, rows[pair], known.get(pair)) for pair in pairs}


def of_id(membership_id: uuid.UUID) -> BuyerMembership | None:
    """The membership of this id, read now."""
    return db.first(_BY_ID, membership=membership_id)


def rewrite(
    member: Member,
    moment: datetime,
    *,
    new: Sequence[NewTime] = (),
    ended: Mapping[uuid.UUID, datetime] | None = None,
    shortened: Mapping[uuid.UUID, int] | None = None,
    change: NewChange | None = None,
    contact: Contact | None = None,
) -> uuid.UUID:
    """Write all that follows once `new` time came, entitlements `ended` (when; the caller marks them revoked) or were
    `shortened` by so many microseconds, and the `change` by hand that did so; the membership's id. The member is
    locked."""
    ended, shortened = ended or {}, shortened or {}
    after = [
        replace(bought(row), revoked_at=ended.get(row.id, row.revoked_at), shortened_us=_shortened(row, shortened))
        for row in member.rows
    ]
    # What a contract's cycle gave counts from its period's beginning, which may lie before the last purchase.
    periods = timeline(sorted([*after, *(each.bought for each in new)], key=lambda each: each.at))
    times = _times(periods)
    membership_id = _sum_up(member, periods, moment, contact=contact or Contact())
    if change is not None:
        note(membership_id, change)
    for row in member.rows:
        span = times.get(row.id, (row.granted_at, row.granted_at))
        is_running = row.status == EntitlementStatus.ACTIVE and row.id not in ended
        # What was refunded stays as it was.
        if is_running and ((row.starts_at, row.ends_at) != span or row.id in shortened):
            change_of_row = db.change(
                Entitlement,
                row.id,
                starts_at=span[0],
                ends_at=span[1],
                shortened_us=_shortened(row, shortened),
            )
            db.write(change_of_row, expect=1)
    for each in new:
        _add(member.pair, each, times)
    return membership_id


def note(membership_id: uuid.UUID, change: NewChange) -> None:
    """In the open phase: write down a change by hand."""
    db.add(MembershipChange, membership_id=membership_id, **vars(change))


def _shortened(row: Entitlement, shortened: Mapping[uuid.UUID, int]) -> int:
    return min(row.shortened_us + shortened.get(row.id, 0), row.seconds * 1_000_000)


def _add(pair: Pair, each: NewTime, times: Mapping[uuid.UUID, tuple[datetime, datetime]]) -> None:
    new = each.bought
    starts_at, ends_at = times.get(new.id, (new.at, new.at))
    db.add(
        Entitlement,
        id=new.id,
        delivery_id=each.delivery_id,
        change_id=each.change_id,
        root_id=each.root_id,
        buyer_reference=pair[0],
        product_id=pair[1],
        granted_at=new.at,
        seconds=new.seconds,
        rank=new.rank,
        level=new.level,
        upgrade=new.upgrade,
        worth_minor=new.worth_minor,
        currency=new.currency,
        shortened_us=new.shortened_us,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    states.born(ENTITLEMENT, new.id, reason="delivered" if each.delivery_id else "by hand", actor="system")


def _sum_up(member: Member, periods: Sequence[Period], moment: datetime, *, contact: Contact) -> uuid.UUID:
    """What the buyer is now; what the outside has to hear of it is found out at once (refresh_memberships)."""
    found, known = standing(periods, moment), member.known
    starts_at, ends_at = (found.since, found.ends_at) if found is not None else (moment, moment)
    level, rank = (found.level, found.rank) if found is not None else ("", 0)
    if known is None:
        membership_id = new_id()
        db.add(
            BuyerMembership,
            id=membership_id,
            buyer_reference=member.pair[0],
            product_id=member.pair[1],
            level=level,
            rank=rank,
            starts_at=starts_at,
            ends_at=ends_at,
            due_at=moment,
            email=contact.email,
            locale=contact.locale,
        )
        return membership_id
    change = db.change(
        BuyerMembership,
        known.id,
        level=level,
        rank=rank,
        starts_at=starts_at,
        ends_at=ends_at,
        due_at=moment,
        email=contact.email or known.email,
        locale=contact.locale or known.locale,
    )
    db.write(change, expect=1)
    return known.id


def _times(periods: Sequence[Period]) -> dict[uuid.UUID, tuple[datetime, datetime]]:
    """When each purchase runs first and last; those that never run are left out."""
    found: dict[uuid.UUID, tuple[datetime, datetime]] = {}
    for period in periods:
        starts_at, _ = found.get(period.bought, (period.starts_at, period.ends_at))
        found[period.bought] = (starts_at, period.ends_at)
    return found
