"""From any id the whole chain: checkout, order, parts, movements, attempts, deliveries, messages and postings."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.errors import NotFound
from app.core.ids import show
from app.lib.masking import masked
from app.read.operations import trace as read
from app.read.operations.hops import Hop, Stage


class TraceLink(Answer):
    """What a step hangs on."""

    id: str
    amount_minor: Annotated[AnyAmountMinor | None, Field(description="The amount on this path; null if none.")]


class TraceStep(Answer):
    """One object of the chain."""

    id: str
    type: Annotated[
        str,
        Field(
            description="`checkout_session`, `order`, `sub_order`, a kind of movement such as `charge` or `refund`,"
            " `attempt`, `delivery`, `mail`, `webhook_delivery`, `hold` or `journal`. In the trace of a request also"
            " `request`, `exchange`, `notice`, `event`, `audit_entry`, `export`, `import`, `bulk_run` and the type of"
            " any object that it changed.",
            examples=["attempt"],
        ),
    ]
    stage: Annotated[Stage, Field(description="Depth in the chain.")]
    title: str
    status: str
    amount_minor: AnyAmountMinor | None
    currency: Currency | None
    came_from: list[TraceLink]
    note: Annotated[str, Field(description="The buyer, item, channel number or recipient.")]
    created_at: Moment


class Trace(Answer):
    """The chain of one object."""

    id: Annotated[str, Field(description="Whether this is the requested object.")]
    order_id: Annotated[str | None, Field(description="Null for requests, and for movements without an order.")]
    steps: Annotated[list[TraceStep], Field(description="Parents before children.")]


# What a key needs besides, where the chain is not an order's.
_ALSO = {"movement": "wallets.read", "hold": "wallets.read", "request": "request_logs.read"}


@v1.get("/trace/{any_id}", answer=Trace, permission="orders.read", tag="Orders")
def get_trace(caller: KeyCaller, any_id: str) -> Trace:
    """Trace an id.

    Takes the id of anything that hangs on an order or on a movement of money: an order, session, part, line,
    transaction, refund, attempt, posting, delivery, entitlement, reservation, coupon, event, webhook delivery, bank
    transfer, case, hold or approval. The id of a request (`X-Request-Id`) returns what that request caused, for keys
    that may read the request log.
    """
    found = read.trace(caller.business_id, any_id)
    if not caller.may(_ALSO.get(found.lead.kind, "orders.read")):
        raise NotFound("not_found", "There is no such object.")
    found = read.seen_by(found, caller.may)
    return Trace(
        id=found.found,
        order_id=show("ord", found.lead.id) if found.lead.kind == "order" else None,
        steps=[_step(hop, sees_buyers=caller.may("buyers.read")) for hop in found.hops],
    )


def _step(hop: Hop, *, sees_buyers: bool) -> TraceStep:
    return TraceStep(
        id=hop.id,
        type=hop.kind,
        stage=hop.stage,
        title=hop.title,
        status=hop.status,
        amount_minor=hop.amount_minor,
        currency=hop.currency,
        came_from=[TraceLink(id=link.id, amount_minor=link.amount_minor) for link in hop.came_from],
        note=hop.note if sees_buyers or hop.kind != "order" else masked(hop.note),
        created_at=moment_text(hop.at),
    )
