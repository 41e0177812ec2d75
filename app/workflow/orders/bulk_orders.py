"""One thing done to many orders: each of them by itself, with what came of it beside it.

What was asked is written down first and then worked off, for a moment by whoever asked and then in the background.
What is only a matter of rows is done in the phase that keeps its result, so once; closing and asking are done before
it, and doing them twice is doing them once.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress

from sqlalchemy import select, update

from app.core import clock, context, db, mail
from app.core.db import bulk
from app.core.errors import AppError, Conflict, Invalid, NotFound
from app.core.i18n.language import DEFAULT, match
from app.core.ids import new_id
from app.domain.accounts.business.standing import READ_ONLY_NOW
from app.domain.insights.lists.models import BulkRow, BulkRun
from app.domain.notifications.mails.models import Mail
from app.domain.orders.models import Order, OrderNote
from app.domain.orders.states import OrderStatus
from app.domain.payments import service as payments
from app.domain.payments.models import PAYING_KINDS
from app.workflow.orders.close_orders import close_order
from app.workflow.orders.write_note import MAX_LENGTH
from app.workflow.payments.poll_undecided import poll_attempt
from app.workflow.steps.webhooks.replay_latest import replay_latest

ACTIONS = ("close", "poll", "note", "receipt", "webhooks")
MAX_COUNT = 1_000  # orders of one run
AT_ONCE_S = 2.0  # so long whoever asks waits
SLICE_S = 5.0
runs, rows, orders = db.table(BulkRun), db.table(BulkRow), db.table(Order)
Result = tuple[str, str]


def start_bulk(
    business_id: uuid.UUID,
    action: str,
    order_ids: Sequence[uuid.UUID],
    *,
    actor: str,
    run_id: uuid.UUID,
    note: str = "",
    all_there: bool = False,
) -> None:
    """Write down what shall be done and begin with it. The same `run_id` again begins nothing new; orders that are
    not there are left out, or with `all_there` keep it from being begun.

    Raises:
        Invalid: there is no such action, more than MAX_COUNT orders, or a note that is empty or too long. NotFound:
        none of the orders is there, or not all of them.
    """
    if action not in ACTIONS:
        raise Invalid("invalid_action", "There is no such action.", details={"param": "action"})
    if action == "note" and not 0 < len(note.strip()) <= MAX_LENGTH:
        raise Invalid("invalid_note", f"A note must have 1 to {MAX_LENGTH} characters.", details={"param": "note"})
    ids = list(dict.fromkeys(order_ids))
    if len(ids) > MAX_COUNT:
        raise Invalid("too_many_orders", f"Choose at most {MAX_COUNT:,} orders.", details={"param": "ids"})
    with db.phase("bulk_orders.start", business_id):
        if db.scalar(select(runs.c.id).where(runs.c.business_id == business_id, runs.c.id == run_id)):
            return
        known = select(orders.c.id).where(orders.c.business_id == business_id, orders.c.id.in_(ids))
        there = {row.id for row in db.rows(known)}
        mine = [each for each in ids if each in there]
        if all_there and len(mine) < len(ids):
            raise NotFound("not_found", "Some of these orders do not exist; nothing was done.")
        if not mine:
            raise NotFound("not_found", "None of these orders exists.")
        kept = note.strip() if action == "note" else ""
        row = db.new_row(BulkRun, id=run_id, orders=len(mine), actor=actor, action=action, note=kept)
        twice = Conflict("version_conflict", "This was submitted twice. Check the result.")
        db.write(row.on_conflict_do_nothing(), expect=1, otherwise=twice)
        places = enumerate(mine, 1)
        rows = [bulk.row(BulkRow, id=new_id(), run_id=run_id, number=place, order_id=each) for place, each in places]
        bulk.insert(BulkRow, rows)
    work(business_id, run_id, slice_s=AT_ONCE_S)


def work_due(slice_s: float = SLICE_S) -> int:
    """Carry on with runs that are not done, for a while; how many orders were worked off."""
    with db.system_reading():
        waiting = select(runs.c.business_id, runs.c.id, runs.c.actor, runs.c.request_id).where(
            runs.c.finished_at.is_(None), runs.c.business_id.not_in(READ_ONLY_NOW)
        )
        due = db.rows(waiting.order_by(runs.c.created_at).limit(20))
    ends_s, done = time.monotonic() + slice_s, 0
    for run in due:
        # It is still the person who asked that does it, in histories and in the audit log.
        about = {"job": "bulk_due", "business_id": str(run.business_id), "run_id": str(run.id), "actor": run.actor}
        with context.work(run.request_id, **about), suppress(AppError):
            done += work(run.business_id, run.id, slice_s=max(0.0, ends_s - time.monotonic()))
    return done


def work(business_id: uuid.UUID, run_id: uuid.UUID, *, slice_s: float = SLICE_S) -> int:
    """Work off orders of a run for a while; how many."""
    ends_s, done = time.monotonic() + slice_s, 0
    while time.monotonic() < ends_s:
        with db.reading(business_id):
            run = db.first(select(runs).where(runs.c.business_id == business_id, runs.c.id == run_id))
            undone = (rows.c.business_id == business_id, rows.c.run_id == run_id, rows.c.result.is_(None))
            row = db.first(select(rows).where(*undone).order_by(rows.c.number).limit(1))
        if run is None or run.finished_at is not None:
            break
        if row is None:
            with db.phase("bulk_orders.finish", business_id):
                over = update(runs).where(runs.c.business_id == business_id, runs.c.id == run_id)
                db.run(over.where(runs.c.finished_at.is_(None)).values(finished_at=clock.now()))
            break
        _do(business_id, run, row)
        done += 1
    return done


def _do(business_id: uuid.UUID, run: BulkRun, row: BulkRow) -> None:
    outside, inside = _OUTSIDE.get(run.action), _INSIDE.get(run.action)
    result: Result = ("done", "")
    try:
        if outside is not None:
            result = outside(business_id, row.order_id, run.actor)
        with db.phase("bulk_orders.row", business_id):
            query = select(rows).where(rows.c.business_id == business_id, rows.c.id == row.id)
            now = db.first(query.with_for_update())
            if now is None or now.result is not None:
                return  # somebody else was faster
            if inside is not None:
                result = inside(run, row.order_id)
            _keep(row.id, result)
    except AppError as error:
        with db.phase("bulk_orders.refuse", business_id):
            _keep(row.id, ("refused", error.message[:300]))


def _keep(row_id: uuid.UUID, result: Result) -> None:
    db.write(db.change(BulkRow, row_id, result=result[0], message=result[1]), expect=1)


def _close(business_id: uuid.UUID, order_id: uuid.UUID, actor: str) -> Result:
    with db.reading(business_id):
        query = select(orders.c.status).where(orders.c.business_id == business_id, orders.c.id == order_id)
        if db.scalar(query) == OrderStatus.CLOSED:
            return "skipped", "The order was already closed."
    ended = close_order(business_id, order_id, reason="cancelled", actor=actor)
    return (
        ("done", "Closed.")
        if ended == OrderStatus.CLOSED
        else ("skipped", "The order was paid before it could be closed.")
    )


def _poll(business_id: uuid.UUID, order_id: uuid.UUID, actor: str) -> Result:
    del actor  # polling leaves no name
    with db.reading(business_id):
        undecided = payments.undecided_of(order_id, kinds=(*PAYING_KINDS, "refund"))
    for attempt in undecided:
        poll_attempt(business_id, attempt.id, force=True)
    return ("done", "Polled.") if undecided else ("skipped", "Nothing is pending.")


def _note(run: BulkRun, order_id: uuid.UUID) -> Result:
    db.add(OrderNote, order_id=order_id, author=run.actor, body=run.note)
    return "done", "Noted."


def _receipt(run: BulkRun, order_id: uuid.UUID) -> Result:
    del run
    order = db.first(select(orders).where(orders.c.business_id == db.here(), orders.c.id == order_id))
    if order is None or order.paid_at is None:
        return "refused", "The order was not paid, so it has no receipt."
    if not order.buyer_email:
        return "refused", "The buyer has no email address."
    if not mail.is_on():
        return "refused", "Email is not configured."
    mails = db.table(Mail)
    again = update(mails).where(
        mails.c.business_id == db.here(), mails.c.kind == "receipt", mails.c.source_id == order_id
    )
    # Whom it went to may be forgotten by now, and the address may be another one.
    fresh = {"recipient": order.buyer_email, "next_attempt_at": clock.now(), "attempt_count": 0}
    if not db.run(again.values(**fresh, sent_at=None, discarded_at=None, error=None)):
        db.add_once(
            Mail,
            kind="receipt",
            order_id=order_id,
            source_id=order_id,
            recipient=order.buyer_email,
            locale=match(order.details.get("locale", "")) or DEFAULT,
            details={},
            next_attempt_at=clock.now(),
        )
    return "done", "On its way."


def _webhooks(run: BulkRun, order_id: uuid.UUID) -> Result:
    sent = replay_latest(order_id, actor=run.actor)
    return (
        ("done", f"Sent again to {sent} endpoint{'s' if sent > 1 else ''}.")
        if sent
        else (
            "skipped",
            "No endpoint received events of this order.",
        )
    )


_OUTSIDE: dict[str, Callable[[uuid.UUID, uuid.UUID, str], Result]] = {"close": _close, "poll": _poll}
_INSIDE: dict[str, Callable[[BulkRun, uuid.UUID], Result]] = {
    "note": _note,
    "receipt": _receipt,
    "webhooks": _webhooks,
}
