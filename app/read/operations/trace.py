"""From any id the whole chain: checkout, order, parts, what moved money or goods, the channels' part, the ledger; from
a request's, what that caused."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.core.ids import show
from app.domain.ledger.models import LedgerJournal, WalletHold
from app.domain.ledger.states import JournalState
from app.domain.orders.models import CheckoutSession
from app.domain.payments.models import PaymentTransaction, TransactionDetail
from app.read.ledger.journals import Journal, with_entries
from app.read.operations.any_id import Lead, leads_to
from app.read.operations.hops import Hop, Link
from app.read.operations.request_trace import hops_of_request, visible
from app.read.orders.order_messages import mail_state, webhooks_about
from app.read.orders.order_page import OrderPage, order_page
from app.read.orders.order_rows import WebhookRow
from app.read.payments.attempts import Attempt, Transaction
from app.read.related import MAX_ROWS
from app.read.wallets.movement_page import MovementPage, movement_page


@dataclass(frozen=True)
class Trace:
    """A chain, parents before children. `found` is the id that was asked for, or of what it stands for."""

    found: str
    lead: Lead
    hops: tuple[Hop, ...]


def trace(business_id: uuid.UUID, text: str) -> Trace:
    """The chain of the object that `text` names: any id as shown, or a channel's number.

    Raises:
        NotFound: it is nothing of this business, or nothing that hangs on an order or on money.
    """
    lead = leads_to(business_id, text)
    if lead is None:
        raise NotFound("not_found", f"There is no such object: {text[:60]!r}.")
    hops = _CHAINS[lead.kind](business_id, lead.id)
    if not hops:
        raise NotFound("not_found", f"There is no trace of {text[:60]!r}.")
    known = {hop.id for hop in hops} | {link.id for hop in hops for link in hop.came_from}
    query = text.strip().replace("rfd_", "txn_")
    numbered = next((hop.id for hop in hops if hop.note and query == hop.note.partition(" ")[0]), None)
    found = query if query in known else numbered or hops[0].id
    return Trace(found, lead, _rooted(hops))


def seen_by(found: Trace, may: Callable[[str], bool]) -> Trace:
    """The chain without the steps that nobody with these permissions may see."""
    return replace(found, hops=_rooted(visible(found.hops, may))) if found.lead.kind == "request" else found


def _rooted(hops: Sequence[Hop]) -> tuple[Hop, ...]:
    """The hops without links to what is not among them; what would hang on nothing hangs on the first."""
    known = {hop.id for hop in hops}
    head = next((hop.id for hop in hops if hop.kind not in ("checkout_session",)), "")
    rooted = []
    for hop in hops:
        links = tuple(link for link in hop.came_from if link.id in known)
        rooted.append(replace(hop, came_from=links or ((Link(head),) if hop.came_from else ())))
    return tuple(rooted)


def _of_order(business_id: uuid.UUID, order_id: uuid.UUID) -> tuple[Hop, ...]:
    page = order_page(business_id, order_id)  # before the reading: exchanges of long ago are read from files
    with db.reading(business_id):
        return tuple(_hops_of_order(business_id, page))


def _hops_of_order(business_id: uuid.UUID, page: OrderPage) -> Iterator[Hop]:
    details = _details(business_id, [each.row.id for each in page.transactions])
    yield from _order(business_id, page)
    yield from _parts(page)
    for transaction in page.transactions:
        yield _movement(transaction.row, details[transaction.row.id] or [Link(show("ord", page.order.id))])
        yield from _attempts(transaction)
    yield from _deliveries(page)
    yield from _told(page)
    yield from _journals(page.journals, _subjects(page))


def _of_movement(business_id: uuid.UUID, transaction_id: uuid.UUID) -> tuple[Hop, ...]:
    page = movement_page(business_id, transaction_id)
    with db.reading(business_id):
        return tuple(_hops_of_movement(business_id, page))


def _hops_of_movement(business_id: uuid.UUID, page: MovementPage) -> Iterator[Hop]:
    [transaction] = page.transactions
    movement = _movement(transaction.row, [])
    yield movement
    yield from _attempts(transaction)
    deliveries = webhooks_about(business_id, [transaction.row.id])
    yield from (_webhook(row, movement.id) for row in deliveries)
    attempts = {attempt.row.id: show("att", attempt.row.id) for attempt in transaction.attempts}
    yield from _journals(page.journals, attempts)


def _of_hold(business_id: uuid.UUID, hold_id: uuid.UUID) -> tuple[Hop, ...]:
    with db.reading(business_id):
        return tuple(_hops_of_hold(business_id, hold_id))


def _hops_of_hold(business_id: uuid.UUID, hold_id: uuid.UUID) -> Iterator[Hop]:
    journals = db.table(LedgerJournal)
    row = db.get(WalletHold, hold_id)
    shown = show("hld", row.id)
    yield Hop(
        id=shown,
        kind="hold",
        stage="movement",
        title="Hold",
        status=row.status,
        at=row.created_at,
        amount_minor=row.amount_minor,
        currency=row.currency,
        note=row.reason,
    )
    posted = select(journals).where(journals.c.business_id == business_id, journals.c.subject_id == hold_id)
    rows = db.rows(posted.order_by(journals.c.created_at, journals.c.id).limit(MAX_ROWS))
    yield from _journals(with_entries(business_id, rows), {hold_id: shown})
    yield from (_webhook(delivery, shown) for delivery in webhooks_about(business_id, [hold_id]))


_CHAINS = {"order": _of_order, "movement": _of_movement, "hold": _of_hold, "request": hops_of_request}


def _order(business_id: uuid.UUID, page: OrderPage) -> Iterator[Hop]:
    row, shown = page.order, show("ord", page.order.id)
    sessions = db.table(CheckoutSession)
    here = sessions.c.business_id == business_id, sessions.c.id == row.session_id
    session = db.first(select(sessions).where(*here)) if row.session_id else None
    if session is not None:
        yield Hop(
            id=show("ses", session.id),
            kind="checkout_session",
            stage="order",
            title="Checkout",
            status=session.status,
            at=session.created_at,
        )
    yield Hop(
        id=shown,
        kind="order",
        stage="order",
        title="Order",
        status=row.status,
        at=row.created_at,
        amount_minor=row.total_minor,
        currency=row.currency,
        came_from=(Link(show("ses", session.id)),) if session is not None else (),
        note=row.buyer_reference,
    )


def _parts(page: OrderPage) -> Iterator[Hop]:
    for part in page.parts:
        yield Hop(
            id=show("sub", part.id),
            kind="sub_order",
            stage="part",
            title=part.title,
            status=part.status,
            at=page.order.created_at,
            amount_minor=part.amount_minor,
            currency=part.currency,
            came_from=(Link(show("ord", page.order.id), part.amount_minor),),
            note=", ".join(line.title for line in part.lines),
        )


def _movement(row: PaymentTransaction, came_from: Sequence[Link]) -> Hop:
    return Hop(
        id=show("txn", row.id),
        kind=row.kind,
        stage="movement",
        title={"charge": "Payment"}.get(row.kind, row.kind.replace("_", " ").capitalize()),
        status=row.status,
        at=row.created_at,
        amount_minor=row.amount_minor,
        currency=row.currency,
        came_from=tuple(came_from),
        note=(row.reason or "").replace("_", " "),
    )


def _attempts(transaction: Transaction) -> Iterator[Hop]:
    for attempt in transaction.attempts:
        row = attempt.row
        yield Hop(
            id=show("att", row.id),
            kind="attempt",
            stage="channel",
            title=attempt.account_name,
            status=row.status,
            at=row.created_at,
            amount_minor=row.amount_minor,
            currency=row.currency,
            came_from=(Link(show("txn", row.transaction_id), row.amount_minor),),
            note=_said(attempt),
        )


def _said(attempt: Attempt) -> str:
    """The channel's number, then how often it was spoken with."""
    calls, notices = len(attempt.exchanges), len(attempt.notices)
    references = [attempt.row.channel_ref or ""]
    references += [
        f"{count} {what}{'' if count == 1 else 's'}" for count, what in ((calls, "call"), (notices, "notice")) if count
    ]
    return " · ".join(filter(None, references))


def _deliveries(page: OrderPage) -> Iterator[Hop]:
    lines = {line.id: line for line in page.lines}
    for row in page.deliveries:
        line = lines[row.line_id]
        yield Hop(
            id=show("dlv", row.id),
            kind="delivery",
            stage="movement",
            title=row.kind.replace("_", " ").capitalize(),
            status=row.status,
            at=row.created_at,
            amount_minor=line.amount_minor,
            currency=line.currency,
            came_from=(Link(show("sub", line.sub_order_id), line.amount_minor),),
            note=line.title,
        )


def _told(page: OrderPage) -> Iterator[Hop]:
    order = show("ord", page.order.id)
    for row in page.mails:
        about = order if row.source_id == page.order.id else show("txn", row.source_id)
        status, title = mail_state(row), f"{row.kind.capitalize()} mail"
        yield Hop(
            id=show("mail", row.id),
            kind="mail",
            stage="movement",
            title=title,
            status=status,
            at=row.created_at,
            came_from=(Link(order),),
            note=f"about {about}" if about != order else "",
        )
    yield from (_webhook(row, order) for row in page.webhooks)


def _webhook(row: WebhookRow, about: str) -> Hop:
    return Hop(
        id=show("whd", row.id),
        kind="webhook_delivery",
        stage="movement",
        title=row.topic,
        status=row.status,
        at=row.created_at,
        came_from=(Link(about),),
        note=row.url.partition("?")[0],
    )


def _journals(journals: Iterable[Journal], subjects: dict[uuid.UUID, str]) -> Iterator[Hop]:
    """Postings; `subjects` is how those they are about are shown. What resolves a hold hangs on the hold."""
    journals = tuple(journals)
    resolved = {journal.row.pending_id for journal in journals}
    for journal in journals:
        row = journal.row
        about = show("ldg", row.pending_id) if row.pending_id else subjects.get(row.subject_id, "?")
        title = row.template.replace("_", " ").capitalize()
        into = [entry for entry in journal.entries if entry.amount_minor > 0]
        posted = [entry for entry in into if entry.layer == JournalState.POSTED] or into
        yield Hop(
            id=show("ldg", row.id),
            kind="journal",
            stage="ledger",
            title=f"{title} held" if row.state == JournalState.PENDING else title,
            status="resolved" if row.id in resolved else row.state,
            at=row.created_at,
            amount_minor=sum(entry.amount_minor for entry in posted),
            currency=posted[0].currency if posted else None,
            came_from=(Link(about),),
        )


def _subjects(page: OrderPage) -> dict[uuid.UUID, str]:
    shown = {delivery.id: show("dlv", delivery.id) for delivery in page.deliveries}
    for transaction in page.transactions:
        shown[transaction.row.id] = show("txn", transaction.row.id)
        shown |= {attempt.row.id: show("att", attempt.row.id) for attempt in transaction.attempts}
    return shown


def _details(business_id: uuid.UUID, transaction_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Link]]:
    """From which parts of the order a transaction's money is."""
    table = db.table(TransactionDetail)
    query = select(table).where(table.c.business_id == business_id, table.c.transaction_id.in_(transaction_ids))
    found: dict[uuid.UUID, list[Link]] = defaultdict(list)
    for row in db.rows(query.order_by(table.c.id).limit(MAX_ROWS)) if transaction_ids else ():
        found[row.transaction_id].append(Link(show("sub", row.sub_order_id), row.amount_minor))
    return found
