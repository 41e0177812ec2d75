"""Buyers: made, read, changed, noted about."""

from collections.abc import Callable
from typing import Annotated, Any, cast
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import LongText, Metadata, OneOf, Shape, ShortText, Word
from app.api.v1.api import KeyCaller, v1
from app.api.v1.buyers import shapes
from app.api.v1.buyers.shapes import Buyer, BuyerConsent, BuyerNote
from app.api.v1.parts import BuyerGroup
from app.core.ids import parse
from app.domain.buyers.states import BuyerStatus
from app.read.buyers import buyers as read
from app.workflow.buyers import change_buyer as change
from app.workflow.buyers import create_buyer as create
from app.workflow.buyers.note_buyer import note_buyer
from app.workflow.buyers.record_consent import record_consent

_WRONG = ("invalid_buyer", "buyer_exists")


class BuyerQuery(ListQuery):
    """What a list of buyers may be narrowed by."""

    reference: ShortText | None = None
    email: Annotated[str | None, Field(max_length=254, examples=["ada@example.com"])] = None
    phone: Annotated[str | None, Field(max_length=16, examples=["+4915112345678"])] = None
    group: BuyerGroup | None = None
    status: Annotated[str, OneOf(BuyerStatus)] | None = None


class BuyerNoteRequest(Shape):
    """What to write about a buyer."""

    body: Annotated[LongText, Field(min_length=1)]


class BuyerConsentRequest(Shape):
    """What a buyer agreed to, or took back."""

    kind: Annotated[Word, Field(description="Such as `marketing_email`.", examples=["marketing_email"])]
    granted: bool
    source: Annotated[ShortText, Field(description="Where it was given.", examples=["newsletter form"])]
    evidence: Metadata = {}


@v1.get("/buyers", query=BuyerQuery, answer=Page[Buyer], permission="buyers.read", tag="Buyers",
        errors=("invalid_buyer",))  # fmt: skip
def list_buyers(caller: KeyCaller, query: BuyerQuery) -> Page[Buyer]:
    """List buyers, newest first."""
    wanted = read.BuyerFilter(
        reference=query.reference or "",
        email=query.email or "",
        phone=query.phone or "",
        group=query.group or "",
        status=query.status or "",
    )
    found = read.list_buyers(caller.business_id, wanted, after=query.after(), limit=query.limit)
    consents = read.consents_of(caller.business_id, [row.id for row in found])
    return page_of(
        found,
        limit=query.limit,
        item=lambda row: shapes.buyer(row, consents[row.id]),
        key=lambda row: (row.created_at, row.id),
    )


@v1.post("/buyers", body=shapes.BuyerCreation, answer=Buyer, status=201, permission="buyers.write", idempotent=True,
         tag="Buyers", errors=_WRONG)  # fmt: skip
def create_buyer(caller: KeyCaller, body: shapes.BuyerCreation, claim_id: UUID) -> Callable[[], Buyer]:
    """Make a buyer.

    Buyers who pay an order are made by themselves. Make one beforehand to keep a name, groups or attributes.
    """
    command = create.BuyerCommand(**body.model_dump(exclude={"addresses"}), addresses=shapes.given(body.addresses))
    made = create.create_buyer(caller.business_id, command, actor=caller.actor, buyer_id=claim_id)
    return lambda: _told(caller, made)


@v1.get("/buyers/{buyer_id}", answer=Buyer, permission="buyers.read", tag="Buyers")
def get_buyer(caller: KeyCaller, buyer_id: str) -> Buyer:
    """Get a buyer.

    One that was merged says into whom.
    """
    return _told(caller, parse("byr", buyer_id))


@v1.patch("/buyers/{buyer_id}", body=shapes.BuyerChange, answer=Buyer, permission="buyers.write", tag="Buyers",
          errors=(*_WRONG, "buyer_gone"))  # fmt: skip
def change_buyer(caller: KeyCaller, buyer_id: str, body: shapes.BuyerChange) -> Buyer:
    """Change a buyer.

    Members that are absent stay; `email`, `phone`, `name` and `locale` may be null. Another email address or phone
    number is unverified unless you say otherwise.
    """
    known = parse("byr", buyer_id)
    fields = body.model_dump(exclude_unset=True, exclude={"addresses"})
    changes: dict[str, Any] = {
        name: value for name, value in fields.items() if value is not None or name in _MAY_BE_NULL
    }
    if body.addresses is not None:
        changes["addresses"] = shapes.given(body.addresses)
    change.change_buyer(caller.business_id, known, cast(change.BuyerChanges, changes))
    return _told(caller, known)


@v1.get("/buyers/{buyer_id}/notes", query=ListQuery, answer=Page[BuyerNote], permission="buyers.read", tag="Buyers")
def list_buyer_notes(caller: KeyCaller, buyer_id: str, query: ListQuery) -> Page[BuyerNote]:
    """List notes about a buyer, newest first."""
    known = read.get_buyer(caller.business_id, parse("byr", buyer_id)).id
    found = read.notes_of(caller.business_id, known, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=shapes.note, key=lambda row: (row.created_at, row.id))


@v1.post("/buyers/{buyer_id}/notes", body=BuyerNoteRequest, answer=BuyerNote, status=201, permission="buyers.write",
         tag="Buyers", errors=("invalid_note",))  # fmt: skip
def write_buyer_note(caller: KeyCaller, buyer_id: str, body: BuyerNoteRequest) -> BuyerNote:
    """Write a note about a buyer.

    Your team sees it in the portal; the buyer does not.
    """
    written = note_buyer(caller.business_id, parse("byr", buyer_id), body=body.body, author=caller.actor)
    return shapes.note(read.get_note(caller.business_id, written))


@v1.post("/buyers/{buyer_id}/consents", body=BuyerConsentRequest, answer=BuyerConsent, status=201,
         permission="buyers.write", idempotent=True, tag="Buyers", errors=("not_found", "buyer_gone"))  # fmt: skip
def record_buyer_consent(
    caller: KeyCaller, buyer_id: str, body: BuyerConsentRequest, claim_id: UUID
) -> Callable[[], BuyerConsent]:
    """Record what a buyer agreed to, or took back.

    It is kept as proof: the latest of a kind counts, and none is ever changed.
    """
    known = parse("byr", buyer_id)
    record_consent(caller.business_id, known, consent_id=claim_id, **body.model_dump())
    return lambda: shapes.consent(read.get_consent(caller.business_id, claim_id))


_MAY_BE_NULL = {"email", "phone", "name", "locale"}


def _told(caller: KeyCaller, buyer_id: UUID) -> Buyer:
    row = read.get_buyer(caller.business_id, buyer_id)
    return shapes.buyer(row, read.consents_of(caller.business_id, [row.id])[row.id])
