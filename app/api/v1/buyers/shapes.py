"""Buyers as the API has them."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from app.api.kit.shapes import PRINTABLE, Answer, Email, Metadata, Moment, OneOf, Phone, Shape, ShortText, moment_text
from app.api.v1.parts import BuyerGroup
from app.core.ids import show
from app.domain.buyers.states import BuyerStatus
from app.domain.buyers.types import MAX_ADDRESSES, MAX_GROUPS, SOURCES
from app.read.buyers import buyers as read

BuyerLocale = Annotated[
    str, Field(pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$", max_length=20, examples=["pt-BR"])
]
Line = Annotated[str, Field(max_length=200), PRINTABLE]


class BuyerAddress(Shape):
    """Where a buyer lives, or wants things sent."""

    name: Line | None = None
    line1: Line | None = None
    line2: Line | None = None
    postal_code: Line | None = None
    city: Line | None = None
    state: Line | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.", examples=["DE"])]
    phone: Phone | None = None


Groups = Annotated[
    list[BuyerGroup], Field(max_length=MAX_GROUPS, description="Groups for pricing and lists, such as `members`.")
]
Addresses = Annotated[list[BuyerAddress], Field(max_length=MAX_ADDRESSES, description="The first is the usual one.")]


class BuyerCreation(Shape):
    """A buyer to be made."""

    reference: Annotated[
        ShortText | None, Field(description="Your reference for the buyer. Null: the buyer’s ID becomes it.")
    ] = None
    email: Email | None = None
    email_verified: Annotated[
        bool, Field(description="You have proven that the mailbox is theirs. One buyer has it then.")
    ] = False
    phone: Phone | None = None
    phone_verified: Annotated[bool, Field(description="The same of the phone.")] = False
    name: ShortText | None = None
    locale: BuyerLocale | None = None
    groups: Groups = []
    attributes: Metadata = {}
    addresses: Addresses = []


class BuyerChange(Shape):
    """What shall be another; what is absent stays. The reference stays for good."""

    email: Email | None = None
    email_verified: bool | None = None
    phone: Phone | None = None
    phone_verified: bool | None = None
    name: ShortText | None = None
    locale: BuyerLocale | None = None
    groups: Groups | None = None
    attributes: Metadata | None = None
    addresses: Addresses | None = None


class BuyerConsent(Answer):
    """What a buyer agreed to, or took back."""

    id: str
    kind: str
    granted: bool
    source: str
    evidence: dict[str, str]
    created_at: Moment


class Buyer(Answer):
    """Who buys."""

    id: str
    status: Annotated[str, OneOf(BuyerStatus)]
    reference: Annotated[str, Field(description="What orders, wallets, coupons and memberships name them by.")]
    email: str | None
    email_verified_at: Moment | None
    phone: str | None
    phone_verified_at: Moment | None
    name: str | None
    locale: str | None
    groups: list[str]
    attributes: dict[str, str]
    addresses: list[dict[str, str]]
    consents: Annotated[list[BuyerConsent], Field(description="The latest of each kind.")]
    source: Annotated[str, OneOf(SOURCES)]
    merged_into: Annotated[str | None, Field(description="Who has everything of this buyer now.")]
    created_at: Moment
    changed_at: Moment


class BuyerNote(Answer):
    """What your team wrote about a buyer."""

    id: str
    buyer_id: str
    author: str
    body: str
    created_at: Moment


def buyer(row: read.BuyerRow, consents: Sequence[read.ConsentRow]) -> Buyer:
    """A buyer as the API shows one."""
    return Buyer(
        id=show("byr", row.id),
        status=row.status,
        reference=row.reference,
        email=row.email,
        email_verified_at=moment_text(row.email_verified_at),
        phone=row.phone,
        phone_verified_at=moment_text(row.phone_verified_at),
        name=row.name,
        locale=row.locale,
        groups=row.groups,
        attributes=row.attributes,
        addresses=row.addresses,
        consents=[consent(each) for each in consents],
        source=row.source,
        merged_into=show("byr", row.merged_into_id) if row.merged_into_id else None,
        created_at=moment_text(row.created_at),
        changed_at=moment_text(row.changed_at),
    )


def consent(row: read.ConsentRow) -> BuyerConsent:
    """A consent as the API shows one."""
    return BuyerConsent(
        id=show("cns", row.id),
        kind=row.kind,
        granted=row.granted,
        source=row.source,
        evidence=row.evidence,
        created_at=moment_text(row.created_at),
    )


def note(row: read.NoteRow) -> BuyerNote:
    """A note as the API shows one."""
    return BuyerNote(
        id=show("byn", row.id),
        buyer_id=show("byr", row.buyer_id),
        author=row.author,
        body=row.body,
        created_at=moment_text(row.created_at),
    )


def given(addresses: Sequence[BuyerAddress]) -> list[Any]:
    """Addresses as use cases take them."""
    return [each.model_dump(exclude_none=True) for each in addresses]
