"""From a test business to a live one that takes payments, by the pages of the portal."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select, update

from app.core import clock, db
from app.domain.accounts.business.models import Business
from app.domain.payments.models import ChannelAccount
from app.workflow.checkout.manage_agreements import publish_agreement
from app.workflow.payments.manage_channels import add_channel_account
from tests.factories.people import code_now, make_user, set_up_app
from tests.factories.shop import Shop
from tests.pages import Visitor
from tests.workflow.accounts.lifecycle.test_go_live import LEGAL


def test_an_owner_goes_live_by_the_checklist(app: Flask, shop: Shop) -> None:
    login, owner = make_user(shop.business_id), Visitor(app)
    secret = set_up_app(login)
    owner.log_in(login.email, login.password).form("/second").send(code=code_now(secret))
    started = owner.get("/portal").follow("Go live")
    _set(shop, **LEGAL)

    opened = owner.get("/portal/go-live").form("/go-live/open").send()
    with db.system_reading():
        live_id = db.scalar(select(Business.twin_id).where(Business.id == shop.business_id))
    publish_agreement(live_id, code="terms", locale="en", title="Terms", body="What holds.")
    values = {"base_url": "https://api.stripe.com", "secret_key": "sk_live_x"}
    account_id = add_channel_account(live_id, channel="stripe", name="Stripe", values=values)
    untested = owner.get("/portal/go-live")
    with db.phase("test.connected", live_id):
        db.write(db.change(ChannelAccount, account_id, connected_at=clock.now()), expect=1)
    live = owner.get("/portal/go-live").form("/go-live/activate").send()

    assert (started.has_form("/go-live/open"), "Complete the checklist first" in started.text) == (False, True)
    assert "Your live business is open" in opened.text
    assert "Test mode: no real money moves" not in opened.text
    assert not untested.has_form("/go-live/activate")
    assert "This business is live and can take payments" in live.text


def test_a_form_sent_too_early_is_refused_on_the_page(owner: Visitor) -> None:
    address = "/portal/go-live"
    page = owner.get(address)
    refused = owner.post(f"{address}/open", {"csrf_token": page.form("/logout").values()["csrf_token"]})

    assert (refused.status, "Complete the checklist first" in refused.text) == (409, True)


def test_only_owners_find_the_page(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    viewer = signed_in(shop, "viewer")

    assert "Go live" not in viewer.get("/portal").text
    assert viewer.get("/portal/go-live").status == 403


def _set(shop: Shop, **values: object) -> None:
    with db.system_phase("test.set"):
        db.write(update(Business).where(Business.id == shop.business_id).values(**values), expect=1)
