"""What real orders left, ready to be told again as sales of others: every story as it was lived, round by round."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from app.core import db, ids
from app.core.money import Money
from app.core.security import crypto
from app.domain.fulfilment.kinds.licence_key import key_context
from app.domain.ledger import service as ledger
from app.domain.marketing.codes import email_key
from app.domain.orders.numbers import random_number
from app.domain.orders.rules import PricedOrderLine, snapshot_hash
from app.domain.orders.types import read_discounts
from app.lib.some import some
from app.workflow.operations.furnish_history import key_texts
from app.workflow.operations.live_orders import REFUND_REASON, Life, mailbox
from app.workflow.steps.operations import lived_rows, sales_pattern
from app.workflow.steps.operations.lived_rows import Lived, Look
from app.workflow.steps.operations.sales_pattern import Sale, Story

Ids = dict[uuid.UUID, uuid.UUID]
Account = tuple[str, str, str]  # kind, owner and currency of one in the ledger


@dataclass(frozen=True)
class _LicenceKey:
    """A licence key as it was delivered: encrypted for its id, and what it is found by."""

    id: uuid.UUID
    sku_id: uuid.UUID
    ciphertext: str
    fingerprint: str


@dataclass
class Rehearsal:
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
    keys: dict[Story, list[_LicenceKey]] = field(default_factory=dict)
    # Of the prices that orders were made at, here and there: a SKU's id is in them.
    hashes: dict[str, str] = field(default_factory=dict)
    # The orders' numbers, of each story's and of every sale that was told.
    numbers: dict[Story, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def take(self, lives: Sequence[Life]) -> None:
        """Keep what the lives have left so far, where anything has happened since."""
        with db.reading(self.business_id):
            seen = lived_rows.look(self.business_id)
        self._know_accounts(seen)
        for life in lives:
            stages = tuple(life.stages)
            if self.told[life.story] and self.told[life.story][-1][0] == stages:
                continue
            names = [*life.own_names(), *self._know_order(seen, life)]
            self.keys[life.story] = keys = _delivered_keys(seen, life.order_id)
            names += [text for key in keys for text in (key.ciphertext, key.fingerprint)]
            self.lives[life.story], self.names[life.story] = life, names
            left = lived_rows.lived(seen, life.roots(), life.begun, known=self.known, names=names)
            self.told[life.story].append((stages, left))

    def again(self, sale: Sale, *, until: datetime) -> list[tuple[str, str]]:
        """(table, row as JSON) of the sale, as far as it had come by then; nothing when it had not begun."""
        for stages, one in reversed(self.told[sale.story]):
            begins = sales_pattern.begins(sale, stages)
            if begins[-1] < until:
                by_ms = (begins[0] - one.begun[0]) // timedelta(milliseconds=1)
                fixed = {key.id: ids.moved(key.id, by_ms) for key in self.keys[sale.story]}
                names = _names(sale, self) | _new_keys(sale, self, fixed)
                return list(lived_rows.written(one, begins, names, fixed))
        return []

    def new_number(self) -> str:
        """A number for one more order."""
        number = next(number for number in iter(random_number, "") if number not in self.taken)
        self.taken.add(number)
        return number

    def _know_order(self, seen: Look, life: Life) -> list[str]:
        """The number of the life's order and the hash of its prices, if there is an order."""
        own = [row for row in seen.get("orders", ()) if row["id"] == str(life.order_id)]
        for order in own:
            self.numbers[life.story] = order["number"]
            lines = [row for row in seen["order_lines"] if row["order_id"] == order["id"]]
            priced = [_priced(row, self.known) for row in sorted(lines, key=itemgetter("position"))]
            self.hashes[order["snapshot_hash"]] = snapshot_hash(priced)
        return [text for order in own for text in (order["snapshot_hash"], order["number"])]

    def _know_accounts(self, seen: Look) -> None:
        """The demo business has the same accounts in its ledger, of its own channel accounts."""
        owners = {str(here): str(there) for here, there in self.known.items()}
        with db.reading(self.demo_id):
            for row in seen.get("ledger_accounts", ()):
                kind, owner, currency = str(row["kind"]), str(row["owner"]), str(row["currency"])
                owner = owners.get(owner, owner)
                self.known[uuid.UUID(row["id"])] = ledger.account_id(kind, owner=owner, currency=currency)
                self.accounts.append((kind, owner, currency))


def _delivered_keys(seen: Look, order_id: uuid.UUID | None) -> list[_LicenceKey]:
    deliveries = {row["id"] for row in seen.get("deliveries", ()) if row["order_id"] == str(order_id)}
    rows = [row for row in seen.get("licence_keys", ()) if row["delivery_id"] in deliveries]
    return [
        _LicenceKey(uuid.UUID(row["id"]), uuid.UUID(row["sku_id"]), row["ciphertext"], row["fingerprint"])
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
        discounts=read_discounts(row["discounts"]),
    )


def _names(sale: Sale, rehearsal: Rehearsal) -> dict[str, str]:
    """What stands in place of a life's own texts: its buyer and mailbox, why money went back, the company's numbers,
    the secret's hash."""
    life = rehearsal.lives[sale.story]
    own = {life.buyer: sale.buyer, **rehearsal.hashes}
    own[REFUND_REASON] = sale.refund_reason
    if sale.story in rehearsal.numbers:
        own[rehearsal.numbers[sale.story]] = rehearsal.new_number()
    own[some(email_key(life.email))] = some(email_key(mailbox(sale.buyer)))
    return {name: own.get(name) or _unlike(name, sale) for name in rehearsal.names[sale.story]}


def _new_keys(sale: Sale, rehearsal: Rehearsal, new: Mapping[uuid.UUID, uuid.UUID]) -> dict[str, str]:
    """In place of the licence keys that were delivered: others, each encrypted for its own id."""
    names = {}
    delivered = rehearsal.keys[sale.story]
    for key, text in zip(delivered, key_texts(f"{sale.buyer} {sale.moment}", len(delivered)), strict=True):
        names[key.ciphertext] = crypto.encrypt(text, context=key_context(new[key.id]))
        names[key.fingerprint] = crypto.hash_secret(f"{rehearsal.known[key.sku_id]}/{text}")
    return names


def _unlike(name: str, sale: Sale) -> str:
    """Another text of the same kind and length: a number in capitals as companies give them, or a hash."""
    digest = hashlib.sha256(f"{name} {sale.buyer} {sale.moment.isoformat()}".encode())
    if name.isupper():
        kind = name[:2] if name.startswith(("PP", "PR")) else ""
        letters = kind + base64.b32encode(digest.digest()).decode()
        return "".join("-" if was == "-" else now for was, now in zip(name, letters, strict=False))
    return digest.hexdigest()[: len(name)]
