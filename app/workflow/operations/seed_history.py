"""A quarter of sales for the demo business, all at once: a few real orders are lived in a business beside it, and the
rows they left are written again for every order of the quarter.

The demo business has all of it or nothing: it is written in one phase. What a run that was stopped has left is in the
business beside it.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update

from app.core import clock, db, ids
from app.core.db import locks
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.money import Money
from app.core.security import crypto
from app.domain.accounts.business.models import Business, Membership, User
from app.domain.catalog.models import Product, Sku
from app.domain.checkout.agreements.models import Agreement
from app.domain.fulfilment.kinds.licence_key import key_context
from app.domain.ledger import service as ledger
from app.domain.ledger.models import LedgerAccount, LedgerSnapshot
from app.domain.marketing.codes import email_key
from app.domain.marketing.models import CouponTemplate, Promotion
from app.domain.marketing.states import TemplateStatus
from app.domain.orders.models import Order
from app.domain.orders.rules import PricedOrderLine, snapshot_hash
from app.domain.payments.models import ChannelAccount
from app.lib.some import some
from app.workflow.fulfilment.manage_delivery import add_licence_keys
from app.workflow.insights import count_metrics
from app.workflow.marketing.manage_coupons import transition_template
from app.workflow.operations.furnish_history import furnish_history, key_texts
from app.workflow.operations.live_orders import REFUND_REASON, Life, live_orders, mailbox
from app.workflow.operations.seed_demo import EMAIL, add_simulator, furnish
from app.workflow.operations.tell_simulator import tell, tell_of_payments
from app.workflow.steps.operations import lived_rows, sales_pattern
from app.workflow.steps.operations.lived_rows import Lived, Look
from app.workflow.steps.operations.sales_pattern import LICENCE_CODE, Sale, Story

Ids = dict[uuid.UUID, uuid.UUID]
Account = tuple[str, str, str]  # kind, owner and currency of one in the ledger
_AGE = timedelta(days=sales_pattern.DAYS + 3)  # of what the first orders are of
# What is added to the catalogue stands in these, and not in what orders name.
_OF_EXTRAS = {"products", "skus", "sku_prices", "coupon_templates", "state_changes", "outbox_events"}
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
_SETTLED = timedelta(minutes=2)  # what has just begun is not over yet


@dataclass
class _Rehearsal:
    """What was lived: for each story how far it had come after each round, with the stages up to there. `known` are the
    ids of the business it was lived in, and what they are at the demo business."""

    business_id: uuid.UUID
    demo_id: uuid.UUID
    known: Ids
    accounts: list[Account] = field(default_factory=list)
    told: dict[Story, list[tuple[tuple[str, ...], Lived]]] = field(default_factory=lambda: defaultdict(list))
    # Which of the texts in a story's rows are the buyer's, and which the company's numbers.
    lives: dict[Story, Life] = field(default_factory=dict)
    names: dict[Story, list[str]] = field(default_factory=dict)
    # The licence keys that a story's order was delivered.
    keys: dict[Story, list[LicenceKeyRow]] = field(default_factory=dict)
    # Of the prices that orders were made at, here and there: a SKU's id is in them.
    hashes: dict[str, str] = field(default_factory=dict)

    def take(self, lives: Sequence[Life]) -> None:
        """Keep what the lives have left so far, where anything has happened since."""
        with db.reading(self.business_id):
            seen = lived_rows.look(self.business_id)
        self._know_accounts(seen)
        for life in lives:
            stages = tuple(life.stages)
            if self.told[life.story] and self.told[life.story][-1][0] == stages:
                continue
            names = [*life.own_names(), *self._know_hash(seen, life.order_id)]
            self.keys[life.story] = keys = _delivered_keys(seen, life.order_id)
            names += [text for key in keys for text in (key.ciphertext, key.fingerprint)]
            self.lives[life.story], self.names[life.story] = life, names
            left = lived_rows.lived(seen, life.roots(), life.begun, known=self.known, names=names)
            self.told[life.story].append((stages, left))

    def _know_hash(self, seen: Look, order_id: uuid.UUID | None) -> list[str]:
        """The hash of the order's prices, if there is an order."""
        own = [row for row in seen.get("orders", ()) if row["id"] == str(order_id)]
        for order in own:
            lines = [row for row in seen["order_lines"] if row["order_id"] == order["id"]]
            priced = [_priced(row, self.known) for row in sorted(lines, key=itemgetter("position"))]
            self.hashes[order["snapshot_hash"]] = snapshot_hash(priced)
        return [order["snapshot_hash"] for order in own]

    def _know_accounts(self, seen: Look) -> None:
        """The demo business has the same accounts in its ledger, of its own channel accounts."""
        owners = {str(here): str(there) for here, there in self.known.items()}
        with db.reading(self.demo_id):
            for row in seen.get("ledger_accounts", ()):
                kind, owner, currency = str(row["kind"]), str(row["owner"]), str(row["currency"])
                owner = owners.get(owner, owner)
                self.known[uuid.UUID(row["id"])] = ledger.account_id(kind, owner=owner, currency=currency)
                self.accounts.append((kind, owner, currency))


@dataclass(frozen=True)
class LicenceKeyRow:
    """A licence key as it was delivered: encrypted for its id, and what it is found by."""

    id: uuid.UUID
    sku_id: uuid.UUID
    ciphertext: str
    fingerprint: str


def _delivered_keys(seen: Look, order_id: uuid.UUID | None) -> list[LicenceKeyRow]:
    deliveries = {row["id"] for row in seen.get("deliveries", ()) if row["order_id"] == str(order_id)}
    rows = [row for row in seen.get("licence_keys", ()) if row["delivery_id"] in deliveries]
    return [
        LicenceKeyRow(uuid.UUID(row["id"]), uuid.UUID(row["sku_id"]), row["ciphertext"], row["fingerprint"])
        for row in rows
    ]


def _priced(row: Mapping[str, Any], known: Ids) -> PricedOrderLine:
    return PricedOrderLine(
        id=uuid.UUID(row["id"]),
        sku_id=known[uuid.UUID(row["sku_id"])],
        product_id=known[uuid.UUID(row["product_id"])],
        title=row["title"],
        specification=row["specification"],
        unit_price=Money(row["unit_price_minor"], row["currency"]),
        quantity=row["quantity"],
        delivery_kind="",
        discount_minor=row["discount_minor"],
    )


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
    rehearsal = _Rehearsal(beside, demo_id, _same_things(beside, demo_id) | fresh | {beside: demo_id})
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
    orders = sum(_write_again(rows, sale, rehearsal, now) for sale in sales_pattern.quarter(now, zone))
    return orders if _write(demo_id, rows, rehearsal.accounts, since=now - _AGE) else 0


def _write_again(rows: dict[str, list[str]], sale: Sale, rehearsal: _Rehearsal, now: datetime) -> bool:
    """Add the rows of a sale, as far as it has come by now; whether there is an order."""
    for stages, one in reversed(rehearsal.told[sale.story]):
        begins = sales_pattern.begins(sale, stages)
        if begins[-1] < now - _SETTLED:
            by_ms = (begins[0] - one.begun[0]) // timedelta(milliseconds=1)
            fixed = {key.id: ids.moved(key.id, by_ms) for key in rehearsal.keys[sale.story]}
            names = _names(sale, rehearsal) | _new_keys(sale, rehearsal, fixed)
            for table, row in lived_rows.written(one, begins, names, fixed):
                rows[table].append(row)
            return "orders" in one.texts
    return False


def _names(sale: Sale, rehearsal: _Rehearsal) -> dict[str, str]:
    """What stands in place of a life's own texts: its buyer and mailbox, why money went back, the company's numbers,
    the secret's hash."""
    life = rehearsal.lives[sale.story]
    own = {life.buyer: sale.buyer, **rehearsal.hashes}
    own[REFUND_REASON] = sale.refund_reason
    own[some(email_key(life.email))] = some(email_key(mailbox(sale.buyer)))
    return {name: own.get(name) or _unlike(name, sale) for name in rehearsal.names[sale.story]}


def _new_keys(sale: Sale, rehearsal: _Rehearsal, new: Mapping[uuid.UUID, uuid.UUID]) -> dict[str, str]:
    """In place of the licence keys that were delivered: others, each encrypted for its own id."""
    names = {}
    delivered = rehearsal.keys[sale.story]
    for key, text in zip(delivered, key_texts(f"{sale.buyer} {sale.moment}", len(delivered)), strict=True):
        names[key.ciphertext] = crypto.encrypt(text, context=key_context(new[key.id]))
        names[key.fingerprint] = crypto.hash_secret(f"{rehearsal.known[key.sku_id]}/{text}")
    return names


def _unlike(name: str, sale: Sale) -> str:
    """Another text of the same kind: a number as the simulator gives them, or a hash."""
    digest = hashlib.sha256(f"{name} {sale.buyer} {sale.moment.isoformat()}".encode())
    if name.startswith("P"):
        return name[:2] + base64.b32encode(digest.digest()[:10]).decode()
    return digest.hexdigest()[: len(name)]


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
        # What was counted and summed so far was counted without what is earlier now.
        db.run(delete(LedgerSnapshot).where(LedgerSnapshot.business_id == demo_id))
        count_metrics.forget(demo_id)
    return True


def _make_older(since: datetime) -> None:
    """What was sold before it was made was made at least as early."""
    for model in (Promotion, CouponTemplate, Product, Sku):
        table = model.__table__
        mine = table.c.business_id == db.here(), table.c.created_at > since
        db.run(update(table).where(*mine).values(created_at=since))


def _skus(business_id: uuid.UUID) -> dict[str, uuid.UUID]:
    with db.reading(business_id):
        return {row.code: row.id for row in db.rows(select(Sku.code, Sku.id).where(Sku.business_id == business_id))}


def _same_things(here: uuid.UUID, there: uuid.UUID) -> Ids:
    """What both businesses have under one name, from id to id; all that one has and the other has not is left out."""
    named_here, named_there = _named_things(here), _named_things(there)
    return {named_here[name]: named_there[name] for name in named_here.keys() & named_there.keys()}


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
