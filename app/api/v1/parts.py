"""What requests and answers of several areas are made of."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, IPvAnyAddress, StringConstraints

from app.api.kit.shapes import (
    PRINTABLE,
    Answer,
    Currency,
    Email,
    Metadata,
    Phone,
    Quantity,
    Shape,
    ShortText,
    SkuId,
)
from app.core.ids import parse
from app.domain.orders import billing
from app.domain.orders.shipping import ADDRESS, address_of, lacking
from app.domain.orders.types import MAX_LINES, Buyer, OrderItem


class LineItem(Shape):
    """A quantity of one SKU."""

    sku_id: SkuId
    quantity: Quantity


LineItems = Annotated[
    list[LineItem],
    Field(
        min_length=1,
        max_length=MAX_LINES,
        description="The items, in one currency; each SKU in one line only.",
    ),
]


BuyerGroup = Annotated[str, StringConstraints(pattern="^[a-z0-9_-]{1,40}$")]


class BuyerRequest(Shape):
    """Who buys."""

    reference: Annotated[ShortText, Field(description="Your reference for the buyer, who receives the delivery.")]
    email: Email | None = None
    phone: Phone | None = None
    groups: Annotated[
        list[BuyerGroup], Field(max_length=20, description="The buyer’s groups for pricing, such as `members`.")
    ] = []
    device: Annotated[
        str | None,
        Field(
            pattern="^[A-Za-z0-9_.:-]{8,128}$",
            description="A hash that identifies the buyer’s device; used for coupon limits.",
            examples=["5f2d8a0c71be"],
        ),
    ] = None


class PayerRequest(Shape):
    """What payment companies want to know of the buyer."""

    openid: Annotated[
        str | None,
        Field(
            pattern="^[A-Za-z0-9_-]{1,128}$",
            description="The buyer’s WeChat ID for your app. Enables in-page payment inside WeChat.",
        ),
    ] = None
    buyer_ip: Annotated[
        IPvAnyAddress | None,
        Field(description="IP address of the buyer’s browser, for orders without a session.", examples=["203.0.113.9"]),
    ] = None


AddressText = Annotated[str, StringConstraints(max_length=200), PRINTABLE]


class AddressRequest(Shape):
    """Where to ship to."""

    name: Annotated[ShortText, Field(description="Who receives the parcel.", examples=["Ada Lovelace"])]
    line1: Annotated[ShortText, Field(description="Street and number.", examples=["12 Analytical Way"])]
    line2: Annotated[AddressText, Field(description="Apartment, floor or company.")] = ""
    postal_code: Annotated[str, StringConstraints(max_length=20), PRINTABLE, Field(examples=["10115"])] = ""
    city: Annotated[ShortText, Field(examples=["Berlin"])]
    region: Annotated[AddressText, Field(description="State or region.")] = ""
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.", examples=["DE"])]


ShippingAddress = Annotated[
    AddressRequest | None,
    Field(description="Where to ship to. Needed for products with the delivery kind `shipping`."),
]


class AddressAnswer(Answer):
    """Where to ship to."""

    name: str
    line1: str
    line2: str = ""
    postal_code: str = ""
    city: str
    region: str = ""
    country: str


class BillingRequest(Shape):
    """The company that the receipt is for."""

    company: Annotated[
        str, StringConstraints(min_length=1, max_length=120), PRINTABLE, Field(examples=["Analytical Ltd"])
    ]
    tax_number: Annotated[str, StringConstraints(max_length=40), PRINTABLE, Field(examples=["GB123456789"])] = ""
    name: Annotated[str, StringConstraints(max_length=120), PRINTABLE, Field(description="Who buys for it.")] = ""
    address: Annotated[
        str,
        StringConstraints(min_length=1, max_length=400),
        Field(description="Up to 6 lines.", examples=["12 Analytical Way\nLondon"]),
    ]


BillingDetails = Annotated[
    BillingRequest | None,
    Field(description="The company that the receipt is made out to. Later changes do not reach a receipt."),
]


class BillingAnswer(Answer):
    """The company that the receipt is for."""

    company: str
    tax_number: str = ""
    name: str = ""
    address: str


class SessionBuyerRequest(BuyerRequest):
    """Who buys in a checkout session."""

    signed_in: Annotated[
        bool,
        Field(description="You have authenticated this buyer, so they can pay from their wallet."),
    ] = False


InCurrency = Annotated[
    Currency | None, Field(description="The currency of the sale. Defaults to the SKUs’ own currency.")
]


class BuyerAnswer(Answer):
    """Who buys."""

    reference: str
    email: str | None
    phone: str | None


def address_answer(details: Mapping[str, Any]) -> AddressAnswer | None:
    """Where an order is shipped to, once the buyer has said all of it."""
    known = details.get(ADDRESS)
    return AddressAnswer(**known) if known and not lacking(known) else None


def items_of(lines: Sequence[LineItem]) -> list[OrderItem]:
    """What a request wants to buy."""
    return [OrderItem(parse("sku", item.sku_id), item.quantity) for item in lines]


def billing_answer(details: Mapping[str, Any]) -> BillingAnswer | None:
    """The company that an order was placed for."""
    known = details.get(billing.DETAILS)
    return BillingAnswer(**known) if known else None


def details_of(
    metadata: Metadata,
    payer: PayerRequest | None,
    address: AddressRequest | None,
    company: BillingRequest | None,
) -> dict[str, Any]:
    """The merchant's own texts, what is known of the payer, where to ship to and which company the receipt is for, as
    sessions and orders keep them."""
    known = payer.model_dump(mode="json", exclude_none=True) if payer else {}
    to = address_of(address.model_dump()) if address else {}
    kept = {"metadata": metadata, "payer": known, ADDRESS: to}
    if company:
        kept[billing.DETAILS] = billing.billing_of(company.model_dump())
    return {name: value for name, value in kept.items() if value}


def buyer_of(buyer: BuyerRequest) -> Buyer:
    """The buyer of a request."""
    signed_in = isinstance(buyer, SessionBuyerRequest) and buyer.signed_in
    return Buyer(
        reference=buyer.reference,
        email=buyer.email,
        phone=buyer.phone,
        signed_in=signed_in,
        groups=tuple(buyer.groups),
        device=buyer.device,
    )


class Callback(Answer):
    """Where your own system is called. `secret` is shown when it is made, and never again."""

    url: str
    secret: str | None


class System(Answer):
    """Your own system that keeps a SKU's units."""

    url: str
    secret: Annotated[str | None, Field(description="The signing secret; returned only on creation.")]
