"""How orders fall into parts."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import PRINTABLE, Answer, Shape
from app.api.v1.api import KeyCaller, v1
from app.read.orders.splits import splitting
from app.workflow.orders.choose_split import choose_split


class SplitChoice(Answer):
    """A way to split orders."""

    name: str
    title: str
    description: str


class OrderSplitting(Answer):
    """How orders are split, and how they could be."""

    split_by: Annotated[str, Field(description="The `name` of the strategy for new orders.")]
    choices: Annotated[list[SplitChoice], Field(description="Built-in and installed strategies.")]


class OrderSplittingRequest(Shape):
    """How new orders shall be split."""

    split_by: Annotated[str, Field(min_length=1, max_length=60, examples=["seller"]), PRINTABLE]


@v1.get("/order_splitting", answer=OrderSplitting, permission="settings.read", tag="Settings")
def get_order_splitting(caller: KeyCaller) -> OrderSplitting:
    """Get how orders are split into parts."""
    return _splitting(caller)


@v1.post(
    "/order_splitting",
    body=OrderSplittingRequest,
    answer=OrderSplitting,
    permission="settings.write",
    tag="Settings",
    errors=("unknown_split",),
)
def choose_order_splitting(caller: KeyCaller, body: OrderSplittingRequest) -> OrderSplitting:
    """Choose how orders are split into parts.

    Orders that were placed already keep their parts.
    """
    choose_split(caller.business_id, body.split_by, actor=caller.actor)
    return _splitting(caller)


def _splitting(caller: KeyCaller) -> OrderSplitting:
    found = splitting(caller.business_id)
    choices = [SplitChoice(name=each.name, title=each.title, description=each.description) for each in found.choices]
    return OrderSplitting(split_by=found.chosen, choices=choices)
