"""The file of a payment order: pain.001.001.09 (ISO 20022 customer credit transfer initiation, SEPA) or CSV. The same
order makes the same bytes."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from xml.etree import ElementTree

from app.core.ids import show
from app.core.money import Money, plain
from app.domain.payments.iban import compact
from app.lib import csv_text

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
MAX_NAME, MAX_PURPOSE = 70, 140
# What banks of the SEPA area take in names and purposes.
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
_SPELLED = {"ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "&": "+"}
CSV_COLUMNS = ("reference", "payee_name", "payee_account", "amount", "currency", "execute_on", "purpose")


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One payment: `reference` comes back in the bank's reports."""

    reference: str
    amount: Money
    payee_name: str
    payee_account: str
    purpose: str


@dataclass(frozen=True, kw_only=True)
class OrderFile:
    """What a file says: whose account pays, when, and to whom. `bank_code` is a BIC, or empty."""

    id: uuid.UUID
    approved_at: datetime
    execute_on: date
    account_holder: str
    account_number: str
    bank_code: str
    lines: Sequence[OrderLine]

    @property
    def message_id(self) -> str:
        """What the bank calls the file; at most 35 letters and digits."""
        return reference_of("por", self.id)

    @property
    def total(self) -> Money:
        """What all lines come to; they are of one currency."""
        currency = self.lines[0].amount.currency
        return Money(sum(line.amount.minor for line in self.lines), currency)


def reference_of(prefix: str, row_id: uuid.UUID) -> str:
    """An id as banks carry it, in capitals and without an underscore."""
    return show(prefix, row_id).replace("_", "").upper()


def as_csv(order: OrderFile) -> bytes:
    """The order as CSV with a header, amounts in the currency's main unit."""
    rows: Iterable[Sequence[str]] = (
        (
            line.reference,
            line.payee_name,
            compact(line.payee_account),
            plain(line.amount.minor, line.amount.currency),
            line.amount.currency,
            order.execute_on.isoformat(),
            line.purpose,
        )
        for line in order.lines
    )
    return "".join(csv_text.written([CSV_COLUMNS, *rows])).encode()


def as_pain001(order: OrderFile) -> bytes:
    """The order as pain.001.001.09: one payment block, every line booked on its own."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.Element(f"{{{NAMESPACE}}}Document")
    body = _in(root, "CstmrCdtTrfInitn")
    count, total = str(len(order.lines)), plain(order.total.minor, order.total.currency)
    head = _in(body, "GrpHdr")
    _in(head, "MsgId", order.message_id)
    _in(head, "CreDtTm", order.approved_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _in(head, "NbOfTxs", count)
    _in(head, "CtrlSum", total)
    _in(_in(head, "InitgPty"), "Nm", latin(order.account_holder, MAX_NAME))
    block = _in(body, "PmtInf")
    _in(block, "PmtInfId", order.message_id)
    _in(block, "PmtMtd", "TRF")
    _in(block, "BtchBookg", "false")
    _in(block, "NbOfTxs", count)
    _in(block, "CtrlSum", total)
    _in(_in(_in(block, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _in(_in(block, "ReqdExctnDt"), "Dt", order.execute_on.isoformat())
    _in(_in(block, "Dbtr"), "Nm", latin(order.account_holder, MAX_NAME))
    _in(_in(_in(block, "DbtrAcct"), "Id"), "IBAN", compact(order.account_number))
    agent = _in(_in(block, "DbtrAgt"), "FinInstnId")
    if order.bank_code:
        _in(agent, "BICFI", compact(order.bank_code))
    else:
        _in(_in(agent, "Othr"), "Id", "NOTPROVIDED")
    _in(block, "ChrgBr", "SLEV")
    for line in order.lines:
        _add_line(block, line)
    ElementTree.indent(root)
    made: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return made


def _add_line(block: ElementTree.Element, line: OrderLine) -> None:
    transfer = _in(block, "CdtTrfTxInf")
    _in(_in(transfer, "PmtId"), "EndToEndId", line.reference)
    amount = _in(_in(transfer, "Amt"), "InstdAmt", plain(line.amount.minor, line.amount.currency))
    amount.set("Ccy", line.amount.currency)
    _in(_in(transfer, "Cdtr"), "Nm", latin(line.payee_name, MAX_NAME))
    _in(_in(_in(transfer, "CdtrAcct"), "Id"), "IBAN", compact(line.payee_account))
    if purpose := latin(line.purpose, MAX_PURPOSE):
        _in(_in(transfer, "RmtInf"), "Ustrd", purpose)


def latin(text: str, most: int) -> str:
    """The text in the letters that banks carry, at most so many: accents are dropped, and what has no such letter."""
    spelled = "".join(_SPELLED.get(letter, letter) for letter in text)
    plain_letters = unicodedata.normalize("NFKD", spelled)
    kept = "".join(letter if letter in _LETTERS else "" for letter in plain_letters)
    return " ".join(kept.split())[:most].strip()


def _in(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    child.text = text
    return child
