"""Which channel account takes a payment, or pays out, and why: pure, so that the same function answers paying and
asking.

Rules come first, in their order: each one that fits spreads payments over its accounts by weight. Behind them come all
other accounts by priority, then cost. What cannot take the payment stays in the list, at its place, with what speaks
against it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from app.core.money import Money
from app.domain.payments.channels.types import Capabilities
from app.domain.payments.requests import pays_to

# A code and what it is about, JSON-able: {"code": "per_payment", "limit_minor": 5000}.
Reason = dict[str, Any]
Direction = Literal["incoming", "outgoing"]
Health = Literal["closed", "half_open", "probing", "open"]

MAX_LIST_LENGTH = 30  # candidates that are kept with a decision


@dataclass(frozen=True, kw_only=True)
class AccountTerms:
    """An account's own limits and cost in the payment's currency, in minor units; None is no limit, or not known."""

    min_minor: int | None = None
    max_minor: int | None = None
    daily_minor: int | None = None
    used_minor: int = 0
    fee_bps: int | None = None
    fee_fixed_minor: int | None = None

    def cost_minor(self, amount: Money) -> int | None:
        """What the account charges for the amount, half a unit rounded up; None when nobody has said."""
        if self.fee_bps is None and self.fee_fixed_minor is None:
            return None
        return (amount.minor * (self.fee_bps or 0) + 5_000) // 10_000 + (self.fee_fixed_minor or 0)


@dataclass(frozen=True, kw_only=True)
class Account:
    """A channel account as routing sees it."""

    id: uuid.UUID
    channel: str
    name: str
    enabled: bool
    priority: int
    can: Capabilities
    terms: AccountTerms = field(default_factory=AccountTerms)
    health: Health = "closed"


@dataclass(frozen=True, kw_only=True)
class RouteRule:
    """What a payment must be like (None: does not matter), and which accounts take it with which weights. Minutes are
    of the day in the business's zone; a span may go over midnight. `exclusive`: no other account may."""

    id: uuid.UUID
    name: str
    targets: Mapping[uuid.UUID, int]
    exclusive: bool = False
    direction: Direction = "incoming"
    currency: str | None = None
    min_minor: int | None = None
    max_minor: int | None = None
    scene: str | None = None
    from_minute: int | None = None
    until_minute: int | None = None
    product_id: uuid.UUID | None = None
    sku_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class RouteRequest:
    """A payment, or money for a `payee`'s account, that looks for its account. The same `seed` always falls to the same
    side of a split. `only` are the channels that its price is for; empty: it is for any."""

    seed: uuid.UUID
    amount: Money
    scene: str
    mode: str
    minute: int
    requested_channel: str | None = None
    item_ids: frozenset[uuid.UUID] = frozenset()
    tried: frozenset[uuid.UUID] = frozenset()
    exclude_wallet: bool = False
    only: frozenset[str] = frozenset()
    kind: str = "charge"
    payee: str | None = None

    @property
    def is_outgoing(self) -> bool:
        """Whether the money leaves."""
        return self.payee is not None


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An account at its place in the list; nothing in `against` means that it can take the payment."""

    account: Account
    pros: tuple[Reason, ...]
    against: tuple[Reason, ...]

    @property
    def is_usable(self) -> bool:
        """Whether it can take the payment."""
        return not self.against


@dataclass(frozen=True, kw_only=True)
class Route:
    """Every account in the order in which it is tried."""

    candidates: tuple[Candidate, ...]

    @property
    def usable(self) -> tuple[Candidate, ...]:
        """Those that can take the payment, the chosen one first."""
        return tuple(candidate for candidate in self.candidates if candidate.is_usable)

    def as_rows(self) -> list[dict[str, Any]]:
        """The list as it is kept and shown, JSON-able."""
        return [
            {
                "account_id": str(each.account.id),
                "channel": each.account.channel,
                "name": each.account.name,
                "usable": each.is_usable,
                "for": list(each.pros),
                "against": list(each.against),
            }
            for each in self.candidates[:MAX_LIST_LENGTH]
        ]


def route(request: RouteRequest, accounts: Sequence[Account], rules: Sequence[RouteRule]) -> Route:
    """All accounts in order, with reasons. `rules` are those switched on, in their order."""
    fitting = [rule for rule in rules if fits(rule, request)]
    by_id = {account.id: account for account in accounts}
    placed: dict[uuid.UUID, Reason] = {}
    shut_by: RouteRule | None = None
    barred: set[uuid.UUID] = set()
    for rule in fitting:
        for account_id in _drawn(rule, request.seed):
            if account_id not in by_id or account_id in placed:
                continue
            if shut_by is not None:
                barred.add(account_id)
            share = {"weight": rule.targets[account_id], "of": sum(rule.targets.values())}
            placed[account_id] = {"code": "rule", "rule_id": str(rule.id), "rule": rule.name, **share}
        if rule.exclusive and shut_by is None:
            shut_by = rule
    rest = sorted((each for each in accounts if each.id not in placed), key=lambda each: _order(each, request.amount))
    ordered = [by_id[account_id] for account_id in placed] + rest
    if shut_by is not None:
        barred |= {account.id for account in rest}
    candidates = []
    for account in ordered:
        against = list(_against(account, request))
        if shut_by is not None and account.id in barred:
            against.append({"code": "rule_only", "rule_id": str(shut_by.id), "rule": shut_by.name})
        first = placed.get(account.id, {"code": "priority", "priority": account.priority})
        candidates.append(
            Candidate(account=account, pros=(first, *_for(account, request.amount)), against=tuple(against))
        )
    return Route(candidates=tuple(candidates))


def breaker_key(account_id: uuid.UUID, operation: str) -> str:
    """What the breaker of an account's operation is called; new payments are the operation `create`."""
    return f"{account_id}:{operation}"


def minute_of(moment: datetime, zone: str) -> int:
    """The minute of the day at that moment in the zone."""
    there = moment.astimezone(ZoneInfo(zone))
    return there.hour * 60 + there.minute


def fits(rule: RouteRule, request: RouteRequest) -> bool:
    """Whether the payment is one that the rule speaks of."""
    return (
        (rule.direction == "outgoing") is request.is_outgoing
        and rule.currency in (None, request.amount.currency)
        and (rule.min_minor is None or request.amount.minor >= rule.min_minor)
        and (rule.max_minor is None or request.amount.minor <= rule.max_minor)
        and rule.scene in (None, request.scene)
        and _is_open(rule, request.minute)
        and (rule.product_id is None or rule.product_id in request.item_ids)
        and (rule.sku_id is None or rule.sku_id in request.item_ids)
    )


def _is_open(rule: RouteRule, minute: int) -> bool:
    if rule.from_minute is None or rule.until_minute is None:
        return True
    if rule.from_minute <= rule.until_minute:
        return rule.from_minute <= minute < rule.until_minute
    return minute >= rule.from_minute or minute < rule.until_minute


def _drawn(rule: RouteRule, seed: uuid.UUID) -> Iterator[uuid.UUID]:
    """The rule's accounts in the order of a draw by weight that this seed always repeats. An account that is away
    leaves the draws of the others as they are: only its own payments move."""
    left = {account_id: weight for account_id, weight in sorted(rule.targets.items()) if weight > 0}
    draw = 0
    while left:
        lot = hashlib.sha256(seed.bytes + rule.id.bytes + bytes([draw])).digest()
        at = int.from_bytes(lot[:8], "big") % sum(left.values())
        drawn = _at(left, at)
        del left[drawn]
        draw += 1
        yield drawn


def _at(weights: Mapping[uuid.UUID, int], at: int) -> uuid.UUID:
    """The account on whose stretch the number falls."""
    end = 0
    for account_id, weight in weights.items():
        end += weight
        if at < end:
            return account_id
    raise AssertionError("the number is below the sum of the weights")


def _order(account: Account, amount: Money) -> tuple[int, bool, int, uuid.UUID]:
    cost = account.terms.cost_minor(amount)
    return account.priority, cost is None, cost or 0, account.id


def _for(account: Account, amount: Money) -> Iterator[Reason]:
    cost = account.terms.cost_minor(amount)
    if cost is not None:
        yield {"code": "cost", "cost_minor": cost, "currency": amount.currency}
    if account.health == "half_open":
        yield {"code": "on_trial"}


def _against(account: Account, request: RouteRequest) -> Iterator[Reason]:
    """Everything that keeps the account from taking the payment."""
    can, terms, amount = account.can, account.terms, request.amount
    if not account.enabled:
        yield {"code": "switched_off"}
    if can.test_only and request.mode != "test":
        yield {"code": "test_only"}
    if request.requested_channel is not None and request.requested_channel not in (account.channel, str(account.id)):
        yield {"code": "not_requested", "channel": request.requested_channel[:60]}
    if request.only and account.channel not in request.only:
        yield {"code": "offer", "channels": ", ".join(sorted(request.only))}
    if can.is_internal and request.exclude_wallet:
        yield {"code": "internal"}
    elif not request.is_outgoing and (can.is_internal or can.is_manual) and request.requested_channel is None:
        yield {"code": "by_choice_only"}
    if request.kind not in can.kinds:
        yield {"code": "kind"}
    if request.payee is not None and not pays_to(can, request.payee):
        yield {"code": "payee"}
    if can.currencies and amount.currency not in can.currencies:
        yield {"code": "currency", "currency": amount.currency}
    if (
        not can.is_internal
        and not request.is_outgoing
        and request.kind != "deduction"  # the buyer is not there
        and request.scene not in can.scenes
        and (request.requested_channel is None or len(can.scenes) > 1)
    ):
        yield {"code": "scene", "scene": request.scene}
    yield from _over_limits(can, terms, amount)
    if account.id in request.tried:
        yield {"code": "tried"}
    elif account.health in ("open", "probing"):
        yield {"code": "breaker_open" if account.health == "open" else "being_probed"}


def _over_limits(can: Capabilities, terms: AccountTerms, amount: Money) -> Iterator[Reason]:
    smallest = max(can.min_minor, terms.min_minor or 0)
    largest = min((limit for limit in (can.max_minor, terms.max_minor) if limit is not None), default=None)
    if amount.minor < smallest:
        yield {"code": "too_small", "limit_minor": smallest, "currency": amount.currency}
    if largest is not None and amount.minor > largest:
        yield {"code": "too_large", "limit_minor": largest, "currency": amount.currency}
    if terms.daily_minor is not None and terms.used_minor + amount.minor > terms.daily_minor:
        limits = {"limit_minor": terms.daily_minor, "used_minor": terms.used_minor}
        yield {"code": "daily", **limits, "currency": amount.currency}
