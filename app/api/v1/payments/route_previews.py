"""Where a payment would go, and why."""

from typing import Annotated, Literal
from uuid import NAMESPACE_OID

from pydantic import Field, model_validator

from app.api.kit.shapes import (
    DIGITS_ONLY,
    AmountMinor,
    Answer,
    Currency,
    MomentIn,
    ProductId,
    QueryShape,
    ShortText,
    SkuId,
    moment_in,
)
from app.api.v1.api import KeyCaller, v1
from app.api.v1.payments.channel_accounts import ChannelName
from app.api.v1.payments.routing_rules import Scene, known_scene
from app.core import clock
from app.core.ids import named, parse, show
from app.core.money import Money, exponent
from app.read.payments import reasons
from app.workflow.payments.simulate_route import simulate_route


class RouteQuery(QueryShape):
    """A payment, withdrawal or payout that does not exist."""

    amount_minor: Annotated[AmountMinor, DIGITS_ONLY]
    currency: Currency
    kind: Annotated[
        Literal["payment", "withdrawal", "payout"],
        Field(description="`withdrawal` and `payout` need the `payee_account`; scene and product do not matter then."),
    ] = "payment"
    payee_account: Annotated[ShortText | None, Field(description="Whose account outside gets the money.")] = None
    scene: Scene = "web"
    at: Annotated[MomentIn | None, Field(description="Time of the payment. Defaults to now.")] = None
    channel: Annotated[ChannelName | None, Field(description="The channel the buyer chose.")] = None
    product_id: ProductId | None = None
    sku_id: SkuId | None = None
    order_number: Annotated[
        int, Field(ge=1, le=1_000_000, description="Key for rules that split payments by weight."), DIGITS_ONLY
    ] = 1

    @model_validator(mode="after")
    def _payouts_have_payees(self) -> "RouteQuery":
        if (self.kind == "payment") is (self.payee_account is not None):
            raise ValueError("payee_account belongs to kind withdrawal or payout")
        return self


class RouteCandidate(Answer):
    """An account at its place."""

    account_id: str
    channel: str
    name: str
    usable: bool
    pros: Annotated[list[str], Field(description="Why it has this rank.")]
    against: Annotated[list[str], Field(description="Why it cannot take the payment; empty if it can.")]


class RoutePreview(Answer):
    """Every account in the order in which it is tried, 30 at most; the first usable one gets the payment."""

    data: list[RouteCandidate]


@v1.get(
    "/route_preview",
    query=RouteQuery,
    answer=RoutePreview,
    permission="channels.read",
    tag="Routing",
    errors=("unknown_currency",),
)
def preview_route(caller: KeyCaller, query: RouteQuery) -> RoutePreview:
    """See where a payment would go.

    And why, and why not elsewhere. Nothing is written.
    """
    exponent(query.currency)
    item_ids = [parse(prefix, given) for prefix, given in (("prd", query.product_id), ("sku", query.sku_id)) if given]
    route = simulate_route(
        caller.business_id,
        Money(query.amount_minor, query.currency),
        scene=known_scene(query.scene),
        moment=moment_in(query.at) or clock.now(),
        requested_channel=query.channel,
        item_ids=frozenset(item_ids),
        seed=named(NAMESPACE_OID, str(query.order_number)),
        kind="charge" if query.kind == "payment" else query.kind,
        payee=query.payee_account,
    )
    return RoutePreview(data=[_candidate(each) for each in reasons.candidates(route.as_rows())])


def _candidate(each: reasons.Candidate) -> RouteCandidate:
    return RouteCandidate(
        account_id=show("cha", each.account_id),
        channel=each.channel,
        name=each.name,
        usable=each.is_usable,
        pros=list(each.pros),
        against=list(each.against),
    )
