"""Coupons in the buyer's own session."""

from typing import Annotated, Self

from flask import current_app, request
from pydantic import Field, model_validator

from app.api.kit.shapes import Answer, AnyAmountMinor, CouponCode, Shape
from app.api.sdk.api import SessionCaller, page_language, sdk
from app.api.sdk.session import snapshot_of
from app.api.sdk.shapes import Snapshot
from app.read.checkout import checkout_coupons, checkouts
from app.workflow.checkout import use_coupons


class CouponChange(Shape):
    """A code to be used or taken out, or the best choice."""

    add: CouponCode | None = None
    remove: CouponCode | None = None
    best: Annotated[bool, Field(description="Use the best combination.")] = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.add is not None) + (self.remove is not None) + self.best != 1:
            raise ValueError("exactly one of add, remove and best")
        return self


class OfferedCoupon(Answer):
    """A coupon the buyer could enter."""

    code: str
    name: str
    text: Annotated[str, Field(description="The discount.")]
    is_applied: Annotated[bool, Field(description="Whether the session uses it.")]
    expires_at: str | None


class UsableCoupon(OfferedCoupon):
    """A coupon that takes something off this cart."""

    discount_minor: Annotated[AnyAmountMinor, Field(description="Its discount on its own.")]


class UnusableCoupon(OfferedCoupon):
    """A coupon that takes nothing off this cart."""

    reason: str
    why: Annotated[str, Field(description="Human-readable reason.")]


class SessionCoupons(Answer):
    """What there is for this cart."""

    usable: Annotated[list[UsableCoupon], Field(description="Largest savings first.")]
    unusable: list[UnusableCoupon]
    best: Annotated[list[str], Field(description="The best combination of codes.")]
    best_discount_minor: AnyAmountMinor


@sdk.get(
    "/session/coupons",
    answer=SessionCoupons,
    permission="checkout.own",
    tag="Browser",
    errors=("already_ordered", "coupons_closed", "no_price"),
)
def list_session_coupons(caller: SessionCaller) -> SessionCoupons:
    """List the coupons for this cart.

    The codes that were entered, those offered to everybody, and the buyer's own when the session is `signed_in`.
    """
    own = caller.business_id, caller.session_id
    channel = checkouts.method_of_price(*own, in_page=True)
    found = checkout_coupons.coupons_for(*own, channel=channel, language=page_language())
    return SessionCoupons.model_validate(found)


@sdk.post(
    "/session/coupons",
    body=CouponChange,
    answer=Snapshot,
    permission="checkout.own",
    tag="Browser",
    errors=(
        "coupon_refused",
        "coupons_closed",
        "too_many_codes",
        "session_closed",
        "session_expired",
        "already_ordered",
        "no_price",
    ),
)
def change_session_coupons(caller: SessionCaller, body: CouponChange) -> Snapshot:
    """Use a coupon, take one out, or use the best.

    A code that takes nothing off this cart is refused and not kept; `details.reason` says why.
    """
    own = caller.business_id, caller.session_id
    channel = checkouts.method_of_price(*own, in_page=True)
    if body.add is not None:
        counter = current_app.extensions["counter"]
        use_coupons.add_coupon(*own, body.add, counter=counter, address=request.remote_addr, channel=channel)
    elif body.remove is not None:
        use_coupons.remove_coupon(*own, body.remove)
    else:
        use_coupons.use_best(*own, channel=channel)
    return snapshot_of(caller)
