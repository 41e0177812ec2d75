"""The snapshot: all that a browser knows about its checkout session."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.kit.shapes import (
    AgreementId,
    AmountMinor,
    Answer,
    AnyAmountMinor,
    Currency,
    Quantity,
    Shape,
    ShortText,
    SkuId,
)

ChannelId = Annotated[str, Field(pattern="^[a-z0-9_]{1,60}$")]


class SelectionChange(Shape):
    """What the buyer chose; members that are absent stay as they are."""

    sku_id: SkuId | None = None
    quantity: Quantity | None = None
    channel_id: ChannelId | None = None


class AcceptedAgreement(Shape):
    """A text as the buyer saw it."""

    id: AgreementId
    hash: ShortText


class Confirmation(Shape):
    """The buyer presses "pay"."""

    channel_id: ChannelId | None = None
    agreements: Annotated[list[AcceptedAgreement], Field(max_length=50)] = []
    total_minor: Annotated[int | None, Field(ge=0, description="The total the buyer saw; never what is charged.")] = (
        None
    )
    wallet_minor: Annotated[
        AmountMinor | None,
        Field(description="So much comes from the buyer's wallet, and the rest by the channel."),
    ] = None
    use_wallet: Annotated[
        bool, Field(description="As much as there is comes from the buyer's wallet, and the rest by the channel.")
    ] = False


class Nothing(Shape):
    """An empty object."""


class SnapshotMerchant(Answer):
    """Who sells."""

    name: str


class SnapshotImage(Answer):
    """A picture to show; it never stands for another one at the same address."""

    url: str
    alt: str
    width: int
    height: int


class SnapshotProduct(Answer):
    """What is sold."""

    id: str
    name: str
    description: str
    image: SnapshotImage | None


class SnapshotSku(Answer):
    """One way to have the product."""

    id: str
    name: str
    unit_price_minor: AnyAmountMinor
    available: bool


class SnapshotChannel(Answer):
    """One way to pay."""

    id: str
    name: str
    title: str
    scene: str
    available: bool
    reason: str | None


class SnapshotWallet(Answer):
    """The buyer's balance in the order's currency."""

    available_minor: AnyAmountMinor
    share_minor: Annotated[AnyAmountMinor, Field(description="What of this payment comes, or came, from it.")]


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


class SnapshotDiscount(Answer):
    """What a promotion takes off."""

    name: str
    amount_minor: AnyAmountMinor


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
        Field(description="`failed`: the last attempt failed and another may be made. `unknown`: nobody can tell yet."),
    ]
    mode: Literal["test", "live"]
    locale: str
    merchant: SnapshotMerchant
    product: SnapshotProduct
    skus: list[SnapshotSku]
    sku_id: str
    quantity: int
    quantity_max: int
    unit_price_minor: AnyAmountMinor
    discounts: list[SnapshotDiscount]
    total_minor: AnyAmountMinor
    currency: Currency
    currency_exponent: int
    channels: list[SnapshotChannel]
    channel_id: str | None
    wallet: Annotated[
        SnapshotWallet | None, Field(description="Only for a buyer of whom the merchant's server said `signed_in`.")
    ]
    agreements: list[SnapshotAgreement]
    action: Annotated[
        dict[str, Any] | None,
        Field(
            description="`{type: redirect | qr | app, url?, content?, params?}` or"
            " `{type: instructions, reference, details}` when the buyer must act."
        ),
    ]
    error: SnapshotError | None
    order_id: str | None
    return_url: str | None
    hosted_url: str
    expires_at: str
    delivered: bool
    request_id: str
