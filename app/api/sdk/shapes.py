"""The snapshot: all that a browser knows about its checkout session."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from app.api.kit.shapes import (
    MAX_QUANTITY,
    PRINTABLE,
    AgreementId,
    AmountMinor,
    Answer,
    AnyAmountMinor,
    Currency,
    HttpUrl,
    OrderId,
    Quantity,
    Shape,
    ShortText,
    SkuId,
)
from app.domain.orders.types import MAX_LINES

PaymentMethodId = Annotated[str, Field(pattern="^[a-z0-9_]{1,60}$")]


LineKey = Annotated[str, Field(pattern="^[a-z0-9_-]{1,40}$", examples=["1"])]
SeenVersion = Annotated[
    int | None,
    Field(
        ge=0,
        description="The `version` the buyer saw. If the items have changed since, the request fails with 409 "
        "`session_changed`.",
    ),
]


class LineSelection(Shape):
    """What the buyer chose for one line; members that are absent stay as they are."""

    key: LineKey
    sku_id: SkuId | None = None
    quantity: Annotated[
        int | None, Field(ge=0, le=MAX_QUANTITY, description="0 removes the line, unless it is the last one.")
    ] = None


class SelectionChange(Shape):
    """What the buyer chose; members that are absent stay as they are."""

    lines: Annotated[list[LineSelection], Field(max_length=MAX_LINES)] = []
    sku_id: Annotated[SkuId | None, Field(description="For sessions with a single line.")] = None
    quantity: Annotated[Quantity | None, Field(description="For sessions with a single line.")] = None
    payment_method_id: PaymentMethodId | None = None
    version: SeenVersion = None

    @model_validator(mode="after")
    def _line_or_lines(self) -> Self:
        if self.lines and (self.sku_id is not None or self.quantity is not None):
            raise ValueError("lines, or sku_id and quantity of the only line")
        if len({line.key for line in self.lines}) != len(self.lines):
            raise ValueError("a line is named twice")
        return self


class AcceptedAgreement(Shape):
    """A text as the buyer saw it."""

    id: AgreementId
    hash: ShortText


class Confirmation(Shape):
    """The buyer presses "pay"."""

    payment_method_id: PaymentMethodId | None = None
    agreements: Annotated[list[AcceptedAgreement], Field(max_length=50)] = []
    total_minor: Annotated[int | None, Field(ge=0, description="The total the buyer saw, for comparison only.")] = None
    version: SeenVersion = None
    wallet_minor: Annotated[
        AmountMinor | None,
        Field(description="Amount paid from the buyer’s wallet; the channel charges the rest."),
    ] = None
    use_wallet: Annotated[
        bool, Field(description="Use the buyer’s full available balance; the channel charges the rest.")
    ] = False
    return_url: Annotated[
        HttpUrl | None,
        Field(
            description="The page that embeds the checkout. Buyers return here from the payment page if the "
            "session has no `return_url`. Must be on an allowed origin."
        ),
    ] = None


class OrderChange(Shape):
    """The buyer wants to change the order that was placed."""

    order_id: Annotated[
        OrderId, Field(description="The order the buyer saw. If the session has another order by now, nothing happens.")
    ]


class ContactChange(Shape):
    """How the buyer is reached, and what else is asked."""

    values: Annotated[
        dict[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$")], Annotated[str, Field(max_length=400), PRINTABLE]],
        Field(
            max_length=20, description="By the `key` of what is asked; an empty text removes it, what is absent stays."
        ),
    ] = {}
    send_code: Annotated[bool, Field(description="Send a code to the address that is there then.")] = False
    code: Annotated[str, Field(pattern="^[0-9 ]{0,12}$", description="The code from the email.")] = ""


class Nothing(Shape):
    """An empty object."""


class SnapshotLogo(Answer):
    """An image by its whole address."""

    url: str
    width: int
    height: int


class SnapshotMerchant(Answer):
    """Who sells."""

    name: str
    website: Annotated[str | None, Field(description="The shop’s URL, to link back to.")]
    logo: SnapshotLogo | None


class SnapshotImage(Answer):
    """An image to show; it never stands for another one at the same address."""

    url: str
    alt: str
    width: int
    height: int


class SnapshotOption(Answer):
    """What a product's SKUs differ in."""

    name: str
    values: list[str]


class SnapshotAttribute(Answer):
    """A fact about a product."""

    name: str
    value: str


class SnapshotProduct(Answer):
    """What is sold."""

    id: str
    name: str
    description: str
    description_content: Annotated[
        list[Any], Field(description="The description as blocks, as the `content` of an agreement.")
    ]
    image: SnapshotImage | None
    options: list[SnapshotOption]
    attributes: Annotated[list[SnapshotAttribute], Field(description="Attributes of the product.")]


class SnapshotSku(Answer):
    """One way to have the product."""

    id: str
    name: str
    unit_price_minor: AnyAmountMinor
    available: bool
    specification: Annotated[dict[str, str], Field(description="Its value for each option; empty without options.")]


class SnapshotLineProduct(Answer):
    """What the line is of."""

    id: str
    name: str
    image: SnapshotImage | None
    options: list[SnapshotOption]


class SnapshotLine(Answer):
    """One line of the cart."""

    key: Annotated[str, Field(description="Identifies the line within the session.")]
    sku_id: str
    product: SnapshotLineProduct
    name: Annotated[str, Field(description="The SKU's name.")]
    specification: dict[str, str]
    skus: Annotated[
        list[SnapshotSku], Field(description="SKUs the buyer can choose for this line, including the current one.")
    ]
    quantity: int
    quantity_min: int
    quantity_max: int
    unit_price_minor: AnyAmountMinor
    subtotal_minor: Annotated[AnyAmountMinor, Field(description="Amount at list price.")]
    discount_minor: Annotated[AnyAmountMinor, Field(description="The line’s share of all discounts.")]
    total_minor: AnyAmountMinor
    available: Annotated[bool, Field(description="Whether this quantity is available now.")]
    removable: Annotated[bool, Field(description="Whether the buyer can remove the line.")]


class SnapshotStep(Answer):
    """One step of the way from list prices to the total."""

    code: Annotated[str, Field(description="`list_price`, `promotion` or `coupon`.")]
    text: str
    discount_minor: AnyAmountMinor


class SnapshotPaymentMethod(Answer):
    """One payment method."""

    id: str
    name: str
    title: str
    scene: str
    available: bool
    reason: str | None


class SnapshotWallet(Answer):
    """The buyer's balance in the order's currency."""

    available_minor: AnyAmountMinor
    used_minor: Annotated[AnyAmountMinor, Field(description="The part of this payment that is paid from the wallet.")]


class SnapshotAgreement(Answer):
    """A text the buyer has to accept."""

    id: str
    code: str
    version: int
    title: str
    body: str
    content: Annotated[
        list[Any],
        Field(
            description='The body as blocks: a text, or `[tag, children…]`, `["a", address, children…]`,'
            ' `["ol", first number, items…]`. Made of text alone: nothing in it is markup.',
            examples=[[["p", "You buy membership time. ", ["strong", "It begins"], " with your payment."]]],
        ),
    ]
    locale: str
    hash: str


class SnapshotField(Answer):
    """Something that the buyer is asked for."""

    key: Annotated[str, Field(description="`email`, `phone`, or the key of a custom field.")]
    kind: Annotated[str, Field(description="`email`, `phone`, `text`, `choice`, `number` or `date`.")]
    label: Annotated[str, Field(description="In the buyer’s language.")]
    hint: str
    required: bool
    value: Annotated[str, Field(description="What the buyer entered; empty if nothing.")]
    choices: Annotated[list[str], Field(description="Of a `choice`.")]


class SnapshotVerification(Answer):
    """How the buyer proves that the mailbox is theirs. Texts are in the buyer’s language."""

    status: Annotated[str, Field(description="`unproven`; `code_sent`: a code was sent and is valid; `proven`.")]
    text: str
    send: Annotated[str, Field(description="Label of the button that sends a code; empty: none is needed.")]
    code_label: Annotated[str, Field(description="Label of the field for the code; empty: none is awaited.")]
    confirm: Annotated[str, Field(description="Label of the button that takes the code.")]


class SnapshotContact(Answer):
    """What the buyer is asked for before the order."""

    fields: list[SnapshotField]
    verification: SnapshotVerification | None
    optional: Annotated[str, Field(description="Said beside fields that may stay empty.")]
    choose: Annotated[str, Field(description="Said while no choice is made.")]


class SnapshotDiscount(Answer):
    """What a promotion or a coupon takes off."""

    name: str
    why: Annotated[str, Field(description="How it was calculated, in the buyer’s language.")]
    amount_minor: AnyAmountMinor


class SnapshotCoupon(Answer):
    """A code that was entered."""

    code: str
    name: str
    discount_minor: Annotated[AnyAmountMinor, Field(description="Its discount, also listed in `discounts`.")]
    reason: Annotated[str | None, Field(description="Why it gives no discount; null if it does.")]
    text: Annotated[str | None, Field(description="Human-readable reason.")]


class SnapshotError(Answer):
    """Why the last attempt failed."""

    code: str
    type: str
    message: str
    retryable: bool


class Snapshot(Answer):
    """All that a browser knows about its checkout session. Drop one whose `version` is lower than the last."""

    session_id: str
    version: int
    status: Annotated[
        Literal["ready", "requires_action", "processing", "succeeded", "failed", "expired", "cancelled", "unknown"],
        Field(
            description="`failed`: the last attempt failed and the buyer can retry. `unknown`: the outcome is "
            "not known yet."
        ),
    ]
    mode: Literal["test", "live"]
    locale: str
    merchant: SnapshotMerchant
    lines: Annotated[list[SnapshotLine], Field(description="The items, 1 to 50 lines.")]
    product: Annotated[
        SnapshotProduct | None,
        Field(description="Of the only line, as the five members that follow: null (`skus` empty) with several."),
    ]
    skus: list[SnapshotSku]
    sku_id: str | None
    quantity: int | None
    quantity_min: int | None
    quantity_max: int | None
    unit_price_minor: AnyAmountMinor | None
    steps: Annotated[list[SnapshotStep], Field(description="How the total was calculated, in order.")]
    discounts: list[SnapshotDiscount]
    coupons: list[SnapshotCoupon]
    coupons_open: Annotated[bool, Field(description="Whether the buyer can enter codes.")]
    subtotal_minor: Annotated[AnyAmountMinor, Field(description="Sum of all lines at list price.")]
    discount_minor: Annotated[AnyAmountMinor, Field(description="Sum of all discounts.")]
    total_minor: AnyAmountMinor
    currency: Currency
    currency_exponent: int
    payment_methods: list[SnapshotPaymentMethod]
    payment_method_id: str | None
    wallet: Annotated[
        SnapshotWallet | None, Field(description="Only for buyers whom the merchant’s server marked as `signed_in`.")
    ]
    agreements: list[SnapshotAgreement]
    contact: Annotated[
        SnapshotContact | None,
        Field(description="Email address, phone number and custom fields to ask for; null: nothing, or it is ordered."),
    ]
    action: Annotated[
        dict[str, Any] | None,
        Field(
            description="`{type: redirect | qr | app, url?, content?, params?}` or"
            " `{type: instructions, reference, details}` when the buyer must act."
        ),
    ]
    error: SnapshotError | None
    order_id: str | None
    order_number: Annotated[str | None, Field(description="What the buyer calls the order.")]
    order_changeable: Annotated[
        bool,
        Field(
            description="Whether the buyer can change the order with `POST /sdk/v1/session/change-order`: an order "
            "exists, no payment is pending and the session offers choices."
        ),
    ]
    receipt_url: Annotated[
        str | None, Field(description="URL of the receipt as a PDF. Open it as a page, not by script.")
    ]
    return_url: str | None
    hosted_url: str
    appearance: Annotated[
        dict[str, Any] | None,
        Field(description="The business’s panel appearance, in the format of the SDK’s `appearance`."),
    ]
    expires_at: str
    now: Annotated[
        str,
        Field(
            description="The time of this answer by the business’s clock. Count down from here to `expires_at`; a test "
            "clock may be ahead of everybody’s, and a buyer’s clock may be wrong."
        ),
    ]
    delivered: bool
    request_id: str
