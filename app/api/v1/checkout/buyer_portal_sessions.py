"""Links to a buyer's own pages, that last as long as the merchant's server says."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from app.api.kit.shapes import Answer, Moment, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.workflow.checkout.link_buyer import make_link

MAX_MINUTES = 30 * 24 * 60


class BuyerPortalSessionRequest(Shape):
    """Whose pages, which first, and for how long."""

    buyer_reference: ShortText
    page: Annotated[
        Literal["purchases", "contracts"],
        Field(description="Which page the link opens: what the buyer owns, or memberships that renew."),
    ] = "contracts"
    expires_in_minutes: Annotated[
        int, Field(ge=1, le=MAX_MINUTES, description="How long the link opens the buyer’s pages.")
    ] = 60


class BuyerPortalSession(Answer):
    """A link to the buyer’s own pages: purchases, receipts, and contracts, which can be paused and cancelled there.
    Anybody who has the address may open it, so send only this buyer there."""

    url: str
    expires_at: Moment


@v1.post(
    "/buyer_portal_sessions",
    body=BuyerPortalSessionRequest,
    answer=BuyerPortalSession,
    status=201,
    permission="entitlements.write",
    tag="Contracts",
)
def create_buyer_portal_session(caller: KeyCaller, body: BuyerPortalSessionRequest) -> BuyerPortalSession:
    """Create a buyer portal session.

    Make one when a buyer who is signed in with you asks for it, and redirect to its `url`.
    """
    link = make_link(
        caller.business_id,
        body.buyer_reference,
        lasts=timedelta(minutes=body.expires_in_minutes),
        page="contracts" if body.page == "contracts" else "",
    )
    return BuyerPortalSession(url=link.url, expires_at=moment_text(link.expires_at))
