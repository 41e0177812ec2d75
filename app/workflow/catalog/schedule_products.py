"""Products that go on sale and off sale by themselves. Buying goes by the moment, not by when the job comes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select

from app.core import clock, db, states
from app.core.errors import Invalid
from app.core.states import IllegalTransition
from app.domain.accounts.business.standing import UNCHANGING_NOW
from app.domain.catalog.models import Product
from app.domain.catalog.states import PRODUCT, ProductStatus
from app.lib.some import some
from app.workflow.catalog.manage_catalog import check_sellable
from app.workflow.steps.operations import due

BATCH = 200


def schedule_product(
    business_id: uuid.UUID, product_id: uuid.UUID, *, starts_at: datetime | None, ends_at: datetime | None, actor: str
) -> None:
    """Put the product on sale from `starts_at` (None or past: now) until `ends_at` (None: no end).

    Raises:
        NotFound: no such product. Invalid: the end is not after the beginning. IllegalTransition: it is archived, or it
            is on sale already and shall begin later.
        Conflict: it could not be sold, as `manage_catalog.publish_product` says.
    """
    with db.phase("schedule_products.schedule", business_id):
        product = db.lock(Product, product_id)
        now = clock.now()
        begins = starts_at if starts_at is not None and starts_at > now else None
        if ends_at is not None and ends_at <= (begins or now):
            raise Invalid("invalid_window", "The end of sale must be after its start.", details={"param": "ends_at"})
        if begins is not None and product.status == ProductStatus.ON_SALE:
            raise IllegalTransition("illegal_state", "The product is already on sale. Take it off sale first.")
        check_sellable(product)
        to = ProductStatus.SCHEDULED if begins is not None else ProductStatus.ON_SALE
        if product.status == to:
            db.write(db.change(Product, product_id, on_sale_at=begins, off_sale_at=ends_at), expect=1)
            return
        states.advance(PRODUCT, product, to, reason="scheduled", actor=actor, on_sale_at=begins, off_sale_at=ends_at)


def unschedule_product(business_id: uuid.UUID, product_id: uuid.UUID, *, actor: str) -> None:
    """Cancel the product's schedule: one that has not begun returns to draft, one on sale stays so without an end.

    Raises:
        NotFound: no such product. IllegalTransition: nothing is to come.
    """
    with db.phase("schedule_products.unschedule", business_id):
        product = db.lock(Product, product_id)
        if product.status == ProductStatus.ON_SALE:
            db.write(db.change(Product, product_id, off_sale_at=None), expect=1)
            return
        if product.status != ProductStatus.SCHEDULED:
            raise IllegalTransition("illegal_state", f"A product that is {product.status} has no schedule.")
        states.advance(
            PRODUCT,
            product,
            ProductStatus.DRAFT,
            reason="cancelled",
            actor=actor,
            on_sale_at=None,
            off_sale_at=None,
        )


def keep_schedules() -> int:
    """Publish and unpublish every product whose time has come; how many. Safe to run concurrently."""
    return due.process(_due, _keep)


def _keep(business_id: uuid.UUID, product_id: uuid.UUID) -> bool:
    with db.phase("schedule_products.keep", business_id):
        product = db.lock(Product, product_id)
        now = clock.now()
        row: states.RowState = states.RowState(product.id, product.status, product.version)
        if product.status == ProductStatus.SCHEDULED and some(product.on_sale_at) <= now:
            row = states.advance(
                PRODUCT, row, ProductStatus.ON_SALE, reason="scheduled start", actor="system", on_sale_at=None
            )
        if row.status == ProductStatus.ON_SALE and product.off_sale_at is not None and product.off_sale_at <= now:
            row = states.advance(
                PRODUCT, row, ProductStatus.OFF_SALE, reason="scheduled end", actor="system", off_sale_at=None
            )
        return bool(row.status != product.status)


def _due() -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    now = clock.now()
    with db.system_reading():
        rows = db.rows(
            select(Product.business_id, Product.id)
            .where(
                or_(
                    and_(Product.status == ProductStatus.SCHEDULED, Product.on_sale_at <= now),
                    and_(Product.status == ProductStatus.ON_SALE, Product.off_sale_at <= now),
                ),
                Product.business_id.not_in(UNCHANGING_NOW),
            )
            .order_by(Product.business_id, Product.id)
            .limit(BATCH)
        )
    return [(row.business_id, row.id) for row in rows]
