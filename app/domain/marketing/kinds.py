"""What a rule can give. Amounts are minor units of the rule's currency, rates basis points (10,000 is all of it)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.money import MAX_MINOR
from app.domain.marketing.errors import BadRule

ALL_BPS = 10_000
MAX_PIECES = 100_000


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which lines a rule is about. A line is in when its SKU, its product or one of its categories is named, or when
    nothing is named at all; what is excluded is out in any case."""

    sku_ids: frozenset[uuid.UUID] = frozenset()
    product_ids: frozenset[uuid.UUID] = frozenset()
    categories: frozenset[str] = frozenset()
    excluded_sku_ids: frozenset[uuid.UUID] = frozenset()

    @property
    def is_everything(self) -> bool:
        """Whether nothing is named."""
        return not (self.sku_ids or self.product_ids or self.categories)


EVERYTHING = Scope()


@dataclass(frozen=True)
class Step:
    """From `threshold_minor` on, `off_minor` less."""

    threshold_minor: int
    off_minor: int


@dataclass(frozen=True, kw_only=True)
class FullReduction:
    """Over X less Y. Of several steps the highest one reached counts. `repeated`: once for each full X, for one step
    only, `max_times` at most."""

    steps: tuple[Step, ...]
    repeated: bool = False
    max_times: int | None = None

    def __post_init__(self) -> None:
        steps = sorted(self.steps, key=lambda step: step.threshold_minor)
        _check(0 < len(steps) <= 20, "A spend-and-save promotion must have 1 to 20 steps.")
        for step in steps:
            _check(
                0 < step.off_minor <= step.threshold_minor <= MAX_MINOR,
                "A step’s discount cannot exceed its threshold.",
            )
        offs = [step.off_minor for step in steps]
        _check(offs == sorted(offs), "A higher step cannot have a smaller discount than a lower one.")
        _check(not self.repeated or len(steps) == 1, "Only a single step can be repeated.")
        _check(self.max_times is None or self.max_times > 0, "Enter a maximum of one or more repetitions.")


@dataclass(frozen=True, kw_only=True)
class Percentage:
    """A percentage off the price, at most `cap_minor`."""

    off_bps: int
    cap_minor: int | None = None

    def __post_init__(self) -> None:
        _check_rate(self.off_bps)
        _check_cap(self.cap_minor)


@dataclass(frozen=True, kw_only=True)
class LadderStep:
    """From a quantity on: a part off each, or a fixed price for each."""

    from_quantity: int
    off_bps: int | None = None
    unit_minor: int | None = None

    def __post_init__(self) -> None:
        _check(1 <= self.from_quantity <= MAX_PIECES, "A step must start at 1 to 100,000 units.")
        _check(
            (self.off_bps is None) != (self.unit_minor is None),
            "A step must have either a percentage or a fixed price.",
        )
        if self.off_bps is not None:
            _check_rate(self.off_bps)
        _check_cap(self.unit_minor, least=0)


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """The more units, the cheaper each of them: the highest step reached by all units together counts."""

    steps: tuple[LadderStep, ...]

    def __post_init__(self) -> None:
        starts = [step.from_quantity for step in self.steps]
        _check(0 < len(starts) <= 20, "A quantity discount must have 1 to 20 steps.")
        _check(len(set(starts)) == len(starts), "Each step must start at a different quantity.")


@dataclass(frozen=True, kw_only=True)
class NthItem:
    """Every nth unit, dearest first, a part off: with n = 2 the cheaper one of each pair."""

    n: int
    off_bps: int
    max_times: int | None = None

    def __post_init__(self) -> None:
        _check(2 <= self.n <= 1000, "The interval must be 2 to 1,000 items.")
        _check_rate(self.off_bps)
        _check(self.max_times is None or self.max_times > 0, "Enter a maximum of one or more repetitions.")


@dataclass(frozen=True, kw_only=True)
class BuyGet:
    """Buy X, get Y for a part off (or for nothing). Without `get` X and Y are of the same goods, dearest first; with it
    Y are the cheapest units of those goods, and they are not counted as bought."""

    buy_quantity: int
    get_quantity: int
    get: Scope | None = None
    off_bps: int = ALL_BPS
    max_times: int | None = None

    def __post_init__(self) -> None:
        _check(
            1 <= self.buy_quantity <= 1000 and 1 <= self.get_quantity <= 1000, "Quantities must be 1 to 1,000 units."
        )
        _check_rate(self.off_bps)
        _check(self.max_times is None or self.max_times > 0, "Enter a maximum of one or more repetitions.")


@dataclass(frozen=True)
class Part:
    """A quantity of the units in a scope."""

    scope: Scope
    quantity: int = 1

    def __post_init__(self) -> None:
        _check(1 <= self.quantity <= 1000, "A bundle item must have a quantity of 1 to 1,000.")


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """These parts together for one price, as often as they are complete, dearest units first."""

    parts: tuple[Part, ...]
    price_minor: int
    max_times: int = 1000

    def __post_init__(self) -> None:
        _check(1 <= len(self.parts) <= 20, "A bundle must have 1 to 20 items.")
        _check(0 <= self.price_minor <= MAX_MINOR, "The bundle's price is out of range.")
        _check(1 <= self.max_times <= 1000, "At most 1 to 1,000 times.")


@dataclass(frozen=True, kw_only=True)
class MemberPrice:
    """For members (the rule's buyer groups): another price for each unit, by SKU, or a part off; never dearer."""

    unit_minor: Mapping[uuid.UUID, int] = field(default_factory=dict)
    off_bps: int | None = None

    def __post_init__(self) -> None:
        _check(
            bool(self.unit_minor) != (self.off_bps is not None),
            "A member price is either a price per SKU or a percentage off.",
        )
        if self.off_bps is not None:
            _check_rate(self.off_bps)
        _check(all(0 <= minor <= MAX_MINOR for minor in self.unit_minor.values()), "The price is out of range.")


@dataclass(frozen=True, kw_only=True)
class FirstPurchase:
    """For a buyer who never bought before: an amount or a percentage off, at most `cap_minor`."""

    off_minor: int | None = None
    off_bps: int | None = None
    cap_minor: int | None = None

    def __post_init__(self) -> None:
        _check((self.off_minor is None) != (self.off_bps is None), "Enter either an amount or a percentage.")
        if self.off_bps is not None:
            _check_rate(self.off_bps)
        _check_cap(self.off_minor)
        _check_cap(self.cap_minor)


Benefit = FullReduction | Percentage | Ladder | NthItem | BuyGet | Bundle | MemberPrice | FirstPurchase

KINDS: dict[str, type[Benefit]] = {
    "full_reduction": FullReduction,
    "percentage": Percentage,
    "ladder": Ladder,
    "nth_item": NthItem,
    "buy_get": BuyGet,
    "bundle": Bundle,
    "member_price": MemberPrice,
    "first_purchase": FirstPurchase,
}
NAMES: dict[type[Benefit], str] = {kind: name for name, kind in KINDS.items()}

# First what a unit costs, then what units do together, then what is taken off the sum.
LAYERS: dict[type[Benefit], int] = {
    MemberPrice: 1,
    Ladder: 2,
    Bundle: 3,
    BuyGet: 4,
    NthItem: 5,
    FullReduction: 6,
    Percentage: 7,
    FirstPurchase: 8,
}
# What each takes off, for the documentation.
DISCOUNTS: dict[str, str] = {
    "member_price": "members of the rule's groups pay another unit price, by SKU, or a percentage less; never more",
    "ladder": "from a given total quantity, each unit gets a percentage off or a fixed price",
    "bundle": "a set of parts for one price, as often as the set is complete, most expensive units first",
    "buy_get": (
        "buy X, get Y at a percentage off or free. Within the same products: of each X + Y, most expensive first, the "
        "last Y. With other products: the cheapest of them; a unit that matches both counts as one to get"
    ),
    "nth_item": "every nth unit, most expensive first, gets a percentage off: in each pair, the cheaper one",
    "full_reduction": (
        "spend X, save Y. With several steps, the highest one reached; or one step for each full X, up to a maximum"
    ),
    "percentage": "a percentage off, up to a maximum amount",
    "first_purchase": (
        "an amount or a percentage off for buyers without earlier orders: of all orders that a buyer places at once, "
        "only one gets a discount, from one rule or from several"
    ),
}


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise BadRule("invalid_promotion", message)


def _check_rate(off_bps: int) -> None:
    _check(1 <= off_bps <= ALL_BPS, "The percentage must be 0.01 % to 100 %.")


def _check_cap(minor: int | None, *, least: int = 1) -> None:
    _check(minor is None or least <= minor <= MAX_MINOR, "An amount is out of range.")
