"""Whether the buyer of a page is a member, asked by the page itself."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import Answer, Moment, ProductId, Shape, moment_text
from app.api.sdk.checkouts import PageCaller, pages
from app.core.ids import parse
from app.workflow.fulfilment.prove_membership import prove_membership


class MembershipCheck(Shape):
    """Who, and of what."""

    buyer_token: Annotated[str, Field(min_length=1, max_length=1000, description="From your server, for this buyer.")]
    product_id: ProductId


class MembershipProof(Answer):
    """What the buyer is now."""

    member: bool
    level: Annotated[str, Field(description="Empty where the product has no levels.")]
    ends_at: Moment | None
    expires_at: Annotated[Moment, Field(description="Until when the proof holds.")]
    proof: Annotated[str, Field(description="The same as a signed JWT (EdDSA), for your server to check.")]


@pages.post("/memberships/check", body=MembershipCheck, answer=MembershipProof, permission="membership.check",
            tag="Browser", errors=("buyer_token_invalid",))  # fmt: skip
def check_membership(caller: PageCaller, body: MembershipCheck) -> MembershipProof:
    """Check a membership from a page.

    Needs a publishable key and the token of the buyer. Of a buyer whose token you do not have, nothing is told.
    """
    found = prove_membership(caller.business_id, body.buyer_token, parse("prd", body.product_id))
    return MembershipProof(
        member=found.is_member,
        level=found.level,
        ends_at=moment_text(found.ends_at),
        expires_at=moment_text(found.expires_at),
        proof=found.text,
    )
