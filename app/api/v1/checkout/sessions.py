"""Checkout sessions: what a merchant's server opens for a buyer."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, IPvAnyAddress, StringConstraints

from app.api.kit.shapes import (
    Answer,
    Currency,
    Email,
    HttpUrl,
    Locale,
    Metadata,
    Moment,
    OneOf,
    Phone,
    Quantity,
    Shape,
    ShortText,
    SkuId,
    moment_text,
)
from app.api.v1.api import KeyCaller, metadata_of, v1
from app.core import settings
from app.core.ids import parse, show
from app.domain.orders.states import SessionStatus
from app.domain.orders.types import MAX_LINES, Buyer, Item, read_items
from app.read.checkout import sessions_resource as sessions
from app.workflow.checkout.open_checkout import Opened, open_checkout


class LineItem(Shape):
    """So many pieces of one SKU."""

    sku_id: SkuId
    quantity: Quantity


LineItems = Annotated[
    list[LineItem],
    Field(
        min_length=1,
        max_length=MAX_LINES,
        description="What is bought, in one currency; a SKU stands in one line only.",
    ),
]
BuyerGroup = Annotated[str, StringConstraints(pattern="^[a-z0-9_-]{1,40}$")]


class BuyerRequest(Shape):
    """Who buys."""

    reference: Annotated[ShortText, Field(description="Your own name for the buyer; goods are delivered to it.")]
    email: Email | None = None
    phone: Phone | None = None
    groups: Annotated[
        list[BuyerGroup], Field(max_length=20, description="Groups your prices know, such as `members`.")
    ] = []
    device: Annotated[
        str | None,
        Field(
            pattern="^[A-Za-z0-9_.:-]{8,128}$",
            description="A hash by which you know the buyer's device; coupons may be limited by it.",
            examples=["5f2d8a0c71be"],
        ),
    ] = None


class PayerRequest(Shape):
    """What payment companies want to know of the buyer."""

    openid: Annotated[
        str | None,
        Field(
            pattern="^[A-Za-z0-9_-]{1,128}$",
            description="The buyer's id at WeChat for your app. Inside WeChat they can then pay over the page.",
        ),
    ] = None
    buyer_ip: Annotated[
        IPvAnyAddress | None,
        Field(
            description="Where the buyer's browser calls from, for orders without a session.", examples=["203.0.113.9"]
        ),
    ] = None


class SessionBuyerRequest(BuyerRequest):
    """Who buys in a checkout session."""

    signed_in: Annotated[
        bool,
        Field(description="You know this browser to be this buyer's: it may pay from the buyer's wallet."),
    ] = False


InCurrency = Annotated[
    Currency | None, Field(description="In which the SKUs are sold; when absent, the one that is their own.")
]


class CheckoutSessionRequest(Shape):
    """A checkout session to be opened. Prices come from the catalogue, never from the request."""

    line_items: LineItems
    currency: InCurrency = None
    buyer: SessionBuyerRequest
    payer: PayerRequest | None = None
    return_url: Annotated[
        HttpUrl | None, Field(description="Where the buyer goes afterwards. Not a proof of payment.")
    ] = None
    locale: Annotated[
        Locale, Field(description="A language tag, or `auto`: the browser's. The nearest of ten languages is spoken.")
    ] = "auto"
    reusable_link: Annotated[
        bool,
        Field(description="Whether `url` lets in everybody who has it, and not only the first browser that opens it."),
    ] = False
    metadata: Metadata = {}


class BuyerAnswer(Answer):
    """Who buys."""

    reference: str
    email: str | None
    phone: str | None


class LineItemAnswer(Answer):
    """So many pieces of one SKU, as the buyer has chosen by now."""

    key: Annotated[str, Field(description="Names the line as long as the session lives.")]
    sku_id: str
    quantity: int


class CheckoutSession(Answer):
    """A buyer's visit to the checkout."""

    id: str
    status: Annotated[str, OneOf(SessionStatus)]
    url: Annotated[str, Field(description="The hosted page. Only the address given on opening lets a buyer in.")]
    line_items: list[LineItemAnswer]
    buyer: BuyerAnswer
    order_id: Annotated[str | None, Field(description="The order, once the buyer confirmed.")]
    return_url: str | None
    locale: str
    metadata: dict[str, str]
    created_at: Moment
    expires_at: Moment


class NewCheckoutSession(CheckoutSession):
    """A new checkout session with its client secret, which is shown only here."""

    url: Annotated[
        str,
        Field(
            description="The hosted page: send the buyer there. It lets one browser in, which keeps a cookie; "
            "`reusable_link` lets in everybody who has it."
        ),
    ]
    client_secret: Annotated[str, Field(description="For the buyer's browser: hand it to the panel, do not keep it.")]


@v1.post(
    "/checkout/sessions",
    body=CheckoutSessionRequest,
    answer=NewCheckoutSession,
    status=201,
    permission="checkout.write",
    idempotent=True,
    secret=True,
    tag="Checkout",
    errors=("not_found", "not_on_sale", "quantity_not_allowed", "sku_twice", "mixed_currencies", "no_price"),
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
        details=details_of(body.metadata, body.payer),
        session_id=claim_id,
        reusable_link=body.reusable_link,
    )
    return lambda: _new_session(caller.business_id, opened)


def items_of(asked: Sequence[LineItem]) -> list[Item]:
    """What a request wants to buy."""
    return [Item(parse("sku", item.sku_id), item.quantity) for item in asked]


def details_of(metadata: Metadata, payer: PayerRequest | None) -> dict[str, Any]:
    """The merchant's own texts and what is known of the payer, as sessions and orders keep them."""
    known = payer.model_dump(mode="json", exclude_none=True) if payer else {}
    return {name: value for name, value in (("metadata", metadata), ("payer", known)) if value}


def _new_session(business_id: UUID, opened: Opened) -> NewCheckoutSession:
    members = _members(sessions.get_session(business_id, opened.session_id))
    members["url"] = opened.url
    return NewCheckoutSession(**members, client_secret=opened.client_secret)


@v1.get(
    "/checkout/sessions/{session_id}",
    answer=CheckoutSession,
    permission="checkout.read",
    tag="Checkout",
)
def get_checkout_session(caller: KeyCaller, session_id: str) -> CheckoutSession:
    """Get a checkout session."""
    row = sessions.get_session(caller.business_id, parse("ses", session_id))
    return CheckoutSession(**_members(row))


def _members(row: Any) -> dict[str, Any]:
    session_id = show("ses", row.id)
    return {
        "id": session_id,
        "status": row.status,
        "url": f"{settings.current().public_url}/c/{session_id}",
        "line_items": [
            {"key": item.key, "sku_id": show("sku", item.sku_id), "quantity": item.quantity}
            for item in read_items(row.items)
        ],
        "buyer": {"reference": row.buyer_reference, "email": row.buyer_email, "phone": row.buyer_phone},
        "order_id": show("ord", row.order_id) if row.order_id else None,
        "return_url": row.return_url,
        "locale": row.locale,
        "metadata": metadata_of(row.details),
        "created_at": moment_text(row.created_at),
        "expires_at": moment_text(row.expires_at),
    }


def buyer_of(asked: BuyerRequest) -> Buyer:
    """The buyer of a request."""
    signed_in = isinstance(asked, SessionBuyerRequest) and asked.signed_in
    return Buyer(
        reference=asked.reference,
        email=asked.email,
        phone=asked.phone,
        signed_in=signed_in,
        groups=tuple(asked.groups),
        device=asked.device,
    )
