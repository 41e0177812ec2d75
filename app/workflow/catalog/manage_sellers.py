"""Sellers: made, changed, archived and used again. Orders keep the name that a seller had."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db, outbox, states
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.catalog.models import Product
from app.domain.catalog.sellers.models import Seller
from app.domain.catalog.sellers.states import SELLER, SellerStatus
from app.domain.catalog.states import ProductStatus

MAX_NAME, MAX_LEGAL_NAME, MAX_PHONE, MAX_EMAIL = 120, 200, 40, 254
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,63}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, kw_only=True)
class SellerCommand:
    """What a seller should be: the merchant's own `reference` (unique; None without one), the name that buyers may
    read, the name in contracts, and how to reach them."""

    name: str
    reference: str | None = None
    legal_name: str = ""
    email: str | None = None
    phone: str | None = None


def create_seller(
    business_id: uuid.UUID, command: SellerCommand, *, actor: str, seller_id: uuid.UUID | None = None
) -> uuid.UUID:
    """A new seller, active; its id. The same `seller_id` again changes nothing. Emits `seller.created`.

    Raises:
        Invalid: a text cannot be. Conflict: the reference is another seller's.
    """
    _check(command)
    seller_id = seller_id or new_id()
    with db.phase("manage_sellers.create", business_id):
        if db.scalar(select(Seller.id).where(Seller.business_id == business_id, Seller.id == seller_id)) is not None:
            return seller_id
        added = db.new_row(Seller, id=seller_id, **vars(command))
        db.write(added.on_conflict_do_nothing(), expect=1, otherwise=_taken())
        states.born(SELLER, seller_id, reason="made", actor=actor)
        outbox.emit("seller.created", aggregate_id=seller_id, payload=_payload(seller_id))
    return seller_id


def change_seller(business_id: uuid.UUID, seller_id: uuid.UUID, command: SellerCommand) -> None:
    """Change a seller. Orders that were placed keep the name that it had. Emits `seller.updated` when it changes.

    Raises:
        NotFound: no such seller. Invalid: a text cannot be. Conflict: the reference is another seller's.
    """
    _check(command)
    with db.phase("manage_sellers.change", business_id):
        seller = db.lock(Seller, seller_id)
        if all(getattr(seller, name) == value for name, value in vars(command).items()):
            return
        same = Seller.business_id == business_id, Seller.reference == command.reference, Seller.id != seller_id
        if command.reference is not None and db.scalar(select(Seller.id).where(*same)) is not None:
            raise _taken()
        db.write(db.change(Seller, seller_id, **vars(command)), expect=1)
        outbox.emit("seller.updated", aggregate_id=seller_id, payload=_payload(seller_id))


def archive_seller(business_id: uuid.UUID, seller_id: uuid.UUID, *, actor: str) -> None:
    """Archive a seller: no product can be theirs any more. Orders, and products that are archived, keep them.

    Raises:
        NotFound: no such seller. Conflict: products that are not archived are theirs.
    """
    with db.phase("manage_sellers.archive", business_id):
        seller = db.lock(Seller, seller_id)
        theirs = select(Product.id).where(
            Product.business_id == business_id,
            Product.seller_id == seller_id,
            Product.status != ProductStatus.ARCHIVED,
        )
        if db.scalar(theirs.limit(1)) is not None:
            raise Conflict("seller_in_use", "Archive this seller’s products or give them another seller first.")
        states.advance(SELLER, seller, SellerStatus.ARCHIVED, reason="archived", actor=actor)


def restore_seller(business_id: uuid.UUID, seller_id: uuid.UUID, *, actor: str) -> None:
    """Use an archived seller again.

    Raises:
        NotFound: no such seller.
    """
    with db.phase("manage_sellers.restore", business_id):
        seller = db.lock(Seller, seller_id)
        states.advance(SELLER, seller, SellerStatus.ACTIVE, reason="restored", actor=actor)


def _payload(seller_id: uuid.UUID) -> dict[str, str]:
    return {"seller_id": str(seller_id)}


def _taken() -> Conflict:
    return Conflict("reference_taken", "Another seller has this reference.", details={"param": "reference"})


def _check(command: SellerCommand) -> None:
    wrong = (
        (not 0 < len(command.name.strip()) <= MAX_NAME, "name", f"A name must have 1 to {MAX_NAME} characters."),
        (
            command.reference is not None and not REFERENCE.fullmatch(command.reference),
            "reference",
            "Use at most 64 letters, digits, - _ . and :",
        ),
        (len(command.legal_name) > MAX_LEGAL_NAME, "legal_name", f"Use at most {MAX_LEGAL_NAME} characters."),
        (
            command.email is not None and not (_EMAIL.fullmatch(command.email) and len(command.email) <= MAX_EMAIL),
            "email",
            "Enter an email address.",
        ),
        (command.phone is not None and not 0 < len(command.phone) <= MAX_PHONE, "phone", "Enter a phone number."),
    )
    for holds, param, message in wrong:
        if holds:
            raise Invalid("invalid_seller", message, details={"param": param})
