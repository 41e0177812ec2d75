"""What a test business has besides settings is taken over by its live twin; a second copy changes nothing."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import Conflict, Invalid
from app.core.ids import show
from app.domain.accounts.business.models import ApiKey, Approval, Business, Role
from app.domain.catalog.models import Category
from app.domain.checkout.agreements.models import Agreement
from app.domain.orders.receipts.models import TaxRate
from app.domain.orders.types import OrderItem
from app.domain.payments.models import ChannelAccount
from app.domain.risk.models import RiskRuleSet
from app.domain.risk.types import Condition, Rule
from app.domain.webhooks.models import WebhookEndpoint
from app.workflow.accounts.approvals.set_approval_limits import set_approval_limits
from app.workflow.accounts.copy_from_test import NEEDS, WAITS, CopyItem, copy_parts, copyable_parts
from app.workflow.accounts.manage_keys import create_key
from app.workflow.accounts.people.manage_roles import RoleCommand, create_role
from app.workflow.catalog.manage_categories import create_category, rename_category
from app.workflow.checkout.manage_agreements import publish_agreement
from app.workflow.checkout.manage_configurations import ConfigurationCommand, create_configuration
from app.workflow.checkout.set_appearance import set_appearance
from app.workflow.orders.manage_tax_rates import TaxRateCommand, set_tax_rate
from app.workflow.payments.manage_channels import add_channel_account
from app.workflow.payments.manage_routing import RoutingRuleCommand, add_rule
from app.workflow.risk import manage_rule_sets
from app.workflow.risk.manage_rule_sets import RuleSetCommand
from app.workflow.webhooks.manage_webhooks import EndpointCommand, change_endpoint, create_endpoint
from tests.factories.live import make_live
from tests.factories.people import make_user
from tests.factories.shop import Shop

BANK = {"account_holder": "Shop Ltd", "bank_name": "First Bank", "account_number": "DE00 1234", "pay_days": "7"}
STRICT = RuleSetCommand(
    name="Strict",
    rules=[Rule(name="Much", result="score", score=60, when=(Condition("amount", "at_least", 50_000, "USD"),))],
    block_at=50,
)
URL = "https://hooks.example/x"


@pytest.fixture
def live(shop: Shop) -> uuid.UUID:
    """A live twin of the shop, which has something of every part."""
    live_id = make_live(shop.business_id)
    owner = owner_of(shop)
    create_role(shop.business_id, RoleCommand("Night shift", {"orders.write", "orders.read"}, {}), actor=owner)
    outer = create_category(shop.business_id, code="games", name="Games")
    create_category(shop.business_id, code="maps", name="Maps", parent_id=outer)
    publish_agreement(shop.business_id, code="house-rules", locale="en", title="Rules", body="Be **kind**.")
    publish_agreement(shop.business_id, code="house-rules", locale="de", title="Regeln", body="Seid nett.")
    set_appearance(shop.business_id, {"theme": "night"})
    create_endpoint(shop.business_id, EndpointCommand(url=URL, topics=["order.*"]), actor="test")
    bank = add_channel_account(shop.business_id, channel="offline", name="Bank", values=BANK)
    add_rule(shop.business_id, RoutingRuleCommand(name="Big ones", weights={bank: 1}, currency="USD", min_minor=9))
    add_rule(shop.business_id, RoutingRuleCommand(name="Pretend", weights={shop.account_id: 1}))
    one = [OrderItem(shop.sku_id, 1)]
    create_configuration(shop.business_id, ConfigurationCommand(name="Button", items=one))
    set_tax_rate(shop.business_id, TaxRateCommand(country="DE", name="VAT", rate_bps=1900))
    manage_rule_sets.create(shop.business_id, STRICT, actor=owner)
    return live_id


def owner_of(shop: Shop) -> str:
    """Somebody who owns the shop."""
    return show("usr", make_user(shop.business_id).user_id)


def test_everything_is_copied_once_and_what_live_lacks_is_left_out(live: uuid.UUID) -> None:
    owner = show("usr", make_user(live).user_id)
    add_channel_account(live, channel="offline", name="Bank", values=BANK)
    before = by_name(copyable_parts(live))

    done = by_name(copy_parts(live, NEEDS.keys(), actor=owner))
    again = by_name(copy_parts(live, NEEDS.keys(), actor=owner))

    new = {"Night shift", "games", "maps", "house-rules", "Big ones", URL, "DE", "Strict"}
    assert {name for name, item in before.items() if item.outcome == "new"} == new
    assert {name for name, item in done.items() if item.outcome == "copied"} == new | {"appearance"}
    assert {name: item.outcome for name, item in again.items() if name in new | {"appearance"}} == dict.fromkeys(
        new | {"appearance"}, "same"
    )
    assert "simulator" not in {row.channel for row in rows(live, ChannelAccount)}
    assert "no channel account" in done["Pretend"].reason
    assert "no SKU" in done["Button"].reason
    assert [row.name for row in rows(live, Role)] == ["Night shift"]


def test_risk_rules_become_a_draft_that_decides_nothing(shop: Shop, live: uuid.UUID) -> None:
    owner = owner_of(shop)
    copy_parts(live, ["risk_rules"], actor=owner)
    [first] = rows(live, RiskRuleSet)
    manage_rule_sets.move(live, first.id, "shadow", actor=owner)
    [draft] = rows(shop.business_id, RiskRuleSet)
    manage_rule_sets.change(shop.business_id, draft.id, replace(STRICT, block_at=90), actor=owner)

    [ahead] = [item for item in copyable_parts(live) if item.part == "risk_rules"]
    copy_parts(live, ["risk_rules"], actor=owner)
    [again] = copy_parts(live, ["risk_rules"], actor=owner)

    assert [(each.member, each.before, each.after) for each in ahead.differences] == [("block_at", "50", "90")]
    assert again.outcome == "same"
    assert {(row.status, row.block_at) for row in rows(live, RiskRuleSet)} == {("shadow", 50), ("draft", 90)}


def test_a_changed_tax_rate_ends_the_one_in_live(shop: Shop, live: uuid.UUID) -> None:
    copy_parts(live, ["tax_rates"], actor="test")
    set_tax_rate(shop.business_id, TaxRateCommand(country="DE", name="VAT", rate_bps=700))
    own = TaxRateCommand(country="DE", name="Books", rate_bps=500, product_id=shop.product_id)
    set_tax_rate(shop.business_id, own)

    done = [item for item in copy_parts(live, ["tax_rates"], actor="test") if item.part == "tax_rates"]

    assert [item.outcome for item in done] == ["copied", "left_out"]
    assert {(row.rate_bps, row.ends_at is None) for row in rows(live, TaxRate)} == {(1900, False), (700, True)}


def test_an_endpoint_gets_a_secret_of_its_own_which_is_shown_once(shop: Shop, live: uuid.UUID) -> None:
    [made] = copy_parts(live, ["webhook_endpoints"], actor=show("usr", make_user(live).user_id))
    [again] = copy_parts(live, ["webhook_endpoints"], actor="test")

    [test], [copied] = rows(shop.business_id, WebhookEndpoint), rows(live, WebhookEndpoint)
    assert made.secret
    assert again.secret == ""
    assert test.secrets != copied.secrets


def test_what_changed_in_test_changes_in_live_and_what_live_has_alone_stays(shop: Shop, live: uuid.UUID) -> None:
    owner = show("usr", make_user(live).user_id)
    copy_parts(live, ["categories"], actor=owner)
    create_category(live, code="own", name="Live alone")
    with db.reading(shop.business_id):
        table = db.table(Category)
        games = db.scalar(select(table.c.id).where(table.c.business_id == shop.business_id, table.c.code == "games"))
    rename_category(shop.business_id, games, "All games")

    found = by_name(copyable_parts(live))
    copy_parts(live, ["categories"], actor=owner)

    assert (found["games"].outcome, found["maps"].outcome) == ("changed", "same")
    assert {row.code: row.name for row in rows(live, Category)} == {
        "games": "All games",
        "maps": "Maps",
        "own": "Live alone",
    }


def test_what_would_change_is_shown(shop: Shop, live: uuid.UUID) -> None:
    owner = show("usr", make_user(live).user_id)
    copy_parts(live, ["webhook_endpoints"], actor=owner)
    [endpoint] = rows(shop.business_id, WebhookEndpoint)
    change_endpoint(shop.business_id, endpoint.id, EndpointCommand(url=URL, topics=["refund.*"], description="Till"))

    found = by_name(copyable_parts(live))[URL]
    [done] = copy_parts(live, ["webhook_endpoints"], actor=owner)

    assert (found.outcome, done.outcome, done.secret) == ("changed", "copied", "")
    assert {(each.member, each.before, each.after) for each in found.differences} == {
        ("topics", "order.*", "refund.*"),
        ("description", "–", "Till"),
    }


def test_a_category_that_stands_elsewhere_in_live_is_left_there(live: uuid.UUID) -> None:
    create_category(live, code="maps", name="Maps")

    done = by_name(copy_parts(live, ["categories"], actor=show("usr", make_user(live).user_id)))

    assert (done["games"].outcome, done["maps"].outcome) == ("copied", "left_out")


def test_two_of_one_name_cannot_be_told_apart(live: uuid.UUID) -> None:
    for topics in (["order.*"], ["refund.*"]):
        create_endpoint(live, EndpointCommand(url=URL, topics=topics), actor="test")

    [item] = copy_parts(live, ["webhook_endpoints"], actor="test")

    assert (item.outcome, item.reason[:12]) == ("left_out", "Several have")
    assert len(rows(live, WebhookEndpoint)) == 2


def test_higher_limits_are_asked_for_once(shop: Shop, live: uuid.UUID) -> None:
    owner = show("usr", make_user(live).user_id)
    set_approval_limits(live, {"refund": {"USD": 100}})
    set_approval_limits(shop.business_id, {"refund": {"USD": 900}})

    [first], [again] = (copy_parts(live, ["approval_limits"], actor=owner) for _ in range(2))

    assert (first.outcome, again.outcome, again.reason) == ("left_out", "left_out", WAITS)
    assert [row.status for row in rows(live, Approval)] == ["requested"]


def test_a_language_that_only_live_has_stays(live: uuid.UUID) -> None:
    owner = show("usr", make_user(live).user_id)
    publish_agreement(live, code="house-rules", locale="fr", title="Règles", body="Soyez gentils.")

    copy_parts(live, ["agreements"], actor=owner)
    again = by_name(copy_parts(live, ["agreements"], actor=owner))

    assert again["house-rules"].outcome == "same"
    current = {row.locale: row.revision for row in rows(live, Agreement) if row.current and row.code == "house-rules"}
    assert current == {"en": 1, "de": 1, "fr": 1}


def test_keys_and_credentials_are_never_copied(shop: Shop, live: uuid.UUID) -> None:
    create_key(shop.business_id, name="server", kind="secret")

    copy_parts(live, NEEDS.keys(), actor=show("usr", make_user(live).user_id))

    assert (rows(live, ApiKey), rows(live, ChannelAccount)) == ([], [])


def test_only_chosen_parts_into_a_live_twin(shop: Shop, live: uuid.UUID) -> None:
    copy_parts(live, ["appearance"], actor="test")

    assert rows(live, Role) == []
    with db.system_reading():
        looks = db.scalar(select(Business.appearance).where(Business.id == live))
    assert looks == {"theme": "night"}
    with pytest.raises(Conflict):
        copyable_parts(shop.business_id)
    for parts in ([], ["keys"]):
        with pytest.raises(Invalid):
            copy_parts(live, parts, actor="test")


def by_name(items: tuple[CopyItem, ...]) -> dict[str, CopyItem]:
    """The items by what they are called."""
    return {item.name: item for item in items}


def rows(business_id: uuid.UUID, model: type) -> list:
    """All rows of a table of this business."""
    table = db.table(model)
    with db.reading(business_id):
        return list(db.rows(select(table).where(table.c.business_id == business_id)))
