"""Buyers in an open phase: made and changed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

from app.core import clock, db, outbox, states
from app.core.ids import show
from app.domain.buyers import queries, rules
from app.domain.buyers.errors import BuyerExists, BuyerGone
from app.domain.buyers.models import Buyer
from app.domain.buyers.states import BUYER, BuyerStatus
from app.domain.buyers.types import BuyerChanges, BuyerCommand, Source


class Columns(TypedDict, total=False):
    """What is kept of a buyer, but for their state."""

    email: str | None
    email_verified_at: datetime | None
    phone: str | None
    phone_verified_at: datetime | None
    name: str | None
    locale: str | None
    groups: list[Any]
    attributes: dict[str, Any]
    addresses: list[Any]


def add(buyer_id: uuid.UUID, command: BuyerCommand, *, source: Source, actor: str) -> str:
    """A new buyer; the reference. Emits `buyer.created`.

    Raises:
        InvalidBuyer: as rules.py says. BuyerExists: another one has the reference, or has proven the address or number.
    """
    reference = rules.clean_reference(command.reference) if command.reference else show("byr", buyer_id)
    columns = columns_of(command)
    if (found := queries.by_reference(reference)) is not None:
        raise exists(found, "reference")
    check_free(columns, except_for=buyer_id)
    # Of two at once, one is there already.
    taken = BuyerExists("buyer_exists", "Another buyer has this reference, email address or phone number.")
    db.add_or_raise(taken, Buyer, id=buyer_id, reference=reference, source=source, changed_at=clock.now(), **columns)
    states.born(BUYER, buyer_id, reason=source, actor=actor)
    outbox.emit("buyer.created", aggregate_id=buyer_id, payload={"buyer_id": str(buyer_id)})
    return reference


def change(row: Buyer, changes: BuyerChanges) -> None:
    """Make a locked buyer another; a change of nothing is silent. An address or number that becomes another one is
    unproven unless it is said to be. Emits `buyer.updated`.

    Raises:
        InvalidBuyer: as rules.py says. BuyerExists: another one has proven the address or number. BuyerGone: they were
        merged or erased.
    """
    check_active(row)
    columns = _changed(row, changes)
    if all(value == getattr(row, name) for name, value in columns.items()):
        return
    check_free(columns, except_for=row.id)
    db.write(db.change(Buyer, row.id, changed_at=clock.now(), **columns), expect=1)
    outbox.emit("buyer.updated", aggregate_id=row.id, payload={"buyer_id": str(row.id)})


def columns_of(command: BuyerCommand) -> Columns:
    """What is kept of a new buyer.

    Raises:
        InvalidBuyer: as rules.py says.
    """
    moment = clock.now()
    email, phone = rules.normal_email(command.email), rules.normal_phone(command.phone)
    return Columns(
        email=email,
        email_verified_at=moment if email and command.email_verified else None,
        phone=phone,
        phone_verified_at=moment if phone and command.phone_verified else None,
        name=rules.clean_name(command.name),
        locale=rules.clean_locale(command.locale),
        groups=rules.clean_groups(command.groups),
        attributes=rules.clean_attributes(command.attributes),
        addresses=rules.clean_addresses(command.addresses),
    )


def check_active(row: Buyer) -> None:
    """Require that the buyer is neither merged nor erased.

    Raises:
        BuyerGone: they are; `details.merged_into` is who has everything now.
    """
    if row.status == BuyerStatus.ACTIVE:
        return
    details = {"merged_into": show("byr", row.merged_into_id)} if row.merged_into_id else {}
    raise BuyerGone("buyer_gone", f"This buyer was {row.status}.", details=details)


def check_free(columns: Columns, *, except_for: uuid.UUID) -> None:
    """Require that nobody else has proven the address or number, where this one has.

    Raises:
        BuyerExists: somebody has.
    """
    if columns.get("email_verified_at") and (email := columns.get("email")):
        found = queries.by_email(email)
        if found is not None and found.id != except_for:
            raise exists(found, "email")
    if columns.get("phone_verified_at") and (phone := columns.get("phone")):
        found = queries.by_phone(phone)
        if found is not None and found.id != except_for:
            raise exists(found, "phone")


def exists(found: Buyer, param: str) -> BuyerExists:
    """That somebody has it already, and who."""
    what = {"reference": "this reference", "email": "proven this email address", "phone": "proven this phone number"}
    details = {"param": param, "buyer_id": show("byr", found.id)}
    return BuyerExists("buyer_exists", f"Another buyer has {what[param]}.", details=details)


def _changed(row: Buyer, changes: BuyerChanges) -> Columns:
    columns = Columns()
    for kind, normal in (("email", rules.normal_email), ("phone", rules.normal_phone)):
        _prove(row, changes, columns, kind, normal)
    if "name" in changes:
        columns["name"] = rules.clean_name(changes["name"])
    if "locale" in changes:
        columns["locale"] = rules.clean_locale(changes["locale"])
    if "groups" in changes:
        columns["groups"] = rules.clean_groups(changes["groups"])
    if "attributes" in changes:
        columns["attributes"] = dict(rules.clean_attributes(changes["attributes"]))
    if "addresses" in changes:
        columns["addresses"] = list(rules.clean_addresses(changes["addresses"]))
    return columns


def _prove(row: Buyer, changes: Mapping[str, Any], columns: Any, kind: str, normal: Any) -> None:
    """The address or number, and since when it is proven."""
    if kind not in changes and f"{kind}_verified" not in changes:
        return
    before, since = getattr(row, kind), getattr(row, f"{kind}_verified_at")
    value = normal(changes[kind]) if kind in changes else before
    proven = changes.get(f"{kind}_verified", since is not None and value == before)
    columns[kind] = value
    columns[f"{kind}_verified_at"] = (since if value == before and since else clock.now()) if value and proven else None
