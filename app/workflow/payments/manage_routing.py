"""Routing rules, and the limits and cost of channel accounts: added, changed, taken away."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypedDict

from sqlalchemy import delete, select

from app.core import clock, db
from app.core.db import locks
from app.core.errors import ChangedMeanwhile, Invalid, NotFound
from app.core.ids import new_id
from app.core.money import MAX_MINOR, exponent
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Product, Sku
from app.domain.payments import day_totals
from app.domain.payments.models import ChannelAccount, ChannelTerms, RoutingRule
from app.domain.payments.routing import Direction

MAX_RULES = 100


@dataclass(frozen=True, kw_only=True)
class RoutingRuleCommand:
    """A rule as it is wanted; what is None does not matter to it. `weights` are by channel account, minutes of the day
    in the business's zone, amounts in minor units of `currency`."""

    name: str
    weights: Mapping[uuid.UUID, int]
    priority: int = 100
    enabled: bool = True
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
class ChannelTermsCommand:
    """An account's limits and cost in one currency, in its minor units."""

    min_minor: int | None = None
    max_minor: int | None = None
    daily_minor: int | None = None
    fee_bps: int | None = None
    fee_fixed_minor: int | None = None


def add_rule(business_id: uuid.UUID, command: RoutingRuleCommand, *, rule_id: uuid.UUID | None = None) -> uuid.UUID:
    """A new rule; its id. The same `rule_id` again makes nothing new.

    Raises:
        Invalid: it names no account of the business, its amounts or hours make no sense, or there are too many rules.
        NotFound: the business has no such product or SKU.
    """
    rule_id = rule_id or new_id()
    with db.phase("manage_routing.add", business_id):
        locks.hold("routing rules")  # two at once would be counted by neither
        known = db.rows(select(RoutingRule.id).where(RoutingRule.business_id == business_id).limit(MAX_RULES))
        if rule_id in {row.id for row in known}:
            return rule_id
        if len(known) >= MAX_RULES:
            raise Invalid("too_many_rules", f"You already have {MAX_RULES} rules. Remove one first.")
        db.add(RoutingRule, id=rule_id, **_checked(business_id, command))
    return rule_id


def change_rule(
    business_id: uuid.UUID, rule_id: uuid.UUID, command: RoutingRuleCommand, *, seen: int | None = None
) -> None:
    """Make the rule say this; with `seen`, only while its version is still the one that was seen.

    Raises:
        NotFound: there is no such rule. Invalid: as `add_rule`.
        ChangedMeanwhile: somebody else changed it since.
    """
    with db.phase("manage_routing.change", business_id):
        rule = db.lock(RoutingRule, rule_id)
        columns = _checked(business_id, command)
        if seen is not None and rule.version != seen:
            raise _changed_meanwhile(rule, columns)
        db.write(db.change(RoutingRule, rule_id, **columns, version=rule.version + 1), expect=1)


def remove_rule(business_id: uuid.UUID, rule_id: uuid.UUID) -> None:
    """Take the rule away; decisions keep its name.

    Raises:
        NotFound: there is no such rule.
    """
    with db.phase("manage_routing.remove", business_id):
        removal = delete(RoutingRule).where(RoutingRule.business_id == business_id, RoutingRule.id == rule_id)
        if db.run(removal) != 1:
            raise _no_rule()


def set_terms(business_id: uuid.UUID, account_id: uuid.UUID, currency: str, command: ChannelTermsCommand) -> None:
    """Make these the account's limits and cost in the currency; with nothing in it, there are none.

    Raises:
        NotFound: there is no such account. Invalid: no such currency, or the amounts make no sense.
    """
    exponent(currency)
    amounts = (command.min_minor, command.max_minor, command.daily_minor, command.fee_fixed_minor)
    if any(minor is not None and not 0 <= minor <= MAX_MINOR for minor in amounts) or 0 in amounts[:3]:
        raise Invalid("invalid_amount", "Limits must be greater than zero.")
    if command.min_minor is not None and command.max_minor is not None and command.max_minor < command.min_minor:
        raise Invalid("invalid_range", "The maximum payment is below the minimum.")
    with db.phase("manage_routing.set_terms", business_id):
        account = select(ChannelAccount.id).where(
            ChannelAccount.business_id == business_id, ChannelAccount.id == account_id
        )
        if db.scalar(account.with_for_update(key_share=True)) is None:
            raise NotFound("not_found", "There is no such channel account.")
        totals_from = _totals_from(account_id, currency) if command.daily_minor is not None else None
        db.run(
            delete(ChannelTerms).where(
                ChannelTerms.business_id == business_id,
                ChannelTerms.channel_account_id == account_id,
                ChannelTerms.currency == currency,
            )
        )
        if any(value is not None for value in asdict(command).values()):
            db.add(
                ChannelTerms,
                channel_account_id=account_id,
                currency=currency,
                min_minor=command.min_minor,
                max_minor=command.max_minor,
                daily_minor=command.daily_minor,
                totals_from=totals_from,
                fee_bps=command.fee_bps,
                fee_fixed_minor=command.fee_fixed_minor,
            )


class _RuleColumns(TypedDict):
    name: str
    targets: list[dict[str, Any]]
    priority: int
    enabled: bool
    exclusive: bool
    direction: Direction
    currency: str | None
    min_minor: int | None
    max_minor: int | None
    scene: str | None
    from_minute: int | None
    until_minute: int | None
    product_id: uuid.UUID | None
    sku_id: uuid.UUID | None


def _totals_from(account_id: uuid.UUID, currency: str) -> date:
    """From which day on the counters are complete of an account that gets a daily limit, or has had one."""
    terms = db.table(ChannelTerms)
    of_account = terms.c.business_id == db.here(), terms.c.channel_account_id == account_id
    known = db.first(select(terms).where(*of_account, terms.c.currency == currency))
    if known is not None and known.daily_minor is not None and known.totals_from is not None:
        return known.totals_from
    zone: str = db.scalar(select(Business.time_zone).where(Business.id == db.here()))
    return day_totals.complete_from(clock.now(), zone)


def _checked(business_id: uuid.UUID, command: RoutingRuleCommand) -> _RuleColumns:
    if command.currency is not None:
        exponent(command.currency)
    elif command.min_minor is not None or command.max_minor is not None:
        raise Invalid("invalid_range", "Amounts need a currency.", details={"param": "currency"})
    if command.min_minor is not None and command.max_minor is not None and command.max_minor < command.min_minor:
        raise Invalid("invalid_range", "The maximum amount is below the minimum.")
    if (command.from_minute is None) != (command.until_minute is None):
        raise Invalid("invalid_hours", "Enter both a start and an end time.", details={"param": "until"})
    if command.direction == "outgoing" and (command.scene or command.product_id or command.sku_id):
        message = "Rules for withdrawals and payouts have no scene and no product."
        raise Invalid("invalid_parameter", message, details={"param": "direction"})
    _check_items(business_id, command)
    return {
        "name": command.name,
        "targets": _targets(business_id, command.weights),
        "priority": command.priority,
        "enabled": command.enabled,
        "exclusive": command.exclusive,
        "direction": command.direction,
        "currency": command.currency,
        "min_minor": command.min_minor,
        "max_minor": command.max_minor,
        "scene": command.scene,
        "from_minute": command.from_minute,
        "until_minute": command.until_minute,
        "product_id": command.product_id,
        "sku_id": command.sku_id,
    }


def _targets(business_id: uuid.UUID, weights: Mapping[uuid.UUID, int]) -> list[dict[str, Any]]:
    named = {account_id: weight for account_id, weight in weights.items() if weight}
    if not named or any(not 0 < weight <= 1000 for weight in named.values()):
        raise Invalid("no_target", "Give at least one account a weight between 1 and 1000.")
    conditions = db.rows(
        select(ChannelAccount.id).where(ChannelAccount.business_id == business_id, ChannelAccount.id.in_(list(named)))
    )
    if len(conditions) != len(named):
        raise NotFound("not_found", "There is no such channel account.")
    return [{"account_id": str(account_id), "weight": weight} for account_id, weight in sorted(named.items())]


def _check_items(business_id: uuid.UUID, command: RoutingRuleCommand) -> None:
    tables: tuple[tuple[Any, uuid.UUID | None], ...] = ((Product, command.product_id), (Sku, command.sku_id))
    for model, named in tables:
        if named is None:
            continue
        if db.scalar(select(model.id).where(model.business_id == business_id, model.id == named)) is None:
            raise NotFound("not_found", "There is no such product.")


def _changed_meanwhile(rule: RoutingRule, columns: _RuleColumns) -> ChangedMeanwhile:
    now = {name: _plain(getattr(rule, name)) for name in columns}
    wanted = {name: _plain(value) for name, value in columns.items()}
    text = "Somebody else has changed this rule since you opened it. Compare, then save again."
    return ChangedMeanwhile(text, version=rule.version, now=now, wanted=wanted)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, uuid.UUID) else value


def _no_rule() -> NotFound:
    return NotFound("not_found", "There is no such rule.")
