"""Products and their SKUs."""

from __future__ import annotations

import csv
import io

import pytest

from app.core.ids import show
from app.web.portal import list_state
from app.workflow.accounts.change_settings import change_settings
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def test_a_product_is_made_priced_and_put_on_sale(owner: Visitor) -> None:
    made = owner.get("/portal/products").follow("New product").form("/products/new").send(name="Evening pass")
    too_early = made.form("/publish").send()
    priced = too_early.form("/skus").send(name="One evening", code="EVE-1", price="1250", currency="JPY", stock="40")

    page = priced.form("/publish").send()

    assert "Add a SKU with a price first" in too_early.text
    assert "On sale" in page.document.all("h1")[0].text
    assert "¥1,250" in page.text
    assert "Evening pass" in owner.get("/portal/products?status=on_sale&q=evening").text
    assert page.form("/unpublish").send().has_form("/publish")


def test_prices_start_in_the_business_s_own_currency(shop: Shop, owner: Visitor) -> None:
    change_settings(shop.business_id, {"currencies": ["EUR", "USD"]}, actor="test")
    made = owner.get("/portal/products").follow("New product").form("/products/new").send(name="Evening pass")

    priced = made.form("/skus").send(name="One evening", code="EVE-1", price="12")

    assert "€12.00" in priced.text
    offered = [each.get("value") for each in priced.document.all("select", name="currency")[0].all("option")]
    assert offered[:3] == ["EUR", "USD", "GBP"]


def test_price_and_stock_change_for_later_orders_only(shop: Shop, owner: Visitor) -> None:
    before = shop.place()
    sku = owner.get(_path(shop)).follow("1 month")

    sku.form(show("sku", shop.sku_id)).send(price="12.00", stock="3")

    after = shop.place()
    assert (shop.order(before).total_minor, shop.order(after).total_minor) == (1000, 1200)


@pytest.mark.parametrize(
    ("field", "value"),
    [("price", "12.345"), ("price", "-1"), ("price", "1e3"), ("stock", "-1"), ("delivery_days", "0"), ("code", "a b")],
)
def test_what_cannot_be_is_refused_on_its_field(shop: Shop, owner: Visitor, field: str, value: str) -> None:
    page = owner.get(_path(shop)).follow("1 month")

    refused = page.form(show("sku", shop.sku_id)).send(**{field: value})

    assert refused.status == 422
    assert refused.document.all("input", name=field)[0].get("aria-invalid") == "true"
    assert _price(owner.get(_path(shop))) == "$10.00"


def test_stock_cannot_fall_below_what_open_orders_hold(shop: Shop, owner: Visitor) -> None:
    page = owner.get(_path(shop)).follow("1 month")
    page.form(show("sku", shop.sku_id)).send(stock="5")
    shop.place(3)

    refused = owner.get(_path(shop)).follow("1 month").form(show("sku", shop.sku_id)).send(stock="2")

    assert refused.status == 409
    assert "reserve 3 units" in refused.text


def test_a_code_is_used_once(shop: Shop, owner: Visitor) -> None:
    refused = owner.get(_path(shop)).form("/skus").send(name="Another", code="ONE", price="1")

    assert refused.status == 409
    assert "Another SKU already uses this code" in refused.text


@pytest.mark.parametrize(
    "path", ["{}", "{}/matrix", "{}/images", "{}/files", "{}/skus/{}", "{}/skus/{}/prices", "{}/skus/{}/keys"]
)
def test_the_pages_of_a_product_are_under_products(shop: Shop, owner: Visitor, path: str) -> None:
    page = owner.get("/portal/products/" + path.format(show("prd", shop.product_id), show("sku", shop.sku_id)))

    assert _entry(page) == "Products"


@pytest.mark.parametrize(
    ("path", "entry"),
    [("/deliverables/{}", "Products"), ("/categories", "Products"), ("/imports", "Products"), ("/splitting", "Orders")],
)
def test_other_pages_are_under_where_they_are_reached_from(shop: Shop, owner: Visitor, path: str, entry: str) -> None:
    page = owner.get("/portal" + path.format(show("sku", shop.sku_id)))

    assert _entry(page) == entry


def test_products_are_found_kept_as_a_view_and_taken_out(owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_state, "PAGE", 2)
    for name in ("Day pass", "Evening pass", "Night pass", "Mug"):
        made = owner.get("/portal/products/new").form("/products/new").send(name=name)
        made.form("/skus").send(name="One", code=name[:3].upper(), price="12.50", currency="USD", stock="4")

    newest = owner.get("/portal/products?q=pass&from=2001-01-01&view=draft")
    older = newest.follow("Older")
    oldest = owner.get("/portal/products?q=pass&order=oldest")
    younger = oldest.follow("Newer")
    saved = oldest.form("/views").send(name="Passes")
    file = csv.DictReader(io.StringIO(saved.form("/export").download().removeprefix("\ufeff")))

    assert [_named(page) for page in (newest, older)] == [["Night pass", "Evening pass"], ["Day pass"]]
    assert [_named(page) for page in (oldest, younger)] == [["Day pass", "Evening pass"], ["Night pass"]]
    assert _named(owner.get("/portal/products").follow("Passes")) == ["Day pass", "Evening pass"]
    rows = [(row["Name"], row["Price"], row["Available"]) for row in file]
    assert rows[0] == ("Day pass", "USD 12.50", "4")
    assert len(rows) == 3
    assert _named(owner.get("/portal/products?q=pass&to=2001-01-01")) == []
    assert _named(owner.get("/portal/products?order=oldest&to=2001-01-01")) == []


def _named(page: Page) -> list[str]:
    return [each.text for each in page.document.all("a") if each.get("class") == "row-link"]


def _entry(page: Page) -> str:
    """Which entry of the side navigation is the current one."""
    [found] = [
        each.text
        for nav in page.document.all("nav", **{"aria-label": "Main"})
        for each in nav.all("a")
        if each.get("aria-current") == "page"
    ]
    return found


def _path(shop: Shop) -> str:
    return f"/portal/products/{show('prd', shop.product_id)}"


def _price(page: Page) -> str:
    return next(each.text for each in page.document.all("td", **{"data-label": "Price"}))


def test_a_product_of_licence_keys_is_filled_and_emptied(owner: Visitor) -> None:
    made = owner.get("/portal/products/new").form("/products/new").send(name="Font", delivery_kind="licence_key")
    priced = made.form("/skus").send(name="Desktop", code="FONT-1", price="20.00", currency="USD")
    empty = priced.follow("Manage")

    full = empty.form("/keys").send(keys="AAAA-1111\nBBBB-2222\nAAAA-1111\n")
    again = full.form("/keys").send(keys="BBBB-2222\nCCCC-3333")
    less = again.form("/revoke").send()

    assert "No keys yet" in empty.text
    assert "2 available, 0 sold, 0 removed" in full.text
    assert "Keys added: 1. Already in the pool: 1." in again.text
    assert "2 available, 0 sold, 1 removed" in less.text
    assert "AAAA-1111" not in less.text
    assert "Low stock" in less.text


def test_the_secret_of_a_delivering_system_is_shown_once(owner: Visitor) -> None:
    made = owner.get("/portal/products/new").form("/products/new").send(name="Seat", delivery_kind="callback")

    refused = made.form("/delivery").send(url="ftp://example.com/")
    shown = refused.form("/delivery").send(url="http://127.0.0.1:9/deliver")
    later = shown.follow("I’ve copied it")
    saved = later.form("/delivery").send(url="http://127.0.0.1:9/other")

    assert "begins with https" in refused.text
    assert "whsec_" in shown.text
    assert "whsec_" not in later.text
    assert saved.document.all("input", name="url")[0].get("value") == "http://127.0.0.1:9/other"


def test_a_system_that_keeps_a_skus_units_is_named_and_removed(shop: Shop, owner: Visitor) -> None:
    sku = owner.get(_path(shop)).follow("1 month")

    refused = sku.form("/system").send(url="nonsense")
    shown = refused.form("/system").send(url="http://127.0.0.1:9/seats")
    again = shown.follow("I’ve copied it").follow("1 month")
    rolled = again.form("/system").press("New signing secret")
    removed = rolled.follow("I’ve copied it").follow("1 month").form("/system").press("Track stock here again")

    assert refused.status == 422
    assert "whsec_" in shown.text
    assert "whsec_" in rolled.text
    assert "tracked here again" in removed.text


def test_limits_and_facts_are_kept_and_refused_when_they_cannot_be(shop: Shop, owner: Visitor) -> None:
    form = owner.get(_path(shop)).form(show("prd", shop.product_id))
    limits = {"min_per_order": "2", "max_per_buyer": "9", "max_per_period": "4", "period_days": "7"}

    stored = form.send(**limits, attributes="Platform: Windows\nSeats: 3")
    renamed = stored.form(show("prd", shop.product_id)).send(name="Gold")
    refused = renamed.form(show("prd", shop.product_id)).send(period_days="")

    values = renamed.form(show("prd", shop.product_id)).values()
    assert "Saved." in stored.text
    assert {name: values[name] for name in limits} == limits
    assert values["attributes"] == "Platform: Windows\nSeats: 3"
    assert refused.status == 422
    assert "needs both a quantity and a number of days" in refused.text


def test_the_panel_is_previewed_without_being_saved(shop: Shop, owner: Visitor) -> None:
    form = owner.get(_path(shop)).form(show("prd", shop.product_id))

    page = owner.post(f"{_path(shop)}/preview", {**form.values(), "name": "Gold pass", "attributes": "Seats: 3"})

    assert "Gold pass" in page.text
    assert "Seats" in page.text
    assert "Gold pass" not in owner.get(_path(shop)).text


def test_a_product_is_scheduled_and_called_off(shop: Shop, owner: Visitor) -> None:
    off_sale = owner.get(_path(shop)).form("/unpublish").send()

    scheduled = off_sale.form("/schedule").send(starts_at="2199-01-01T09:00")
    called_off = scheduled.form("/unschedule").send()

    assert "Goes on sale" in scheduled.text
    assert "Cancelled." in called_off.text
