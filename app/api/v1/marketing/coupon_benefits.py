"""What promotions and coupons can give, as requests name it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.kit.shapes import AmountMinor, AnyAmountMinor, ProductId, Shape, SkuId
from app.core.ids import parse, show
from app.domain.marketing import kinds

Bps = Annotated[int, Field(ge=1, le=10_000, description="Basis points: 1,000 is 10 %.")]
Quantity = Annotated[int, Field(ge=1, le=1000)]


class Scope(Shape):
    """Which lines of a cart it is about: those of any of these; nothing named is everything."""

    sku_ids: Annotated[list[SkuId], Field(max_length=200)] = []
    product_ids: Annotated[list[ProductId], Field(max_length=200)] = []
    categories: Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=50)] = []
    excluded_sku_ids: Annotated[list[SkuId], Field(max_length=200)] = []


class PercentageBenefit(Shape):
    """A part of the price off."""

    kind: Literal["percentage"]
    off_bps: Bps
    cap_minor: Annotated[AmountMinor | None, Field(description="Maximum discount.")] = None


class AmountBenefit(Shape):
    """A sum off; orders of less than it cannot use it."""

    kind: Literal["amount"]
    off_minor: AmountMinor


class ReductionStep(Shape):
    """From `threshold_minor` on, `off_minor` less."""

    threshold_minor: AmountMinor
    off_minor: AmountMinor


class FullReductionBenefit(Shape):
    """Over X less Y: the highest step reached counts. `repeated`: once for each full X, for one step only."""

    kind: Literal["full_reduction"]
    steps: Annotated[list[ReductionStep], Field(min_length=1, max_length=20)]
    repeated: bool = False
    max_times: Quantity | None = None


class LadderStep(Shape):
    """From a quantity on: a part off each, or a price for each."""

    from_quantity: Annotated[int, Field(ge=1, le=kinds.MAX_PIECES)]
    off_bps: Bps | None = None
    unit_minor: AnyAmountMinor | None = None


class LadderBenefit(Shape):
    """The more units, the cheaper each of them: the highest step reached by all units together counts."""

    kind: Literal["ladder"]
    steps: Annotated[list[LadderStep], Field(min_length=1, max_length=20)]


class NthItemBenefit(Shape):
    """Every nth unit, dearest first, a part off."""

    kind: Literal["nth_item"]
    n: Annotated[int, Field(ge=2, le=1000)]
    off_bps: Bps
    max_times: Quantity | None = None


class BuyGetBenefit(Shape):
    """Buy so many, get so many more for a part off, or for nothing. With `get`, those are the cheapest units of these
    goods; else of the same."""

    kind: Literal["buy_get"]
    buy_quantity: Quantity
    get_quantity: Quantity
    get: Annotated[Scope | None, Field(description="Absent: the items bought.")] = None
    off_bps: Bps = 10_000
    max_times: Quantity | None = None


class BundlePart(Shape):
    """A quantity of these goods."""

    scope: Scope
    quantity: Quantity = 1


class BundleBenefit(Shape):
    """These parts together for one price, as often as they are complete, dearest units first."""

    kind: Literal["bundle"]
    parts: Annotated[list[BundlePart], Field(min_length=1, max_length=20)]
    price_minor: AnyAmountMinor
    max_times: Quantity = 1000


class MemberPriceBenefit(Shape):
    """For the members of `buyer_groups`: a price for each unit, by SKU, or a part off; never dearer."""

    kind: Literal["member_price"]
    off_bps: Bps | None = None
    unit_minor: Annotated[
        dict[SkuId, AnyAmountMinor], Field(max_length=200, description="By SKU id. Instead of `off_bps`.")
    ] = {}


class FirstPurchaseBenefit(Shape):
    """For whoever never bought before: a sum or a part off."""

    kind: Literal["first_purchase"]
    off_minor: AmountMinor | None = None
    off_bps: Bps | None = None
    cap_minor: AmountMinor | None = None


Benefit = Annotated[
    PercentageBenefit
    | AmountBenefit
    | FullReductionBenefit
    | LadderBenefit
    | NthItemBenefit
    | BuyGetBenefit
    | BundleBenefit
    | MemberPriceBenefit
    | FirstPurchaseBenefit,
    Field(discriminator="kind", description="The discount."),
]


def benefit_of(benefit: Benefit) -> kinds.Benefit:
    """The benefit that was asked for. Raises BadRule when it cannot be."""
    if isinstance(benefit, AmountBenefit):
        return kinds.FullReduction(steps=(kinds.Step(benefit.off_minor, benefit.off_minor),))
    members = benefit.model_dump(exclude={"kind"})
    if isinstance(benefit, FullReductionBenefit):
        members["steps"] = tuple(kinds.Step(step.threshold_minor, step.off_minor) for step in benefit.steps)
    elif isinstance(benefit, LadderBenefit):
        members["steps"] = tuple(kinds.LadderStep(**step.model_dump()) for step in benefit.steps)
    elif isinstance(benefit, BuyGetBenefit):
        members["get"] = scope_of(benefit.get) if benefit.get is not None else None
    elif isinstance(benefit, BundleBenefit):
        members["parts"] = tuple(kinds.Part(scope_of(part.scope), part.quantity) for part in benefit.parts)
    elif isinstance(benefit, MemberPriceBenefit):
        members["unit_minor"] = {parse("sku", sku_id): minor for sku_id, minor in benefit.unit_minor.items()}
    return kinds.KINDS[benefit.kind](**members)


def scope_of(scope: Scope | None) -> kinds.Scope:
    """The scope that was asked for."""
    if scope is None:
        return kinds.EVERYTHING
    return kinds.Scope(
        sku_ids=frozenset(parse("sku", each) for each in scope.sku_ids),
        product_ids=frozenset(parse("prd", each) for each in scope.product_ids),
        categories=frozenset(scope.categories),
        excluded_sku_ids=frozenset(parse("sku", each) for each in scope.excluded_sku_ids),
    )


def with_shown_ids(stored: Any) -> Any:
    """A benefit or a scope as it is kept, with its ids as the outside sees them."""
    if isinstance(stored, list):
        return [with_shown_ids(each) for each in stored]
    if not isinstance(stored, dict):
        return stored
    return {name: _shown(name, member) for name, member in stored.items()}


def _shown(name: str, member: Any) -> Any:
    if name in _LISTED:
        return [show(_LISTED[name], UUID(each)) for each in member]
    if name == "unit_minor" and isinstance(member, dict):
        return {show("sku", UUID(sku_id)): minor for sku_id, minor in member.items()}
    return with_shown_ids(member)


_LISTED = {"sku_ids": "sku", "excluded_sku_ids": "sku", "product_ids": "prd"}
