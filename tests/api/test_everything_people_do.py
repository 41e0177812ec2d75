"""What people do in the portal, programs do too: each form has its operation, or a reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask

from app.api.v1 import v1
from app.core.ids import show

# Section of the portal → form → operation of the API.
THE_SAME: dict[str, dict[str, str]] = {
    "adjustments": {"attach": "attach_adjustment_document", "download": "get_adjustment_document",
                    "create": "create_adjustment", "reject": "reject_adjustment", "reverse": "create_reversal"},
    "agreements": {"create": "create_agreement", "save": "change_agreement", "save_draft": "save_agreement_draft",
                   "publish": "publish_agreement", "discard": "discard_agreement_draft"},
    "alerts": {"add_chat": "create_alert_chat", "remove_chat": "remove_alert_chat", "set_large": "set_large_refunds",
               "switch_chat": "switch_alert_chat", "test_chat": "try_alert_chat"},
    "approvals": {"call_off": "cancel_approval", "decide": "approve_request"},
    "appearance": {"save": "save_appearance"},
    "bank_accounts": {"add": "create_bank_account", "archive": "change_bank_account", "rename": "change_bank_account"},
    "brand": {"save": "set_brand_contact", "save_logo": "set_logo", "remove_logo": "remove_logo"},
    "buyers": {"create": "create_buyer", "change": "change_buyer", "note": "write_buyer_note", "merged": "merge_buyer"},
    "bulk": {"make": "create_bulk_run"},
    "cases": {"assign": "assign_case", "comment": "comment_case", "mend": "mend_case_by_action",
              "change": "change_cases", "mend_many": "change_cases",
              "resolve": "resolve_case", "snooze": "snooze_case"},
    "campaigns": {"create": "create_campaign", "duplicate": "duplicate_campaign", "move": "set_campaign_status",
                  "save": "change_campaign"},
    "categories": {"assign": "set_categories", "create": "create_category", "remove": "remove_category",
                   "rename": "rename_category"},
    "channels": {"create": "create_channel_account", "save": "change_channel_account", "terms": "set_channel_terms",
                 "test": "try_channel_account"},
    "configurations": {"change": "change_checkout_configuration", "create": "create_checkout_configuration",
                       "switch": "change_checkout_configuration"},
    "closing": {"archive": "create_business_archive"},
    "coupons": {"batch": "create_coupon_batch", "create": "create_coupon_template", "issue": "issue_coupon",
                "move": "set_coupon_template_status", "revoke": "revoke_coupon", "export": "list_coupons",
                "finish": "create_coupon_batch"},
    "downloads": {"add": "add_file", "add_version": "add_file_version", "remove": "remove_file"},
    "flows": {"request_transition": "create_transition"},
    "deliverables": {"save": "set_sku_deliverable"},
    "buyer_imports": {"apply": "apply_buyer_import", "discard": "discard_buyer_import", "send": "start_buyer_import"},
    "membership_imports": {"apply": "apply_membership_import", "discard": "discard_membership_import",
                           "send": "start_membership_import"},
    "imports": {"apply": "apply_product_import", "discard": "discard_product_import", "send": "start_product_import"},
    "jobs": {"retry": "retry_dead_letter", "discard": "discard_dead_letter"},
    "inbound": {"replay": "replay_inbound_event"},
    "keys": {"create": "create_key", "revoke": "revoke_key", "roll": "roll_key", "save": "change_key"},
    "lists": {"export": "create_export", "remove": "remove_shared_view", "save": "save_shared_view"},
    "matrix": {"fill": "fill_matrix", "save": "change_matrix", "save_options": "set_options",
               "set_many": "change_matrix"},
    "movements": {"poll": "poll_movement", "make": "create_top_up"},
    "orders": {"poll": "poll_order", "close": "cancel_order", "complete": "complete_order",
               "deliver": "try_delivery", "note": "write_order_note", "refund": "create_refund"},
    "origins": {"add": "add_origin", "remove": "remove_origin"},
    "images": {"add": "add_image", "describe": "change_image", "move": "change_image", "remove": "remove_image"},
    "memberships": {"grant": "grant_buyer_membership", "extend": "extend_buyer_membership",
                    "shorten": "shorten_buyer_membership", "revoke": "revoke_buyer_membership",
                    "move": "move_buyer_membership"},
    "points": {"change": "change_buyers_points"},
    "risk_rules": {"create": "create_risk_rule_set", "add_rule": "change_risk_rule_set",
                   "remove_rule": "change_risk_rule_set", "move": "set_risk_rule_set_status",
                   "ask": "request_risk_rule_set", "copy": "create_risk_rule_set"},
    "risk_entries": {"create": "create_risk_entry", "read_file": "import_risk_entries", "remove": "remove_risk_entry"},
    "parcels": {"pack": "create_parcel", "ship": "ship_parcel", "label": "change_parcel", "deliver": "deliver_parcel",
                "end": "end_parcel"},
    "warehouses": {"create": "create_warehouse", "archive": "archive_warehouse", "restore": "restore_warehouse"},
    "partners": {"create": "create_partner", "save": "change_partner", "suspend": "suspend_partner",
                 "resume": "resume_partner", "close": "close_partner", "set_terms": "set_partner_terms",
                 "set_payee": "request_partner_payee", "close_batch": "create_settlement_batch"},
    "payment_orders": {"cancel": "cancel_payment_order", "decide": "decide_payment_order_line",
                       "download": "download_payment_order_file", "make": "create_payment_order",
                       "review_report": "send_bank_report", "record_report": "send_bank_report"},
    "channel_bills": {"fetch": "fetch_channel_bill"},
    "disputes": {"submit": "submit_dispute_evidence", "accept": "accept_dispute",
                 "evidence": "download_dispute_evidence"},
    "prices": {"create": "create_price", "end": "end_price"},
    "products": {"add_keys": "add_licence_keys", "add_sku": "create_sku", "create": "create_product",
                 "archive": "archive_product", "publish": "publish_product", "save": "change_product",
                 "remove_participant": "remove_participant", "roll_callback_secret": "roll_callback_secret",
                 "roll_participant_secret": "roll_participant_secret", "revoke_key": "revoke_licence_key",
                 "save_callback": "set_callback", "save_participant": "set_participant", "save_sku": "change_sku",
                 "schedule": "schedule_product", "unschedule": "unschedule_product", "unpublish": "unpublish_product"},
    "privacy": {"erase": "erase_buyer_data", "export": "export_personal_data"},
    "promotions": {"create": "create_promotion", "move": "set_promotion_status"},
    "reservations": {"retry": "retry_reservation", "release": "release_reservation"},
    "routing": {"create": "create_routing_rule", "remove": "remove_routing_rule", "save": "change_routing_rule"},
    "sellers": {"archive": "archive_seller", "create": "create_seller", "restore": "restore_seller",
                "save": "change_seller"},
    "settings": {"save": "change_business", "copy_chosen": "copy_business_settings",
                 "copy_items": "copy_business_items",
                 "restore": "restore_business_version"},
    "settlements": {"record": "create_settlement", "reject": "reject_settlement"},
    "settlement_batches": {"ask": "request_settlement_batch", "pay": "pay_settlement_batch",
                           "statement": "get_settlement_statement"},
    "settlement_holds": {"create": "create_settlement_hold", "release": "release_settlement_hold"},
    "holidays": {"add": "create_holiday", "remove": "delete_holiday"},
    "split_rules": {"create": "create_split_rule", "save": "save_split_rule_draft", "ask": "request_split_rule",
                    "discard": "discard_split_rule_draft", "rename": "rename_split_rule"},
    "splitting": {"choose": "choose_order_splitting"},
    "stock": {"adjust": "adjust_stock", "save_rules": "set_stock_rules"},
    "contracts": {"pause": "pause_contract", "resume": "resume_contract", "cancel": "cancel_contract",
                  "uncancel": "uncancel_contract", "save_change": "create_contract_change",
                  "cancel_change": "cancel_contract_change"},
    "contract_metrics": {"file": "list_metric_contracts"},
    "plans": {"create": "create_plan", "archive": "archive_plan", "offer": "unarchive_plan"},
    "tax_rates": {"create": "create_tax_rate", "end": "end_tax_rate"},
    "test_clock": {"create": "create_test_clock", "advance": "advance_test_clock", "delete": "delete_test_clock"},
    "team": {"archive_role": "remove_role", "change_role": "change_role", "create_role": "create_role",
             "remove": "remove_team_member", "send_invitation": "create_team_invitation",
             "set_role": "change_team_member", "revoke": "revoke_team_invitation"},
    "wallets": {"place_hold": "create_hold", "release": "release_hold",
                "download_statement": "get_wallet_statement_csv"},
    "webhooks": {"again": "replay_webhook_delivery", "create": "create_webhook_endpoint",
                 "enable": "enable_webhook_endpoint", "pause": "pause_webhook_endpoint",
                 "remove": "remove_webhook_endpoint", "replay": "replay_webhooks_of_endpoint",
                 "roll": "roll_webhook_secret", "save": "change_webhook_endpoint", "test": "send_test_event"},
}  # fmt: skip

# Forms that are about the person, or about the page.
OF_A_PERSON = "their own session, looks, second factor or views; a program has none"
OF_A_PAGE = "only shows something, or makes the file of a page; the API reads the same"
BY_PEOPLE = "what two people decide is decided by people, so that no key can approve what a key asked for"
ONLY_HERE: dict[str, str] = {
    "account.*": OF_A_PERSON,
    "security.*": OF_A_PERSON,
    "password.*": OF_A_PERSON,
    "reports.schedule reports.stop": OF_A_PERSON,
    "alerts.choose alerts.mark_read": OF_A_PERSON,
    "lists.columns": OF_A_PERSON,
    "team.preview team.stop_preview": OF_A_PERSON,
    "team.confirm": BY_PEOPLE,
    "closing.close closing.erase": "an owner with a second factor of their own decides to end it; a key has none",
    "going_live.*": "an owner with a second factor of their own decides to take real money; a key has none",
    "team.renew": "revoke the invitation and send another",
    "appearance.try_on products.preview playground.start": OF_A_PAGE,
    "orders.download_receipt orders.download_credit_note reports.file exports.fetch audit_log.export": OF_A_PAGE,
    "approvals.set_limits approvals.wait approvals.cancel_closure": BY_PEOPLE,
    "bank_transfers.*": BY_PEOPLE,
    "payment_orders.approve payment_orders.wait settlements.confirm adjustments.approve": BY_PEOPLE,
    "settlements.wait adjustments.wait": BY_PEOPLE,
}


def test_every_form_of_the_portal_has_an_operation_or_a_reason(app: Flask) -> None:
    covered = {f"{section}.{form}" for section, forms in THE_SAME.items() for form in forms}
    apart = " ".join(ONLY_HERE).split()

    untold = [form for form in _forms(app) if form not in covered and not any(_is_about(each, form) for each in apart)]

    assert untold == [], "name the operation that does the same, or say why there is none"


def test_what_is_named_is_there(app: Flask) -> None:
    forms, operations = set(_forms(app)), {operation.name for operation in v1.operations}

    for section, same in THE_SAME.items():
        for form, operation in same.items():
            assert f"{section}.{form}" in forms
            assert operation in operations, f"{section}.{form}"
    for each in " ".join(ONLY_HERE).split():
        assert any(_is_about(each, form) for form in forms), each


def _forms(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("portal.") and "POST" in (rule.methods or ()):
            yield rule.endpoint.removeprefix("portal.")


def _is_about(pattern: str, form: str) -> bool:
    return form == pattern or (pattern.endswith(".*") and form.startswith(pattern[:-1]))


def test_what_people_do_about_an_order(merchant) -> None:
    order = show("ord", merchant.shop.paid_order())
    [delivery] = merchant.get(f"/v1/deliveries?order_id={order}").json["data"]

    note = merchant.post(f"/v1/orders/{order}/notes", {"body": "Called twice."}, once=None)
    response = merchant.post(f"/v1/orders/{order}/poll", once=None)
    tried = merchant.post(f"/v1/deliveries/{delivery['id']}/try", once=None)

    assert (note.status_code, note.json["body"]) == (201, "Called twice.")
    assert response.json == {"polled": 0}
    assert tried.json == {"delivery_id": delivery["id"], "tried": False}


def test_origins_and_archived_products(merchant) -> None:
    added = merchant.post("/v1/checkout/origins", {"origin": "https://shop.example"}, once=None)
    wrong = merchant.post("/v1/checkout/origins", {"origin": "shop"}, once=None)
    removed = merchant.post("/v1/checkout/origins/remove", {"origin": "https://shop.example"}, once=None)
    again = merchant.post("/v1/checkout/origins/remove", {"origin": "https://shop.example"}, once=None)
    product = f"/v1/products/{show('prd', merchant.shop.product_id)}"
    on_sale = merchant.post(f"{product}/archive", once=None)
    merchant.post(f"{product}/unpublish", once=None)

    assert "https://shop.example" in added.json["data"]
    assert "https://shop.example" not in removed.json["data"]
    assert (wrong.json["code"], again.status_code) == ("invalid_origin", 404)
    assert on_sale.json["code"] == "illegal_state"
    assert merchant.post(f"{product}/archive", once=None).json["status"] == "archived"
