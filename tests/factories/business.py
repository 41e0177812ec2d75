"""A business with nothing but a product: for what needs no payment company."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row, select

from app.core import db, states
from app.core.ids import new_id
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Product
from app.domain.catalog.states import PRODUCT
from app.domain.marketing.kinds import Percentage
from app.domain.marketing.types import DiscountRule
from app.workflow.checkout import manage_agreements
from app.workflow.marketing import manage_promotions


def make_business(name: str = "Bare") -> uuid.UUID:
    """A new business's id."""
    business_id = new_id()
    with db.system_phase("test.business"):
        db.write(db.new_row(Business, id=business_id, name=name))
    return business_id


def make_product(business_id: uuid.UUID) -> uuid.UUID:
    """The id of a new product, in draft."""
    product_id = new_id()
    with db.phase("test.product", business_id):
        db.add(Product, id=product_id, name="Membership")
        states.born(PRODUCT, product_id, reason="test", actor="test")
    return product_id


def product(business_id: uuid.UUID, product_id: uuid.UUID) -> Row[Any]:
    """The product as it is now."""
    with db.reading(business_id):
        found = db.first(select(Product.__table__).where(Product.business_id == business_id, Product.id == product_id))
    assert found is not None
    return found


def make_agreement(business_id: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID]:
    """The ids of a new agreement and of its only version, asked of nobody."""
    command = manage_agreements.AgreementCommand(name="Terms", enabled=False)
    template_id = manage_agreements.create_agreement(business_id, code="terms", command=command)
    text = {"locale": "en", "title": "Terms", "body": "Be kind.", "actor": "test"}
    manage_agreements.save_draft(business_id, template_id, **text)
    return template_id, manage_agreements.publish_draft(business_id, template_id, locale="en", actor="test")


def make_promotion(business_id: uuid.UUID) -> uuid.UUID:
    """The id of a new promotion, in draft."""
    rule = DiscountRule(id=new_id(), name="Sale", benefit=Percentage(off_bps=1000))
    return manage_promotions.create_promotion(business_id, rule, actor="test")
