"""The demo business that a first start shows: a membership and what goes with it, one channel, one owner."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from app.core import db, settings, states
from app.core.ids import named, new_id, show
from app.core.security.passwords import hash_password
from app.domain.accounts.business.models import Business, Membership, User
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.states import PRODUCT, ProductStatus
from app.domain.marketing.kinds import FullReduction, Percentage, Scope, Step
from app.domain.marketing.states import PromotionStatus, TemplateStatus
from app.domain.marketing.types import CouponPlan, DiscountRule
from app.domain.orders.types import OrderItem
from app.domain.webhooks.models import WebhookEndpoint
from app.domain.webhooks.states import EndpointStatus
from app.workflow.accounts.manage_keys import create_key
from app.workflow.checkout.manage_agreements import publish_agreement
from app.workflow.checkout.manage_configurations import (
    ConfigurationCommand,
    change_configuration,
    configurations,
    create_configuration,
)
from app.workflow.marketing.manage_coupons import create_template, transition_template
from app.workflow.marketing.manage_promotions import create_promotion, transition_promotion
from app.workflow.payments.manage_channels import add_channel_account
from app.workflow.webhooks.manage_webhooks import EndpointCommand, change_endpoint, create_endpoint

EMAIL = "owner@demo.example"
ENDPOINT = "Demo shop"
# Code, name, price, days.
Specifications = Sequence[tuple[str, str, int, int]]
TERMS = """1. You buy membership time for your account. It begins when your payment is confirmed.

2. You can have your money back within 14 days, as long as the membership was not used.

3. We keep what is needed to deliver and to account for your purchase, and nothing else."""


def seed_demo() -> dict[str, Any]:
    """Make the demo business. A second call says so (`"fresh": false`), and only lets the shop in if it has moved."""
    with db.system_phase("seed_demo.look"):
        known = db.first(
            select(Business.id, Business.allowed_origins)
            .join(Membership, Membership.business_id == Business.id)
            .join(User, User.id == Membership.user_id)
            .where(User.email == EMAIL)
            .order_by(Business.created_at)
        )
        if known is not None:
            _let_shop_in(known.id, known.allowed_origins)
    if known is not None:
        _move_webhook(known.id)
        return {"fresh": False, "email": EMAIL, **_button(known.id)}
    password = secrets.token_urlsafe(9)
    business_id, owner_id = _business(password)
    sku_ids = furnish(business_id)
    return {
        "fresh": True,
        "business_id": show("biz", business_id),
        "email": EMAIL,
        "password": password,
        "secret_key": create_key(business_id, name="Demo shop", kind="secret", made_for=owner_id).secret,
        "publishable_key": create_key(business_id, name="Demo shop page", kind="publishable").secret,
        "sku_ids": [show("sku", sku_id) for sku_id in sku_ids],
        "simulator": _channel(business_id),
        **_button(business_id),
        **_webhook(business_id),
    }


def furnish(business_id: uuid.UUID) -> list[uuid.UUID]:
    """Give a new business what the demo sells; the ids of the membership's SKUs."""
    _extras(business_id)
    sku_ids = _membership(business_id)
    publish_agreement(business_id, code="terms", locale="en", title="Membership terms", body=TERMS)
    return sku_ids


def add_simulator(business_id: uuid.UUID, *, merchant_id: str, api_key: str) -> uuid.UUID:
    """Let a business be paid by the simulator; the channel account's id."""
    return add_channel_account(
        business_id,
        channel="simulator",
        name="Pretend Pay",
        values={
            "base_url": "",  # the one beside us, wherever PORT moves it
            "merchant_id": merchant_id,
            "api_key": api_key,
        },
    )


def _let_shop_in(business_id: uuid.UUID, origins: list[str]) -> None:
    shop_url = settings.current().shop_url
    if shop_url and shop_url not in origins:
        moved = update(Business).where(Business.id == business_id).values(allowed_origins=[*origins, shop_url])
        db.write(moved, expect=1)


def _webhook(business_id: uuid.UUID) -> dict[str, str]:
    """The shop hears of everything."""
    shop_url = settings.current().shop_url
    if not shop_url:
        return {}
    command = EndpointCommand(f"{shop_url}/hook", ["*"], ENDPOINT)
    return {"webhook_secret": create_endpoint(business_id, command, actor="system").secret}


def _move_webhook(business_id: uuid.UUID) -> None:
    shop_url = settings.current().shop_url
    with db.reading(business_id):
        named = WebhookEndpoint.description == ENDPOINT, WebhookEndpoint.status != EndpointStatus.REMOVED
        row = db.first(select(db.table(WebhookEndpoint)).where(WebhookEndpoint.business_id == business_id, *named))
    if shop_url and row is not None and row.url != f"{shop_url}/hook":
        change_endpoint(business_id, row.id, EndpointCommand(f"{shop_url}/hook", row.topics, ENDPOINT, row.in_order))


def _button(business_id: uuid.UUID) -> dict[str, str]:
    """What the shop's button and its plain link sell: one of the membership. Whoever made it another keeps it so."""
    own_id = named(business_id, "demo shop")
    shop_url = settings.current().shop_url
    back = f"{shop_url}/buttons" if shop_url else None
    with db.reading(business_id):
        known = db.first(select(configurations).where(configurations.c.id == own_id))
        sku = db.first(select(Sku.id).where(Sku.business_id == business_id, Sku.code == "MOON-1M"))
    if known is None:
        if sku is None:
            return {}
        command = ConfigurationCommand(name="Membership by a button", items=[OrderItem(sku.id, 1)], return_url=back)
        create_configuration(business_id, command, configuration_id=own_id)
    elif back and known.archived_at is None and (known.return_url or back).endswith("/buttons"):
        change_configuration(business_id, own_id, {"return_url": back})
    return {"configuration": show("cfg", own_id)}


def _business(password: str) -> tuple[uuid.UUID, uuid.UUID]:
    """The business and its owner."""
    business_id, owner_id = new_id(), new_id()
    shop_url = settings.current().shop_url
    with db.system_phase("seed_demo.business"):
        db.write(
            db.new_row(
                Business,
                id=business_id,
                name="Moonlight Press",
                mode="test",
                allowed_origins=[shop_url] if shop_url else [],
            )
        )
        db.write(
            db.new_row(
                User,
                id=owner_id,
                email=EMAIL,
                name="Demo Owner",
                password_hash=hash_password(password),
            )
        )
        db.write(db.new_row(Membership, business_id=business_id, user_id=owner_id, role="owner"))
    return business_id, owner_id


def _membership(business_id: uuid.UUID) -> list[uuid.UUID]:
    _, sku_ids = _product(
        business_id,
        "Moonlight membership",
        "Every issue, the whole archive and the readers' evenings.",
        [("MOON-1M", "1 month", 900, 30), ("MOON-3M", "3 months", 2400, 90), ("MOON-12M", "12 months", 8400, 365)],
    )
    return sku_ids


def _extras(business_id: uuid.UUID) -> None:
    """What fills a cart beside the membership, and is cheaper together."""
    evening, _ = _product(business_id, "Readers' evening", "", [("EVENING", "One seat", 1200, 60)])
    archive, _ = _product(
        business_id,
        "The archive, collected",
        "",
        [("ARCHIVE-A", "1998 to 2009", 1800, 3650), ("ARCHIVE-B", "2010 to today", 2000, 3650)],
    )
    rule = DiscountRule(
        id=new_id(),
        name="Evenings and archive",
        benefit=FullReduction(steps=(Step(threshold_minor=3000, off_minor=500),)),
        currency="USD",
        scope=Scope(product_ids=frozenset((evening, archive))),
    )
    transition_promotion(
        business_id, create_promotion(business_id, rule, actor="system"), PromotionStatus.ACTIVE, actor="system"
    )
    plan = CouponPlan(
        rule=DiscountRule(id=new_id(), name="For readers", benefit=Percentage(off_bps=1000)),
        shared_code="READER10",
        listed=True,
    )
    transition_template(
        business_id, create_template(business_id, plan, actor="system"), TemplateStatus.ACTIVE, actor="system"
    )


def _product(
    business_id: uuid.UUID, name: str, description: str, specifications: Specifications
) -> tuple[uuid.UUID, list[uuid.UUID]]:
    product_id = new_id()
    sku_ids = []
    with db.phase("seed_demo.product", business_id):
        db.add(Product, id=product_id, name=name, status=ProductStatus.DRAFT, description=description)
        states.born(PRODUCT, product_id, reason="demo", actor="system")
        state = states.RowState(product_id, ProductStatus.DRAFT, 1)
        states.advance(PRODUCT, state, ProductStatus.ON_SALE, reason="demo", actor="system")
        for code, specification, price_minor, days in specifications:
            sku_ids.append(new_id())
            db.add(
                Sku,
                id=sku_ids[-1],
                product_id=product_id,
                code=code,
                name=specification,
                price_minor=price_minor,
                currency="USD",
                delivery_days=days,
                stock=None,
            )
    return product_id, sku_ids


def _channel(business_id: uuid.UUID) -> dict[str, str]:
    merchant_id = f"demo-{business_id.hex[-8:]}"
    api_key = secrets.token_hex(24)
    add_simulator(business_id, merchant_id=merchant_id, api_key=api_key)
    return {"merchant_id": merchant_id, "api_key": api_key, "name": "Moonlight Press"}
