"""A quarter of sales for the demo business, all at once: a few real orders are lived in a business beside it, and the
rows they left are written again for every order of the quarter.

The demo business has all of it or nothing: it is written in one phase. What a run that was stopped has left is in the
business beside it.
"""

from __future__ import annotations

import secrets
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update

from app.core import clock, db, ids
from app.core.db import locks
from app.core.errors import NotFound
from app.core.ids import new_id
from app.domain.accounts.business.models import Business, Membership, User
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.sellers.models import Seller
from app.domain.checkout.agreements.models import Agreement
from app.domain.ledger import service as ledger
from app.domain.ledger.models import LedgerAccount, LedgerSnapshot
from app.domain.marketing.models import CouponTemplate, Promotion
from app.domain.marketing.states import TemplateStatus
from app.domain.orders.models import Order
from app.domain.payments.models import ChannelAccount
from app.domain.reconciliation.models import Case
from app.domain.reconciliation.states import CaseStatus
from app.workflow.fulfilment.manage_delivery import add_licence_keys
from app.workflow.insights import count_metrics
from app.workflow.marketing.manage_coupons import transition_template
from app.workflow.notifications import raise_alerts
from app.workflow.operations.furnish_history import furnish_history, key_texts
from app.workflow.operations.live_orders import live_orders
from app.workflow.operations.rehearse_orders import Account, Ids, Rehearsal
from app.workflow.operations.seed_demo import EMAIL, add_simulator, furnish
from app.workflow.operations.tell_of_payments import tell_of_payments
from app.workflow.steps.operations import lived_rows, sales_pattern
from app.workflow.steps.operations.sales_pattern import LICENCE_CODE
from app.workflow.steps.payments.tell_simulator import tell

_AGE = timedelta(days=sales_pattern.DAYS + 3)  # of what the first orders are of
# What is added to the catalogue stands in these, and not in what orders name.
_OF_EXTRAS = {
    "sellers",
    "products",
    "skus",
    "sku_prices",
    "coupon_templates",
    "channel_accounts",
    "state_changes",
    "outbox_events",
}
# What the two businesses have alike, and the column that says so.
_NAMED: dict[type[db.Base], str] = {
    Product: "name",
    Sku: "code",
    ChannelAccount: "channel",
    CouponTemplate: "code",
    Promotion: "name",
    Agreement: "text_hash",
}
POOL = 24
_RAISED_AFTER = timedelta(hours=4)
_SETTLED = timedelta(minutes=2)  # what has just begun is not over yet


def seed_history() -> dict[str, int]:
    """Give the demo business a quarter of sales up to now, unless it has sold something before yesterday; what was
    made. Safe to run again, and twice at once.

    Raises:
        NotFound: there is no demo business, or something it sold at first is gone.
        Unavailable: the simulator cannot be reached.
    """
    business_id, name, zone = _demo()
    with db.reading(business_id):
        is_new = not _has_history(business_id)
    written = _make(business_id, name, ZoneInfo(zone)) if is_new else 0
    _fill_pool(business_id)
    tell_of_payments(business_id)
    raise_alerts.raise_due()  # of cases of long ago, as the worker would have done
    return {"orders": written}


def _fill_pool(business_id: uuid.UUID) -> None:
    """Licence keys for sales to come; those that are known already are not added again."""
    with db.reading(business_id):
        of_code = Sku.business_id == business_id, Sku.code == LICENCE_CODE
        sku = db.first(select(Sku.id, Sku.product_id).where(*of_code))
    if sku is not None:
        add_licence_keys(business_id, sku.product_id, sku.id, key_texts("pool", POOL))


def _make(business_id: uuid.UUID, name: str, zone: ZoneInfo) -> int:
    """How many orders were written."""
    beside = _open_beside(f"{name} (rehearsal)")
    try:
        written = _rehearse_and_write(business_id, beside, zone)
    finally:
        _close(beside)
    count_metrics.count(business_id)
    return written


def _demo() -> tuple[uuid.UUID, str, str]:
    with db.system_phase("seed_history.look"):
        found = db.first(
            select(Business.id, Business.name, Business.time_zone)
            .join(Membership, Membership.business_id == Business.id)
            .join(User, User.id == Membership.user_id)
            .where(User.email == EMAIL)
            .order_by(Business.created_at)
        )
    if found is None:
        raise NotFound("no_demo", "There is no demo business. Run flask seed-demo first.")
    return found.id, found.name, found.time_zone


def _has_history(business_id: uuid.UUID) -> bool:
    before = clock.now() - timedelta(days=1)
    earlier = select(Order.id).where(Order.business_id == business_id, Order.created_at < before).limit(1)
    return db.first(earlier) is not None


def _open_beside(name: str) -> uuid.UUID:
    """A business without members that sells what the demo sells, and is a merchant of its own at the simulator."""
    business_id = new_id()
    with db.system_phase("seed_history.open"):
        db.write(db.new_row(Business, id=business_id, name=name, mode="test"))
    merchant = {"merchant_id": f"rehearsal-{business_id.hex[-8:]}", "api_key": secrets.token_hex(24)}
    tell("merchants", {**merchant, "name": name})
    furnish(business_id)
    add_simulator(business_id, **merchant)
    return business_id


def _close(business_id: uuid.UUID) -> None:
    with db.system_phase("seed_history.close"):
        db.write(update(Business).where(Business.id == business_id).values(closed_at=clock.now()), expect=1)


def _rehearse_and_write(demo_id: uuid.UUID, beside: uuid.UUID, zone: ZoneInfo) -> int:
    """How many orders were written; none when somebody else has written them meanwhile."""
    furnished_at = clock.now()
    stories = sales_pattern.stories()
    extras = furnish_history(beside, licence_keys=sum(LICENCE_CODE in dict(story.items) for story in stories))
    fresh = {each: ids.moved(each, -_AGE // timedelta(milliseconds=1)) for each in extras.roots()}
    rehearsal = Rehearsal(beside, demo_id, _same_things(beside, demo_id, fresh) | {beside: demo_id})
    live_orders(beside, stories, _skus(beside), rehearsal.take)
    ended_at, now = clock.now(), clock.now()
    transition_template(beside, extras.template_id, TemplateStatus.ENDED, actor="system")
    rows: dict[str, list[str]] = defaultdict(list)
    campaign_end = now - timedelta(days=sales_pattern.CAMPAIGN - sales_pattern.CAMPAIGN_DAYS)
    with db.reading(beside):
        seen = {table: found for table, found in lived_rows.look(beside).items() if table in _OF_EXTRAS}
    added = lived_rows.lived(seen, extras.roots(), (furnished_at, ended_at), known=rehearsal.known, names=())
    for table, row in lived_rows.written(added, (now - _AGE, campaign_end), {}, fresh):
        rows[table].append(row)
    orders = 0
    for sale in sales_pattern.quarter(now, zone):
        for table, row in rehearsal.again(sale, until=now - _SETTLED):
            rows[table].append(row)
            orders += table == "orders"
    return orders if _write(demo_id, rows, rehearsal.accounts, since=now - _AGE) else 0


def _write(
    demo_id: uuid.UUID, rows: Mapping[str, Sequence[str]], accounts: Sequence[Account], *, since: datetime
) -> bool:
    """All of it, or nothing when there is a history by now."""
    with db.phase("seed_history.write", demo_id):
        locks.hold("history")
        if _has_history(demo_id):
            return False
        for kind, owner, currency in accounts:
            key = ledger.account_id(kind, owner=owner, currency=currency)
            db.add_once(LedgerAccount, id=key, kind=kind, owner=owner, currency=currency)
        db.flush()
        lived_rows.write(rows)
        _make_older(since)
        _raise_no_case_at_once()
        # What was counted and summed so far was counted without what is earlier now.
        db.run(delete(LedgerSnapshot).where(LedgerSnapshot.business_id == demo_id))
        count_metrics.forget(demo_id)
    return True


def _make_older(since: datetime) -> None:
    """What was sold before it was made was made at least as early."""
    for model in (ChannelAccount, Promotion, CouponTemplate, Seller, Product, Sku):
        table = model.__table__
        mine = table.c.business_id == db.here(), table.c.created_at > since
        db.run(update(table).where(*mine).values(created_at=since))


def _raise_no_case_at_once() -> None:
    """Cases of long ago are raised again from now on, as if each had been looked at today."""
    later = clock.now() + _RAISED_AFTER
    due = Case.business_id == db.here(), Case.status == CaseStatus.OPEN, Case.escalates_at < later
    db.run(update(Case).where(*due).values(escalates_at=later))


def _skus(business_id: uuid.UUID) -> dict[str, uuid.UUID]:
    with db.reading(business_id):
        return {row.code: row.id for row in db.rows(select(Sku.code, Sku.id).where(Sku.business_id == business_id))}


def _same_things(here: uuid.UUID, there: uuid.UUID, fresh: Ids) -> Ids:
    """What both businesses have under one name, from id to id, and what is `fresh` there.

    Raises:
        NotFound: something else is not there any more.
    """
    named_here, named_there = _named_things(here), _named_things(there)
    known = {row_id: named_there[name] for name, row_id in named_here.items() if name in named_there} | fresh
    if gone := [name for (_, name), row_id in named_here.items() if row_id not in known]:
        raise NotFound("demo_changed", f"The demo business does not have this any more: {', '.join(gone)}.")
    return known


def _named_things(business_id: uuid.UUID) -> dict[tuple[str, str], uuid.UUID]:
    found: dict[tuple[str, str], uuid.UUID] = {}
    with db.reading(business_id):
        for model, name in _NAMED.items():
            columns = model.__table__.c
            named = select(columns.id.label("id"), columns[name].label("name")).where(
                columns.business_id == business_id
            )
            found |= {(model.__tablename__, str(row.name)): row.id for row in db.rows(named)}
    return found
