"""A checkout session opened from a configuration, by a page with a publishable key or by a plain link: what is sold,
and how, was said by the merchant beforehand; the browser says nothing but which one."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound, TooMany
from app.core.ids import new_id, parse, show, try_parse
from app.core.limits.ratelimit import Counter, Limit
from app.domain.orders.errors import ConfigurationInactive
from app.domain.orders.models import CheckoutConfiguration
from app.domain.orders.types import Buyer, OrderItem, read_items, read_terms
from app.lib.networks import neighbourhood
from app.workflow.checkout.open_checkout import Opened, open_checkout

OF_ADDRESS = Limit("configured-checkout", times=60, window_s=600)
configurations = db.table(CheckoutConfiguration)


def open_configured(
    business_id: uuid.UUID,
    configuration_id: uuid.UUID,
    *,
    counter: Counter,
    address: str | None,
    locale: str | None = None,
    browser_locale: str | None = None,
    session_id: uuid.UUID | None = None,
    return_url: str | None = None,
    page_origin: str | None = None,
) -> Opened:
    """Open a session as the configuration says, for a buyer nobody knows yet. `locale` is the page's wish, which the
    configuration's goes behind; the browser's counts when neither has one. `return_url` stands before the
    configuration's own: it is for us, and no page may name one. `page_origin` is where a page stands that asked, which
    its buyer is led back to when nothing else was said. The same `session_id` again gives a fresh secret.

    Raises:
        NotFound: no such configuration, or a SKU of it is gone. ConfigurationInactive: it is switched off.
        TooMany: too many sessions were opened from this address.
        NotOnSale, QuantityNotAllowed, NoPrice: as `open_checkout` says.
    """
    with db.reading(business_id):
        found = db.get(CheckoutConfiguration, configuration_id)
    if not found.active:
        raise ConfigurationInactive("configuration_inactive", "This checkout is currently not available.")
    _count(business_id, counter, address)
    own_id = session_id or new_id()
    return open_checkout(
        business_id,
        items=[OrderItem(item.sku_id, item.quantity) for item in read_items(found.items)],
        currency=found.currency,
        buyer=Buyer(reference=f"guest_{show('ses', own_id)}"),
        return_url=return_url or found.return_url,
        locale=locale or found.locale or browser_locale or "en",
        details={**found.details, **({"page_origin": page_origin} if page_origin else {})},
        session_id=own_id,
        terms=read_terms(found.terms),
        configuration_id=found.id,
    )


def open_trial(
    business_id: uuid.UUID,
    sells: str,
    *,
    counter: Counter,
    address: str | None,
    locale: str | None = None,
    return_url: str | None = None,
) -> Opened:
    """Open a session for somebody who tries the panel: by a configuration, or for one unit of a SKU (shown ids).

    Raises:
        NotFound: there is no such thing. Others: as `open_configured` does.
    """
    configuration_id = try_parse(sells, "cfg")
    if configuration_id is not None:
        return open_configured(
            business_id, configuration_id, counter=counter, address=address, locale=locale, return_url=return_url
        )
    _count(business_id, counter, address)
    return open_checkout(
        business_id,
        items=[OrderItem(parse("sku", sells), 1)],
        buyer=Buyer(reference="playground"),
        return_url=return_url,
        locale=locale or "en",
    )


def business_of(configuration_id: uuid.UUID) -> uuid.UUID:
    """Whose configuration a link names.

    Raises:
        NotFound: nobody's.
    """
    with db.system_reading():
        found: uuid.UUID | None = db.scalar(
            select(configurations.c.business_id).where(configurations.c.id == configuration_id)
        )
    if found is None:
        raise NotFound("not_found", "There is no such checkout. Please go back to the shop.")
    return found


def _count(business_id: uuid.UUID, counter: Counter, address: str | None) -> None:
    wait_s = counter.hit(OF_ADDRESS, f"{business_id} {neighbourhood(address)}")
    if wait_s:
        message = "Too many checkouts opened from this network. Please wait a while."
        raise TooMany("rate_limited", message, details={"retry_after_s": wait_s})
