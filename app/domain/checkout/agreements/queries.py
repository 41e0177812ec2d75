"""Which agreements a purchase asks for."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import exists, or_, select

from app.core import db
from app.domain.checkout.agreements.models import Agreement, AgreementProduct, AgreementTemplate

MAX_ROWS = 500  # languages of all agreements that one purchase asks for


def asked_for(product_ids: Collection[uuid.UUID], *, with_body: bool = False) -> Sequence[Agreement]:
    """The current versions, in every language, of what buyers of these products must accept, by code and locale, in
    the open transaction. The body is in the rows only when asked for: it may be long."""
    table = db.table(Agreement)
    columns = [column for column in table.columns if with_body or column.name != "body"]
    of_products = exists().where(
        AgreementProduct.business_id == AgreementTemplate.business_id,
        AgreementProduct.template_id == AgreementTemplate.id,
        AgreementProduct.product_id.in_(list(product_ids)),
    )
    query = (
        select(*columns)
        .join(
            AgreementTemplate,
            (AgreementTemplate.business_id == table.c.business_id) & (AgreementTemplate.id == table.c.template_id),
        )
        .where(
            table.c.business_id == db.here(),
            table.c.current,
            AgreementTemplate.enabled,
            or_(AgreementTemplate.applies_to == "business", of_products),
        )
        .order_by(table.c.code, table.c.locale)
        .limit(MAX_ROWS)
    )
    return db.rows(db.select_as(Agreement, query))
