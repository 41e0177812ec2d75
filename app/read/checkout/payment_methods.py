"""The payment methods that a buyer is shown: what routing would find, for each channel and scene."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import replace

from sqlalchemy import select

from app.core import clock, db
from app.core.i18n.language import Translatable
from app.core.limits import breaker
from app.core.money import Money
from app.domain.catalog.models import Product
from app.domain.ledger import service as ledger
from app.domain.orders.types import read_terms
from app.domain.payments import queries, routing
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import Channel
from app.domain.payments.routing import Route, RouteRequest, breaker_key, minute_of
from app.read.checkout.session_row import SessionRow
from app.read.checkout.snapshot_types import ShownMethod

# What the buyer is not told of: the merchant does not offer it here at all.
_NOT_OFFERED = {"switched_off", "test_only", "rule_only", "kind"}
_WHY_NOT = {"offer": "offer", "currency": "currency", "too_small": "amount", "too_large": "amount", "daily": "amount"}


def payment_methods(
    total: Money, session: SessionRow, *, item_ids: frozenset[uuid.UUID], known: set[str]
) -> list[ShownMethod]:
    """In the merchant's order: none that the session's terms leave out, or that wants more than is `known`
    of the buyer. `item_ids` are the SKUs and products that are bought. Each is shown once, however many accounts
    stand behind it, and is available when routing finds one for it. A wallet is offered only to a buyer who has enough
    in it, and whom the merchant's server vouched for. In the open reading."""
    moment = clock.now()
    rows = queries.facts(total, moment)
    keys = {row.id: breaker_key(row.id, "create") for row in rows}
    states = breaker.current().remembered(keys.values())
    accounts = queries.accounts(rows, {account_id: states[key] for account_id, key in keys.items()})
    rules = queries.rules(rows)
    request = RouteRequest(
        seed=session.id,
        amount=total,
        scene="",
        mode=session.mode,
        minute=minute_of(moment, rows[0].time_zone) if rows else 0,
        item_ids=item_ids,
        only=frozenset(session.order_channels or ()),
    )
    taken = read_terms(session.terms).channels
    shown: list[ShownMethod] = []
    for name in dict.fromkeys(account.channel for account in accounts):
        if taken and name not in taken:
            continue
        channel = registry.CHANNELS[name]
        can = channel.capabilities
        if can.is_internal and not (session.buyer_signed_in and _fits_wallet(total, session.buyer_reference, item_ids)):
            continue
        for method_id, scene in registry.methods(channel):
            if can.required_details.get(scene, "buyer_ip") in known:
                route = routing.route(replace(request, scene=scene, requested_channel=name), accounts, rules)
                shown += _method(method_id, scene, channel, route)
    return _with_distinct_titles(shown)


_SCENES = {"qr": Translatable("QR code"), "mobile": Translatable("On this phone"), "app": Translatable("App")}


def _with_distinct_titles(methods: list[ShownMethod]) -> list[ShownMethod]:
    """The methods by titles that differ: of several with one name, each but the page's says how it works, and a
    name that is still there twice is numbered."""
    names = Counter(method["title"] for method in methods)
    for method in methods:
        how = _SCENES.get(method["scene"])
        if names[method["title"]] > 1 and how is not None:
            method["title"] = Translatable("%(name)s · %(how)s", name=method["title"], how=how)
    for name, times in Counter(str(method["title"]) for method in methods).items():
        if times > 1:
            same = (method for method in methods if method["title"] == name)
            for number, method in enumerate(same, start=1):
                method["title"] = Translatable("%(name)s · %(how)s", name=method["title"], how=str(number))
    return methods


def _method(method_id: str, scene: str, channel: Channel, route: Route) -> list[ShownMethod]:
    """The method as the buyer sees it; nothing when none of the channel's accounts is offered."""
    offered = [
        each
        for each in route.candidates
        if each.account.channel == channel.name and not _NOT_OFFERED & {reason["code"] for reason in each.against}
    ]
    if not offered:
        return []
    codes = [reason["code"] for reason in offered[0].against]
    return [
        {
            "id": method_id,
            "name": channel.name,
            "title": offered[0].account.name if len(offered) == 1 else channel.title,
            "scene": scene,
            "available": bool(route.usable),
            "reason": None if route.usable else _WHY_NOT.get(codes[0], "unavailable"),
        }
    ]


def _fits_wallet(total: Money, buyer: str, item_ids: frozenset[uuid.UUID]) -> bool:
    if not ledger.balance("wallet", owner=buyer, currency=total.currency).available >= total.minor > 0:
        return False
    # Wallet money is not paid for from a wallet (see choose_route.buys_credit).
    products = db.table(Product)
    credit = (products.c.business_id == db.here(), products.c.id.in_(item_ids), products.c.delivery_kind == "credit")
    return db.scalar(select(products.c.id).where(*credit).limit(1)) is None
