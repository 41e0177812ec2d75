"""What a checkout's snapshot is made of, as docs/reference/sdk-snapshot.md and the SDK's types have it. Amounts are in
minor units of the session's currency, moments and ids texts as they are shown."""

from __future__ import annotations

from typing import Any, TypedDict

from app.domain.accounts.business.appearance.types import Appearance
from app.read.catalog.product_images import ShownImage


class ShownLogo(TypedDict):
    """A logo by its whole address, and its size in pixels."""

    url: str
    width: int
    height: int


class ShownMerchant(TypedDict):
    """Who sells."""

    name: str
    website: str | None
    logo: ShownLogo | None


class ShownSku(TypedDict):
    """A SKU that a line may be of."""

    id: str
    name: str
    unit_price_minor: int
    available: bool
    specification: dict[str, Any]


class ShownLineProduct(TypedDict):
    """What a line is of."""

    id: str
    name: str
    image: ShownImage | None
    options: list[Any]


class ShownProduct(ShownLineProduct):
    """What the only line is of, described."""

    description: str
    description_content: list[Any]
    attributes: list[Any]


class ShownLine(TypedDict):
    """One line of the cart."""

    key: str
    sku_id: str
    product: ShownLineProduct
    name: str
    specification: dict[str, Any]
    skus: list[ShownSku]
    quantity: int
    quantity_min: int
    quantity_max: int
    unit_price_minor: int
    subtotal_minor: int
    discount_minor: int
    total_minor: int
    available: bool
    removable: bool


class OnlyLine(TypedDict):
    """The only line once more, at the top; empty with several."""

    product: ShownProduct | None
    skus: list[ShownSku]
    sku_id: str | None
    quantity: int | None
    quantity_min: int | None
    quantity_max: int | None
    unit_price_minor: int | None


class ShownStep(TypedDict):
    """One step from list prices to the total."""

    code: str
    text: str
    discount_minor: int


class ShownDiscount(TypedDict):
    """What a promotion or a coupon takes off, and why."""

    name: str
    why: str
    amount_minor: int


class ShownCoupon(TypedDict):
    """A code that was entered; `reason` and `text` say why it takes nothing off."""

    code: str
    name: str
    discount_minor: int
    reason: str | None
    text: str | None


class ShownPrice(TypedDict):
    """The price, and how it came about."""

    steps: list[ShownStep]
    discounts: list[ShownDiscount]
    coupons: list[ShownCoupon]
    subtotal_minor: int
    discount_minor: int
    total_minor: int
    currency: str
    currency_exponent: int


class ShownMethod(TypedDict):
    """A payment method; `reason` says why it is not available."""

    id: str
    name: str
    title: str
    scene: str
    available: bool
    reason: str | None


class ShownWallet(TypedDict):
    """What the buyer has to spend, and what of it is the share of this payment."""

    available_minor: int
    used_minor: int


class ShownField(TypedDict):
    """Something that the buyer is asked for; `kind` is email, phone, text, choice, number or date, and on our own page
    also lines."""

    key: str
    kind: str
    label: str
    hint: str
    required: bool
    value: str
    choices: list[str]


class ShownVerification(TypedDict):
    """How the buyer proves the mailbox: `unproven`, `code_sent` or `proven`; texts in the buyer's language."""

    status: str
    text: str
    send: str
    code_label: str
    confirm: str


class ShownContact(TypedDict):
    """What the buyer is asked for before the order."""

    fields: list[ShownField]
    verification: ShownVerification | None
    optional: str
    choose: str


class ShownAgreement(TypedDict):
    """A text that the buyer has to accept; `content` is its body as blocks."""

    id: str
    code: str
    version: int
    title: str
    body: str
    content: list[Any]
    locale: str
    hash: str


class ShownError(TypedDict):
    """Why the last attempt failed."""

    code: str
    type: str
    message: str
    retryable: bool


class ShownOrder(TypedDict):
    """The order that the session became."""

    order_id: str | None
    order_number: str | None
    order_changeable: bool
    receipt_url: str | None


class Snapshot(OnlyLine, ShownPrice, ShownOrder):
    """All that a browser is told of its checkout session."""

    session_id: str
    version: int
    status: str
    mode: str
    locale: str
    merchant: ShownMerchant
    lines: list[ShownLine]
    coupons_open: bool
    payment_methods: list[ShownMethod]
    wallet: ShownWallet | None
    payment_method_id: str | None
    contact: ShownContact | None
    agreements: list[ShownAgreement]
    action: dict[str, Any] | None
    error: ShownError | None
    return_url: str | None
    hosted_url: str
    appearance: Appearance | None
    expires_at: str
    now: str
    delivered: bool
