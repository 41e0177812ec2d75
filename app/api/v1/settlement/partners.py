"""Partners: whom a business shares its revenue with."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    ID_PATTERN,
    PRINTABLE,
    Answer,
    AnyAmountMinor,
    Currency,
    Email,
    Moment,
    OneOf,
    SellerId,
    Sentence,
    Shape,
    ShortText,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.core.i18n.language import LOCALES
from app.core.ids import parse, show
from app.domain.settlement.partners.states import PartnerKind, PartnerStatus
from app.read.settlement import partners
from app.workflow.settlement import manage_partners
from app.workflow.settlement.manage_partners import PartnerCommand

PartnerId = Annotated[str, Field(pattern=f"^par_{ID_PATTERN}$", examples=["par_01jd3w8n2q4zt5b7yk2hc5e4rv"])]
PartnerReference = Annotated[
    str,
    Field(min_length=1, max_length=100, description="Your own unique reference.", examples=["studio-9"]),
    PRINTABLE,
]
TimeZone = Annotated[
    str, Field(max_length=60, description="Where the partner's days begin.", examples=["Europe/Berlin"]), PRINTABLE
]
Language = Annotated[str, OneOf(tuple(LOCALES)), Field(description="Of the partner's statements.")]
_KIND = "What the partner is to you. It cannot change."
_SELLER = "The share that a rule gives to this seller goes to the partner."


class PartnerRequest(Shape):
    """A new partner."""

    kind: Annotated[str, OneOf(PartnerKind), Field(description=_KIND)]
    name: Annotated[ShortText, Field(examples=["Owl & Lantern Prints"])]
    reference: PartnerReference | None = None
    seller_id: Annotated[SellerId | None, Field(description=_SELLER)] = None
    email: Email | None = None
    locale: Language = "en"
    time_zone: TimeZone = "UTC"


class PartnerChange(Shape):
    """What changes; members that are absent stay. Null removes a reference, seller or email."""

    name: ShortText | None = None
    reference: PartnerReference | None = None
    seller_id: SellerId | None = None
    email: Email | None = None
    locale: Language | None = None
    time_zone: TimeZone | None = None


class PartnerReason(Shape):
    """Why."""

    reason: Sentence | None = None


class PartnerBalance(Answer):
    """What the ledger owes the partner in one currency; below zero, the partner owes it."""

    currency: Currency
    owed_minor: AnyAmountMinor


class Partner(Answer):
    """Somebody whom you share revenue with."""

    id: str
    kind: Annotated[str, OneOf(PartnerKind)]
    name: str
    reference: str | None
    seller_id: str | None
    email: str | None
    locale: str
    time_zone: str
    status: Annotated[str, OneOf(PartnerStatus)]
    balances: Annotated[list[PartnerBalance] | None, Field(description="Null in lists.")]
    created_at: Moment


class PartnerQuery(ListQuery):
    """What a list of partners may be narrowed by."""

    status: Annotated[str, OneOf(PartnerStatus)] | None = None
    reference: PartnerReference | None = None


@v1.get("/partners", query=PartnerQuery, answer=Page[Partner], permission="settlement.read", tag="Partners")
def list_partners(caller: KeyCaller, query: PartnerQuery) -> Page[Partner]:
    """List partners.

    Newest first.
    """
    narrowed = {"status": query.status, "reference": query.reference}
    found = partners.list_partners(caller.business_id, **narrowed, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_partner, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/partners",
    body=PartnerRequest,
    answer=Partner,
    status=201,
    permission="settlement.write",
    idempotent=True,
    tag="Partners",
    errors=("not_found", "invalid_partner", "invalid_email", "partner_exists", "limit_reached"),
)
def create_partner(caller: KeyCaller, body: PartnerRequest, claim_id: UUID) -> Callable[[], Partner]:
    """Add a partner.

    Then name it in a split rule.
    """
    values = body.model_dump() | {"seller_id": _seller(body.seller_id), "kind": PartnerKind(body.kind)}
    manage_partners.add(caller.business_id, PartnerCommand(**values), actor=caller.actor, partner_id=claim_id)
    return lambda: _full(partners.partner_page(caller.business_id, claim_id))


@v1.get("/partners/{partner_id}", answer=Partner, permission="settlement.read", tag="Partners")
def get_partner(caller: KeyCaller, partner_id: str) -> Partner:
    """Get a partner, with what it is owed."""
    return _full(partners.partner_page(caller.business_id, parse("par", partner_id)))


@v1.patch(
    "/partners/{partner_id}",
    body=PartnerChange,
    answer=Partner,
    permission="settlement.write",
    tag="Partners",
    errors=("not_found", "invalid_partner", "invalid_email", "partner_exists"),
)
def change_partner(caller: KeyCaller, partner_id: str, body: PartnerChange) -> Partner:
    """Change a partner.

    What it is owed stays owed.
    """
    row = partners.get_partner(caller.business_id, parse("par", partner_id))
    given = body.model_dump(exclude_unset=True)
    if "seller_id" in given:
        given["seller_id"] = _seller(body.seller_id)
    required = ("name", "locale", "time_zone")
    given = {name: value for name, value in given.items() if value is not None or name not in required}
    known = {name: getattr(row, name) for name in PartnerChange.model_fields}
    command = PartnerCommand(**{**known, **given, "kind": PartnerKind(row.kind)})
    manage_partners.change(caller.business_id, row.id, command)
    return _full(partners.partner_page(caller.business_id, row.id))


@v1.post(
    "/partners/{partner_id}/suspend",
    body=PartnerReason,
    answer=Partner,
    permission="settlement.write",
    tag="Partners",
    errors=("not_found", "illegal_state", "version_conflict"),
)
def suspend_partner(caller: KeyCaller, partner_id: str, body: PartnerReason) -> Partner:
    """Suspend a partner.

    It gets its shares, but no money until it is resumed.
    """
    row_id = parse("par", partner_id)
    manage_partners.suspend(caller.business_id, row_id, reason=body.reason or "", actor=caller.actor)
    return _full(partners.partner_page(caller.business_id, row_id))


@v1.post(
    "/partners/{partner_id}/resume",
    answer=Partner,
    permission="settlement.write",
    tag="Partners",
    errors=("not_found", "illegal_state", "version_conflict"),
)
def resume_partner(caller: KeyCaller, partner_id: str) -> Partner:
    """Resume a suspended partner."""
    row_id = parse("par", partner_id)
    manage_partners.resume(caller.business_id, row_id, actor=caller.actor)
    return _full(partners.partner_page(caller.business_id, row_id))


@v1.post(
    "/partners/{partner_id}/close",
    body=PartnerReason,
    answer=Partner,
    permission="settlement.write",
    tag="Partners",
    errors=("not_found", "illegal_state", "version_conflict"),
)
def close_partner(caller: KeyCaller, partner_id: str, body: PartnerReason) -> Partner:
    """End a partnership.

    No new version of a rule can name the partner. What it is owed stays owed.
    """
    row_id = parse("par", partner_id)
    manage_partners.close(caller.business_id, row_id, reason=body.reason or "", actor=caller.actor)
    return _full(partners.partner_page(caller.business_id, row_id))


def _seller(shown: str | None) -> UUID | None:
    return parse("sel", shown) if shown else None


def _full(found: partners.PartnerPage) -> Partner:
    balances = [PartnerBalance(currency=each.currency, owed_minor=each.minor) for each in found.owed]
    return _partner(found.row).model_copy(update={"balances": balances})


def _partner(row: partners.PartnerRow) -> Partner:
    return Partner(
        id=show("par", row.id),
        kind=row.kind,
        name=row.name,
        reference=row.reference,
        seller_id=show("sel", row.seller_id) if row.seller_id else None,
        email=row.email,
        locale=row.locale,
        time_zone=row.time_zone,
        status=row.status,
        balances=None,
        created_at=moment_text(row.created_at),
    )
