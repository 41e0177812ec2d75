"""Alerts in the portal: the bell, the list, what is mailed, chats."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.ids import show
from app.domain.notifications.alerts.models import AlertPreference
from app.workflow.notifications import manage_alerts, raise_alerts
from tests.factories.approvals import waiting_approval
from tests.factories.shop import Shop
from tests.pages import Visitor

pytestmark = pytest.mark.usefixtures("own_database")


def test_the_bell_counts_until_it_is_read(shop: Shop, owner: Visitor) -> None:
    approval_id = waiting_approval(shop)
    raise_alerts.raise_due()

    bell = [each for each in owner.get("/portal").document.all("a") if each.get("href") == "/portal/alerts"]
    page = owner.get("/portal/alerts")
    read = page.form("/alerts/read").send()

    assert bell[0].text == "Alerts 1 new"
    assert f"/portal/approvals/{show('apr', approval_id)}" in page.links
    assert "Waiting for approval: payout of $1.00" in page.text
    assert not read.has_form("/alerts/read")
    assert "1 new" not in read.text


def test_what_a_role_may_not_see_rings_no_bell(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    waiting_approval(shop)
    raise_alerts.raise_due()
    visitor = signed_in(shop, "viewer")

    page, settings = visitor.get("/portal/alerts"), visitor.get("/portal/alerts/settings")

    assert "No alerts" in page.text
    assert "approval" not in settings.text.lower()
    assert not settings.has_form("/alerts/chats")


def test_somebody_chooses_what_is_mailed(shop: Shop, owner: Visitor) -> None:
    owner.get("/portal/alerts/settings").form("/alerts/settings").send(kinds="stock_low")

    assert shop.one(select(AlertPreference.mailed)).mailed == ["stock_low"]
    shown = owner.get("/portal/alerts/settings").form("/alerts/settings")
    assert [each.get("value") for each in shown.element.all("input") if "checked" in each.attributes] == ["stock_low"]


def test_a_chat_is_added_tried_switched_and_removed(owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manage_alerts, "send_now", lambda *_: None)
    form = owner.get("/portal/alerts/settings").form("/alerts/chats")

    refused = form.send(name="Ops", format="slack", url="ftp://chat.example/x")
    added = form.send(name="Ops", format="slack", url="https://chat.example/services/T0/B0/secret")
    off = added.form("/switch").send()
    response = off.form("/remove").send()

    assert refused.status == 422
    assert "A test message was delivered" in added.text
    assert "secret" not in added.source.split("Add a chat")[0]
    assert "Off" in off.text
    assert not response.has_form("/remove")


def test_large_refunds_are_set_by_currency(owner: Visitor) -> None:
    form = owner.get("/portal/alerts/settings").form("/large-refunds")

    wrong = form.send(amounts="USD lots")
    stored = form.send(amounts="USD 100.00\nJPY 5000")

    assert wrong.status == 422
    assert stored.form("/large-refunds").values()["amounts"].split("\n") == ["JPY 5000", "USD 100.00"]
