"""How a product's goods reach the buyer: the merchant's system that is called, and the pools of licence keys."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from app.core import clock, db, states
from app.core.errors import Conflict, Invalid
from app.core.http import merchant_call
from app.core.ids import new_id
from app.core.security import crypto
from app.domain.catalog import service as stock
from app.domain.catalog.models import Product, Sku
from app.domain.fulfilment.kinds.licence_key import key_context
from app.domain.fulfilment.models import Delivery, LicenceKey
from app.domain.fulfilment.states import LICENCE_KEY, DeliveryStatus, LicenceKeyStatus
from app.domain.orders.models import OrderLine
from app.workflow.fulfilment import deliver_line
from app.workflow.steps.fulfilment.delivery_kinds import CALLBACK

MAX_KEYS = 5000  # in one go
MAX_KEY_LENGTH = 1000
CHUNK = 500
FEW_KEYS = 10  # people are told at so many, until they say otherwise


@dataclass(frozen=True)
class Added:
    """How many keys came into the pool, and how many were in it already."""

    added: int
    known: int


def set_callback(business_id: uuid.UUID, product_id: uuid.UUID, url: str) -> str | None:
    """Have the product delivered by the merchant system at `url`; the signing secret when a new one was made, which is
    shown only this once.

    Raises:
        NotFound: no such product. Conflict: it is delivered another way. Invalid: the URL cannot be called.
    """
    merchant_call.check_url(url)
    with db.phase("manage_delivery.set_callback", business_id):
        product = _product(product_id, CALLBACK)
        if product.delivery.get("secret"):
            ciphertext, shown = product.delivery["secret"], None
        else:
            ciphertext, shown = _new_secret(product_id)
        db.write(db.change(Product, product_id, delivery={"url": url, "secret": ciphertext}), expect=1)
    return shown


def roll_callback_secret(business_id: uuid.UUID, product_id: uuid.UUID) -> str:
    """A new signing secret for the product's calls, effective now; it is shown only this once.

    Raises:
        NotFound: no such product. Conflict: it has no address to call yet.
    """
    with db.phase("manage_delivery.roll_secret", business_id):
        product = _product(product_id, CALLBACK)
        if not product.delivery.get("url"):
            raise Conflict("no_delivery_url", "Enter the URL to call first.")
        ciphertext, shown = _new_secret(product_id)
        db.write(db.change(Product, product_id, delivery={**product.delivery, "secret": ciphertext}), expect=1)
    return shown


def add_licence_keys(
    business_id: uuid.UUID, product_id: uuid.UUID, sku_id: uuid.UUID, texts: Sequence[str], *, actor: str = "system"
) -> Added:
    """Add keys to the SKU's pool, each once; its stock grows by as many. Orders that wait for keys get them soon.

    Raises:
        NotFound: no such SKU. Conflict: the product is delivered another way. Invalid: no key, too many, one too long.
    """
    keys = list(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if not keys or len(keys) > MAX_KEYS or max(map(len, keys)) > MAX_KEY_LENGTH:
        raise Invalid(
            "invalid_keys",
            f"Enter 1 to {MAX_KEYS:,} keys, one per line, each with at most {MAX_KEY_LENGTH:,} characters.",
            details={"param": "keys"},
        )
    with db.phase("manage_delivery.add_keys", business_id):
        _product(product_id, "licence_key")
        sku = db.lock(Sku, sku_id, db.table(Sku).c.product_id == product_id)
        marks = {crypto.hash_secret(f"{sku_id}/{text}"): text for text in keys}
        known = _known(sku_id, list(marks))
        fresh = [(mark, text) for mark, text in marks.items() if mark not in known]
        for mark, text in fresh:
            key_id = new_id()
            ciphertext = crypto.encrypt(text, context=key_context(key_id))
            db.add(LicenceKey, id=key_id, sku_id=sku_id, ciphertext=ciphertext, fingerprint=mark)
            states.born(LICENCE_KEY, key_id, reason="added", actor="system")
        _change_stock(sku, len(fresh), reason=f"{len(fresh)} keys added", actor=actor)
        if sku.low_stock is None:
            db.write(db.change(Sku, sku_id, low_stock=FEW_KEYS), expect=1)
        _wake_waiting(sku_id)
    return Added(len(fresh), len(keys) - len(fresh))


def revoke_licence_key(business_id: uuid.UUID, key_id: uuid.UUID, *, actor: str) -> None:
    """Revoke an unsold key, which leaves its pool.

    Raises:
        NotFound: no such key. Conflict: it was sold, or open orders hold what is left of the pool.
    """
    with db.phase("manage_delivery.revoke_key", business_id):
        key = db.lock(LicenceKey, key_id)
        if key.status != LicenceKeyStatus.FREE:
            raise Conflict("key_not_free", f"This key is {key.status}; only an available key can be removed.")
        [sku] = stock.locked([key.sku_id])
        if not sku.stock or sku.stock <= sku.reserved:
            raise Conflict("stock_reserved", "Open orders reserve all remaining keys.")
        states.advance(LICENCE_KEY, key, LicenceKeyStatus.REVOKED, reason="removed", actor=actor)
        _change_stock(sku, -1, reason="key removed", actor=actor)


def _new_secret(product_id: uuid.UUID) -> tuple[str, str]:
    shown = merchant_call.new_secret()
    return crypto.encrypt(shown, context=deliver_line.encryption_context(product_id)), shown


def _product(product_id: uuid.UUID, kind: str) -> Product:
    product = db.lock(Product, product_id)
    if product.delivery_kind != kind:
        raise Conflict("other_delivery", "This product has another kind of deliverable.")
    return product


def _known(sku_id: uuid.UUID, marks: Sequence[str]) -> set[str]:
    keys = db.table(LicenceKey)
    found: set[str] = set()
    for start in range(0, len(marks), CHUNK):
        some = marks[start : start + CHUNK]
        rows = db.rows(
            select(keys.c.fingerprint).where(
                keys.c.business_id == db.here(), keys.c.sku_id == sku_id, keys.c.fingerprint.in_(some)
            )
        )
        found.update(row.fingerprint for row in rows)
    return found


def _change_stock(sku: Sku, by: int, *, reason: str, actor: str) -> None:
    if by:
        stock.change_stock(
            sku.id, before=sku.stock, after=(sku.stock or 0) + by, kind="keys", reason=reason, actor=actor
        )


def _wake_waiting(sku_id: uuid.UUID) -> None:
    """What waits for keys of this SKU is due now."""
    lines = select(OrderLine.id).where(OrderLine.business_id == db.here(), OrderLine.sku_id == sku_id)
    db.run(
        update(Delivery)
        .where(
            Delivery.business_id == db.here(),
            Delivery.next_attempt_at.is_not(None),  # as its index says
            Delivery.status == DeliveryStatus.PENDING,
            Delivery.kind == "licence_key",
            Delivery.line_id.in_(lines),
        )
        .values(next_attempt_at=func.least(Delivery.next_attempt_at, clock.now()))
    )
