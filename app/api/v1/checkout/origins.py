"""The origins whose pages may show the checkout."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import Answer, Shape
from app.api.v1.api import KeyCaller, v1
from app.read.checkout.sessions_resource import allowed_origins
from app.workflow.checkout import manage_origins


class OriginRequest(Shape):
    """An origin."""

    origin: Annotated[str, Field(min_length=1, max_length=300, examples=["https://shop.example"])]


class Origins(Answer):
    """Every origin that is allowed."""

    data: list[str]


@v1.get("/checkout/origins", answer=Origins, permission="checkout.read", tag="Checkout")
def list_origins(caller: KeyCaller) -> Origins:
    """List allowed origins."""
    return _origins(caller)


@v1.post(
    "/checkout/origins",
    body=OriginRequest,
    answer=Origins,
    permission="checkout.write",
    tag="Checkout",
    errors=("invalid_origin", "too_many_origins"),
)
def add_origin(caller: KeyCaller, body: OriginRequest) -> Origins:
    """Allow an origin.

    Its pages may show the checkout from now on. One that is allowed already stays so.
    """
    manage_origins.add_origin(caller.business_id, body.origin)
    return _origins(caller)


@v1.post(
    "/checkout/origins/remove",
    body=OriginRequest,
    answer=Origins,
    permission="checkout.write",
    tag="Checkout",
    errors=("not_found",),
)
def remove_origin(caller: KeyCaller, body: OriginRequest) -> Origins:
    """Allow an origin no longer."""
    manage_origins.remove_origin(caller.business_id, body.origin)
    return _origins(caller)


def _origins(caller: KeyCaller) -> Origins:
    return Origins(data=sorted(allowed_origins(caller.business_id).named))
