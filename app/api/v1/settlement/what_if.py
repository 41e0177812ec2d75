"""Split rules tried on past orders."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.shapes import ID_PATTERN, Answer, AnyAmountMinor, Moment, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.settlement.split_rules import SplitVersionRequest, version_of
from app.core.errors import Invalid
from app.core.ids import parse, show
from app.read.settlement import what_if
from app.read.settlement.replayed_orders import KnownRule

PartyId = Annotated[str | None, Field(description="Null: you.")]


class WhatIfRequest(Shape):
    """Which version is to be tried, and on the orders of how many days."""

    days: Annotated[int, Field(ge=1, le=what_if.MAX_DAYS, description="Orders of the last so many days.")] = 30
    version_id: Annotated[
        str | None,
        Field(
            pattern=f"^spv_{ID_PATTERN}$",
            description="A version of this rule. Defaults to its draft, else to the version in force.",
        ),
    ] = None
    version: Annotated[SplitVersionRequest | None, Field(description="A version that is not saved, instead.")] = None
    with_drafts: Annotated[bool, Field(description="Whether other rules count by their drafts, if they have any.")] = (
        False
    )


class WhatIfParty(Answer):
    """What one party got of all lines in a currency, less what went back, and what it would have got."""

    partner_id: PartyId
    name: str
    before_minor: AnyAmountMinor
    after_minor: AnyAmountMinor
    difference_minor: AnyAmountMinor


class WhatIfRule(Answer):
    """A version of a rule."""

    split_rule_id: str
    name: str
    number: Annotated[int | None, Field(description="Null: not saved.")]


class WhatIfSide(Answer):
    """Why a party gets what it gets of a line: its share of the base, less its part of the fee, less what went back."""

    rate_bps: int
    base_minor: AnyAmountMinor
    share_minor: AnyAmountMinor
    fee_minor: AnyAmountMinor
    back_minor: AnyAmountMinor
    total_minor: AnyAmountMinor


class WhatIfShare(Answer):
    """One party of a line."""

    partner_id: PartyId
    name: str
    before: WhatIfSide
    after: WhatIfSide


class WhatIfLine(Answer):
    """A line that would have been divided otherwise."""

    order_id: str
    line_id: str
    title: str
    moved_minor: Annotated[AnyAmountMinor, Field(description="What would have gone to other parties.")]
    rule_before: Annotated[WhatIfRule | None, Field(description="Null: no rule was about it.")]
    rule_after: WhatIfRule | None
    shares: list[WhatIfShare]


class WhatIfCurrency(Answer):
    """All lines in a currency."""

    currency: str
    lines: int
    lines_changed: int
    parties: Annotated[list[WhatIfParty], Field(description="By name, you last.")]
    most_changed: Annotated[list[WhatIfLine], Field(description="The ten lines that change most.")]


class WhatIfResult(Answer):
    """What would have been."""

    since: Annotated[Moment, Field(description="Orders from then on count.")]
    is_cut: Annotated[
        bool, Field(description="Whether `since` is later than asked for: one calculation reads 5,000 lines at most.")
    ]
    orders: int
    lines: int
    lines_changed: int
    tried: list[WhatIfRule]
    currencies: list[WhatIfCurrency]


@v1.post(
    "/split_rules/{split_rule_id}/what_if",
    body=WhatIfRequest,
    answer=WhatIfResult,
    permission="settlement.read",
    tag="Partners",
    errors=("not_found", "invalid_split_rule", "unknown_currency"),
)
def try_split_rule_on_past_orders(caller: KeyCaller, split_rule_id: str, body: WhatIfRequest) -> WhatIfResult:
    """Try a split rule on past orders.

    What each partner would have got of the orders that were cleared in the last days, and of those that were paid and
    completed before you shared anything. Nothing is written.
    """
    if body.version is not None and body.version_id is not None:
        raise Invalid("invalid_split_rule", "Name a version or send one, not both.", details={"param": "version"})
    found = what_if.what_if(
        caller.business_id,
        parse("spr", split_rule_id),
        days=body.days,
        version_id=parse("spv", body.version_id) if body.version_id else None,
        terms=version_of(body.version).terms if body.version else None,
        with_drafts=body.with_drafts,
    )
    return WhatIfResult(
        since=moment_text(found.since),
        is_cut=found.is_cut,
        orders=found.orders,
        lines=found.lines,
        lines_changed=found.lines_changed,
        tried=[_rule(each) for each in found.tried],
        currencies=[_currency(each) for each in found.currencies],
    )


def _currency(found: what_if.CurrencyResult) -> WhatIfCurrency:
    return WhatIfCurrency(
        currency=found.currency,
        lines=found.lines,
        lines_changed=found.lines_changed,
        parties=[
            WhatIfParty(
                partner_id=_partner(each.partner_id),
                name=each.name,
                before_minor=each.before_minor,
                after_minor=each.after_minor,
                difference_minor=each.difference_minor,
            )
            for each in found.parties
        ],
        most_changed=[_line(each) for each in found.most_changed],
    )


def _line(found: what_if.LineChange) -> WhatIfLine:
    return WhatIfLine(
        order_id=show("ord", found.order_id),
        line_id=show("oln", found.line_id),
        title=found.title,
        moved_minor=found.moved_minor,
        rule_before=_rule(found.rule_before) if found.rule_before else None,
        rule_after=_rule(found.rule_after) if found.rule_after else None,
        shares=[
            WhatIfShare(
                partner_id=_partner(each.partner_id), name=each.name, before=_side(each.before), after=_side(each.after)
            )
            for each in found.parties
        ],
    )


def _side(found: what_if.Side) -> WhatIfSide:
    return WhatIfSide(
        rate_bps=found.bps,
        base_minor=found.base_minor,
        share_minor=found.share_minor,
        fee_minor=found.fee_minor,
        back_minor=found.back_minor,
        total_minor=found.total_minor,
    )


def _rule(found: KnownRule) -> WhatIfRule:
    return WhatIfRule(split_rule_id=show("spr", found.rule_id), name=found.name, number=found.number)


def _partner(partner_id: UUID | None) -> str | None:
    return show("par", partner_id) if partner_id else None
