"""The settings in the portal: sections, effects before saving, two people at once, and the history."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from flask import Flask

from app.core.ids import show
from app.domain.accounts.business.settings.declared import SECTIONS, of_section
from app.read.accounts.settings import settings
from app.workflow.accounts.change_settings import change_settings
from tests.factories.live import make_live
from tests.factories.openings import changed_settings
from tests.factories.people import add_membership, make_user
from tests.factories.shop import Shop
from tests.pages import Visitor

OTHER = "usr_01jd3w8n2q4zt5b7yk2hc5e4rv"


def test_each_section_shows_what_is_in_force_and_saves_it_unchanged(shop: Shop, owner: Visitor) -> None:
    before = settings(shop.business_id)

    for section in SECTIONS:
        page = owner.get(f"/portal/settings/{section.key}")
        saved = page.form(f"/settings/{section.key}").send()

        assert all(setting.title in page.text for setting in of_section(section.key))
        assert "Nothing was changed." in saved.text
    assert settings(shop.business_id) == before


def test_what_is_typed_is_saved_and_stands_in_the_history(shop: Shop, owner: Visitor) -> None:
    typed = {"refund_window_days": "30", "refund_reasons": "Late\n\nToo dear \n", "reason": "New rules"}

    saved = owner.get("/portal/settings/refunds").form("/settings/refunds").send(**typed)
    owner.get("/portal/settings/general").form("/settings/general").send(currencies="usd, eur", country="DE")

    assert "Saved." in saved.text
    values = settings(shop.business_id).values
    assert (values["refund_window_days"], values["refund_reasons"]) == (30, ["Late", "Too dear"])
    assert (values["currencies"], values["country"]) == (["USD", "EUR"], "DE")
    index = owner.get("/portal/settings")
    assert "30 days" in index.text
    assert "Germany" in index.text
    history = index.follow("History")
    assert "New rules" in history.text
    version = history.follow("Version 1")
    assert "Late, Too dear" in version.text
    assert "Any reason" in version.text


def test_a_number_that_is_not_touched_stays_what_it_was_to_the_second(shop: Shop, owner: Visitor) -> None:
    change_settings(shop.business_id, {"auto_confirm_s": 3661}, actor=OTHER)

    page = owner.get("/portal/settings/orders")
    page.form("/settings/orders").send(pay_deadline_s="45")

    values = settings(shop.business_id).values
    assert (values["pay_deadline_s"], values["auto_confirm_s"]) == (2700, 3661)


def test_what_is_wrong_is_said_beside_its_field(shop: Shop, owner: Visitor) -> None:
    legal = owner.get("/portal/settings/legal").form("/settings/legal").send(contact_email="nobody", tax_number="9")
    general = owner.get("/portal/settings/general").form("/settings/general").send(currencies="USD, QQQ")
    orders = owner.get("/portal/settings/orders").form("/settings/orders").send(pay_deadline_s="4")

    assert (legal.status, "Invalid email address." in legal.text) == (422, True)
    assert legal.form("/settings/legal").values()["tax_number"] == "9"
    assert (general.status, "QQQ" in general.text) == (422, True)
    assert (orders.status, "5 to 43,200 minutes." in orders.text) == (422, True)
    assert settings(shop.business_id).version == 0


def test_orders_that_would_complete_now_are_named_before_it_is_saved(
    shop: Shop, owner: Visitor, clock: ModuleType
) -> None:
    shop.paid_order()
    clock.move(2 * 3600)
    owner.log_in_again()

    first = owner.get("/portal/settings/orders").form("/settings/orders").send(auto_confirm_s="1")
    between = settings(shop.business_id).version
    second = first.form("/settings/orders").send()

    assert (first.status, "Delivered orders that complete now: 1." in first.text, between) == (422, True, 0)
    assert "Saved." in second.text
    assert settings(shop.business_id).values["auto_confirm_s"] == 3600


def test_the_second_of_two_people_sees_what_the_first_has_changed(shop: Shop, owner: Visitor) -> None:
    page = owner.get("/portal/settings/refunds")
    change_settings(shop.business_id, {"refund_window_days": 14}, actor=OTHER)

    refused = page.form("/settings/refunds").send(refund_window_days="30")
    saved = refused.form("/settings/refunds").send()

    assert refused.status == 409
    assert "14 days" in refused.text
    assert refused.form("/settings/refunds").values()["refund_window_days"] == "30"
    assert "Saved." in saved.text
    assert settings(shop.business_id).values["refund_window_days"] == 30


def test_versions_are_put_back_and_undone(shop: Shop, owner: Visitor) -> None:
    for number in ("1", "2", "3"):
        change_settings(shop.business_id, {"tax_number": number}, actor=OTHER)

    owner.get("/portal/settings/history").follow("Version 1").form("/restore").send(reason="Typo")
    back = settings(shop.business_id).values["tax_number"]
    history = owner.get("/portal/settings/history").follow("Version 4").form("/restore").send()

    assert back == "1"
    assert settings(shop.business_id).values["tax_number"] == "3"
    assert "Version 1 put back. Typo" in history.text


def test_the_history_pages_on(shop: Shop, owner: Visitor) -> None:
    for number in range(51):
        change_settings(shop.business_id, {"tax_number": str(number)}, actor=OTHER)

    first = owner.get("/portal/settings/history")
    second = first.follow("Older")

    assert ("Version 51" in first.text, "Version 2" in second.text) == (True, False)
    assert "Version 1" in second.text


def test_an_empty_history_says_what_to_do(owner: Visitor) -> None:
    assert "No changes yet" in owner.get("/portal/settings/history").text


def test_who_may_only_see_finds_no_button(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    finance = signed_in(shop, "finance")

    page = finance.get("/portal/settings/refunds")

    assert "Your role can view these settings" in page.text
    assert finance.get("/portal/settings").status == 200
    assert signed_in(shop, "support").get("/portal/settings").status == 403


def test_the_refund_form_offers_the_reasons_of_the_business(shop: Shop, owner: Visitor) -> None:
    order_id = shop.paid_order()
    change_settings(shop.business_id, {"refund_reasons": ["Arrived late", "Too dear"]}, actor=OTHER)

    page = owner.get(f"/portal/orders/{show('ord', order_id)}")
    page.form("/refund").send(reason="Too dear").form("/refund").send()

    assert "Arrived late" in page.text
    assert len(shop.refunds(order_id)) == 1


def test_one_of_something_is_said_as_one(shop: Shop, owner: Visitor) -> None:
    change_settings(shop.business_id, {"keep_requests_days": 1, "webhook_attempts": 1}, actor=OTHER)

    page = owner.get("/portal/settings")

    assert ("1 day" in page.text, "1 days" in page.text) == (True, False)
    assert ("1 attempt" in page.text, "1 attempts" in page.text) == (True, False)


def test_languages_are_ticked(shop: Shop, owner: Visitor) -> None:
    form = owner.get("/portal/settings/general").form("/settings/general")

    owner.client.post(form.element.get("action"), data={**form.values(), "languages": ["en", "pt-BR"]})
    page = owner.get("/portal/settings/general")

    assert settings(shop.business_id).values["languages"] == ["en", "pt-BR"]
    assert page.source.count(" checked") == 2


def test_settings_are_copied_from_test_after_a_look(app: Flask, shop: Shop) -> None:
    login, visitor = make_user(shop.business_id), Visitor(app)
    live_id = make_live(shop.business_id)
    add_membership(login, live_id, role="owner")
    change_settings(shop.business_id, {"tax_number": "T-1", "receipt_footer": "Bye"}, actor="test")
    visitor.log_in(login.email, login.password)
    there = visitor.get("/portal/settings").form("/account/business").send(business=show("biz", live_id))

    page = there.follow("Copy from test")
    copied = page.form("/settings/copy").send(setting="tax_number")
    left = visitor.get("/portal/settings/copy")

    assert there.heading == "Settings"
    assert ("T-1" in page.text, "Bye" in page.text) == (True, True)
    assert "Copied" in copied.text
    assert ("T-1" in left.text, "Bye" in left.text) == (False, True)


def test_the_form_of_retention_knows_what_the_installation_allows(owner: Visitor) -> None:
    with changed_settings(retention_limits={"requests": (7, 14)}):
        shown = owner.get("/portal/settings/retention")
        refused = shown.form("/retention").send(keep_requests_days="15")
        saved = shown.form("/retention").send(keep_requests_days="14", accepted="keep_requests_days")

    assert "7 to 14 days." in shown.text
    assert "The operator of this installation limits it further." in shown.text
    assert refused.status == 422
    assert "7 to 14 days." in refused.text
    assert "Saved." in saved.text
    assert "limits it further" not in owner.get("/portal/settings/retention").text
