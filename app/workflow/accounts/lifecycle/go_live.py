"""A business goes live in two steps. First the test business opens its live twin; then the twin, once its own checklist
is done as well, may take payments."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from app.core import clock, db, ids
from app.core.errors import Conflict, Denied
from app.core.ids import new_id
from app.domain.accounts.business.models import Business, Membership
from app.domain.accounts.business.settings.declared import SETTINGS
from app.domain.accounts.people import queries as people
from app.domain.checkout.agreements.models import Agreement, AgreementTemplate
from app.domain.payments.channels import registry
from app.domain.payments.models import ChannelAccount

businesses, members = db.table(Business), db.table(Membership)
# What the twin begins with: every setting, and how it looks and is guarded. It has its own name for everything else:
# keys, channels, team and catalogue.
COPIED = (
    *(setting.key for setting in SETTINGS),
    *("appearance", "approval_limits", "requires_second_factor", "large_refunds"),
    "channels_need_approval",
)
_DETAILS = ("legal_name", "legal_address", "country", "tax_number", "contact_email", "receipt_footer")


@dataclass(frozen=True)
class Point:
    """One point of the checklist."""

    key: str
    is_done: bool


@dataclass(frozen=True)
class Checklist:
    """What a business still has to do: in test mode before its live twin opens, live before it may take payments."""

    mode: str
    points: tuple[Point, ...]
    twin_id: uuid.UUID | None
    is_active: bool

    @property
    def is_complete(self) -> bool:
        """Whether every point is done."""
        return all(point.is_done for point in self.points)

    @property
    def broken(self) -> tuple[str, ...]:
        """What a live business that takes payments has lost since, of what it needs to take them."""
        if self.mode != "live" or not self.is_active:
            return ()
        return tuple(point.key for point in self.points if not point.is_done and point.key in ("agreement", "channel"))


def checklist(business_id: uuid.UUID, user_id: uuid.UUID | None) -> Checklist:
    """The checklist of the business, as it stands for this person, or for any of its owners."""
    with db.system_reading():
        return _checklist(_row(business_id, lock=False), user_id)


def open_live(business_id: uuid.UUID, *, actor: str) -> uuid.UUID:
    """Open the live twin of a test business, with its settings and owners; its id. A second call opens nothing new.

    Raises:
        Denied: `actor` is no owner of the business themselves. Conflict: the checklist is not done, or this is no test
        business.
    """
    user_id = _person(actor)
    with db.system_phase("go_live.open_live"):
        row = _row(business_id, lock=True)
        if row.mode != "test":
            raise Conflict("illegal_state", "This business is live already.")
        _check_owner(business_id, user_id)
        if row.twin_id is not None:
            return row.twin_id
        _check_complete(_checklist(row, user_id))
        live_id = new_id()
        copied: dict[str, Any] = {name: getattr(row, name) for name in COPIED}
        db.write(db.new_row(Business, id=live_id, mode="live", twin_id=business_id, **copied))
        db.write(update(Business).where(Business.id == business_id).values(twin_id=live_id), expect=1)
        _copy_owners(business_id, live_id)
    return live_id


def activate(business_id: uuid.UUID, *, actor: str) -> None:
    """Let a live business take payments. A second call changes nothing.

    Raises:
        Denied: `actor` is no owner of the business themselves. Conflict: the checklist is not done, or this is a test
        business.
    """
    user_id = _person(actor)
    with db.system_phase("go_live.activate"):
        row = _row(business_id, lock=True)
        if row.mode != "live":
            raise Conflict("illegal_state", "A business in test mode takes test payments already.")
        _check_owner(business_id, user_id)
        if row.activated_at is None:
            _check_complete(_checklist(row, user_id))
            db.write(update(Business).where(Business.id == business_id).values(activated_at=clock.actual()), expect=1)


def _checklist(row: Business, user_id: uuid.UUID | None) -> Checklist:
    points = [Point(name, bool(getattr(row, name))) for name in _DETAILS]
    points.append(Point("second_factor", _has_factor(row, user_id)))
    if row.mode == "live":
        points.append(Point("agreement", _has_terms(row.id)))
        points.append(Point("channel", _has_channel(row.id)))
    return Checklist(row.mode, tuple(points), row.twin_id, row.mode == "test" or row.activated_at is not None)


def _has_factor(row: Business, user_id: uuid.UUID | None) -> bool:
    """Whether the person has a second factor; without a person, whether any owner has."""
    if user_id is None:
        own = members.c.business_id == row.id, members.c.role == "owner", members.c.left_at.is_(None)
        owners = db.rows(select(members.c.user_id).where(*own).order_by(members.c.id).limit(100))
        return any(_has_factor(row, owner.user_id) for owner in owners)
    return people.app_since(user_id) is not None or bool(people.passkeys_of(user_id))


def _has_terms(business_id: uuid.UUID) -> bool:
    """Whether an agreement that is on has a published version."""
    query = select(Agreement.id).join(
        AgreementTemplate,
        (AgreementTemplate.business_id == Agreement.business_id) & (AgreementTemplate.id == Agreement.template_id),
    )
    on = Agreement.business_id == business_id, Agreement.current, AgreementTemplate.enabled
    return db.scalar(query.where(*on).limit(1)) is not None


def _has_channel(business_id: uuid.UUID) -> bool:
    """Whether payments could reach a company: an account that is on, and whose connection was tested. Where nobody
    stands behind a channel, as with transfers that people confirm, there is nothing to test."""
    query = select(ChannelAccount.channel, ChannelAccount.connected_at)
    rows = db.rows(query.where(ChannelAccount.business_id == business_id, ChannelAccount.enabled).limit(1000))
    for row in rows:
        can = registry.capabilities(row.channel)
        if not can.test_only and not can.is_internal and (can.is_manual or row.connected_at is not None):
            return True
    return False


def _row(business_id: uuid.UUID, *, lock: bool) -> Business:
    query = select(businesses).where(businesses.c.id == business_id)
    row = db.first(query.with_for_update() if lock else query)
    assert row is not None  # whoever acts has a membership there
    return row


def _person(actor: str) -> uuid.UUID:
    user_id = ids.try_parse(actor, "usr")
    if user_id is None:
        raise Denied("denied", "Only an owner of the business can do this.")
    return user_id


def _check_owner(business_id: uuid.UUID, user_id: uuid.UUID) -> None:
    own = members.c.business_id == business_id, members.c.user_id == user_id, members.c.left_at.is_(None)
    if db.scalar(select(members.c.role).where(*own)) != "owner":
        raise Denied("denied", "Only an owner of the business can do this.")


def _check_complete(found: Checklist) -> None:
    missing = [point.key for point in found.points if not point.is_done]
    if missing:
        text = "Complete the checklist first."
        raise Conflict("checklist_incomplete", text, details={"missing": missing})


def _copy_owners(business_id: uuid.UUID, live_id: uuid.UUID) -> None:
    """Owners of the one own the other, and count as independent of one another, or not, as they do there."""
    own = members.c.business_id == business_id, members.c.role == "owner", members.c.left_at.is_(None)
    for row in db.rows(select(members).where(*own).order_by(members.c.id).limit(1000)):
        copied = db.new_row(
            Membership,
            business_id=live_id,
            user_id=row.user_id,
            role="owner",
            sponsored_by=row.sponsored_by,
            sponsored_at=row.sponsored_at,
            confirmed_by=row.confirmed_by,
            confirmed_at=row.confirmed_at,
        )
        db.write(copied)
