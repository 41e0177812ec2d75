"""Checkout configurations: what pages without a server of their own sell, and how; made, changed, put away."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import Select, select

from app.core import clock, db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id, show
from app.domain.accounts.business.appearance.rules import cleaned
from app.domain.catalog import queries as catalog
from app.domain.catalog.rules import check_buyable
from app.domain.marketing import listing
from app.domain.orders.contact import check_fields
from app.domain.orders.models import CheckoutConfiguration
from app.domain.orders.rules import check_one_currency
from app.domain.orders.types import (
    MAX_LINES,
    CustomField,
    OrderItem,
    SessionItem,
    SessionTerms,
    read_items,
    read_terms,
    write_items,
    write_terms,
)
from app.domain.payments.channels import registry

MAX_NAME = 120
configurations = db.table(CheckoutConfiguration)


@dataclass(frozen=True, kw_only=True)
class ConfigurationCommand:
    """What a configuration shall be. `currency` None is the SKUs' own; `locale` None is the page's or the browser's.
    `metadata` are texts of the merchant's own, which every session and order gets; `appearance` stands over the
    business's own."""

    name: str
    items: Sequence[OrderItem]
    currency: str | None = None
    terms: SessionTerms = field(default_factory=SessionTerms)
    return_url: str | None = None
    locale: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    appearance: Mapping[str, Any] = field(default_factory=dict)
    active: bool = True


class Changes(TypedDict, total=False):
    """Members of a `ConfigurationCommand` or of its terms that shall be another; what is absent stays."""

    name: str
    items: Sequence[OrderItem]
    currency: str | None
    quantity_changeable: bool
    sku_changeable: bool
    coupons_allowed: bool
    channels: Sequence[str]
    collect_email: str
    collect_phone: str
    custom_fields: Sequence[CustomField]
    return_url: str | None
    locale: str | None
    metadata: Mapping[str, str]
    appearance: Mapping[str, Any]
    active: bool


def create_configuration(
    business_id: uuid.UUID, command: ConfigurationCommand, *, configuration_id: uuid.UUID | None = None
) -> uuid.UUID:
    """A new configuration's id; with an id that exists already nothing happens. Its products need not be on sale yet.

    Raises:
        NotFound: no such SKU. Invalid: no name, no line or too many, a SKU named twice, several currencies, one that a
            SKU is not sold in, an appearance that cannot be, or a channel that cannot take a guest's payment.
            QuantityNotAllowed: as it says.
    """
    configuration_id = configuration_id or new_id()
    with db.phase("manage_configurations.create", business_id):
        if db.first(_of(configuration_id)) is None:
            db.add(CheckoutConfiguration, id=configuration_id, **_values(command))
    return configuration_id


def change_configuration(business_id: uuid.UUID, configuration_id: uuid.UUID, changes: Changes) -> None:
    """Make it another; sessions that are open stay as they are.

    Raises:
        NotFound: no such configuration or SKU. Conflict: it is archived. Others: as `create_configuration`.
    """
    with db.phase("manage_configurations.change", business_id):
        row = db.lock(CheckoutConfiguration, configuration_id)
        if row.archived_at is not None:
            raise Conflict("configuration_archived", "It is archived. Restore it first.")
        values = _values(_changed(_command(row), dict(changes)))
        db.write(db.change(CheckoutConfiguration, configuration_id, **values), expect=1)


def archive_configuration(business_id: uuid.UUID, configuration_id: uuid.UUID) -> None:
    """Sell by it no more, and keep it out of the way; a second call changes nothing.

    Raises:
        NotFound: no such configuration.
    """
    _put(business_id, configuration_id, archived=True)


def restore_configuration(business_id: uuid.UUID, configuration_id: uuid.UUID) -> None:
    """Bring it back, switched off; one that is not archived stays as it is.

    Raises:
        NotFound: no such configuration.
    """
    _put(business_id, configuration_id, archived=False)


def _put(business_id: uuid.UUID, configuration_id: uuid.UUID, *, archived: bool) -> None:
    with db.phase("manage_configurations.archive", business_id):
        row = db.lock(CheckoutConfiguration, configuration_id)
        if (row.archived_at is not None) == archived:
            return
        moment = clock.now()
        archived_at = moment if archived else None
        change = db.change(
            CheckoutConfiguration, configuration_id, active=False, archived_at=archived_at, changed_at=moment
        )
        db.write(change, expect=1)


class _Columns(TypedDict):
    name: str
    items: list[dict[str, Any]]
    currency: str | None
    terms: dict[str, Any]
    return_url: str | None
    locale: str | None
    details: dict[str, Any]
    appearance: dict[str, Any]
    active: bool
    changed_at: datetime


def _values(command: ConfigurationCommand) -> _Columns:
    if not command.name.strip() or len(command.name) > MAX_NAME:
        raise Invalid("invalid_name", f"A name must have 1 to {MAX_NAME} characters.", details={"param": "name"})
    _check_channels(command.terms.channels)
    check_fields(command.terms.custom_fields)
    _check_items(command)
    items = [
        SessionItem(key=str(number), sku_id=item.sku_id, quantity=item.quantity)
        for number, item in enumerate(command.items, start=1)
    ]
    return {
        "name": command.name.strip(),
        "items": write_items(items),
        "currency": command.currency,
        "terms": write_terms(command.terms),
        "return_url": command.return_url,
        "locale": command.locale,
        "details": {"metadata": dict(command.metadata)} if command.metadata else {},
        "appearance": dict(cleaned(command.appearance)),
        "active": command.active,
        "changed_at": clock.now(),
    }


def _changed(command: ConfigurationCommand, changes: dict[str, Any]) -> ConfigurationCommand:
    terms = {each.name: changes.pop(each.name) for each in fields(SessionTerms) if each.name in changes}
    terms |= {name: tuple(terms[name]) for name in ("channels", "custom_fields") if name in terms}
    return replace(command, terms=replace(command.terms, **terms), **changes)


def _command(row: CheckoutConfiguration) -> ConfigurationCommand:
    return ConfigurationCommand(
        name=row.name,
        items=[OrderItem(item.sku_id, item.quantity) for item in read_items(row.items)],
        currency=row.currency,
        terms=read_terms(row.terms),
        return_url=row.return_url,
        locale=row.locale,
        metadata=row.details.get("metadata", {}),
        appearance=row.appearance,
        active=row.active,
    )


def _check_channels(channels: Sequence[str]) -> None:
    for name in channels:
        channel = registry.CHANNELS.get(name)
        # Balances belong to buyers whom a merchant's server vouches for; a guest has none.
        if channel is None or channel.capabilities.is_internal:
            raise Invalid(
                "unknown_channel", f"{name[:60]} is not available as a payment method.", details={"param": "channels"}
            )


def _check_items(command: ConfigurationCommand) -> None:
    if not 1 <= len(command.items) <= MAX_LINES:
        raise Invalid("no_lines", f"A checkout must have 1 to {MAX_LINES} lines.", details={"param": "line_items"})
    found = {row.id: row for row in db.rows(catalog.skus_with_products({item.sku_id for item in command.items}))}
    # What is not on sale may be by the time somebody buys: opening a session asks again.
    check_buyable(found, [(item.sku_id, item.quantity) for item in command.items], exempt=found.keys())
    if command.currency is None:
        check_one_currency(sku.currency for sku in found.values())
        return
    for sku in found.values():
        if command.currency not in listing.currencies([sku]):
            message = f"{sku.product_name} is not sold in {command.currency}."
            raise Invalid("wrong_currency", message, details={"param": "currency", "sku_id": show("sku", sku.id)})


def _of(configuration_id: uuid.UUID) -> Select[CheckoutConfiguration]:
    return select(configurations).where(
        configurations.c.business_id == db.here(), configurations.c.id == configuration_id
    )
