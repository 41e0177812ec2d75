"""The queue of bank transfers: what waits for money, what is to be sent, what a second person has to confirm."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Mapped

from app.core import db, paging
from app.core.db.typed import AnySelect, TableOf
from app.core.errors import NotFound
from app.domain.orders.models import Order
from app.domain.payments.channels import registry
from app.domain.payments.models import BankTransfer, ChannelAccount, PaymentAttempt, PaymentTransaction
from app.domain.payments.rules import OUTGOING, PAID_OUT
from app.domain.payments.states import UNDECIDED, AttemptStatus, BankTransferStatus

TransferRow = BankTransfer  # for those who show one
if TYPE_CHECKING:

    class TransferAttempt(PaymentAttempt):
        """An attempt at a bank account with its transaction and, where it is of one, its order."""

        order_id: Mapped[uuid.UUID | None]
        charge_attempt_id: Mapped[uuid.UUID | None]
        reason: Mapped[str]
        order_buyer: Mapped[str | None]
        buyer_reference: Mapped[str | None]
        expires_at: Mapped[datetime | None]
        order_status: Mapped[str | None]
        account_name: Mapped[str]

else:
    TransferAttempt = PaymentAttempt

View = Literal["confirm", "incoming", "outgoing", "done"]
PAGE = 50
MAX_ROWS = 200  # with one reference; what was said of one attempt
MAX_COUNT = 999  # counted no further
# What each view shows of what people have said.
_STANDS: dict[View, tuple[str, ...]] = {
    "confirm": (BankTransferStatus.RECORDED, BankTransferStatus.SENT_BACK),
    "incoming": (),
    "outgoing": (BankTransferStatus.RETURNING,),
    "done": (BankTransferStatus.CONFIRMED, BankTransferStatus.REJECTED, BankTransferStatus.RETURNED),
}

attempts = db.table(PaymentAttempt)
transactions = db.table(PaymentTransaction)
transfers = db.table(BankTransfer)
orders = db.table(Order)
accounts = db.table(ChannelAccount)


@dataclass(frozen=True)
class Entry:
    """One line of the queue: the attempt, and what was said of it when that is why it is in the queue."""

    attempt: TransferAttempt
    transfer: BankTransfer | None = None

    @property
    def goes_out(self) -> bool:
        """Whether money is to be sent or was sent."""
        return self.attempt.kind in OUTGOING or (
            self.transfer is not None and self.transfer.status in (BankTransferStatus.RETURNING,)
        )

    @property
    def key(self) -> tuple[datetime, uuid.UUID]:
        """Where it stands in the queue."""
        row = self.transfer or self.attempt
        return row.created_at, row.id

    @property
    def amount_minor(self) -> int:
        """What it is about: what was said, else what is waited for."""
        return (self.transfer or self.attempt).amount_minor

    @property
    def status(self) -> str:
        """Where it stands, in a word."""
        if self.transfer is not None:
            return self.transfer.status
        if self.attempt.status in UNDECIDED:
            return "to_send" if self.goes_out else "awaited"
        return self.attempt.status


@dataclass(frozen=True)
class TransferPage:
    """One attempt at a bank account, with all that was said of it, oldest first."""

    attempt: TransferAttempt
    transfers: tuple[BankTransfer, ...]
    counterparty: str  # who paid, as far as a statement said, for sending money back

    @property
    def goes_out(self) -> bool:
        """Whether money is to be sent."""
        return self.attempt.kind in OUTGOING

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has confirmed anything yet."""
        return self.attempt.status in UNDECIDED

    @property
    def open(self) -> BankTransfer | None:
        """What waits to be confirmed by a second person."""
        return next((each for each in self.transfers if each.status == BankTransferStatus.RECORDED), None)

    @property
    def is_recordable(self) -> bool:
        """Whether a line of the statement may be recorded now. Money may come late, or twice; it is sent once."""
        return self.open is None and (self.is_waiting or not self.goes_out)

    def fits(self, transfer: BankTransfer) -> bool:
        """Whether it is what is waited for (workflow/payments/confirm_bank_transfer.py decides again)."""
        same = (transfer.amount_minor, transfer.currency) == (self.attempt.amount_minor, self.attempt.currency)
        return same and self.attempt.status != AttemptStatus.SUCCEEDED


def queue(business_id: uuid.UUID, view: View, *, cursor: str = "") -> paging.Page[Entry]:
    """A page of what waits, the oldest first; of what is done, the newest first."""
    after, oldest_first = paging.key_of(cursor), view != "done"

    def some(statement: AnySelect, table: TableOf[Any]) -> Sequence[Any]:
        ordered = paging.in_order(statement, table.c.created_at, table.c.id, after, PAGE + 1, oldest_first=oldest_first)
        return db.rows(ordered)

    with db.reading(business_id):
        found = _entries(business_id, some(_said(business_id, view), transfers)) if _STANDS[view] else []
        if view in ("incoming", "outgoing"):
            found += [Entry(row) for row in some(_waiting(business_id, outgoing=view == "outgoing"), attempts)]
    found.sort(key=lambda entry: entry.key, reverse=not oldest_first)
    shown = tuple(found[:PAGE])
    return paging.Page(shown, paging.cursor_of(*shown[-1].key) if len(found) > PAGE else None)


def counts(business_id: uuid.UUID) -> dict[View, int]:
    """How many wait in each view, counted up to MAX_COUNT; what is done is not counted."""
    statements: dict[View, AnySelect] = {view: _said(business_id, view) for view in ("confirm", "outgoing")}
    with db.reading(business_id):
        return {
            "confirm": _count(statements["confirm"]),
            "incoming": _count(_waiting(business_id, outgoing=False)),
            "outgoing": min(_count(statements["outgoing"]) + _count(_waiting(business_id, outgoing=True)), MAX_COUNT),
        }


def find(business_id: uuid.UUID, text: str) -> list[Entry]:
    """Attempts whose reference, or whose line on the statement, is this text; however it was typed."""
    letters = re.sub(r"[^0-9A-Z]", "", text.upper()).translate(str.maketrans("OIL", "011"))
    reference = "-".join(filter(None, (letters[:4], letters[4:8], letters[8:])))
    query = select(transfers.c.attempt_id).where(
        transfers.c.business_id == business_id, transfers.c.bank_reference == text.strip()
    )
    found = or_(attempts.c.channel_ref == reference, attempts.c.id.in_(query))
    with db.reading(business_id):
        return [Entry(row) for row in db.rows(_attempts(business_id).where(found).limit(MAX_ROWS))]


def transfer_page(business_id: uuid.UUID, attempt_id: uuid.UUID) -> TransferPage:
    """Everything about one attempt.

    Raises:
        NotFound: the business has no such attempt at a bank account.
    """
    with db.reading(business_id):
        attempt = db.first(_attempts(business_id).where(attempts.c.id == attempt_id))
        if attempt is None:
            raise NotFound("not_found", "There is no such transfer.")
        of = {attempt_id, attempt.charge_attempt_id} - {None}
        recorded = db.rows(
            select(transfers)
            .where(transfers.c.business_id == business_id, transfers.c.attempt_id.in_(of))
            .order_by(transfers.c.created_at, transfers.c.id)
            .limit(MAX_ROWS)
        )
    own = tuple(row for row in recorded if row.attempt_id == attempt_id)
    paid_by = next((row.counterparty for row in recorded if row.direction == "in" and row.counterparty), "")
    return TransferPage(attempt, own, paid_by)


def transfer(business_id: uuid.UUID, transfer_id: uuid.UUID) -> BankTransfer:
    """What one person said.

    Raises:
        NotFound: the business has no such transfer.
    """
    with db.reading(business_id):
        return db.get(BankTransfer, transfer_id)


def _attempts(business_id: uuid.UUID) -> Select[TransferAttempt]:
    found = select(
        attempts,
        transactions.c.order_id,
        transactions.c.charge_attempt_id,
        transactions.c.reason,
        orders.c.buyer_reference.label("order_buyer"),
        transactions.c.buyer_reference,
        orders.c.expires_at,
        orders.c.status.label("order_status"),
        accounts.c.name.label("account_name"),
    )
    return (
        db.select_as(TransferAttempt, found)
        .join(
            transactions,
            and_(transactions.c.business_id == attempts.c.business_id, transactions.c.id == attempts.c.transaction_id),
        )
        .join(
            accounts,
            and_(accounts.c.business_id == attempts.c.business_id, accounts.c.id == attempts.c.channel_account_id),
        )
        .outerjoin(
            orders, and_(orders.c.business_id == transactions.c.business_id, orders.c.id == transactions.c.order_id)
        )
        .where(
            attempts.c.business_id == business_id,
            attempts.c.channel.in_(registry.manual()),
            attempts.c.kind.not_in(PAID_OUT),  # those go out in payment orders
        )
    )


def _waiting(business_id: uuid.UUID, *, outgoing: bool) -> AnySelect:
    """Attempts of which nobody has said anything that still waits."""
    recorded = select(transfers.c.attempt_id).where(
        transfers.c.business_id == business_id, transfers.c.status == BankTransferStatus.RECORDED
    )
    kind = attempts.c.kind.in_(OUTGOING)
    return _attempts(business_id).where(
        attempts.c.next_poll_at.is_not(None), kind if outgoing else ~kind, attempts.c.id.not_in(recorded)
    )


def _said(business_id: uuid.UUID, view: View) -> AnySelect:
    """What people have said that the view shows."""
    return select(transfers).where(transfers.c.business_id == business_id, transfers.c.status.in_(_STANDS[view]))


def _entries(business_id: uuid.UUID, recorded: Sequence[BankTransfer]) -> list[Entry]:
    known = (
        db.rows(_attempts(business_id).where(attempts.c.id.in_([row.attempt_id for row in recorded])))
        if recorded
        else []
    )
    by_id = {row.id: row for row in known}
    return [Entry(by_id[row.attempt_id], row) for row in recorded if row.attempt_id in by_id]


def _count(statement: AnySelect) -> int:
    return int(db.scalar(select(func.count()).select_from(statement.limit(MAX_COUNT).subquery())))
