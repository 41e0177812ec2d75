"""Erasing one buyer: who it was is replaced by a pseudonym wherever it stands; books, amounts and dates stay.

Goes through the business's rows page by page, each page a transaction of its own; until it has finished some rows have
the pseudonym and some do not. Who it is stands encrypted beside it meanwhile: whoever asks again, by any of the buyer's
names, goes on with the same names and the same pseudonym.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypedDict
from urllib.parse import quote

from sqlalchemy import delete, func, literal, or_, select, text, update

from app.core import clock, context, db, states
from app.core.db import erasing
from app.core.errors import AppError, Conflict, Invalid
from app.core.files import store
from app.core.ids import new_id
from app.core.money import format_money
from app.core.security import crypto
from app.domain.accounts.privacy.kinds import columns
from app.domain.accounts.privacy.models import Erasure
from app.domain.buyers import queries as buyers
from app.domain.buyers.models import Buyer as BuyerRow
from app.domain.buyers.models import BuyerNote
from app.domain.buyers.rules import EMPTY
from app.domain.buyers.states import BUYER, BuyerStatus
from app.domain.fulfilment.parcels.models import Parcel
from app.domain.insights.lists.models import Export, ExportPart
from app.domain.notifications.mails.models import Mail
from app.domain.orders import billing, shipping
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.states import UNDER_WAY
from app.domain.signing.models import Contract
from app.domain.signing.states import ContractStatus
from app.workflow.steps.accounts import erasures

PAGE = 5000
MAX_NAMES = 200
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_ERASE = text(
    "SELECT last, changed FROM bursar_erase(:business, :wanted, CAST(:known AS text[]), :pseudonym, :after, :most)"
)
_TEAM_MAILS = text(
    "UPDATE user_mails t SET details = bursar_scrub(t.details, CAST(:known AS text[]), :pseudonym)"
    " WHERE bursar_mentions(CAST(t.details AS text), CAST(:known AS text[]))"
    " AND t.recipient IN (SELECT p.email FROM users p"
    " JOIN memberships m ON m.user_id = p.id WHERE m.business_id = :business)"
)
_BALANCES = text(
    "SELECT a.currency, sum(e.amount_minor) AS left FROM ledger_accounts a JOIN ledger_entries e"
    " ON e.business_id = a.business_id AND e.account_id = a.id WHERE a.business_id = :business"
    " AND a.owner = ANY (:known) AND a.kind = 'wallet' GROUP BY 1 HAVING sum(e.amount_minor) <> 0 LIMIT 20"
)


@dataclass(frozen=True)
class Buyer:
    """A buyer as they are stored: the references that are theirs alone, and their email addresses and phone numbers in
    every spelling."""

    references: tuple[str, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]

    @property
    def known(self) -> list[str]:
        """All of them as they may stand in a text, longest first."""
        plain = {*self.references, *self.emails, *self.phones}
        return sorted(plain | {quote(each, safe="") for each in plain}, key=len, reverse=True)


Begun = tuple[uuid.UUID, str, uuid.UUID | None, Buyer]


def find_buyer(business_id: uuid.UUID, *, reference: str = "", email: str = "", phone: str = "") -> Buyer:
    """The buyer of a reference, email address or phone number (exactly one). A reference brings its addresses and
    numbers, unless other references have them too; an address or number brings the references that never came with
    another one.

    Raises:
        Invalid: not exactly one of them was given.
    """
    identifiers = [each for each in (reference, email.strip().lower(), phone.strip()) if each]
    if len(identifiers) != 1:
        raise Invalid("invalid_buyer", "Identify the buyer by exactly one of reference, email address or phone number.")
    with db.reading(business_id):
        if reference:
            return _by_reference(reference)
        return _by_contact("buyer_email" if email else "buyer_phone", identifiers[0])


def erase_buyer(
    business_id: uuid.UUID,
    buyer: Buyer,
    *,
    reason: str,
    requested_by: str,
    agreed: str,
    approval_id: uuid.UUID | None = None,
) -> tuple[str, int]:
    """Erase the buyer; the pseudonym, and how many rows were changed. Who agreed is kept with it (see Erasure). Under
    one approval it is done once.

    Raises:
        Conflict: an order of theirs is under way, or they have money in a wallet.
        Invalid: nothing is known of such a buyer.
    """
    if not buyer.known:
        raise Invalid("invalid_buyer", "Identify the buyer by exactly one of reference, email address or phone number.")
    record: _Record = {"reason": reason, "requested_by": requested_by, "agreed": agreed, "approval_id": approval_id}
    begun = _begin(business_id, buyer, record)
    return (begun, 0) if isinstance(begun, str) else _go_on(business_id, *begun)


def finish(business_id: uuid.UUID, approval_id: uuid.UUID) -> bool:
    """Finish an erasure that was begun under this approval and left; False when none was begun."""
    with db.reading(business_id):
        begun = next((each for each in _unfinished(business_id) if each[2] == approval_id), None)
        conditions = Erasure.business_id == business_id, Erasure.approval_id == approval_id
        known = db.first(select(Erasure.id).where(*conditions).limit(1))
    if begun is not None:
        _go_on(business_id, *_again(begun))
    return known is not None


def encryption_context(run_id: uuid.UUID, field: str) -> str:
    """The context with which the names of an unfinished erasure are encrypted."""
    return f"erasures/{run_id}/{field}"


def _go_on(business_id: uuid.UUID, run_id: uuid.UUID, pseudonym: str, buyer: Buyer) -> tuple[str, int]:
    # The system goes through the rows: what each was before must not be noted in the audit log.
    with context.work(erasure=str(run_id)):
        _end_buyers(business_id, buyer, pseudonym)
        changed = sum(_erase_in(business_id, table, buyer.known, pseudonym) for table in columns())
        _leave_mails(business_id, pseudonym)
        _scrub_team_mails(business_id, buyer.known, pseudonym)
        _forget_files(business_id)
    with db.phase("erase_buyer.finish", business_id):
        done = {"ciphertext": {}, "rows": Erasure.rows + changed, "finished_at": clock.actual()}
        conditions = Erasure.business_id == business_id, Erasure.id == run_id, Erasure.finished_at.is_(None)
        db.run(update(Erasure).where(*conditions).values(**done))
    return pseudonym, changed


class _Record(TypedDict):
    reason: str
    requested_by: str
    agreed: str
    approval_id: uuid.UUID | None


def _begin(business_id: uuid.UUID, buyer: Buyer, record: _Record) -> tuple[uuid.UUID, str, Buyer] | str:
    """Write down that the buyer is being erased, or find that one of their names is. The pseudonym alone when somebody
    else has finished it under the same approval."""
    with db.phase("erase_buyer.begin", business_id):
        erasures.hold()  # two that begin at once would choose two pseudonyms, and each get some of the rows
        done = _done_under(record["approval_id"])
        if done is not None:
            return done
        for begun in _unfinished(business_id):
            if set(buyer.known) & set(begun[3].known):
                return _again(begun)
        check_nothing_open(business_id, buyer)
        run_id = new_id()
        pseudonym = erasing.PSEUDONYM + "".join(secrets.choice(_LETTERS) for _ in range(16))
        names = json.dumps([buyer.references, buyer.emails, buyer.phones])
        ciphertext = {"names": crypto.encrypt(names, context=encryption_context(run_id, "names"))}
        db.add(Erasure, id=run_id, pseudonym=pseudonym, ciphertext=ciphertext, **record)
    return run_id, pseudonym, buyer


def _done_under(approval_id: uuid.UUID | None) -> str | None:
    table = db.table(Erasure)
    own = table.c.business_id == db.here(), table.c.approval_id == approval_id, table.c.finished_at.is_not(None)
    found: str | None = db.scalar(select(table.c.pseudonym).where(*own).limit(1)) if approval_id else None
    return found


def _unfinished(business_id: uuid.UUID) -> list[Begun]:
    """In the open phase: who is being erased. The rows that named them may be a pseudonym's already."""
    table = db.table(Erasure)
    columns = table.c.id, table.c.pseudonym, table.c.approval_id, table.c.ciphertext
    # That of the whole business names nobody.
    conditions = table.c.business_id == business_id, table.c.finished_at.is_(None), table.c.ciphertext.has_key("names")
    rows = db.rows(select(*columns).where(*conditions).order_by(table.c.id).limit(MAX_NAMES))
    return [(row.id, row.pseudonym, row.approval_id, _names(row.id, row.ciphertext)) for row in rows]


def _names(run_id: uuid.UUID, ciphertext: dict[str, str]) -> Buyer:
    names = json.loads(crypto.decrypt(ciphertext["names"], context=encryption_context(run_id, "names")))
    references, emails, phones = (tuple(each) for each in names)
    return Buyer(references, emails, phones)


def _again(begun: Begun) -> tuple[uuid.UUID, str, Buyer]:
    run_id, pseudonym, _, buyer = begun
    return run_id, pseudonym, buyer


def check_nothing_open(business_id: uuid.UUID, buyer: Buyer) -> None:
    """Require, in the open phase, that the buyer has no open order, no running contract and no money in a wallet.

    Raises:
        Conflict: an order is open, a contract would go on charging them, or they have money in a wallet.
    """
    conditions = or_(Order.buyer_reference.in_(buyer.references), Order.buyer_email.in_(buyer.emails))
    under_way = Order.business_id == business_id, Order.status.in_(UNDER_WAY), conditions
    if db.first(select(Order.id).where(*under_way).limit(1)) is not None:
        raise Conflict("buyer_has_orders", "This buyer has an open order. Complete, refund or close it first.")
    theirs = or_(Contract.buyer_reference.in_(buyer.references), Contract.buyer_email.in_(buyer.emails))
    runs = Contract.business_id == business_id, Contract.status != ContractStatus.ENDED, theirs
    if db.first(select(Contract.id).where(*runs).limit(1)) is not None:
        raise Conflict("buyer_has_contracts", "This buyer has a contract that has not ended. Cancel it first.")
    held = db.rows(_BALANCES, business=business_id, known=list(buyer.references))
    if held:
        amounts = ", ".join(format_money(abs(int(row.left)), row.currency) for row in held)
        raise Conflict("buyer_has_money", f"This buyer's wallet is not empty ({amounts}). Pay it out first.")


def _end_buyers(business_id: uuid.UUID, buyer: Buyer, pseudonym: str) -> None:
    """Who they are in `buyers`, and whoever was merged into them: a pseudonym each, and nothing else."""
    with db.phase("erase_buyer.buyers", business_id):
        table, notes = db.table(BuyerRow), db.table(BuyerNote)
        named = table.c.business_id == db.here(), table.c.reference.in_(buyer.references)
        found = db.rows(select(table).where(*named).order_by(table.c.id).with_for_update())
        for number, row in enumerate(found, start=1):
            states.advance(
                BUYER,
                row,
                BuyerStatus.ERASED,
                reason="erased",
                actor="system",
                reference=pseudonym if number == 1 else f"{pseudonym}_{number}",
                ended_at=row.ended_at or clock.now(),
                changed_at=clock.now(),
                **EMPTY,
            )
        of_these = notes.c.business_id == db.here(), notes.c.buyer_id.in_([row.id for row in found])
        db.run(update(BuyerNote).where(*of_these).values(body=""))


def _erase_in(business_id: uuid.UUID, table: str, known: list[str], pseudonym: str) -> int:
    after: uuid.UUID | None = uuid.UUID(int=0)
    changed = 0
    while after is not None:
        with db.system_phase("erase_buyer.page"):
            arguments = {"known": known, "pseudonym": pseudonym, "after": after, "most": PAGE}
            (row,) = db.rows(_ERASE, business=business_id, wanted=table, **arguments)
        after, changed = row.last, changed + int(row.changed)
    return changed


def _leave_mails(business_id: uuid.UUID, pseudonym: str) -> None:
    """What waits to be sent is not: its recipient is a pseudonym now. Nothing says any more where goods were sent
    and which company they were bought for, but receipts: those are kept as the law wants them."""
    waits = Mail.business_id == business_id, Mail.recipient == pseudonym, Mail.next_attempt_at.is_not(None)
    with db.phase("erase_buyer.mails", business_id):
        for model in (Order, CheckoutSession):
            theirs = or_(model.buyer_reference == pseudonym, model.buyer_email == pseudonym)
            named = or_(model.details.has_key(shipping.ADDRESS), model.details.has_key(billing.DETAILS))
            without = model.details.op("-")(shipping.ADDRESS).op("-")(billing.DETAILS)
            db.run(update(model).where(model.business_id == business_id, theirs, named).values(details=without))
        gone_to = select(Order.id).where(
            Order.business_id == business_id, or_(Order.buyer_reference == pseudonym, Order.buyer_email == pseudonym)
        )
        sent = Parcel.business_id == business_id, Parcel.tracking_number != "", Parcel.order_id.in_(gone_to)
        db.run(update(Parcel).where(*sent).values(tracking_number=""))
        db.run(update(Mail).where(*waits).values(next_attempt_at=None, discarded_at=clock.actual()))


def _scrub_team_mails(business_id: uuid.UUID, known: list[str], pseudonym: str) -> None:
    """Mails to people belong to no business; what this one's team was told may name the buyer."""
    with db.system_phase("erase_buyer.team_mails"):
        db.run(_TEAM_MAILS.bindparams(business=business_id, known=known, pseudonym=pseudonym))


def _forget_files(business_id: uuid.UUID) -> None:
    """Files made of lists may name anybody; they are made again when they are wanted."""
    exports, pieces = db.table(Export), db.table(ExportPart)
    with db.phase("erase_buyer.files", business_id):
        found = db.rows(select(exports.c.key).where(exports.c.business_id == business_id))
        parts = db.rows(select(pieces.c.key).where(pieces.c.business_id == business_id))
        db.run(delete(pieces).where(pieces.c.business_id == business_id))
        db.run(delete(exports).where(exports.c.business_id == business_id))
    with suppress(AppError):  # what is left there is swept away
        store.delete(*(row.key for row in (*found, *parts) if row.key))


def _by_reference(reference: str) -> Buyer:
    row = buyers.by_reference(buyers.current_reference(reference))
    rows = [row, *buyers.merged_into(row.id)] if row is not None else []
    references = tuple(dict.fromkeys([reference, *(each.reference for each in rows)]))
    emails = {email for each in references for email in _others("buyer_email", each)}
    numbers = {number for each in references for number in _others("buyer_phone", each)}
    emails |= _own("buyer_email", [each.email for each in rows], references)
    numbers |= _own("buyer_phone", [each.phone for each in rows], references)
    return Buyer(references, tuple(sorted(emails)), tuple(sorted(numbers)))


def _own(column: str, values: Sequence[str | None], references: Sequence[str]) -> set[str]:
    """Those of a buyer's own record that no other reference has too."""
    return {value for value in values if value and _references_of(column, value) <= set(references)}


def _others(column: str, reference: str) -> list[str]:
    """Values of the column that come with this reference and with no other one."""
    found: set[str] = set()
    for model in (Order, CheckoutSession):
        table = model.__table__
        conditions = (
            table.c.business_id == db.here(),
            table.c.buyer_reference == reference,
            table.columns[column].is_not(None),
        )
        found |= {
            row[0] for row in db.rows(select(table.columns[column]).where(*conditions).distinct().limit(MAX_NAMES))
        }
    return [value for value in sorted(found) if _references_of(column, value) <= {reference}]


def _references_of(column: str, value: str) -> set[str]:
    found: set[str] = set()
    for model in (Order, CheckoutSession):
        table = model.__table__
        values = [value] if column == "buyer_phone" else [value, value.lower()]
        conditions = table.c.business_id == db.here(), table.columns[column].in_(values)
        found |= {
            row[0] for row in db.rows(select(table.c.buyer_reference).where(*conditions).distinct().limit(MAX_NAMES))
        }
    return found


def _by_contact(column: str, value: str) -> Buyer:
    own = []
    for reference in sorted(_references_of(column, value)):
        table = db.table(Order)
        others = table.c.buyer_reference == reference, func.lower(table.columns[column]) != literal(value)
        if db.first(select(table.c.id).where(table.c.business_id == db.here(), *others).limit(1)) is None:
            own.append(reference)
    proven = buyers.by_email(value) if column == "buyer_email" else buyers.by_phone(value)
    if proven is not None and proven.reference not in own:
        own += _by_reference(proven.reference).references
    emails = {value} if column == "buyer_email" else {each for one in own for each in _others("buyer_email", one)}
    numbers = {value} if column == "buyer_phone" else {each for one in own for each in _others("buyer_phone", one)}
    return Buyer(tuple(own), tuple(sorted(emails)), tuple(sorted(numbers)))
