"""What buyers agreed to."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import Answer, Moment
from app.api.v1.api import KeyCaller, about_order, v1
from app.core.ids import parse
from app.read.checkout.evidence import order_agreements


class AcceptedText(Answer):
    """One text as the buyer accepted it; a published text never changes."""

    id: str
    code: str
    version: int
    locale: str
    title: str
    body: str
    hash: Annotated[str, Field(description="In hex; `hash_of` describes the input.")]
    accepted_at: Moment
    published_at: Moment
    buyer_ip: Annotated[str | None, Field(description="IP address of the buyer’s browser; null if unknown.")]


class OrderAgreements(Answer):
    """The texts accepted with one order."""

    order_id: str
    buyer_reference: str
    buyer_email: str | None
    hash_of: str
    data: list[AcceptedText]


@v1.get("/orders/{order_id}/agreements", answer=OrderAgreements, permission="orders.read", tag="Orders")
def get_order_agreements(caller: KeyCaller, order_id: str) -> OrderAgreements:
    """Get what the buyer agreed to.

    The exact texts with their hashes, when and from which address they were accepted. Empty for orders that your own
    server placed: there you answer for the agreement.
    """
    order_uuid = parse("ord", order_id)
    about_order(order_uuid)
    return OrderAgreements.model_validate(order_agreements(caller.business_id, order_uuid).exported())
