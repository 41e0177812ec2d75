"""What one request caused: rows that changed, calls to companies, events, webhooks, mails and jobs, however much later.

No index leads from a request to its rows: writing one would cost every order. Ids carry their time, so what a request
did at once lies behind its own moment in each table; what came later hangs on rows that it touched then.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from app.core import context, db, ids
from app.core.db.models import AuditEntry, OutboxEvent, StateChange
from app.core.ids import show
from app.domain.catalog.models import ProductImport
from app.domain.insights.lists.models import BulkRow, BulkRun, Export
from app.domain.insights.requests.models import RequestLog
from app.domain.notifications.mails.models import Mail
from app.domain.payments.models import ChannelExchange, ChannelNotice
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.read.operations.hops import Hop, Link
from app.read.orders.order_messages import mail_state
from app.read.orders.order_rows import WebhookRow

# What a request does itself, and what the worker does for it at once, is written within this time.
AT_ONCE = timedelta(minutes=2)
MAX_ROWS = 200  # of each kind
# By machine: the prefix of its rows' ids, and what such a row is called.
_OBJECTS = {
    "buyer": ("byr", "Buyer"),
    "order": ("ord", "Order"),
    "checkout_session": ("ses", "Checkout"),
    "transaction": ("txn", "Transaction"),
    "attempt": ("att", "Attempt"),
    "delivery": ("dlv", "Delivery"),
    "entitlement": ("ent", "Entitlement"),
    "licence_key": ("lky", "Licence key"),
    "hold": ("hld", "Hold"),
    "bank_transfer": ("btr", "Bank transfer"),
    "case": ("case", "Case"),
    "approval": ("apr", "Approval"),
    "reservation": ("rsv", "Reservation"),
    "stock_reservation": ("rsv", "Stock reservation"),
    "campaign": ("cmp", "Campaign"),
    "risk_rule_set": ("rrs", "Rule set"),
    "coupon": ("cpn", "Coupon"),
    "coupon_template": ("cpt", "Coupon template"),
    "promotion": ("prm", "Promotion"),
    "product": ("prd", "Product"),
    "seller": ("sel", "Seller"),
    "product_import": ("imp", "Import"),
    "webhook_endpoint": ("whe", "Webhook endpoint"),
    "webhook_delivery": ("whd", "Webhook delivery"),
}
# What else somebody needs, besides looking at requests, to see steps of a kind.
PERMISSIONS = {
    "buyer": "buyers.read",
    "hold": "wallets.read",
    "bank_transfer": "bank_transfers.read",
    "audit_entry": "audit.read",
    "webhook_delivery": "webhooks.read",
    "webhook_endpoint": "webhooks.read",
    "approval": "approvals.read",
    "promotion": "promotions.read",
    "campaign": "promotions.read",
    "risk_rule_set": "risk.read",
    "coupon": "promotions.read",
    "coupon_template": "promotions.read",
}

changes, events = db.table(StateChange), db.table(OutboxEvent)
exchanges, notices = db.table(ChannelExchange), db.table(ChannelNotice)


@dataclass(frozen=True)
class _Call:
    """The request, and from when to when its own rows were written."""

    business_id: uuid.UUID
    id: uuid.UUID
    began: uuid.UUID
    ended: uuid.UUID

    @property
    def shown(self) -> str:
        return show("req", self.id)

    def caused(self, table: Any, *either: ColumnElement[bool]) -> Any:
        """Its rows of a table that were written at once, or to which one of these applies."""
        at_once = (table.c.id >= self.began) & (table.c.id < self.ended)
        is_its = table.c.request_tag == context.tag_of(self.id) if table is changes else table.c.request_id == self.id
        mine = table.c.business_id == self.business_id, is_its
        return select(table).where(*mine, or_(at_once, *either)).order_by(table.c.id).limit(MAX_ROWS)


def hops_of_request(business_id: uuid.UUID, request_id: uuid.UUID) -> tuple[Hop, ...]:
    """The steps that a request caused, itself first and parents before children; none when there is no trace of it."""
    moment = ids.made_at(request_id)
    if moment is None:
        return ()
    call = _Call(business_id, request_id, ids.first_at(moment), ids.first_at(moment + AT_ONCE))
    with db.reading(business_id):
        jobs = tuple(_jobs(call))
        log = _log(call)
        hops = tuple(_caused(call, jobs))
    if log is None and not hops and not jobs:
        return ()
    return (_request(call, log, moment), *jobs, *hops)


def visible(hops: Sequence[Hop], may: Callable[[str], bool]) -> tuple[Hop, ...]:
    """The steps that somebody with these permissions may see."""
    return tuple(hop for hop in hops if hop.kind not in PERMISSIONS or may(PERMISSIONS[hop.kind]))


def _log(call: _Call) -> RequestLog | None:
    logs = db.table(RequestLog)
    return db.first(select(logs).where(logs.c.business_id == call.business_id, logs.c.id == call.id))


def _request(call: _Call, log: RequestLog | None, moment: datetime) -> Hop:
    """The call itself; of one that no key made (a buyer's, a company's, somebody's in the portal) only the moment."""
    return Hop(
        id=call.shown,
        kind="request",
        stage="request",
        title=f"{log.method} {log.route}" if log is not None else "Request",
        status=str(log.status) if log is not None else "",
        at=log.created_at if log is not None else moment,
        note=f"{log.duration_ms} ms" if log is not None else "",
    )


def _jobs(call: _Call) -> Iterator[Hop]:
    """What it asked to be done in the background."""
    for model, prefix, kind, title in (
        (BulkRun, "blk", "bulk_run", "Bulk action"),
        (Export, "exp", "export", "Export"),
        (ProductImport, "imp", "import", "Import"),
    ):
        table = model.__table__
        mine = table.c.business_id == call.business_id, table.c.request_id == call.id
        for row in db.rows(select(table.c.id, table.c.created_at).where(*mine).order_by(table.c.id).limit(MAX_ROWS)):
            yield Hop(
                id=show(prefix, row.id),
                kind=kind,
                stage="request",
                title=title,
                status="",
                at=row.created_at,
                came_from=(Link(call.shown),),
            )


def _caused(call: _Call, jobs: Sequence[Hop]) -> Iterator[Hop]:
    touched = _orders_of_runs(call, jobs)
    for _ in range(2):  # what was touched at once leads to what came later, and that to its own rest
        moved = db.rows(call.caused(changes, changes.c.row_id.in_(touched)))
        emitted = db.rows(call.caused(events, events.c.aggregate_id.in_(touched)))
        touched = {*touched, *(row.row_id for row in moved), *(row.aggregate_id for row in emitted)}
    objects = dict(_objects(call, moved))
    yield from objects.values()
    yield from _channel(call, objects)
    yield from _entries(call)
    shown = {row.id: _event(call, row, objects) for row in emitted}
    yield from shown.values()
    yield from _webhooks(call, shown)
    yield from _mails(call, objects, touched)


def _orders_of_runs(call: _Call, jobs: Sequence[Hop]) -> set[uuid.UUID]:
    rows = db.table(BulkRow)
    runs = [ids.parse("blk", hop.id) for hop in jobs if hop.kind == "bulk_run"]
    query = select(rows.c.order_id).where(rows.c.business_id == call.business_id, rows.c.run_id.in_(runs))
    return {row.order_id for row in db.rows(query.limit(MAX_ROWS))} if runs else set()


def _objects(call: _Call, moved: Iterable[StateChange]) -> Iterator[tuple[uuid.UUID, Hop]]:
    """A step for each row that changed its state: where it stood after the request, by which way."""
    by_row: dict[uuid.UUID, list[StateChange]] = defaultdict(list)
    for row in sorted(moved, key=lambda each: each.version):
        by_row[row.row_id].append(row)
    for row_id, steps in sorted(by_row.items(), key=lambda each: min(step.id for step in each[1])):
        machine = steps[0].machine
        prefix, title = _OBJECTS.get(machine, ("obj", machine.replace("_", " ").capitalize()))
        path = [*filter(None, [steps[0].from_state]), *(step.to_state for step in steps)]
        yield (
            row_id,
            Hop(
                id=show(prefix, row_id),
                kind=machine,
                stage="object",
                title=title,
                status=steps[-1].to_state,
                at=steps[0].created_at,
                came_from=(Link(call.shown),),
                note=" → ".join(path) if len(path) > 1 else "",
            ),
        )


def _channel(call: _Call, objects: dict[uuid.UUID, Hop]) -> Iterator[Hop]:
    """What was said to payment companies, and what they said."""
    for row in db.rows(
        call.caused(exchanges, or_(exchanges.c.attempt_id.in_(objects), exchanges.c.subject_id.in_(objects)))
    ):
        yield Hop(
            id=show("exc", row.id),
            kind="exchange",
            stage="channel",
            title=f"Call: {row.operation.replace('_', ' ')}",
            status=str(row.http_status or ""),
            at=row.created_at,
            came_from=(_about(call, objects, row.attempt_id or row.subject_id),),
            note=f"{row.duration_ms} ms",
        )
    for row in db.rows(call.caused(notices, or_(notices.c.attempt_id.in_(objects), notices.c.subject_id.in_(objects)))):
        yield Hop(
            id=show("ntc", row.id),
            kind="notice",
            stage="channel",
            title=f"Notice: {row.kind.replace('_', ' ')}" if row.kind else "Notice",
            status=row.verdict,
            at=row.created_at,
            came_from=(_about(call, objects, row.attempt_id or row.subject_id),),
            note=row.reason,
        )


def _entries(call: _Call) -> Iterator[Hop]:
    """Settings and other rows that it changed, as the audit log has them."""
    table = db.table(AuditEntry)
    at_once = table.c.id >= call.began, table.c.id < call.ended
    query = select(table).where(table.c.business_id == call.business_id, *at_once, table.c.request_id == call.shown)
    for row in db.rows(query.order_by(table.c.id).limit(MAX_ROWS)):
        yield Hop(
            id=show("aud", row.id),
            kind="audit_entry",
            stage="object",
            title=row.subject_table.replace("_", " ").capitalize(),
            status=row.action,
            at=row.created_at,
            came_from=(Link(call.shown),),
            note=", ".join(sorted({*row.before, *row.after}))[:200],
        )


def _event(call: _Call, row: OutboxEvent, objects: dict[uuid.UUID, Hop]) -> Hop:
    return Hop(
        id=show("evt", row.id),
        kind="event",
        stage="event",
        title=row.topic,
        status=row.status,
        at=row.created_at,
        came_from=(_about(call, objects, row.aggregate_id),),
    )


def _webhooks(call: _Call, shown: dict[uuid.UUID, Hop]) -> Iterator[Hop]:
    if not shown:
        return
    sent, endpoints = db.table(WebhookDelivery), db.table(WebhookEndpoint)
    to = (endpoints.c.business_id == sent.c.business_id) & (endpoints.c.id == sent.c.endpoint_id)
    mine = sent.c.business_id == call.business_id, sent.c.event_id.in_(shown), sent.c.origin == "event"
    query = select(sent, endpoints.c.url).select_from(sent.join(endpoints, to)).where(*mine).order_by(sent.c.id)
    for row in db.rows(db.select_as(WebhookRow, query.limit(MAX_ROWS))):
        yield Hop(
            id=show("whd", row.id),
            kind="webhook_delivery",
            stage="message",
            title=row.topic,
            status=row.status,
            at=row.created_at,
            came_from=(Link(shown[row.event_id].id),),
            note=row.url.partition("?")[0],
        )


def _mails(call: _Call, objects: dict[uuid.UUID, Hop], touched: set[uuid.UUID]) -> Iterator[Hop]:
    mails = db.table(Mail)
    for row in db.rows(call.caused(mails, mails.c.order_id.in_(touched))):
        yield Hop(
            id=show("mail", row.id),
            kind="mail",
            stage="message",
            title=f"{row.kind.capitalize()} mail",
            status=mail_state(row),
            at=row.created_at,
            came_from=(_about(call, objects, row.order_id),),
        )


def _about(call: _Call, objects: dict[uuid.UUID, Hop], row_id: uuid.UUID | None) -> Link:
    """What a step hangs on: the row that it is about, if the request changed that, else the request."""
    known = objects.get(row_id) if row_id is not None else None
    return Link(known.id if known is not None else call.shown)
