"""What a test business has besides settings, copied into its live twin."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import Answer, OneOf, Shape
from app.api.v1.api import KeyCaller, v1
from app.core.errors import Denied
from app.workflow.accounts.copy_from_test import NEEDS, OUTCOMES, CopyItem, copy_parts, copyable_parts

Part = Annotated[str, OneOf(tuple(NEEDS)), Field(examples=["roles"])]


class CopiedMember(Answer):
    """A member of a thing that is another in test, in words."""

    member: Annotated[str, Field(examples=["topics"])]
    before: Annotated[str, Field(description="What live has, or had.")]
    after: Annotated[str, Field(description="What test has.")]


class CopiedItem(Answer):
    """One thing of the test business, and how it stands in live."""

    part: Part
    name: Annotated[str, Field(description="By what it is found in live: its code, name or URL.")]
    outcome: Annotated[
        str,
        OneOf(OUTCOMES),
        Field(description="`left_out`: live lacks something that it needs, see `reason`."),
    ]
    reason: str
    differences: list[CopiedMember]
    secret: Annotated[str | None, Field(description="Of a new webhook endpoint, this once.")]


class BusinessCopy(Answer):
    """Things of the test business."""

    items: list[CopiedItem]


class PartsChosen(Shape):
    """Which parts are copied."""

    parts: Annotated[list[Part], Field(min_length=1, max_length=len(NEEDS))]


@v1.get("/business/copy/items", answer=BusinessCopy, permission="settings.read", tag="Settings", errors=("no_twin",))
def preview_business_copy(caller: KeyCaller) -> BusinessCopy:
    """Get what copying things from test would change.

    For keys of a live business: roles, approval limits, categories, agreements, routing rules, checkout configurations,
    webhook endpoints, tax rates, risk rules and appearance.
    """
    return BusinessCopy(items=[_item(each) for each in copyable_parts(caller.business_id)])


@v1.post(
    "/business/copy/items",
    body=PartsChosen,
    answer=BusinessCopy,
    permission="settings.write",
    tag="Settings",
    errors=("no_twin", "denied"),
)
def copy_business_items(caller: KeyCaller, body: PartsChosen) -> BusinessCopy:
    """Copy things from test into live.

    For keys of a live business that may change each chosen part. Copying again changes nothing. Keys, channels,
    credentials and people are never copied; endpoints get new secrets, and risk rules become a draft.
    """
    for part in body.parts:
        if not caller.may(NEEDS[part]):
            raise Denied("denied", f"This key lacks {NEEDS[part]}, which copying {part} takes.")
    done = copy_parts(caller.business_id, body.parts, actor=caller.actor)
    return BusinessCopy(items=[_item(each) for each in done])


def _item(item: CopyItem) -> CopiedItem:
    return CopiedItem(
        part=item.part,
        name=item.name,
        outcome=item.outcome,
        reason=item.reason,
        differences=[
            CopiedMember(member=each.member, before=each.before, after=each.after) for each in item.differences
        ],
        secret=item.secret or None,
    )
