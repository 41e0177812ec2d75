"""Changing the key that seals secrets: everything encrypted under another one is encrypted anew, in small batches,
while the rest goes on. Whoever is stopped begins again; what is done already is passed over."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, Text, cast, select, true, update

from app.core import db
from app.core.db.models import IdempotencyKey
from app.core.security import crypto
from app.core.web import idempotency
from app.domain.accounts.business.models import Approval, Business
from app.domain.accounts.people import totp
from app.domain.accounts.people.models import TotpSecret
from app.domain.accounts.privacy.models import Erasure
from app.domain.buyers.models import MailboxCode
from app.domain.buyers.rules import code_context
from app.domain.catalog.models import Product, Sku
from app.domain.fulfilment.kinds.licence_key import key_context
from app.domain.fulfilment.models import LicenceKey
from app.domain.ledger.settlements.models import BankAccount
from app.domain.ledger.settlements.service import number_context
from app.domain.notifications.alerts.models import AlertChat
from app.domain.payments.models import ChannelAccount
from app.domain.settlement.partners.models import Partner
from app.domain.settlement.partners.service import payee_context
from app.domain.webhooks.models import WebhookEndpoint
from app.workflow.accounts import erase_buyer
from app.workflow.fulfilment import deliver_line
from app.workflow.notifications import send_alerts
from app.workflow.steps.orders import remote_reservations
from app.workflow.steps.payments import channel_access, request_channel_change
from app.workflow.webhooks import send_webhooks

BATCH = 100


@dataclass(frozen=True)
class EncryptedColumn:
    """A column that holds encrypted texts: one, or the values of an object. `context` says what each is bound to, by
    the row's id and the value's name."""

    model: Any
    column: str
    context: Callable[[uuid.UUID, str], str]


class _Encrypted(db.JoinedRow):
    """The value of such a column in one row."""

    id: uuid.UUID
    value: dict[str, Any] | str


# Every place where secrets are kept; a test finds a file that seals and is not named here.
PLACES = (
    EncryptedColumn(ChannelAccount, "settings", channel_access.encryption_context),
    EncryptedColumn(Approval, "secrets", request_channel_change.encryption_context),
    EncryptedColumn(Product, "delivery", lambda row_id, _: deliver_line.encryption_context(row_id)),
    EncryptedColumn(Sku, "participant", lambda row_id, _: remote_reservations.encryption_context(row_id)),
    EncryptedColumn(LicenceKey, "ciphertext", lambda row_id, _: key_context(row_id)),
    EncryptedColumn(WebhookEndpoint, "secrets", send_webhooks.encryption_context),
    EncryptedColumn(Erasure, "ciphertext", erase_buyer.encryption_context),
    EncryptedColumn(AlertChat, "secrets", send_alerts.encryption_context),
    EncryptedColumn(Partner, "payee_account", lambda row_id, _: payee_context(row_id)),
    EncryptedColumn(BankAccount, "number", lambda row_id, _: number_context(row_id)),
    EncryptedColumn(MailboxCode, "ciphertext", lambda row_id, _: code_context(row_id)),
    EncryptedColumn(IdempotencyKey, "answer", lambda row_id, _: idempotency.encryption_context(row_id)),
)
# Likewise, of people, who belong to no business.
OF_PEOPLE = (EncryptedColumn(TotpSecret, "ciphertext", lambda row_id, _: totp.encryption_context(row_id)),)


@dataclass
class Rotation:
    """How many secrets were encrypted anew, and where one could not be opened by any key."""

    reencrypted: int = 0
    lost: list[str] = field(default_factory=list)


def rotate_secrets() -> Rotation:
    """Seal every secret of the installation under the newest key."""
    done = Rotation()
    for business_id, place in _everywhere():
        last: uuid.UUID | None = uuid.UUID(int=0)
        while last is not None:
            last = _batch(business_id, place, last, done)
    return done


def count_by_key() -> dict[str, int]:
    """How many secrets are encrypted under which key."""
    counted: Counter[str] = Counter()
    for business_id, place in _everywhere():
        last: uuid.UUID | None = uuid.UUID(int=0)
        while last is not None:
            with db.reading(business_id) if business_id else db.system_reading():
                rows = db.rows(_some(place, business_id, last))
            for row in rows:
                keys = (crypto.key_of(text) for _, text in _texts(row))
                counted.update(key for key in keys if key is not None)
            last = rows[-1].id if len(rows) == BATCH else None
    return dict(counted)


def newest_key() -> str:
    """The id of the key that seals now."""
    return crypto.newest_key()


def _batch(business_id: uuid.UUID | None, place: EncryptedColumn, last: uuid.UUID, done: Rotation) -> uuid.UUID | None:
    """Seal some rows after `last` anew; the last of them, or None at the end."""
    table = place.model.__table__
    with db.phase("rotate_secrets.batch", business_id) if business_id else db.system_phase("rotate_secrets.people"):
        # Payments only refer to these rows, and do not wait for this lock.
        rows = db.rows(_some(place, business_id, last).with_for_update(key_share=True))
        count, lost = 0, []
        for row in rows:
            fresh: dict[str, str] = {}
            for name, text in _texts(row):
                try:
                    fresh[name] = crypto.reencrypt(text, context=place.context(row.id, name))
                except ValueError:
                    lost.append(f"{table.name} {row.id} {name}".strip())
            changed = {name: text for name, text in fresh.items() if text != dict(_texts(row))[name]}
            if changed:
                value = {**row.value, **changed} if isinstance(row.value, dict) else changed[""]
                here = table.c.business_id == business_id if business_id else true()
                db.run(update(table).where(table.c.id == row.id, here).values({place.column: value}))
                count += len(changed)
    done.reencrypted += count
    done.lost += lost
    return rows[-1].id if len(rows) == BATCH else None


def _some(place: EncryptedColumn, business_id: uuid.UUID | None, last: uuid.UUID) -> Select[_Encrypted]:
    table = place.model.__table__
    column = table.c[place.column]
    query = (
        select(table.c.id, column.label("value"))
        .where(
            table.c.business_id == business_id if business_id else true(),
            table.c.id > last,
            cast(column, Text).like("%v1.%"),
        )
        .order_by(table.c.id)
        .limit(BATCH)
    )
    return db.select_as(_Encrypted, query)


def _texts(row: _Encrypted) -> Iterator[tuple[str, str]]:
    """The row's encrypted texts by name; the name of a plain column's is empty."""
    named = row.value if isinstance(row.value, dict) else {"": row.value}
    for name, text in named.items():
        if isinstance(text, str) and crypto.key_of(text) is not None:
            yield name, text


def _everywhere() -> Iterator[tuple[uuid.UUID | None, EncryptedColumn]]:
    for business_id in _businesses():
        yield from ((business_id, place) for place in PLACES)
    yield from ((None, place) for place in OF_PEOPLE)


def _businesses() -> list[uuid.UUID]:
    with db.system_reading():
        return [row.id for row in db.rows(select(Business.id).order_by(Business.id))]
