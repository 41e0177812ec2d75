"""Signed links to the page where a plan is signed: made by the merchant's server for a buyer it knows, or by us for one
who has proven a mailbox. What the link says cannot be changed by whoever opens it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from app.core import clock, db, settings
from app.core.errors import NotFound
from app.core.i18n.marks import N_
from app.core.ids import show
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.origins import check_return_url
from app.domain.buyers.queries import current_reference
from app.domain.signing import rules
from app.domain.signing.models import Plan, PlanPrice

_PURPOSE = "who signs a plan"
LASTS = timedelta(hours=24)
plans, prices = db.table(Plan), db.table(PlanPrice)


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who signs which plan, in which currency (empty: as the buyer chooses) and for how many units; `return_url` is
    where the merchant waits for them."""

    business_id: uuid.UUID
    plan_id: uuid.UUID
    reference: str
    email: str | None = None
    currency: str = ""
    quantity: int = 1
    return_url: str | None = None


@dataclass(frozen=True)
class SigningLink:
    """An address that anybody who has it may open, until it is over."""

    url: str
    expires_at: datetime


def make_link(signer: Signer, *, lasts: timedelta = LASTS) -> SigningLink:
    """The address where this buyer signs.

    Raises:
        NotFound: no such plan. PlanUnavailable: it cannot be signed so. Invalid: the buyer may not be sent back there.
    """
    own = settings.current().public_url
    with db.reading(signer.business_id):
        plan = db.get(Plan, signer.plan_id)
        origins = db.scalar(select(Business.return_origins).where(Business.id == signer.business_id)) or ()
        check_return_url(signer.return_url, origins, own=own)
        if signer.currency:
            mine = prices.c.business_id == db.here(), prices.c.plan_id == signer.plan_id
            price = db.first(select(prices).where(*mine, prices.c.currency == signer.currency))
            rules.check_offered(plan, price, signer.currency, signer.quantity)
    expires_at = (clock.actual() + lasts).replace(microsecond=0)
    path = f"/s/{show('plan', signer.plan_id)}?key={make_key(signer, expires_at)}"
    return SigningLink(f"{own}{path}", expires_at)


def make_key(signer: Signer, expires_at: datetime) -> str:
    """What the browser keeps of who signs."""
    ours = signer.business_id.hex, signer.plan_id.hex, int(expires_at.timestamp())
    return _signer().dumps(
        [*ours, signer.reference, signer.email, signer.currency, signer.quantity, signer.return_url]
    )  # fmt: skip


def read_key(key: str, plan_id: uuid.UUID) -> Signer:
    """Who signs this plan.

    Raises:
        NotFound: it is no key of ours, is for another plan, or over.
    """
    try:
        business, plan, expires, reference, email, currency, quantity, return_url = _signer().loads(key)
    except BadSignature:
        raise NotFound("not_found", N_("This link is incomplete. Please ask the shop for a new one.")) from None
    if uuid.UUID(plan) != plan_id or expires <= clock.actual().timestamp():
        raise NotFound("not_found", N_("This link has expired. Please ask the shop for a new one."))
    business_id = uuid.UUID(business)
    with db.reading(business_id):
        current = current_reference(reference)
    return Signer(
        business_id=business_id,
        plan_id=plan_id,
        reference=current,
        email=email,
        currency=currency,
        quantity=quantity,
        return_url=return_url,
    )


def business_of(plan_id: uuid.UUID) -> uuid.UUID:
    """Whose plan a link names.

    Raises:
        NotFound: nobody's.
    """
    with db.system_reading():
        found: uuid.UUID | None = db.scalar(select(plans.c.business_id).where(plans.c.id == plan_id))
    if found is None:
        raise NotFound("not_found", N_("There is no such membership. Please go back to the shop."))
    return found


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings.current().secret_key, salt=_PURPOSE)
