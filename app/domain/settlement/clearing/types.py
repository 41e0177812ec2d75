"""Values of clearing: what a rule says, what is divided by it, and what came out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict

MAX_SHARES = 10  # of one rule
MAX_TIERS = 10  # of one share
WHOLE_BPS = 10_000

# Parties that are no partner by name: the business itself, and the partner of the line's seller.
BUSINESS = "business"
SELLER = "seller"

DiscountBearer = Literal["shared", "business"]
FeeBearer = Literal["business", "shared"]


@dataclass(frozen=True, kw_only=True)
class Tier:
    """From this volume of the month on (minor units of the line's currency), the share is `bps` of the base."""

    from_minor: int
    bps: int


@dataclass(frozen=True, kw_only=True)
class ShareTerms:
    """What one party gets of a line: `bps` of the base, and `fixed` for each unit, at least `minimum` and at most
    `maximum` for the line; all three in minor units by currency. With `tiers`, the volume decides about `bps`.
    `is_rest`: what the others leave, instead. `party` is a partner's id as text, or SELLER."""

    party: str
    bps: int = 0
    fixed: Mapping[str, int] = field(default_factory=dict)
    minimum: Mapping[str, int] = field(default_factory=dict)
    maximum: Mapping[str, int] = field(default_factory=dict)
    tiers: Sequence[Tier] = ()
    is_rest: bool = False

    def bps_at(self, volume_minor: int) -> int:
        """The rate for a party that has sold so much in the month so far."""
        reached = [tier for tier in self.tiers if tier.from_minor <= volume_minor]
        return max(reached, key=lambda tier: tier.from_minor).bps if reached else self.bps


@dataclass(frozen=True, kw_only=True)
class SplitTerms:
    """How a line is divided; what no share takes is the business's. `discounts`: whether everybody bears discounts (the
    base is what the buyer paid), or the business does (the base is the price before discounts). `fees`: who bears what
    the channel keeps of the payment. `returns_fees`: a refund gives partners back their part of that."""

    shares: Sequence[ShareTerms]
    discounts: DiscountBearer = "shared"
    fees: FeeBearer = "business"
    returns_fees: bool = False


@dataclass(frozen=True, kw_only=True)
class ClearableLine:
    """A line of an order: its price before discounts, what was paid for it, and its part of the channel's fee, in
    minor units. `seller` is the partner of its seller, if it has one. `volumes` is what each party sold before it in
    the month, in minor units."""

    line_id: uuid.UUID
    currency: str
    quantity: int
    gross_minor: int
    amount_minor: int
    fee_minor: int = 0
    seller: str | None = None
    volumes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one party gets of a line. `base_minor` and `bps` are what it was computed from; `fee_minor` is its part of
    the channel's fee, already taken off nothing: it gets `amount_minor` less `fee_minor`."""

    party: str
    base_minor: int
    bps: int
    amount_minor: int
    fee_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class RuleInForce:
    """A version of a rule that counts, and what the rule is about: `subject_id` is of the kind `scope`, None for the
    business's."""

    version_id: uuid.UUID
    scope: str
    subject_id: uuid.UUID | None
    terms: SplitTerms


@dataclass(frozen=True, kw_only=True)
class LineSubjects:
    """What rules may be about, of one line; categories with the most precise first."""

    sku_id: uuid.UUID
    product_id: uuid.UUID
    category_ids: Sequence[uuid.UUID] = ()
    seller_id: uuid.UUID | None = None


class KeptShare(TypedDict, total=False):
    """A share as `terms` keeps it: only what it has."""

    party: str
    bps: int
    fixed: dict[str, int]
    minimum: dict[str, int]
    maximum: dict[str, int]
    tiers: list[dict[str, int]]
    is_rest: bool


class KeptTerms(TypedDict):
    """The terms of a version, as `terms` keeps them."""

    shares: list[KeptShare]
    discounts: DiscountBearer
    fees: FeeBearer
    returns_fees: bool


def read_terms(kept: KeptTerms) -> SplitTerms:
    """The terms of a version, as `terms` keeps them."""
    return SplitTerms(
        shares=tuple(_read_share(each) for each in kept["shares"]),
        discounts=kept["discounts"],
        fees=kept["fees"],
        returns_fees=kept["returns_fees"],
    )


def write_terms(terms: SplitTerms) -> KeptTerms:
    """The terms as `terms` keeps them: of a share only what it has."""
    return {
        "shares": [_kept_share(share) for share in terms.shares],
        "discounts": terms.discounts,
        "fees": terms.fees,
        "returns_fees": terms.returns_fees,
    }


def _read_share(kept: KeptShare) -> ShareTerms:
    return ShareTerms(
        party=kept["party"],
        bps=kept.get("bps", 0),
        fixed=kept.get("fixed", {}),
        minimum=kept.get("minimum", {}),
        maximum=kept.get("maximum", {}),
        tiers=tuple(Tier(from_minor=each["from_minor"], bps=each["bps"]) for each in kept.get("tiers", ())),
        is_rest=kept.get("is_rest", False),
    )


def _kept_share(share: ShareTerms) -> KeptShare:
    kept: KeptShare = {"party": share.party}
    if share.bps:
        kept["bps"] = share.bps
    if share.fixed:
        kept["fixed"] = dict(share.fixed)
    if share.minimum:
        kept["minimum"] = dict(share.minimum)
    if share.maximum:
        kept["maximum"] = dict(share.maximum)
    if share.tiers:
        kept["tiers"] = [{"from_minor": tier.from_minor, "bps": tier.bps} for tier in share.tiers]
    if share.is_rest:
        kept["is_rest"] = True
    return kept
