"""Which system of the merchant keeps a SKU's units, and is asked before an order for it can be paid."""

from __future__ import annotations

import uuid

from app.core import db
from app.core.errors import Conflict
from app.core.http import merchant_call
from app.core.security import crypto
from app.domain.catalog.models import Sku
from app.domain.orders.reservations import service as reservations
from app.workflow.steps.orders.remote_reservations import encryption_context


def set_participant(business_id: uuid.UUID, sku_id: uuid.UUID, url: str) -> str | None:
    """Have the SKU's units reserved by the merchant system at `url`; the signing secret when a new one was made, which
    is shown only this once.

    Raises:
        NotFound: no such SKU. Invalid: the URL cannot be called.
    """
    merchant_call.check_url(url)
    with db.phase("manage_participant.set", business_id):
        sku = db.lock(Sku, sku_id)
        ciphertext, shown = sku.participant.get("secret"), None
        if not ciphertext:
            ciphertext, shown = _new_secret(sku_id)
        db.write(db.change(Sku, sku_id, participant={"url": url, "secret": ciphertext}), expect=1)
    return shown


def roll_participant_secret(business_id: uuid.UUID, sku_id: uuid.UUID) -> str:
    """A new signing secret, effective now; it is shown only this once.

    Raises:
        NotFound: no such SKU. Conflict: no system keeps its units.
    """
    with db.phase("manage_participant.roll_secret", business_id):
        sku = db.lock(Sku, sku_id)
        if not sku.participant:
            raise Conflict("no_participant", "Set the merchant system first.")
        ciphertext, shown = _new_secret(sku_id)
        db.write(db.change(Sku, sku_id, participant={**sku.participant, "secret": ciphertext}), expect=1)
    return shown


def remove_participant(business_id: uuid.UUID, sku_id: uuid.UUID) -> None:
    """Have the SKU's units reserved in our own stock again.

    Raises:
        NotFound: no such SKU. Conflict: orders still have something there.
    """
    with db.phase("manage_participant.remove", business_id):
        db.lock(Sku, sku_id)
        if reservations.any_open(sku_id):
            raise Conflict("reservations_open", "Orders still have reservations there; finalise them first.")
        db.write(db.change(Sku, sku_id, participant={}), expect=1)


def _new_secret(sku_id: uuid.UUID) -> tuple[str, str]:
    shown = merchant_call.new_secret()
    return crypto.encrypt(shown, context=encryption_context(sku_id)), shown
