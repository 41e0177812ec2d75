"""Closing a business by the pages of the portal."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from types import ModuleType

from app.core import settings
from app.workflow.accounts.approvals import decide_approval
from app.workflow.insights import make_export
from app.workflow.insights.fetch_export import make_link
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_two_owners_close_the_business_and_its_pages_say_so(
    shop: Shop, signed_in: Callable[..., Visitor], clock: ModuleType
) -> None:
    asks, decides = signed_in(shop), signed_in(shop)
    page = asks.get("/portal/settings").follow("Export or close")
    assert "Enter a reason" in page.form("/close").send(sure="y").text

    asked = page.form("/close").send(reason="We stop.", sure="y")
    again = asks.get("/portal/close")
    waiting = decides.get("/portal/approvals").follow("Close the business")
    approved = waiting.form("/decide").send(reason="agreed", decision="approve")
    clock.move(settings.current().second_person_waits.total_seconds() + 60)
    decide_approval.sweep_approvals()
    asks, home = signed_in(shop), None
    home = asks.get("/portal")

    assert "another person must decide" in asked.text
    assert not again.has_form("/portal/close")
    assert approved.has_form("/cancel-closure")
    assert "This business is closed" in home.text
    assert not asks.get("/portal/close").has_form("/portal/close")


def test_an_approved_closure_is_cancelled_by_a_click(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    asks, decides = signed_in(shop), signed_in(shop)
    asks.get("/portal/close").form("/close").send(reason="We stop.", sure="y")
    waiting = decides.get("/portal/approvals").follow("Close the business")
    approved = waiting.form("/decide").send(reason="agreed", decision="approve")

    cancelled = approved.form("/cancel-closure").send()

    assert "Cancelled" in cancelled.text
    assert asks.get("/portal/close").has_form("/portal/close")


def test_an_owner_exports_everything_and_downloads_it(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    owner = signed_in(shop)
    order_id = shop.paid_order()

    exports = owner.get("/portal/settings").follow("Export or close").form("/close/archive").send()
    make_export.work_due(slice_s=30)
    ready = owner.get("/portal/exports")
    run = shop.one(make_export.exports.select())
    sent = owner.client.get(f"/exports/{make_link(shop.business_id, run.id)}")

    assert "All data" in exports.text
    assert "Ready" in ready.text
    assert ready.has_form("/file")
    assert str(order_id) in zipfile.ZipFile(io.BytesIO(sent.data)).read("orders.jsonl").decode()


def _closed_by(shop: Shop, signed_in: Callable[..., Visitor], clock: ModuleType) -> tuple[Visitor, Visitor]:
    """Two owners who have closed the business."""
    asks, decides = signed_in(shop), signed_in(shop)
    asks.get("/portal/close").form("/portal/close").send(reason="We stop.", sure="y")
    waiting = decides.get("/portal/approvals").follow("Close the business")
    waiting.form("/decide").send(reason="agreed", decision="approve")
    clock.move(settings.current().second_person_waits.total_seconds() + 60)
    decide_approval.sweep_approvals()
    return signed_in(shop), signed_in(shop)


def test_a_closed_business_changes_nothing_but_what_ends_it(
    shop: Shop, signed_in: Callable[..., Visitor], clock: ModuleType
) -> None:
    owner, _ = _closed_by(shop, signed_in, clock)
    form = owner.get("/portal/settings/orders").form("/portal/settings/orders")

    refused = form.send(pay_deadline_s="60")
    archive = owner.get("/portal/close").form("/close/archive").send()

    assert "This business is closed" in refused.text
    assert refused.status == 403
    assert "All data" in archive.text


def test_the_data_of_a_closed_business_is_erased_by_two_owners_or_not_at_all(
    shop: Shop, signed_in: Callable[..., Visitor], clock: ModuleType
) -> None:
    signed_in(shop)
    open_page = signed_in(shop).get("/portal/close")
    asks, decides = _closed_by(shop, signed_in, clock)
    page = asks.get("/portal/close")
    assert "Enter a reason" in page.form("/close/erase").send(sure="y").text

    asked = page.form("/close/erase").send(reason="All is paid.", sure="y")
    waiting = decides.get("/portal/approvals").follow("Erase the business")
    approved = waiting.form("/decide").send(reason="agreed", decision="approve")
    cancelled = approved.form("/cancel-closure").send()

    assert not open_page.has_form("/close/erase")
    assert "another person must decide" in asked.text
    assert "The business is erased on" in approved.text
    assert "Cancelled" in cancelled.text
    assert asks.get("/portal/close").has_form("/close/erase")
