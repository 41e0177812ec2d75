"""Links to the page where a buyer signs a plan."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import Answer, Currency, HttpUrl, Moment, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.parts import BuyerRequest, buyer_of
from app.api.v1.subscriptions.contracts import PlanId
from app.core.ids import parse
from app.workflow.subscriptions import link_signer
from app.workflow.subscriptions.link_signer import Signer

MAX_MINUTES = 24 * 60


class SigningSessionRequest(Shape):
    """Who signs which plan."""

    plan_id: PlanId
    buyer: BuyerRequest
    currency: Annotated[Currency | None, Field(description="Null: the buyer chooses among the plan’s.")] = None
    quantity: Annotated[int, Field(ge=1, le=1000, description="Units; 1: the buyer chooses, if the plan allows.")] = 1
    return_url: Annotated[
        HttpUrl | None,
        Field(description="Where the buyer goes on to, with `bursar_contract` in the query. Null: to the contract."),
    ] = None
    expires_in_minutes: Annotated[int, Field(ge=1, le=MAX_MINUTES, description="How long the link can be used.")] = 60


class SigningSession(Answer):
    """A link to the page where this buyer reads the terms, chooses a payment method and agrees. Anybody who has the
    address signs in the buyer’s name, so send only this buyer there."""

    url: str
    expires_at: Moment


@v1.post(
    "/signing_sessions",
    body=SigningSessionRequest,
    answer=SigningSession,
    status=201,
    permission="contracts.write",
    tag="Contracts",
    errors=("not_found", "plan_archived", "plan_quantity", "plan_no_price", "return_url_denied"),
)
def create_signing_session(caller: KeyCaller, body: SigningSessionRequest) -> SigningSession:
    """Create a signing session.

    Make one when a buyer who is signed in with you wants a plan, and redirect to its `url`. A buyer whom you do not
    know signs at the plan’s own link, `/s/{plan_id}`, where the mailbox is confirmed by a code first.
    """
    buyer = buyer_of(body.buyer)
    signer = Signer(
        business_id=caller.business_id,
        plan_id=parse("plan", body.plan_id),
        reference=buyer.reference,
        email=buyer.email,
        currency=body.currency or "",
        quantity=body.quantity,
        return_url=body.return_url,
    )
    link = link_signer.make_link(signer, lasts=timedelta(minutes=body.expires_in_minutes))
    return SigningSession(url=link.url, expires_at=moment_text(link.expires_at))
