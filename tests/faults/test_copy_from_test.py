"""The process is stopped dead while things of a test business are copied into live; another copy finishes it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core import db
from app.domain.accounts.business.models import Role
from app.domain.catalog.models import Category
from app.domain.checkout.agreements.models import Agreement
from app.domain.payments.models import RoutingRule
from app.domain.webhooks.models import WebhookEndpoint
from app.workflow.accounts.copy_from_test import NEEDS, copy_parts
from app.workflow.accounts.people.manage_roles import RoleCommand, create_role
from app.workflow.catalog.manage_categories import create_category
from app.workflow.checkout.manage_agreements import publish_agreement
from app.workflow.payments.manage_channels import add_channel_account
from app.workflow.payments.manage_routing import RoutingRuleCommand, add_rule
from app.workflow.webhooks.manage_webhooks import EndpointCommand, create_endpoint
from tests.factories.live import make_live
from tests.factories.people import make_members
from tests.factories.shop import Shop

OWNER = "usr_01jd63x2hbfg6rw3r000000003"
BANK = {"account_holder": "Shop Ltd", "bank_name": "First Bank", "account_number": "DE00 1234", "pay_days": "7"}
POINTS = [
    f"{phase}.{end}"
    for phase in (
        "set_appearance.set",
        "manage_roles.create",
        "manage_categories.create_category",
        "manage_agreements.create",
        "manage_agreements.publish_text",
        "manage_agreements.change",
        "manage_routing.add",
        "manage_webhooks.create",
    )
    for end in ("before_commit", "after")
]


@pytest.mark.parametrize("point", POINTS)
def test_another_copy_finishes_it_and_nothing_is_there_twice(shop: Shop, dies: Callable[..., None], point: str) -> None:
    live_id = _live(shop)

    dies(shop, "copy_from_test", live_id, at=point)

    copy_parts(live_id, NEEDS, actor=OWNER)
    again = copy_parts(live_id, NEEDS, actor=OWNER)
    assert {item.outcome for item in again} == {"same"}
    assert {model.__tablename__: _count(live_id, model) for model in (Role, Category, Agreement, RoutingRule)} == {
        "roles": 1,
        "categories": 2,
        "agreements": 2,
        "routing_rules": 1,
    }
    assert _count(live_id, WebhookEndpoint) == 1
    shop.audit()


def _live(shop: Shop) -> uuid.UUID:
    live_id = make_live(shop.business_id, appearance={"theme": "night"})
    make_members(live_id, OWNER)
    make_members(shop.business_id, OWNER)
    create_role(shop.business_id, RoleCommand("Night shift", {"orders.read"}, {}), actor=OWNER)
    outer = create_category(shop.business_id, code="games", name="Games")
    create_category(shop.business_id, code="maps", name="Maps", parent_id=outer)
    for locale in ("en", "de"):
        publish_agreement(shop.business_id, code="house-rules", locale=locale, title="Rules", body="Be kind.")
    for business_id in (shop.business_id, live_id):
        bank = add_channel_account(business_id, channel="offline", name="Bank", values=BANK)
        if business_id == shop.business_id:
            add_rule(business_id, RoutingRuleCommand(name="Big ones", weights={bank: 1}))
    create_endpoint(shop.business_id, EndpointCommand(url="https://hooks.example/x", topics=["*"]), actor="test")
    return live_id


def _count(business_id: uuid.UUID, model: type[db.Base]) -> int:
    table = db.table(model)
    with db.reading(business_id):
        return len(db.rows(select(table.c.id).where(table.c.business_id == business_id)))
