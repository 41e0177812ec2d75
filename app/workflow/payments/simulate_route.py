"""Which channel account a payment would take, and why, without making one."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.core import clock, db
from app.core.limits import breaker
from app.core.money import Money
from app.domain.payments import queries, routing
from app.domain.payments.routing import Route, RouteRequest, breaker_key
from app.workflow.steps.payments.choose_route import health, minute, payers


def simulate_route(
    business_id: uuid.UUID,
    amount: Money,
    *,
    scene: str,
    moment: datetime,
    requested_channel: str | None = None,
    item_ids: frozenset[uuid.UUID] = frozenset(),
    seed: uuid.UUID,
    kind: str = "charge",
    payee: str | None = None,
) -> Route:
    """The route that `choose` would find for such a payment at `moment`, or `choose_payer` for a withdrawal or payout
    to `payee`; nothing is written. What has been paid by each account counts up to now, whatever `moment` is."""
    with db.reading(business_id):
        rows = queries.facts(amount, clock.now())
    operation = "create" if payee is None else "pay_out"
    breaker.current().states(breaker_key(row.id, operation) for row in rows)
    request = RouteRequest(
        seed=seed,
        amount=amount,
        scene=scene,
        mode=rows[0].mode if rows else "",
        minute=minute(moment, rows),
        requested_channel=requested_channel,
        item_ids=item_ids,
        kind=kind,
        payee=payee,
    )
    states = health(rows, operation)
    accounts = queries.accounts(rows, states) if payee is None else payers(rows, states)
    return routing.route(request, accounts, queries.rules(rows))
