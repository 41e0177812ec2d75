"""Links by which buyers see what they own."""

from app.api.kit.shapes import Answer, Moment, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.workflow.checkout.link_buyer import make_link


class BuyerLinkRequest(Shape):
    """Whose link."""

    buyer_reference: ShortText


class BuyerLink(Answer):
    """A page of what the buyer owns: membership times, licence keys, and what your own system gave. Anybody who has the
    address may open it, so give it to this buyer only."""

    url: str
    expires_at: Moment


@v1.post("/buyer_links", body=BuyerLinkRequest, answer=BuyerLink, status=201, permission="entitlements.write",
         tag="Deliveries")  # fmt: skip
def create_buyer_link(caller: KeyCaller, body: BuyerLinkRequest) -> BuyerLink:
    """Make a link to what a buyer owns.

    It lasts 30 days, and may be made anew at any time.
    """
    link = make_link(caller.business_id, body.buyer_reference)
    return BuyerLink(url=link.url, expires_at=moment_text(link.expires_at))
