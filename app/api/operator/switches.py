"""What is switched off for a while, in a business or in all."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.shapes import PRINTABLE, Answer, Moment, OneOf, Shape, moment_text
from app.api.operator.api import OperatorCaller, operators
from app.core.ids import parse
from app.domain.accounts.business.switch_kinds import COSTS, MAX_MINUTES, MAX_REASON, SwitchKind
from app.workflow.accounts.lifecycle import switch_off

TAG = "Switches"
KINDS = " ".join(f"`{kind}`: {COSTS[kind]}" for kind in SwitchKind)


class SwitchOn(Answer):
    """A part that is switched off now."""

    kind: Annotated[str, OneOf(tuple(SwitchKind))]
    is_everywhere: Annotated[bool, Field(description="Whether it is off in all businesses.")]
    reason: str
    set_by: Annotated[str, Field(examples=["operator:usr_01jd3w8n2q4zt5b7yk2hc5e4rv"])]
    set_at: Moment
    until: Annotated[Moment, Field(description="When it ends by itself.")]


class SwitchesOn(Answer):
    """What is switched off now; empty if everything works."""

    data: list[SwitchOn]


class SwitchRequest(Shape):
    """What to switch off, for how long and why; or, without `minutes`, which switch to end."""

    kind: Annotated[str, OneOf(tuple(SwitchKind)), Field(description=KINDS)]
    minutes: Annotated[
        Annotated[int, Field(ge=1, le=MAX_MINUTES)] | None, Field(description="Null ends the switch now.")
    ]
    reason: Annotated[
        str,
        Field(max_length=MAX_REASON, description="Needed to switch something off.", examples=["Database is full"]),
        PRINTABLE,
    ] = ""


@operators.get("/switches", answer=SwitchesOn, permission="businesses.read", tag=TAG)
def list_switches(
    caller: OperatorCaller,  # noqa: ARG001
) -> SwitchesOn:
    """List what is switched off in all businesses."""
    return _read(None)


@operators.post(
    "/switches",
    body=SwitchRequest,
    answer=SwitchesOn,
    permission="businesses.write",
    tag=TAG,
    errors=("invalid_switch",),
)
def set_switch(
    caller: OperatorCaller,  # noqa: ARG001
    body: SwitchRequest,
) -> SwitchesOn:
    """Switch a part off in all businesses, or on again.

    Counts at once in every process, and ends by itself.
    """
    return _set(None, body)


@operators.get(
    "/businesses/{business_id}/switches",
    answer=SwitchesOn,
    permission="businesses.read",
    tag=TAG,
    errors=("not_found",),
)
def list_business_switches(
    caller: OperatorCaller,  # noqa: ARG001
    business_id: str,
) -> SwitchesOn:
    """List what is switched off in a business, by its own switches or in all businesses."""
    return _read(parse("biz", business_id))


@operators.post(
    "/businesses/{business_id}/switches",
    body=SwitchRequest,
    answer=SwitchesOn,
    permission="businesses.write",
    tag=TAG,
    errors=("not_found", "invalid_switch"),
)
def set_business_switch(
    caller: OperatorCaller,  # noqa: ARG001
    business_id: str,
    body: SwitchRequest,
) -> SwitchesOn:
    """Switch a part off in a business, or on again.

    Counts at once in every process, and ends by itself. A switch of all businesses is not ended here.
    """
    return _set(parse("biz", business_id), body)


def _set(business_id: UUID | None, body: SwitchRequest) -> SwitchesOn:
    if body.minutes is None:
        switch_off.switch_on(business_id, body.kind)
    else:
        switch_off.switch_off(business_id, switch_off.SwitchCommand(body.kind, body.minutes, body.reason))
    return _read(business_id)


def _read(business_id: UUID | None) -> SwitchesOn:
    return SwitchesOn(
        data=[
            SwitchOn(
                kind=each.kind,
                is_everywhere=each.is_everywhere,
                reason=each.reason,
                set_by=each.set_by,
                set_at=moment_text(each.set_at),
                until=moment_text(each.until),
            )
            for each in switch_off.states(business_id)
        ]
    )
