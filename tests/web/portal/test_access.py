"""The portal's routes as a set: each has its permission, each needs a sign-in, none gives away another business."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.core import db, lists
from app.core.clock import now
from app.core.ids import new_id, show
from app.domain.accounts.business.types import PERMISSIONS
from app.domain.webhooks.models import InboundEvent
from app.read.accounts.settings import page_of_versions
from app.read.accounts.team import list_members
from app.read.webhooks.webhooks import Filter, list_deliveries
from app.web.portal.access import Undeclared, check_declared, needs
from app.workflow.accounts.change_settings import change_settings
from app.workflow.accounts.manage_keys import create_key
from app.workflow.accounts.people import manage_team
from app.workflow.accounts.people.manage_roles import RoleCommand, create_role
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.insights.make_export import ExportCommand, start_export
from app.workflow.insights.save_view import SavedViewCommand, save_view
from app.workflow.marketing.issue_coupons import issue_coupon
from app.workflow.marketing.make_coupon_batch import make_batch
from app.workflow.notifications.manage_alerts import AlertChatCommand, add_chat
from app.workflow.operations.manage_test_clock import create_test_clock
from app.workflow.orders.bulk_orders import start_bulk
from app.workflow.orders.manage_tax_rates import TaxRateCommand, set_tax_rate
from app.workflow.payments import manage_routing
from app.workflow.payments.confirm_bank_transfer import Line, record
from app.workflow.payments.manage_routing import RoutingRuleCommand
from app.workflow.webhooks import manage_webhooks
from app.workflow.webhooks.make_deliveries import make_deliveries
from app.workflow.webhooks.manage_webhooks import EndpointCommand
from tests.factories.approvals import waiting_approval
from tests.factories.bills import bill_ids
from tests.factories.business import make_agreement, make_promotion
from tests.factories.campaigns import make_campaign
from tests.factories.cases import open_case
from tests.factories.configurations import make_configuration
from tests.factories.contracts import plan_of, sign
from tests.factories.coupons import active_template
from tests.factories.credit_notes import credit_note_ids
from tests.factories.dead_letters import unsent_mail
from tests.factories.disputes import dispute_ids
from tests.factories.memberships import grant
from tests.factories.parcels import parcel_ids
from tests.factories.partners import partner_ids
from tests.factories.payment_orders import payment_order_ids
from tests.factories.people import make_user
from tests.factories.risk import risk_ids
from tests.factories.sellers import make_seller
from tests.factories.settlements import settlement_ids
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_every_route_declares_its_permission(app: Flask) -> None:
    check_declared(app)

    assert len(list(_rules(app))) > 20


def test_a_route_without_a_permission_stops_the_start() -> None:
    bare = Flask(__name__)
    bare.add_url_rule("/portal/secret", "portal.secret.index", lambda: "")

    with pytest.raises(Undeclared, match=r"portal\.secret\.index"):
        check_declared(bare)
    with pytest.raises(Undeclared):
        needs("orders.everything")


def test_nobody_gets_in_without_signing_in(app: Flask, shop: Shop) -> None:
    ids = _ids(shop)
    for rule in _rules(app):
        response = app.test_client().get(_url(app, rule, ids)) if "GET" in (rule.methods or ()) else None
        if response is not None:
            assert (response.status_code, "/portal/login" in response.headers["Location"]) == (302, True), rule


def test_another_businesss_ids_lead_nowhere(
    app: Flask, new_shop: Callable[..., Shop], signed_in: Callable[..., Visitor]
) -> None:
    ours, theirs = new_shop(), new_shop()
    ids = {**_ids(theirs), "order_id": show("ord", theirs.paid_order())}
    visitor = signed_in(ours)
    token = visitor.get("/portal").form("/logout").values()["csrf_token"]
    tried = 0
    for rule in _rules(app):
        if not rule.arguments & ids.keys():
            continue
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        sent = {"csrf_token": token, "name": "x", "body": "x", "code": "x", "price": "1", "max_per_order": "1"}
        sent |= {"amount": "10", "bank_reference": "B2", "booked_on": "2026-01-01"}
        sent |= {"sent_reference": "B3", "sent_on": "2026-01-01"}
        sent |= {
            "count": "1",
            "days": "1",
            "buyer": "x",
            "ends_at": "2099-01-01T00:00",
            "sku_1": ids["sku_id"],
            "to": "off",
        }
        sent |= {"delivery_days": "1", "extent": "rest", "reason": "goodwill", "currency": "USD", "priority": "1"}
        url = _url(app, rule, ids)
        page = visitor.get(url) if method == "GET" else visitor.post(url, sent)
        assert page.status == 404, f"{method} {rule.rule}: {page.status}"
        tried += 1
    assert tried >= 15
    assert ids["order_id"] not in visitor.get("/portal/orders", query={"q": ids["order_id"]}).links


def test_menus_lead_no_role_to_a_refusal(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    for role in PERMISSIONS:
        visitor = signed_in(shop, role)
        home = visitor.get("/portal")
        for link in {link for link in home.links if link.startswith("/portal")}:
            assert visitor.get(link).status == 200, f"{role}: {link}"


def _rules(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("portal."))


def _ids(shop: Shop) -> dict[str, str]:
    template_id, agreement_id = make_agreement(shop.business_id)
    return {
        "template_id": show("agt", template_id),
        "agreement_id": show("agr", agreement_id),
        "promotion_id": show("prm", make_promotion(shop.business_id)),
        **_coupon(shop),
        "configuration_id": show("cfg", make_configuration(shop)),
        "order_id": show("ord", new_id()),
        **_team(shop),
        "place": "1",
        "schedule_id": show("rps", new_id()),
        "chat_id": show(
            "alc", add_chat(shop.business_id, AlertChatCommand("Chat", "slack", "https://chat.example/x", []))
        ),
        "reservation_id": show("rsv", new_id()),
        "case_id": show("case", open_case(shop)),
        **_transfer(shop),
        "target_id": show("att", shop.pay(shop.place())),
        **settlement_ids(shop),
        **credit_note_ids(shop, "note_id"),
        "business_version_id": show("bsv", _version(shop)),
        "test_clock_id": show("tcl", create_test_clock(shop.business_id, actor="test")),
        "contract_id": show("con", sign(shop, plan_of(shop, unit_minor=0))),
        "plan_id": show("plan", plan_of(shop)),
        "buyer_id": show("byr", create_buyer(shop.business_id, BuyerCommand(reference="theirs"), actor="test")),
        "tax_rate_id": show("txr", _tax_rate(shop)),
        "approval_id": show("apr", waiting_approval(shop)),
        "dead_letter_id": show("mail", unsent_mail(shop.business_id, shop.place())),
        "product_id": show("prd", shop.product_id),
        "sku_id": show("sku", shop.sku_id),
        "account_id": show("cha", shop.account_id),
        "rule_id": show("rul", _rule(shop)),
        **_webhook(shop),
        **_list(shop),
        "membership_id": show("mbr", grant(shop)),
        "inbound_event_id": show("ibe", _inbound(shop)),
        "campaign_id": show("cmp", make_campaign(shop, "segment")),
        **risk_ids(shop),
        **dispute_ids(shop),
        **bill_ids(shop),
        "seller_id": make_seller(shop.business_id, "Theirs"),
        **partner_ids(shop),
        **parcel_ids(shop),
        "status": "lost",
        "session_id": show("pse", new_id()),
        "passkey_id": show("pky", new_id()),
        "key_id": show("key", create_key(shop.business_id, name="Theirs", kind="secret").id),
    }


def _version(shop: Shop) -> uuid.UUID:
    change_settings(shop.business_id, {"tax_number": "0"}, actor="test")
    return page_of_versions(shop.business_id, cursor="").items[0].id


def _inbound(shop: Shop) -> uuid.UUID:
    """What the merchant's system said about a delivery."""
    event_id = new_id()
    about = {"kind": "delivery", "subject_id": new_id(), "external_id": "evt-1", "type": "progress"}
    with db.phase("test.inbound", shop.business_id):
        db.add(InboundEvent, id=event_id, **about, payload={"text": "On the press"}, actor="test", verdict="ignored")
    return event_id


def _tax_rate(shop: Shop) -> uuid.UUID:
    return set_tax_rate(shop.business_id, TaxRateCommand(country="DE", name="VAT", rate_bps=1900))


def _team(shop: Shop) -> dict[str, str]:
    make_user(shop.business_id)
    member, *_ = list_members(shop.business_id)
    invited = manage_team.invite(shop.business_id, email="a@people.example", role="viewer", actor="test")
    command = RoleCommand("Theirs", {"home.read"}, {})
    return {
        "member_id": show("mem", member.id),
        "invitation_id": show("inv", invited.id),
        "role_id": show("rol", create_role(shop.business_id, command, actor="test")),
    }


def _webhook(shop: Shop) -> dict[str, str]:
    command = EndpointCommand("https://hooks.example/", ["*"])
    endpoint_id = manage_webhooks.create_endpoint(shop.business_id, command, actor="usr_somebody").id
    manage_webhooks.send_test(shop.business_id, endpoint_id)
    make_deliveries(shop.business_id)
    [delivery] = list_deliveries(shop.business_id, Filter(endpoint_id=endpoint_id), after=None, limit=1)
    return {"endpoint_id": show("whe", endpoint_id), "webhook_delivery_id": show("whd", delivery.id)}


def _list(shop: Shop) -> dict[str, str]:
    user, listing = make_user(shop.business_id).user_id, lists.find("orders")
    assert listing is not None
    view_id = save_view(shop.business_id, "orders", SavedViewCommand(), user_id=user, name="Theirs", shared=True)
    export_id = start_export(shop.business_id, listing, ExportCommand(), holder=show("usr", user))
    run_id, order_id = new_id(), shop.place()
    start_bulk(shop.business_id, "note", [order_id], actor=show("usr", user), run_id=run_id, note="Theirs")
    return {"run_id": show("blk", run_id), "view_id": show("vie", view_id), "export_id": show("exp", export_id)}


def _coupon(shop: Shop) -> dict[str, str]:
    template_id, batch_id = active_template(shop.business_id), new_id()
    make_batch(shop.business_id, template_id, quantity=1, actor="usr_somebody", batch_id=batch_id)
    coupon_id = issue_coupon(shop.business_id, template_id, buyer=None, actor="usr_somebody")
    return {
        "coupon_template_id": show("cpt", template_id),
        "coupon_batch_id": show("cpb", batch_id),
        "coupon_id": show("cpn", coupon_id),
    }


def _transfer(shop: Shop) -> dict[str, str]:
    shop.take_transfers()
    attempt_id = shop.pay(shop.place(), channel="offline")
    line = Line(amount_minor=1000, bank_reference="B1", booked_on=now().date())
    transfer_id = record(shop.business_id, attempt_id, line, actor="usr_somebody")
    return {"attempt_id": show("att", attempt_id), "transfer_id": show("btr", transfer_id), **payment_order_ids(shop)}


def _rule(shop: Shop) -> uuid.UUID:
    return manage_routing.add_rule(shop.business_id, RoutingRuleCommand(name="Theirs", weights={shop.account_id: 1}))


def _url(app: Flask, rule: Rule, ids: dict[str, str]) -> str:
    with app.test_request_context():
        from flask import url_for

        values = {name: ids.get(name, "simulator") for name in rule.arguments}
        return url_for(rule.endpoint, **values)
