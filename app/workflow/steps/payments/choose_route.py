"""Finding the channel account for a payment: the facts of the moment, the pure function, and the decision that is
kept with the attempt."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from app.core import clock, db
from app.core.limits import breaker
from app.core.money import Money
from app.domain.accounts.business.errors import check_selling
from app.domain.catalog.models import Product
from app.domain.orders.models import OrderLine
from app.domain.payments import queries, routing
from app.domain.payments.channels import registry
from app.domain.payments.errors import NoChannel, OtherChannelNeeded
from app.domain.payments.models import RoutingDecision
from app.domain.payments.routing import Health, Route, RouteRequest, RouteRule, breaker_key, minute_of
from app.domain.payments.routing_rows import RoutingFacts
from app.workflow.steps.fulfilment.delivery_kinds import CREDIT


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The account that takes the payment (as stored, secrets encrypted) and the whole list it was chosen from."""

    account: RoutingFacts
    route: Route
    requested_channel: str | None


def choose(
    amount: Money,
    *,
    seed: uuid.UUID,
    scene: str = "web",
    requested_channel: str | None = None,
    order_id: uuid.UUID | None = None,
    exclude_wallet: bool = False,
    tried: frozenset[uuid.UUID] = frozenset(),
    only: frozenset[str] = frozenset(),
    moment: datetime | None = None,
    kind: str = "charge",
) -> Choice:
    """The account to pay with, in the open phase. `requested_channel` (a channel's name or an account's id) leaves only
    its accounts; `seed`, the order's id or the movement's, decides splits; `exclude_wallet` leaves out our own ledger;
    `tried` are those that have failed already; `only` are the channels that the order's price is for (empty: any).

    Raises:
        NoChannel: none can take this payment. OtherChannelNeeded: the order's price is not for the requested one.
        CannotSell: the business may take no payments.
    """
    moment = moment or clock.now()
    rows = queries.facts(amount, moment)
    check_selling(rows[0].standing if rows else None)
    rules = queries.rules(rows)
    request = RouteRequest(
        seed=seed,
        amount=amount,
        scene=scene,
        mode=rows[0].mode if rows else "",
        minute=minute(moment, rows),
        requested_channel=requested_channel,
        item_ids=_item_ids(order_id, rules),
        tried=tried,
        exclude_wallet=exclude_wallet,
        only=only,
        kind=kind,
    )
    operation = "deduct" if kind == "deduction" else "create"
    route = routing.route(request, queries.accounts(rows, health(rows, operation)), rules)
    if not route.usable:
        _refuse_other(route, request)
        raise NoChannel("channel_unavailable", "This payment method is not available. Please choose another.")
    chosen = route.usable[0].account.id
    account = next(row for row in rows if row.id == chosen)
    if order_id is not None and registry.capabilities(account.channel).is_internal and buys_credit(order_id):
        return choose(
            amount,
            seed=seed,
            scene=scene,
            requested_channel=requested_channel,
            order_id=order_id,
            exclude_wallet=True,
            tried=tried,
            only=only,
            moment=moment,
            kind=kind,
        )
    return Choice(account=account, route=route, requested_channel=requested_channel)


def choose_payer(
    kind: str, amount: Money, *, payee_account: str, seed: uuid.UUID, requested_channel: str | None
) -> Choice:
    """The account that pays a withdrawal or payout, in the open phase; `requested_channel` and `seed` as for `choose`.
    An account's own limits and costs are of what comes in, and do not count here.

    Raises:
        NoChannel: none can pay this to such an account.
    """
    rows = queries.facts(amount, clock.now())
    request = RouteRequest(
        seed=seed,
        amount=amount,
        scene="",
        mode=rows[0].mode if rows else "",
        minute=minute(clock.now(), rows),
        requested_channel=requested_channel,
        kind=kind,
        payee=payee_account,
    )
    route = routing.route(request, payers(rows, health(rows, "pay_out")), queries.rules(rows))
    if not route.usable:
        raise NoChannel("channel_unavailable", "No channel can pay out to this account.")
    chosen = route.usable[0].account.id
    account = next(row for row in rows if row.id == chosen)
    return Choice(account=account, route=route, requested_channel=requested_channel)


def payers(rows: Sequence[RoutingFacts], states: dict[uuid.UUID, Health]) -> list[routing.Account]:
    """The accounts as those that money leaves by: without the terms of what comes in."""
    return [replace(each, terms=routing.AccountTerms()) for each in queries.accounts(rows, states)]


def _refuse_other(route: Route, request: RouteRequest) -> None:
    if request.requested_channel is None:
        return
    codes = [{reason["code"] for reason in each.against} for each in route.candidates]
    if any("offer" in against and "not_requested" not in against for against in codes):
        message = "This price is for another payment method. Please choose that one or start again."
        raise OtherChannelNeeded("payment_method_mismatch", message, details={"channels": sorted(request.only)})


def buys_credit(order_id: uuid.UUID) -> bool:
    """Whether the order buys wallet money, in the open transaction: it is not paid from a wallet, or a buyer could turn
    a gift that comes with it into any sum."""
    lines, products = db.table(OrderLine), db.table(Product)
    found = (
        select(lines.c.id)
        .join(products, (products.c.business_id == lines.c.business_id) & (products.c.id == lines.c.product_id))
        .where(lines.c.business_id == db.here(), lines.c.order_id == order_id, products.c.delivery_kind == CREDIT)
    )
    return db.scalar(found.limit(1)) is not None


def keep(choice: Choice, attempt_id: uuid.UUID) -> None:
    """Write the decision of the open phase down, with the attempt it led to."""
    db.add(
        RoutingDecision, id=attempt_id, requested_channel=choice.requested_channel, candidates=choice.route.as_rows()
    )


def health(rows: Sequence[RoutingFacts], operation: str = "create") -> dict[uuid.UUID, Health]:
    """How each account's breaker for new payments (or another `operation`) stood when this process last looked: in a
    transaction nobody is asked. What others have learnt since is met at the call, and then the next account is tried.
    """
    keys = {row.id: breaker_key(row.id, operation) for row in rows}
    states = breaker.current().remembered(keys.values())
    return {account_id: states[key] for account_id, key in keys.items()}


def minute(moment: datetime, rows: Sequence[RoutingFacts]) -> int:
    """The minute of the business's day that rules are asked about."""
    return minute_of(moment, rows[0].time_zone) if rows else 0


def _item_ids(order_id: uuid.UUID | None, rules: Sequence[RouteRule]) -> frozenset[uuid.UUID]:
    """The order's SKUs and products; read only when a rule asks for them."""
    if order_id is None or not any(rule.product_id or rule.sku_id for rule in rules):
        return frozenset()
    lines = db.rows(
        select(OrderLine.sku_id, OrderLine.product_id).where(
            OrderLine.business_id == db.here(), OrderLine.order_id == order_id
        )
    )
    return frozenset(found for line in lines for found in line)
