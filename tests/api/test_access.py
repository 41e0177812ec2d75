"""Who gets in, and to what: keys, and another business's ids on every route."""

from __future__ import annotations

import io
import uuid

from app.core.ids import new_id, parse, show
from app.core.money import Money
from app.domain.payments.types import Payee
from app.domain.signing.types import ChangeTerms
from app.workflow.accounts.manage_keys import create_key
from app.workflow.catalog import manage_catalog, manage_prices
from app.workflow.fulfilment import manage_files
from app.workflow.marketing.issue_coupons import issue_coupon
from app.workflow.marketing.make_coupon_batch import make_batch
from app.workflow.operations.log_requests import write_noted
from app.workflow.payments.manage_routing import RoutingRuleCommand, add_rule
from app.workflow.subscriptions import change_terms
from app.workflow.wallets import hold_funds, move_money, pay_out
from app.workflow.webhooks.make_deliveries import make_deliveries
from tests.factories.approvals import waiting_approval
from tests.factories.bills import bill_ids
from tests.factories.business import make_agreement, make_promotion
from tests.factories.campaigns import make_campaign
from tests.factories.cases import open_case
from tests.factories.configurations import make_configuration
from tests.factories.contracts import cycles, plan_of, sign
from tests.factories.coupons import active_template
from tests.factories.credit_notes import credit_note_ids
from tests.factories.dead_letters import unsent_mail
from tests.factories.disputes import dispute_ids
from tests.factories.files import image
from tests.factories.parcels import parcel_ids
from tests.factories.partners import partner_ids
from tests.factories.payment_orders import payment_order_ids
from tests.factories.people import make_user
from tests.factories.risk import risk_ids
from tests.factories.settlements import settlement_ids
from tests.factories.shop import Shop

SHARES = {"shares": [{"recipient": "seller", "rate_bps": 7000}]}
BODIES = {
    "advance_test_clock": {"time": "2030-01-01T00:00:00Z"},
    "assign_case": {"assignee": None},
    "snooze_case": {"until": None},
    "comment_case": {"body": "Taken over"},
    "resolve_case": {"reason": "Taken over"},
    "mend_case_by_action": {"mend": "refund_surplus", "reason": "Taken over", "dry_run": True},
    "extend_buyer_membership": {"days": 1, "reason": "x"},
    "shorten_buyer_membership": {"ends_at": "2099-01-01T00:00:00Z", "reason": "x"},
    "revoke_buyer_membership": {"reason": "x"},
    "move_buyer_membership": {"buyer_reference": "x", "reason": "x"},
    "send_delivery_event": {"id": "x", "type": "progress"},
    "create_sku": {"code": "NEW", "name": "New", "price_minor": 1, "currency": "USD"},
    "change_sku": {"price_minor": 1},
    "set_stock_rules": {"restock": "never"},
    "adjust_stock": {"change": 1, "reason": "counted"},
    "change_product": {"name": "Taken over"},
    "add_image": image(),
    "add_file": (b"x", {"name": "x"}),
    "add_file_version": (b"x", {"name": "x"}),
    "revoke_coupon": {"reason": "x"},
    "set_coupon_template_status": {"status": "paused"},
    "rename_category": {"name": "Taken over"},
    "change_seller": {"name": "Taken over"},
    "change_risk_entry": {"reason": "Taken over"},
    "change_risk_rule_set": {"name": "Taken over"},
    "set_risk_rule_set_status": {"status": "retired"},
    "change_campaign": {"name": "Taken over"},
    "set_campaign_status": {"status": "running"},
    "set_categories": {"categories": []},
    "change_image": {"alt": "Taken over"},
    "change_team_member": {"role": "viewer"},
    "change_role": {"name": "Taken over", "permissions": ["orders.read"]},
    "create_price": {"currency": "USD", "unit_minor": 1},
    "schedule_product": {},
    "set_options": {"options": []},
    "set_sku_deliverable": {},
    "fill_matrix": {"code": "X", "price_minor": 1, "currency": "USD"},
    "change_matrix": {"skus": [{"id": show("sku", new_id())}]},
    "add_licence_keys": {"keys": ["A"]},
    "release_hold": {"reason": "x"},
    "set_callback": {"url": "http://127.0.0.1:9/"},
    "pay_order": {"channel": "simulator"},
    "change_checkout_configuration": {"active": False},
    "change_webhook_endpoint": {"description": "Taken over"},
    "enable_webhook_endpoint": {},
    "roll_webhook_secret": {},
    "replay_webhooks_of_endpoint": {},
    "write_order_note": {"body": "x"},
    "change_key": {"name": "Taken over"},
    "roll_key": {},
    "set_promotion_status": {"status": "active"},
    "change_agreement": {"name": "Taken over"},
    "save_agreement_draft": {"locale": "en", "title": "Taken over", "body": "x"},
    "publish_agreement": {"locale": "en"},
    "discard_agreement_draft": {"locale": "en"},
    "set_participant": {"url": "http://127.0.0.1:9/"},
    "discard_dead_letter": {"reason": "x"},
    "create_channel_account": {"channel": "wallet", "name": "Balance", "enabled": False},
    "change_channel_account": {"enabled": False},
    "set_channel_terms": {"currency": "USD", "min_minor": 1},
    "change_routing_rule": {"enabled": False},
    "release_reservation": {"reason": "x"},
    "change_buyer": {"name": "Taken over"},
    "create_campaign": {
        "name": "Win back",
        "trigger": "segment",
        "coupon_template_id": "cpt_01jd3w8n2q4zt5b7yk2hc5e4rv",
        "audience": {"min_orders": 1},
    },
    "create_order": {
        "line_items": [{"sku_id": "sku_01jd3w8n2q4zt5b7yk2hc5e4rv", "quantity": 1}],
        "buyer": {"reference": "buyer-1"},
    },
    "create_split_rule": {"name": "All", "scope": "business", "version": SHARES},
    "save_split_rule_draft": SHARES,
    "try_split_rule": {"version": SHARES, "amount_minor": 900, "currency": "USD"},
    "try_split_rule_on_past_orders": {"days": 7},
    "set_partner_terms": {"cycle": "on_demand"},
    "merge_buyer": {"into": "byr_01jd3w8n2q4zt5b7yk2hc5e4rv", "reason": "x"},
    "look_at_buyer_merge": {"into": "byr_01jd3w8n2q4zt5b7yk2hc5e4rv"},
    "write_buyer_note": {"body": "x"},
    "record_buyer_consent": {"kind": "x", "granted": True, "source": "x"},
    "change_cases": {"action": "comment", "case_ids": ["case_01jd3w8n2q4zt5b7yk2hc5e4rv"], "text": "x"},
    "create_bulk_run": {"action": "note", "order_ids": ["ord_01jd3w8n2q4zt5b7yk2hc5e4rv"], "note": "x"},
    "cancel_payment_order": {"reason": "x"},
    "change_bank_account": {"archived": True},
    "reject_settlement": {"reason": "x"},
    "reject_adjustment": {"reason": "x"},
    "decide_payment_order_line": {"status": "executed"},
    "submit_dispute_evidence": {"explanation": "x"},
    "create_alert_chat": {"format": "slack", "url": "http://127.0.0.1:9/"},
    "change_business": {"tax_number": "1"},
    "preview_business_change": {"tax_number": "2"},
    "restore_business_version": {},
    "switch_alert_chat": {"enabled": False},
}


def test_another_business_ids_inside_a_request_look_absent(merchant, new_shop, merchant_of, browser_of) -> None:
    theirs = merchant_of(new_shop())
    ids = ids_of(theirs)
    mine = browser_of(merchant.new_session()["client_secret"])
    body = merchant.session_body()
    body["line_items"][0]["sku_id"] = ids["sku_id"]
    before = theirs.rows()

    assert merchant.post("/v1/checkout/sessions", body).status_code == 404
    assert merchant.post("/v1/refunds", {"order_id": ids["order_id"], "reason": "x"}).status_code == 404
    assert merchant.get(f"/v1/refunds?order_id={ids['order_id']}").json["data"] == []
    assert mine.call("POST", "", {"sku_id": ids["sku_id"]}).status_code == 404
    assert theirs.rows() == before


def test_lists_hold_what_is_ones_own(merchant, new_shop, merchant_of) -> None:
    theirs = merchant_of(new_shop())
    ids = set(ids_of(theirs).values())

    for path in (
        "/v1/orders",
        "/v1/checkout/configurations",
        "/v1/refunds",
        "/v1/movements",
        "/v1/withdrawals",
        "/v1/payouts",
        "/v1/payment_orders",
        "/v1/disputes",
        "/v1/channel_bills",
        "/v1/bank_accounts",
        "/v1/settlements",
        "/v1/adjustments",
        "/v1/holds",
        "/v1/products",
        "/v1/coupons",
        "/v1/coupon_templates",
        "/v1/categories",
        "/v1/sellers",
        "/v1/risk/entries",
        "/v1/risk/rule_sets",
        "/v1/risk/decisions",
        "/v1/campaigns",
        "/v1/product-imports",
        "/v1/buyer-imports",
        "/v1/membership-imports",
        "/v1/product-export",
        "/v1/channel_accounts",
        "/v1/channel_health",
        "/v1/routing_rules",
        "/v1/alert_chats",
        "/v1/bulk_runs",
        "/v1/saved_views",
        "/v1/events",
        "/v1/memberships",
        "/v1/entitlements?buyer_reference=buyer-1",
    ):
        shown = merchant.get(path).text

        assert not [each for each in ids if each in shown], path


def test_a_client_secret_opens_its_own_session_only(merchant, browser_of) -> None:
    one, other = merchant.new_session(), merchant.new_session()
    random = one["client_secret"].partition("_secret_")[2]

    for secret in (f"{other['id']}_secret_{random}", f"{one['id']}_secret_", one["id"], merchant.key, "x" * 999):
        answer = browser_of(secret).call("GET")

        assert (answer.status_code, answer.json["code"]) == (401, "client_secret_invalid")


def test_a_client_secret_ends_with_its_session(merchant, browser_of, clock) -> None:
    """Not with the payment: a buyer who comes back the same day sees how it ended."""
    over, unpaid = merchant.new_session(), merchant.new_session()
    browser = browser_of(over["client_secret"])
    assert browser.call("POST", "/cancel", {}).json["status"] == "cancelled"

    clock.move(47 * 3600)
    assert browser.call("GET").json["status"] == "cancelled"
    clock.move(2 * 3600)
    assert browser.call("GET").status_code == 401
    assert browser_of(unpaid["client_secret"]).call("GET").status_code == 200, "whether it can be paid is not told here"


def ids_of(theirs) -> dict[str, str]:
    order_id = theirs.shop.paid_order()
    return {
        "session_id": theirs.new_session()["id"],
        "order_id": show("ord", order_id),
        "any_id": show("ord", order_id),
        "attempt_id": theirs.get(f"/v1/orders/{show('ord', order_id)}/attempts").json["data"][0]["id"],
        "line_id": theirs.get(f"/v1/orders/{show('ord', order_id)}").json["lines"][0]["id"],
        "dead_letter_id": show("mail", unsent_mail(theirs.shop.business_id, order_id)),
        "refund_id": show("rfd", theirs.shop.refund(order_id, 100)),
        "movement_id": show("txn", theirs.shop.refund(order_id, 100)),
        "product_id": show("prd", theirs.shop.product_id),
        "sku_id": show("sku", theirs.shop.sku_id),
        "export_id": theirs.post("/v1/exports", {"resource": "orders"}, once=None).json["id"],
        "import_id": theirs.post("/v1/product-imports", (b"sku\n", {})).json["id"],
        "buyer_import_id": theirs.post("/v1/buyer-imports", (b"reference\n", {})).json["id"],
        "membership_import_id": theirs.post("/v1/membership-imports", (b"buyer\n", {})).json["id"],
        "case_id": show("case", open_case(theirs.shop)),
        "category_id": theirs.post("/v1/categories", {"code": "all", "name": "All"}).json["id"],
        "campaign_id": show("cmp", make_campaign(theirs.shop, "segment")),
        **risk_ids(theirs.shop),
        "seller_id": theirs.post("/v1/sellers", {"name": "Theirs"}, once=None).json["id"],
        **partner_ids(theirs.shop),
        **parcel_ids(theirs.shop),
        "image_id": theirs.post(f"/v1/products/{show('prd', theirs.shop.product_id)}/images", image()).json["id"],
        "licence_key_id": _licence_key_of(theirs),
        "price_id": show("prc", _price_of(theirs.shop)),
        "configuration_id": show("cfg", make_configuration(theirs.shop)),
        "file_id": show("fil", _file_of(theirs.shop)),
        **_webhooks_of(theirs),
        **_rules_of(theirs.shop),
        **_team_of(theirs),
        **_channels_of(theirs.shop),
        "view_id": theirs.post("/v1/saved_views", {"resource": "orders", "name": "Theirs"}, once=None).json["id"],
        "chat_id": theirs.post("/v1/alert_chats", BODIES["create_alert_chat"]).json["id"],
        "run_id": theirs.post("/v1/bulk_runs", {"action": "poll", "order_ids": [show("ord", order_id)]}).json["id"],
        "reservation_id": _held_of(theirs),
        "approval_id": show("apr", waiting_approval(theirs.shop)),
        "business_version_id": _version_of(theirs),
        "buyer_id": theirs.post("/v1/buyers", {"reference": "theirs"}).json["id"],
        "tax_rate_id": theirs.post("/v1/tax_rates", {"country": "DE", "name": "VAT", "rate_bps": 1900}).json["id"],
        "test_clock_id": theirs.post("/v1/test_clocks").json["id"],
        "request_id": _request_of(theirs),
        "delivery_id": theirs.get(f"/v1/deliveries?order_id={show('ord', order_id)}").json["data"][0]["id"],
        "inbound_event_id": _inbound_event_of(theirs, order_id),
        "membership_id": theirs.get("/v1/memberships").json["data"][0]["id"],
        "key_id": show("key", create_key(theirs.shop.business_id, name="theirs", kind="secret").id),
        **_coupons_of(theirs.shop),
        **_contract_of(theirs.shop),
        **_money_of(theirs.shop),
    }


def _inbound_event_of(theirs, order_id: uuid.UUID) -> str:
    delivery_id = theirs.get(f"/v1/deliveries?order_id={show('ord', order_id)}").json["data"][0]["id"]
    sent = theirs.post(f"/v1/deliveries/{delivery_id}/events", {"id": "x", "type": "progress"}, once=None)
    return str(sent.json["id"])


def _channels_of(shop: Shop) -> dict[str, str]:
    rule_id = add_rule(shop.business_id, RoutingRuleCommand(name="Theirs", weights={shop.account_id: 1}))
    return {"account_id": show("cha", shop.account_id), "rule_id": show("rul", rule_id)}


def _held_of(theirs) -> str:
    """A unit of stock that an order holds."""
    sku = {"code": "FEW", "name": "Few", "price_minor": 100, "currency": "USD", "stock": 3}
    made = theirs.post(f"/v1/products/{show('prd', theirs.shop.product_id)}/skus", sku).json["id"]
    held = theirs.shop.place(sku_id=parse("sku", made))
    [reservation] = theirs.get(f"/v1/reservations?order_id={show('ord', held)}").json["data"]
    return str(reservation["id"])


def _version_of(theirs) -> str:
    theirs.call("PATCH", "/v1/business", {"tax_number": "0"})
    return str(theirs.get("/v1/business/versions").json["data"][0]["id"])


def _request_of(theirs) -> str:
    request_id = theirs.get("/v1/orders").headers["X-Request-Id"]
    write_noted()
    return str(request_id)


def _webhooks_of(theirs) -> dict[str, str]:
    made = theirs.post("/v1/webhook_endpoints", {"url": "https://hooks.example/", "events": ["*"]}).json["id"]
    event_id = theirs.post(f"/v1/webhook_endpoints/{made}/test", once=None).json["event_id"]
    make_deliveries(theirs.shop.business_id)
    [delivery] = theirs.get(f"/v1/webhook_deliveries?endpoint_id={made}").json["data"]
    return {"endpoint_id": made, "event_id": event_id, "webhook_delivery_id": delivery["id"]}


def _team_of(theirs) -> dict[str, str]:
    make_user(theirs.shop.business_id, "support")
    [member] = [each for each in theirs.get("/v1/team_members").json["data"] if each["role"] == "support"]
    body = {"email": "a@people.example", "role": "viewer"}
    return {
        "member_id": member["id"],
        "invitation_id": theirs.post("/v1/team_invitations", body).json["id"],
        "role_id": theirs.post("/v1/roles", {"name": "Theirs", "permissions": ["orders.read"]}).json["id"],
    }


def _file_of(shop: Shop) -> uuid.UUID:
    command = manage_catalog.ProductCommand(name="Font", delivery_kind="download")
    product_id = manage_catalog.create_product(shop.business_id, command, actor="test")
    return manage_files.add_file(shop.business_id, product_id, io.BytesIO(b"x"), name="font.otf", actor="test")


def _rules_of(shop: Shop) -> dict[str, str]:
    agreement_id, version_id = make_agreement(shop.business_id)
    return {
        "agreement_id": show("agt", agreement_id),
        "version_id": show("agr", version_id),
        "promotion_id": show("prm", make_promotion(shop.business_id)),
    }


def _licence_key_of(theirs) -> str:
    command = manage_catalog.ProductCommand(name="Game", delivery_kind="licence_key")
    product_id = manage_catalog.create_product(theirs.shop.business_id, command, actor="test")
    product = show("prd", product_id)
    sku = {"code": "KEYS", "name": "Key", "price_minor": 100, "currency": "USD", "stock": 0}
    sku_id = theirs.post(f"/v1/products/{product}/skus", sku, once=None).json["id"]
    theirs.post(f"/v1/skus/{sku_id}/licence_keys", {"keys": ["AAAA-BBBB-CCCC"]}, once=None)
    return theirs.get(f"/v1/licence_keys?sku_id={sku_id}").json["data"][0]["id"]


def _coupons_of(shop: Shop) -> dict[str, str]:
    template_id, batch_id = active_template(shop.business_id), new_id()
    make_batch(shop.business_id, template_id, quantity=1, actor="test", batch_id=batch_id)
    return {
        "template_id": show("cpt", template_id),
        "batch_id": show("cpb", batch_id),
        "coupon_id": show("cpn", issue_coupon(shop.business_id, template_id, buyer=None, actor="test")),
    }


def _contract_of(shop: Shop) -> dict[str, str]:
    plan_id = plan_of(shop, unit_minor=0, max_quantity=2)
    contract_id, change_id = sign(shop, plan_id), new_id()
    wanted = ChangeTerms(quantity=2, at="period_end")
    change_terms.change_contract(shop.business_id, contract_id, wanted, actor="test", change_id=change_id)
    return {
        "plan_id": show("plan", plan_id),
        "contract_id": show("con", contract_id),
        "change_id": show("cch", change_id),
        "cycle_id": show("cyc", cycles(shop, contract_id)[0].id),
    }


def _price_of(shop: Shop) -> uuid.UUID:
    command = manage_prices.PriceCommand(currency="JPY", unit_minor=1)
    price_id = manage_prices.set_price(shop.business_id, shop.sku_id, command, actor="test")
    assert price_id is not None
    return price_id


def _money_of(shop: Shop) -> dict[str, str]:
    about = {"buyer": "buyer-1", "actor": "test", "reason": "x"}
    shop.keep_wallets()
    move_money.grant(shop.business_id, money=Money(300, "USD"), **about)
    out = {"money": Money(100, "USD"), "payee": Payee(account="1"), "actor": "test"}
    return {
        "withdrawal_id": show("txn", pay_out.withdraw(shop.business_id, buyer="buyer-1", **out)),
        "payout_id": show("txn", pay_out.pay_out(shop.business_id, **out)),
        "hold_id": show("hld", hold_funds.place(shop.business_id, money=Money(100, "USD"), **about)),
        **payment_order_ids(shop),
        **dispute_ids(shop),
        **credit_note_ids(shop),
        **bill_ids(shop),
        **settlement_ids(shop),
    }
