"""The page where a buyer signs a plan: its terms as they stand now, and what it can be paid by again and again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.core import clock, db
from app.core.i18n.language import Translatable
from app.core.limits import breaker
from app.core.money import Money
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Product, Sku
from app.domain.ledger import service as ledger
from app.domain.payments import queries, routing
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Recurring
from app.domain.payments.routing import RouteRequest, breaker_key, minute_of
from app.domain.signing import offers, rules
from app.domain.signing.models import Contract, Plan, PlanPrice
from app.domain.signing.offers import Offer
from app.domain.signing.states import LIVE
from app.domain.signing.types import PlanPriceTerms
from app.read.checkout.asked_agreements import shown_agreements
from app.read.checkout.snapshot_types import ShownAgreement

contracts, prices = db.table(Contract), db.table(PlanPrice)


@dataclass(frozen=True)
class SignMethod:
    """What every cycle can be paid by: a channel's name, and what the buyer calls it. The wallet has a balance."""

    id: str
    title: str
    balance: Money | None = None


@dataclass(frozen=True, kw_only=True)
class SignPage:
    """A plan as this buyer would sign it now. `terms` are in the buyer's language, and known by their hash; `running`
    is a contract of the plan that the buyer has already."""

    plan: Plan
    product: Product
    currency: str
    currencies: tuple[str, ...]
    quantity: int
    offer: Offer
    terms: tuple[str, ...]
    terms_hash: str
    agreements: Sequence[ShownAgreement]
    methods: tuple[SignMethod, ...]
    running: uuid.UUID | None


def sign_page(
    business_id: uuid.UUID,
    plan_id: uuid.UUID,
    *,
    currency: str,
    quantity: int,
    buyer: str | None,
    locale: str,
    say: Callable[[Translatable], str],
) -> SignPage:
    """The plan as it would be signed now; in the business's first currency that it has a price in, when `currency` is
    empty. Without a `buyer` no way to pay is shown.

    Raises:
        NotFound: no such plan. PlanUnavailable: it cannot be signed so.
    """
    with db.reading(business_id):
        plan = db.get(Plan, plan_id)
        found = _prices(plan_id)
        currency = currency or (next(iter(found)) if found else "")
        price = rules.check_offered(plan, found.get(currency), currency, quantity)
        sku = db.get(Sku, plan.sku_id)
        zone = rules.check_zone(str(db.scalar(select(Business.time_zone).where(Business.id == business_id))))
        offer = offers.offer(plan, price, quantity=quantity, zone=zone, moment=clock.now())
        sentences = offers.describe(plan, price, offer, quantity=quantity)
        text = offers.consent_text(sentences, say)
        return SignPage(
            plan=plan,
            product=db.get(Product, sku.product_id),
            currency=currency,
            currencies=tuple(found),
            quantity=quantity,
            offer=offer,
            terms=tuple(text.split("\n")),
            terms_hash=offers.text_hash(text),
            agreements=shown_agreements([sku.product_id], locale),
            methods=_methods(_largest(price, quantity), offer.first.amount, buyer) if buyer is not None else (),
            running=_running(plan_id, buyer) if buyer is not None else None,
        )


def _prices(plan_id: uuid.UUID) -> dict[str, PlanPrice]:
    """By currency, those of the business first, in its order."""
    mine = prices.c.business_id == db.here(), prices.c.plan_id == plan_id
    found = {row.currency: row for row in db.rows(select(prices).where(*mine).order_by(prices.c.currency))}
    first = db.scalar(select(Business.currencies).where(Business.id == db.here())) or ()
    return {code: found[code] for code in dict.fromkeys((*(each for each in first if each in found), *found))}


def _largest(price: PlanPriceTerms, quantity: int) -> Money:
    return Money(max(price.unit_minor, price.intro_minor or 0) * quantity, price.currency)


def _methods(largest: Money, first: Money, buyer: str) -> tuple[SignMethod, ...]:
    """In the merchant's order: the channels that deduct again and again and have an account for it now, and the wallet
    of a buyer who has something in it."""
    moment = clock.now()
    rows = queries.facts(largest, moment)
    keys = {row.id: breaker_key(row.id, "deduct") for row in rows}
    states = breaker.current().remembered(keys.values())
    accounts = queries.accounts(rows, {account_id: states[key] for account_id, key in keys.items()})
    request = RouteRequest(
        seed=db.here(),
        amount=largest,
        scene="",
        mode=rows[0].mode if rows else "",
        minute=minute_of(moment, rows[0].time_zone) if rows else 0,
        kind="deduction",
    )
    found = []
    for name in dict.fromkeys(account.channel for account in accounts):
        channel = registry.CHANNELS[name]
        if channel.capabilities.is_internal:
            balance = ledger.balance("wallet", owner=buyer, currency=largest.currency).available
            if balance and balance >= first.minor:
                found.append(SignMethod(name, channel.title, Money(balance, largest.currency)))
        elif isinstance(channel, Recurring) and largest.minor:
            route = routing.route(replace(request, requested_channel=name), accounts, queries.rules(rows))
            if route.usable:
                found.append(SignMethod(name, route.usable[0].account.name or channel.title))
    return tuple(found)


def _running(plan_id: uuid.UUID, buyer: str) -> uuid.UUID | None:
    mine = contracts.c.business_id == db.here(), contracts.c.plan_id == plan_id, contracts.c.buyer_reference == buyer
    found: uuid.UUID | None = db.scalar(select(contracts.c.id).where(*mine, contracts.c.status.in_(LIVE)).limit(1))
    return found
