"""What every list does in the same way: columns, saved views, files, and names that not everybody reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from openpyxl import load_workbook

from app.core import lists
from app.core.files import store
from app.core.ids import show
from app.domain.orders import types
from app.read.accounts.team import list_members
from app.read.operations.audit_log import LogFilter, page_of_entries
from app.web.portal.list_state import PLACES
from app.workflow.accounts.people import manage_team
from app.workflow.insights import make_export
from app.workflow.insights.fetch_export import make_link
from app.workflow.orders import place_order
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def test_every_list_has_its_place_and_its_own_column_first() -> None:
    for listing in lists.every():
        assert listing.name in PLACES
        assert {listing.columns[0].key, listing.ordered_by} <= set(listing.default_columns)
        assert len({column.key for column in listing.columns}) == len(listing.columns)


def test_somebody_chooses_columns_and_keeps_them(shop: Shop, owner: Visitor) -> None:
    shop.paid_order(buyer="paula")
    page = owner.get("/portal/orders?view=paid")

    fewer = _columns(page, ["paid", "channel", "no-such-column"])
    usual = owner.get("/portal/orders").form("/columns").send(reset="1")

    assert _heads(fewer) == ["Amount", "Paid", "Channel"]
    assert "view=paid" in fewer.path
    assert "simulator" in fewer.text
    assert (
        _heads(owner.get("/portal/orders")) == _heads(usual) == ["Amount", "State", "Items", "Buyer", "Order", "Placed"]
    )


def test_a_view_is_saved_opened_changed_and_removed(
    shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]
) -> None:
    shop.place(buyer="walter")
    shop.paid_order(buyer="paula")
    colleague = signed_in(shop, "viewer")

    saved = owner.get("/portal/orders?q=walter&order=oldest").form("/views").send(name=" My   Walter ")
    mine_alone = colleague.get("/portal/orders").text
    shared = saved.form("/views").send(shared="1")
    opened = colleague.get("/portal/orders").follow("My Walter")
    nameless = opened.form("/views").send(name=" ")

    assert "q=walter" in saved.path
    assert "order=oldest" in saved.path
    assert "My Walter" not in mine_alone
    assert "q=walter" in opened.path
    assert not opened.has_form("/remove")
    assert "A name must have" in nameless.text
    assert "My Walter" not in shared.form("/remove").send().text
    assert "saved=" not in colleague.get("/portal/orders").source


def test_a_file_is_exactly_the_list_and_no_formula(shop: Shop, owner: Visitor) -> None:
    for buyer in ("=cmd()", "=cmd()2", "paula"):
        shop.place(buyer=buyer)
    page = owner.get("/portal/orders?q=%3Dcmd&order=oldest")

    rows = list(csv.DictReader(io.StringIO(_sent(page, format="csv", columns="every").decode("utf-8-sig"))))
    book = load_workbook(io.BytesIO(_sent(page, format="xlsx", time_zone="UTC")))
    table = [[cell.value for cell in row] for row in book.active.iter_rows()]

    assert [row["Buyer"] for row in rows] == ["'=cmd()", "'=cmd()2"]
    assert {row["Amount"] for row in rows} == {"10.00"}
    assert {row["Currency"] for row in rows} == {"USD"}
    assert table[0] == ["Amount", "Currency", "State", "Items", "Buyer", "Order", "Placed (UTC)"]
    assert [row[0] for row in table[1:]] == [10, 10]
    assert table[1][4] == "'=cmd()"


def test_a_long_list_is_made_in_the_background_and_fetched_by_its_maker_alone(
    shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch, app
) -> None:
    monkeypatch.setattr(make_export, "AT_ONCE", 1)
    for _ in range(3):
        shop.place()
    waiting = owner.get("/portal/orders").form("/export").send()
    assert "In progress" in waiting.text
    assert "In progress" in owner.fragment("/portal/exports", "export-list").text
    make_export.work_due(slice_s=60)

    page = owner.get("/portal/exports")
    link = owner.client.post(page.form("/file").element.get("action"), data=page.form("/file").values()).location
    stranger, colleague = app.test_client(), signed_in(shop)

    assert "Ready" in page.text
    assert len(owner.client.get(link).text.splitlines()) == 4
    assert "/portal/login" in stranger.get(link).location
    assert colleague.client.get(link).status_code == 404
    assert "No files yet" in colleague.get("/portal/exports").text
    assert owner.client.get(link[:-3] + "aaa").status_code == 404
    [entry] = page_of_entries(shop.business_id, LogFilter(table="exports"), cursor="").items
    assert entry.row.action == "created"


def test_a_long_file_by_amount_goes_on_where_it_stopped(
    shop: Shop, owner: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make_export, "AT_ONCE", 1)
    monkeypatch.setattr(make_export, "BATCH", 1)
    for quantity in (2, 3, 2, 1):
        shop.place(quantity)

    owner.get("/portal/orders?currency=USD&amount_to=25&order=highest").form("/export").send()
    make_export.work_due(slice_s=60)

    run = shop.one(make_export.exports.select())
    lines = b"".join(store.read(run.key)).decode("utf-8-sig").splitlines()[1:]
    assert [line.partition(",")[0] for line in lines] == ["20.00", "20.00", "10.00"]


def test_a_link_works_for_an_hour(shop: Shop, owner: Visitor, clock) -> None:
    shop.place()
    _sent(owner.get("/portal/orders"))
    run = shop.one(make_export.exports.select())
    link = f"/exports/{make_link(shop.business_id, run.id)}"
    assert owner.client.get(link).status_code == 200

    clock.move(3601)

    assert owner.client.get(link).status_code == 404


def test_names_of_buyers_are_for_those_who_may_read_them(
    shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]
) -> None:
    shop.place(buyer="paula@example.com")
    viewer = signed_in(shop, "viewer")

    assert "paula@example.com" in owner.get("/portal/orders").text
    assert "p•••@e•••" in viewer.get("/portal/orders").text
    assert "paula" not in viewer.get("/portal/orders").follow("$10.00").source
    assert "paula" not in viewer.get("/portal").source
    assert "paula" not in viewer.get("/portal/orders").source
    assert "paula" not in _sent(viewer.get("/portal/orders"), columns="every").decode()
    assert "No results" in viewer.get("/portal/orders?q=paul").text
    assert "$10.00" in viewer.get("/portal/orders?q=paula@example.com").text


def test_an_order_is_found_by_its_buyers_phone_as_people_type_it(
    shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]
) -> None:
    command = types.PlaceOrderCommand(
        items=[types.OrderItem(shop.sku_id, 1)], buyer=types.Buyer(reference="ada", phone="+4915112345678")
    )
    place_order.place_order(shop.business_id, command)
    shop.place(buyer="paula")
    viewer = signed_in(shop, "viewer")

    for typed in ("%2B49 151 12345678", "0049 (151) 123-456-78", "4915112345678"):
        assert "$10.00" in owner.get(f"/portal/orders?q={typed}").text
        assert "$10.00" in viewer.get(f"/portal/orders?q={typed}").text
    assert "paula" not in owner.get("/portal/orders?q=4915112345678").text
    assert "No results" in owner.get("/portal/orders?q=0049 151").text
    assert "+4915112345678" in owner.get("/portal/orders?q=ada").follow("$10.00").text
    assert "+4915112345678" not in viewer.get("/portal/orders?q=4915112345678").follow("$10.00").source
    assert "'+4915112345678" in _sent(owner.get("/portal/orders"), columns="every").decode()
    assert "15112345678" not in _sent(viewer.get("/portal/orders"), columns="every").decode()


def test_a_file_is_not_sent_to_a_role_that_no_longer_shows_it(shop: Shop, owner: Visitor) -> None:
    shop.place()
    make_user(shop.business_id)
    _sent(owner.get("/portal/orders"))
    run = shop.one(make_export.exports.select())
    link = f"/exports/{make_link(shop.business_id, run.id)}"
    [member] = [row for row in list_members(shop.business_id) if show("usr", row.user_id) == run.holder]
    assert owner.client.get(link).status_code == 200

    manage_team.change_role(shop.business_id, member.id, role="viewer", actor="system")

    assert owner.client.get(link).status_code == 404


def test_lists_turn_strangers_of_the_business_away(shop: Shop, new_shop: Callable[..., Shop], owner: Visitor) -> None:
    token = owner.get("/portal").form("/logout").values()["csrf_token"]

    assert owner.post("/portal/lists/nothing/export", {"csrf_token": token}).status == 404
    wrong = owner.get("/portal/orders").form("/export").send(time_zone="Mars/Base")
    assert "no such time zone" in wrong.text
    assert make_user(new_shop().business_id)
    assert owner.post(f"/portal/exports/{show('exp', shop.business_id)}/file", {"csrf_token": token}).status == 404


def _heads(page: Page) -> list[str]:
    return [each.text for each in page.document.all("th") if each.text]


def _columns(page: Page, keys: list[str]) -> Page:
    form = page.form("/columns")
    values = {"csrf_token": form.values()["csrf_token"], "columns": keys}
    return page.visitor.post(form.element.get("action"), values)


def _sent(page: Page, **typed: str) -> bytes:
    form = page.form("/export")
    response = page.visitor.client.post(form.element.get("action"), data={**form.values(), **typed})
    assert response.headers["Content-Disposition"].startswith('attachment; filename="orders-'), response.text
    return response.data
