"""Split rules: who gets what of every line."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    ID_PATTERN,
    MAX_AMOUNT_MINOR,
    PRINTABLE,
    Answer,
    AnyAmountMinor,
    Currency,
    Moment,
    MomentIn,
    OneOf,
    Quantity,
    Shape,
    ShortText,
    moment_in,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.api.v1.settlement.partners import PartnerId
from app.core.errors import Invalid
from app.core.ids import parse, show
from app.domain.settlement.clearing.states import VersionStatus
from app.domain.settlement.clearing.types import (
    BUSINESS,
    MAX_SHARES,
    MAX_TIERS,
    SELLER,
    WHOLE_BPS,
    ClearableLine,
    ShareTerms,
    SplitTerms,
    Tier,
)
from app.read.settlement import split_rules
from app.workflow.settlement import manage_split_rules
from app.workflow.settlement.manage_split_rules import RuleCommand, VersionCommand

PREFIXES = {"seller": "sel", "category": "cat", "product": "prd", "sku": "sku"}
Recipient = Annotated[
    str,
    Field(
        pattern=f"^(seller|par_{ID_PATTERN})$",
        description="A partner's ID, or `seller`: the partner of the line's seller.",
        examples=["par_01jd3w8n2q4zt5b7yk2hc5e4rv"],
    ),
]
BasisPoints = Annotated[int, Field(ge=0, le=WHOLE_BPS, description="Hundredths of a percent.", examples=[7000])]
Amounts = Annotated[
    dict[Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")], Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR)]],
    Field(max_length=50, examples=[{"USD": 30}]),
]
Scope = Literal["business", "seller", "category", "product", "sku"]
Reason = Annotated[str, Field(max_length=500), PRINTABLE]
_FIXED = "For each unit, in minor units by currency, on top of the percentage."


class VolumeTier(Shape):
    """A rate from a volume of the month on."""

    from_minor: Annotated[int, Field(ge=1, le=MAX_AMOUNT_MINOR, description="In minor units of the line's currency.")]
    rate_bps: BasisPoints


class SplitShare(Shape):
    """What one party gets of a line."""

    recipient: Recipient
    rate_bps: BasisPoints = 0
    fixed: Annotated[Amounts, Field(description=_FIXED)] = {}
    minimum: Annotated[Amounts, Field(description="At least this for the line, as long as the line has it.")] = {}
    maximum: Annotated[Amounts, Field(description="At most this for the line.")] = {}
    tiers: Annotated[
        list[VolumeTier],
        Field(max_length=MAX_TIERS, description="The rate from a volume of the calendar month on, lowest first."),
    ] = []
    is_rest: Annotated[bool, Field(description="What the other shares leave, instead of a rate.")] = False


class SplitVersionRequest(Shape):
    """What a version says. What no share takes is yours."""

    shares: Annotated[
        list[SplitShare],
        Field(max_length=MAX_SHARES, description="In the order in which they are served. None ends the sharing."),
    ]
    discounts: Annotated[
        Literal["shared", "business"],
        Field(description="Who bears discounts: everybody (of what was paid), or you (of the price before them)."),
    ] = "shared"
    fees: Annotated[
        Literal["business", "shared"],
        Field(description="Who bears what the channel charges by its account's terms: you, or everybody by share."),
    ] = "business"
    returns_fees: Annotated[bool, Field(description="Whether a refund gives partners their part of fees back.")] = False
    reason: Reason = ""
    begins_at: Annotated[MomentIn | None, Field(description="Defaults to the approval.")] = None


class SplitRuleRequest(Shape):
    """A new rule and its first version, which begins as a draft."""

    name: ShortText
    scope: Annotated[Scope, Field(description="What it is about. The most precise rule counts.")] = "business"
    subject_id: Annotated[
        str | None,
        Field(
            pattern=f"^(sel|cat|prd|sku)_{ID_PATTERN}$",
            description="The seller, category, product or SKU; null for the whole business.",
        ),
    ] = None
    version: SplitVersionRequest


class SplitRuleChange(Shape):
    """What a rule is called."""

    name: ShortText


class SplitTrial(Shape):
    """A line that does not exist."""

    version: SplitVersionRequest
    amount_minor: Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR, description="What is paid for the line.")]
    gross_minor: Annotated[
        int | None, Field(ge=0, le=MAX_AMOUNT_MINOR, description="Its price before discounts; defaults to the amount.")
    ] = None
    currency: Currency
    quantity: Quantity = 1
    fee_minor: Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR, description="What the channel charges.")] = 0
    seller_partner_id: Annotated[PartnerId | None, Field(description="The partner of the line's seller.")] = None


class SplitPart(Answer):
    """What one party would get."""

    partner_id: Annotated[str | None, Field(description="Null: your own part.")]
    name: str
    base_minor: AnyAmountMinor
    rate_bps: int
    amount_minor: AnyAmountMinor
    fee_minor: AnyAmountMinor


class SplitResult(Answer):
    """The parts; their amounts sum to the line's."""

    parts: list[SplitPart]


class SplitVersion(Answer):
    """A version of a rule."""

    id: str
    number: int
    status: Annotated[str, OneOf(VersionStatus)]
    shares: list[SplitShare]
    discounts: str
    fees: str
    returns_fees: bool
    reason: str
    begins_at: Moment | None
    starts_at: Annotated[Moment | None, Field(description="Orders placed from then on go by it.")]
    ends_at: Moment | None
    approval_id: str | None


class SplitRule(Answer):
    """A rule, with its newest versions first."""

    id: str
    name: str
    scope: str
    subject_id: str | None
    versions: list[SplitVersion]
    created_at: Moment


@v1.get("/split_rules", query=ListQuery, answer=Page[SplitRule], permission="settlement.read", tag="Partners")
def list_split_rules(caller: KeyCaller, query: ListQuery) -> Page[SplitRule]:
    """List split rules.

    Newest first.
    """
    found = split_rules.list_rules(caller.business_id, after=query.after(), limit=query.limit)
    pages = split_rules.rule_pages(caller.business_id, found)
    return page_of(pages, limit=query.limit, item=_rule, key=lambda each: (each.row.created_at, each.row.id))


@v1.post(
    "/split_rules",
    body=SplitRuleRequest,
    answer=SplitRule,
    status=201,
    permission="settlement.write",
    idempotent=True,
    tag="Partners",
    errors=("not_found", "invalid_split_rule", "unknown_currency", "invalid_date", "split_rule_exists"),
)
def create_split_rule(caller: KeyCaller, body: SplitRuleRequest, claim_id: UUID) -> Callable[[], SplitRule]:
    """Create a split rule.

    Its first version is a draft: request its approval, and a second person puts it in force.
    """
    prefix = PREFIXES.get(body.scope)
    if (prefix is None) != (body.subject_id is None) or (prefix and not str(body.subject_id).startswith(prefix)):
        raise Invalid("invalid_split_rule", "Choose what the rule is about.", details={"param": "subject_id"})
    subject_id = parse(prefix, body.subject_id) if prefix and body.subject_id else None
    command = RuleCommand(name=body.name, scope=body.scope, subject_id=subject_id)
    manage_split_rules.create(
        caller.business_id, command, version_of(body.version), actor=caller.actor, rule_id=claim_id
    )
    return lambda: _rule(split_rules.get_rule(caller.business_id, claim_id))


@v1.get("/split_rules/{split_rule_id}", answer=SplitRule, permission="settlement.read", tag="Partners")
def get_split_rule(caller: KeyCaller, split_rule_id: str) -> SplitRule:
    """Get a split rule."""
    return _rule(split_rules.get_rule(caller.business_id, parse("spr", split_rule_id)))


@v1.patch(
    "/split_rules/{split_rule_id}",
    body=SplitRuleChange,
    answer=SplitRule,
    permission="settlement.write",
    tag="Partners",
    errors=("not_found", "invalid_split_rule"),
)
def rename_split_rule(caller: KeyCaller, split_rule_id: str, body: SplitRuleChange) -> SplitRule:
    """Rename a split rule."""
    rule_id = parse("spr", split_rule_id)
    manage_split_rules.rename(caller.business_id, rule_id, name=body.name)
    return _rule(split_rules.get_rule(caller.business_id, rule_id))


@v1.post(
    "/split_rules/{split_rule_id}/draft",
    body=SplitVersionRequest,
    answer=SplitRule,
    permission="settlement.write",
    tag="Partners",
    errors=("not_found", "invalid_split_rule", "unknown_currency", "invalid_date", "version_requested"),
)
def save_split_rule_draft(caller: KeyCaller, split_rule_id: str, body: SplitVersionRequest) -> SplitRule:
    """Write the draft of a split rule.

    The version in force counts until another is approved.
    """
    rule_id = parse("spr", split_rule_id)
    manage_split_rules.save_draft(caller.business_id, rule_id, version_of(body), actor=caller.actor)
    return _rule(split_rules.get_rule(caller.business_id, rule_id))


@v1.delete(
    "/split_rules/{split_rule_id}/draft",
    answer=SplitRule,
    permission="settlement.write",
    tag="Partners",
    errors=("not_found",),
)
def discard_split_rule_draft(caller: KeyCaller, split_rule_id: str) -> SplitRule:
    """Discard the draft of a split rule.

    Also one that waits for approval.
    """
    rule_id = parse("spr", split_rule_id)
    manage_split_rules.discard_draft(caller.business_id, rule_id, actor=caller.actor)
    return _rule(split_rules.get_rule(caller.business_id, rule_id))


@v1.post(
    "/split_rules/{split_rule_id}/request",
    answer=SplitRule,
    permission="settlement.write",
    tag="Partners",
    errors=("not_found", "invalid_date", "key_without_person"),
)
def request_split_rule(caller: KeyCaller, split_rule_id: str) -> SplitRule:
    """Request the approval of a draft.

    Its `approval_id` names what waits for a second person.
    """
    rule_id = parse("spr", split_rule_id)
    manage_split_rules.request(caller.business_id, rule_id, actor=caller.actor)
    return _rule(split_rules.get_rule(caller.business_id, rule_id))


@v1.post(
    "/split_rules/try",
    body=SplitTrial,
    answer=SplitResult,
    permission="settlement.write",
    tag="Partners",
    errors=("invalid_split_rule", "unknown_currency"),
)
def try_split_rule(caller: KeyCaller, body: SplitTrial) -> SplitResult:
    """Try a version on a line.

    Nothing is written.
    """
    gross = body.amount_minor if body.gross_minor is None else body.gross_minor
    if gross < body.amount_minor:
        text = "The price before discounts is at least the amount."
        raise Invalid("invalid_split_rule", text, details={"param": "gross_minor"})
    line = ClearableLine(
        line_id=UUID(int=0),
        currency=body.currency,
        quantity=body.quantity,
        gross_minor=gross,
        amount_minor=body.amount_minor,
        fee_minor=body.fee_minor,
        seller=str(parse("par", body.seller_partner_id)) if body.seller_partner_id else None,
    )
    found = split_rules.try_terms(caller.business_id, version_of(body.version).terms, line)
    return SplitResult(
        parts=[
            SplitPart(
                partner_id=None if each.part.party == BUSINESS else show("par", UUID(each.part.party)),
                name=each.name,
                base_minor=each.part.base_minor,
                rate_bps=each.part.bps,
                amount_minor=each.part.amount_minor,
                fee_minor=each.part.fee_minor,
            )
            for each in found
        ]
    )


def version_of(body: SplitVersionRequest) -> VersionCommand:
    """The version that a body says."""
    shares = tuple(
        ShareTerms(
            party=SELLER if share.recipient == SELLER else str(parse("par", share.recipient)),
            bps=share.rate_bps,
            fixed=share.fixed,
            minimum=share.minimum,
            maximum=share.maximum,
            tiers=tuple(Tier(from_minor=tier.from_minor, bps=tier.rate_bps) for tier in share.tiers),
            is_rest=share.is_rest,
        )
        for share in body.shares
    )
    terms = SplitTerms(shares=shares, discounts=body.discounts, fees=body.fees, returns_fees=body.returns_fees)
    return VersionCommand(terms=terms, reason=body.reason, begins_at=moment_in(body.begins_at))


def _rule(found: split_rules.RulePage) -> SplitRule:
    row = found.row
    subject_id = row.seller_id or row.category_id or row.product_id or row.sku_id
    return SplitRule(
        id=show("spr", row.id),
        name=row.name,
        scope=row.scope,
        subject_id=show(PREFIXES[row.scope], subject_id) if subject_id else None,
        versions=[_version(each) for each in found.versions],
        created_at=moment_text(row.created_at),
    )


def _version(found: split_rules.Version) -> SplitVersion:
    row = found.row
    return SplitVersion(
        id=show("spv", row.id),
        number=row.number,
        status=found.status,
        shares=[_share(each) for each in found.terms.shares],
        discounts=found.terms.discounts,
        fees=found.terms.fees,
        returns_fees=found.terms.returns_fees,
        reason=row.reason,
        begins_at=moment_text(row.begins_at),
        starts_at=moment_text(row.starts_at),
        ends_at=moment_text(row.ends_at),
        approval_id=show("apr", row.approval_id) if row.approval_id else None,
    )


def _share(share: ShareTerms) -> SplitShare:
    return SplitShare(
        recipient=SELLER if share.party == SELLER else show("par", UUID(share.party)),
        rate_bps=share.bps,
        fixed=dict(share.fixed),
        minimum=dict(share.minimum),
        maximum=dict(share.maximum),
        tiers=[VolumeTier(from_minor=tier.from_minor, rate_bps=tier.bps) for tier in share.tiers],
        is_rest=share.is_rest,
    )
