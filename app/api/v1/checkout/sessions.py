"""Checkout sessions: what a merchant's server opens for a buyer."""

from collections.abc import Callable
from typing import Annotated, TypedDict
from uuid import UUID

from pydantic import Field

from app.api.kit.shapes import (
    Answer,
    HttpUrl,
    Locale,
    Metadata,
    Moment,
    OneOf,
    Shape,
    moment_text,
)
from app.api.v1.api import KeyCaller, metadata_of, v1
from app.api.v1.parts import (
    AddressAnswer,
    BillingAnswer,
    BillingDetails,
    BuyerAnswer,
    InCurrency,
    LineItems,
    PayerRequest,
    SessionBuyerRequest,
    ShippingAddress,
    address_answer,
    billing_answer,
    buyer_of,
    details_of,
    items_of,
)
from app.core import settings
from app.core.ids import parse, show
from app.domain.orders.states import SessionStatus
from app.domain.orders.types import read_items
from app.read.checkout import sessions_resource as sessions
from app.workflow.checkout.open_checkout import Opened, open_checkout


class CheckoutSessionRequest(Shape):
    """A checkout session to be opened. Prices come from the catalogue, never from the request."""

    line_items: LineItems
    currency: InCurrency = None
    buyer: SessionBuyerRequest
    payer: PayerRequest | None = None
    return_url: Annotated[HttpUrl | None, Field(description="Where buyers go afterwards. Not proof of payment.")] = None
    locale: Annotated[
        Locale,
        Field(description="A language tag, or `auto` for the browser’s language. We use the closest of ten languages."),
    ] = "auto"
    reusable_link: Annotated[
        bool,
        Field(description="Whether anyone with `url` can open the session, not only the first browser."),
    ] = False
    metadata: Metadata = {}
    shipping_address: ShippingAddress = None
    billing_details: BillingDetails = None


class LineItemAnswer(Answer):
    """A quantity of one SKU, as the buyer has chosen by now."""

    key: Annotated[str, Field(description="Identifies the line within the session.")]
    sku_id: str
    quantity: int


class CheckoutSession(Answer):
    """A buyer's visit to the checkout."""

    id: str
    status: Annotated[str, OneOf(SessionStatus)]
    url: Annotated[str, Field(description="The hosted page. Only the URL returned on creation grants access.")]
    line_items: list[LineItemAnswer]
    buyer: BuyerAnswer
    order_id: Annotated[str | None, Field(description="The order, once the buyer has confirmed.")]
    return_url: str | None
    locale: str
    metadata: dict[str, str]
    shipping_address: Annotated[AddressAnswer | None, Field(description="Where to ship to, as far as it is complete.")]
    billing_details: Annotated[BillingAnswer | None, Field(description="The company that the receipt is for.")]
    created_at: Moment
    expires_at: Moment


class NewCheckoutSession(CheckoutSession):
    """A new checkout session with its client secret, which is shown only here."""

    url: Annotated[
        str,
        Field(
            description="The hosted page: redirect the buyer here. It grants access to one browser, which keeps a "
            "cookie; with `reusable_link`, to anyone who has it."
        ),
    ]
    client_secret: Annotated[
        str, Field(description="For the buyer’s browser: pass it to the panel and do not store it.")
    ]


@v1.post(
    "/checkout/sessions",
    body=CheckoutSessionRequest,
    answer=NewCheckoutSession,
    status=201,
    permission="checkout.write",
    idempotent=True,
    secret=True,
    tag="Checkout",
    errors=(
        *("not_found", "not_on_sale", "quantity_not_allowed", "sku_twice", "mixed_currencies", "no_price"),
        *("business_not_activated", "orders_later"),
        "invalid_shipping_address",
        "invalid_billing_details",
    ),
)
def create_checkout_session(
    caller: KeyCaller, body: CheckoutSessionRequest, claim_id: UUID
) -> Callable[[], NewCheckoutSession]:
    """Open a checkout session.

    Give its `client_secret` to the buyer's page, or send the buyer to `url`.
    """
    opened = open_checkout(
        caller.business_id,
        items=items_of(body.line_items),
        currency=body.currency,
        buyer=buyer_of(body.buyer),
        return_url=body.return_url,
        locale=body.locale,
        details=details_of(body.metadata, body.payer, body.shipping_address, body.billing_details),
        session_id=claim_id,
        reusable_link=body.reusable_link,
    )
    return lambda: _new_session(caller.business_id, opened)


def _new_session(business_id: UUID, opened: Opened) -> NewCheckoutSession:
    row = sessions.get_session(business_id, opened.session_id)
    return NewCheckoutSession(**_members(row), url=opened.url, client_secret=opened.client_secret)


@v1.get(
    "/checkout/sessions/{session_id}",
    answer=CheckoutSession,
    permission="checkout.read",
    tag="Checkout",
)
def get_checkout_session(caller: KeyCaller, session_id: str) -> CheckoutSession:
    """Get a checkout session."""
    row = sessions.get_session(caller.business_id, parse("ses", session_id))
    return CheckoutSession(**_members(row), url=f"{settings.current().public_url}/c/{show('ses', row.id)}")


class _Members(TypedDict):
    id: str
    status: str
    line_items: list[LineItemAnswer]
    buyer: BuyerAnswer
    order_id: str | None
    return_url: str | None
    locale: str
    metadata: dict[str, str]
    shipping_address: AddressAnswer | None
    billing_details: BillingAnswer | None
    created_at: str
    expires_at: str


def _members(row: sessions.KeptSession) -> _Members:
    return {
        "id": show("ses", row.id),
        "status": row.status,
        "line_items": [
            LineItemAnswer(key=item.key, sku_id=show("sku", item.sku_id), quantity=item.quantity)
            for item in read_items(row.items)
        ],
        "buyer": BuyerAnswer(reference=row.buyer_reference, email=row.buyer_email, phone=row.buyer_phone),
        "order_id": show("ord", row.order_id) if row.order_id else None,
        "return_url": row.return_url,
        "locale": row.locale,
        "metadata": metadata_of(row.details),
        "shipping_address": address_answer(row.details),
        "billing_details": billing_answer(row.details),
        "created_at": moment_text(row.created_at),
        "expires_at": moment_text(row.expires_at),
    }
