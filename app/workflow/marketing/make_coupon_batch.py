"""Many coupon codes at once, chunk by chunk: what was begun is gone on with."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import insert, select

from app.core import clock, db
from app.core.db.models import StateChange
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.domain.marketing import codes
from app.domain.marketing.models import Coupon, CouponBatch, CouponTemplate
from app.domain.marketing.states import COUPON
from app.workflow.marketing.issue_coupons import check_open, count, expiry

MAX_BATCH = 10_000
CHUNK = 500
templates, batches = db.table(CouponTemplate), db.table(CouponBatch)


def make_batch(
    business_id: uuid.UUID, template_id: uuid.UUID, *, quantity: int, note: str = "", actor: str, batch_id: uuid.UUID
) -> uuid.UUID:
    """So many codes for whoever has them; the batch's id. The same `batch_id` again goes on where the first call
    stopped.

    Raises:
        NotFound: no such template. Invalid: none or too many. Conflict: the template is not active, has a shared code,
            or a quota of less.
    """
    if not 1 <= quantity <= MAX_BATCH:
        raise Invalid("invalid_batch", f"A batch must have 1 to {MAX_BATCH:,} codes.", details={"param": "count"})
    with db.phase("make_coupon_batch.begin", business_id):
        template = db.lock(CouponTemplate, template_id)
        if _batch(batch_id) is None:
            check_open(template, quantity)
            db.add(CouponBatch, id=batch_id, template_id=template_id, note=note, requested_count=quantity, actor=actor)
            count(template, quantity)  # the quota is theirs from now on
    finish_batch(business_id, batch_id)
    return batch_id


def finish_batch(business_id: uuid.UUID, batch_id: uuid.UUID) -> None:
    """Make what is missing of the batch.

    Raises:
        NotFound: no such batch.
    """
    while _make_some(business_id, batch_id):
        pass


def _make_some(business_id: uuid.UUID, batch_id: uuid.UUID) -> bool:
    """The next codes of the batch; False when all are there."""
    with db.phase("make_coupon_batch.chunk", business_id):
        batch = _batch(batch_id, lock=True)
        if batch is None:
            raise NotFound("not_found", "There is no such batch.")
        template = db.first(
            select(templates).where(templates.c.business_id == business_id, templates.c.id == batch.template_id)
        )
        assert template is not None  # the foreign key holds it
        quantity = min(CHUNK, batch.requested_count - batch.made)
        made = [{**_common(template, batch), "id": new_id(), "code": codes.new_code()} for _ in range(quantity)]
        if made:
            db.run(insert(Coupon).values(made))
            db.run(insert(StateChange).values([_born(row["id"], batch.actor) for row in made]))
            db.write(db.change(CouponBatch, batch_id, made=batch.made + quantity), expect=1)
        return bool(batch.made + quantity < batch.requested_count)


def _common(template: CouponTemplate, batch: CouponBatch) -> dict[str, Any]:
    return {
        "business_id": db.here(),
        "template_id": template.id,
        "batch_id": batch.id,
        "source": "batch",
        "status": COUPON.initial,
        "version": 1,
        "expires_at": expiry(template),
        "created_at": clock.now(),
    }


def _born(coupon_id: uuid.UUID, actor: str) -> dict[str, Any]:
    return {
        "business_id": db.here(),
        "id": new_id(),
        "created_at": clock.now(),
        "machine": COUPON.name,
        "row_id": coupon_id,
        "from_state": None,
        "to_state": COUPON.initial,
        "version": 1,
        "reason": "issued: batch",
        "actor": actor,
    }


def _batch(batch_id: uuid.UUID, *, lock: bool = False) -> CouponBatch | None:
    query = select(batches).where(batches.c.business_id == db.here(), batches.c.id == batch_id)
    return db.first(query.with_for_update() if lock else query)
