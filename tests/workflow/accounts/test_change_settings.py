"""Settings of a business: bounds, versions, two at once, and what the roads of orders and prices make of them."""

from __future__ import annotations

import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import ModuleType

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.core.last_read import LastRead
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.settings.declared import BY_KEY, CHANGEABLE, SECTIONS, SETTINGS, of_section
from app.domain.accounts.business.settings.errors import CurrencyNotAccepted, SettingsConflict
from app.domain.accounts.business.settings.models import SettingsVersion
from app.domain.catalog.models import ProductImportRow
from app.domain.orders.states import OrderStatus
from app.domain.orders.types import Buyer, OrderItem
from app.domain.payments.errors import NotRefundable
from app.read.accounts.settings import settings
from app.read.accounts.settings_effects import effects
from app.read.checkout.checkouts import snapshot
from app.workflow.accounts.change_settings import change_settings
from app.workflow.catalog import import_products, manage_catalog, manage_prices
from app.workflow.checkout.open_checkout import open_checkout
from app.workflow.checkout.set_brand import set_contact
from app.workflow.orders.choose_split import choose_split
from app.workflow.orders.complete_orders import complete_order
from app.workflow.payments import refund_order
from tests.factories.shop import Shop

NUMBERS = [setting for setting in SETTINGS if setting.kind == "number"]
OWNER = "usr_01jd3w8n2q4zt5b7yk2hc5e4rv"


def test_each_setting_is_a_column_with_the_default_that_is_declared() -> None:
    columns = Business.__table__.c

    for setting in SETTINGS:
        default = columns[setting.key].default
        value = None if default is None else default.arg
        if callable(value):
            value = value(None)
        assert (setting.key, value) == (setting.key, setting.default if setting.key != "name" else None)


def test_each_setting_stands_in_one_section() -> None:
    assert {setting.section for setting in SETTINGS} == {section.key for section in SECTIONS}
    assert [each.key for section in SECTIONS for each in of_section(section.key)] == sorted(
        CHANGEABLE, key=lambda key: [section.key for section in SECTIONS].index(BY_KEY[key].section)
    )


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.key)
def test_both_bounds_of_a_number_hold(shop: Shop, setting: object) -> None:
    key, least, most = setting.key, setting.least, setting.most

    for inside in (least, most):
        change_settings(shop.business_id, {key: inside}, actor=OWNER)
        assert settings(shop.business_id).values[key] == inside
    for outside in (least - 1, most + 1, True, "5"):
        with pytest.raises(Invalid, match="invalid_setting"):
            change_settings(shop.business_id, {key: outside}, actor=OWNER)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""),
        ("name", "x" * 81),
        ("name", "two\nlines"),
        ("time_zone", "Mars/Olympus"),
        ("country", "XX"),
        ("currencies", ["USD", "QQQ"]),
        ("currencies", "USD"),
        ("refund_reasons", [str(number) for number in range(21)]),
        ("refund_reasons", ["x" * 61]),
        ("support_phone", "call us"),
        ("urgent_cases", ["refund_failed", "rain"]),
        ("case_recipients", ["rain: finance"]),
        ("case_recipients", ["refund_failed: pilot"]),
        ("case_recipients", ["refund_failed"]),
        ("pay_deadline_s", None),
    ],
)
def test_what_is_outside_of_its_bounds_changes_nothing(shop: Shop, key: str, value: object) -> None:
    before = settings(shop.business_id)

    with pytest.raises(Invalid, match="invalid_setting"):
        change_settings(shop.business_id, {"tax_number": "1", key: value}, actor=OWNER)

    assert settings(shop.business_id) == before


def test_an_unknown_setting_and_one_with_its_own_page_are_refused(shop: Shop) -> None:
    for key in ("shoe_size", "split_by", "mode"):
        with pytest.raises(Invalid, match="unknown_setting"):
            change_settings(shop.business_id, {key: "x"}, actor=OWNER)


def test_a_change_is_a_version_and_the_same_again_is_none(shop: Shop) -> None:
    first = change_settings(shop.business_id, {"tax_number": " DE1 ", "country": "DE"}, actor=OWNER, reason="moved")
    again = change_settings(shop.business_id, {"tax_number": "DE1"}, actor=OWNER)
    second = change_settings(shop.business_id, {"tax_number": None}, actor=OWNER)

    assert (first, again, second) == (1, None, 2)
    assert [(row.number, row.actor, row.reason, row.changes) for row in _versions(shop)] == [
        (
            1,
            OWNER,
            "moved",
            {"tax_number": {"before": None, "after": "DE1"}, "country": {"before": None, "after": "DE"}},
        ),
        (2, OWNER, "", {"tax_number": {"before": "DE1", "after": None}}),
    ]


def test_settings_of_other_pages_have_versions_too(shop: Shop) -> None:
    set_contact(shop.business_id, contact_email="help@shop.example", website=None, actor=OWNER)
    choose_split(shop.business_id, "seller", actor=OWNER)

    assert [list(row.changes) for row in _versions(shop)] == [["contact_email"], ["split_by"]]


def test_what_somebody_else_changed_meanwhile_is_shown_and_kept(shop: Shop) -> None:
    change_settings(shop.business_id, {"refund_window_days": 30}, actor=OWNER)

    with pytest.raises(SettingsConflict) as refused:
        change_settings(shop.business_id, {"refund_window_days": 14}, actor=OWNER, seen=0)
    other = change_settings(shop.business_id, {"tax_number": "1"}, actor=OWNER, seen=0)
    known = change_settings(shop.business_id, {"refund_window_days": 14}, actor=OWNER, seen=1)

    assert refused.value.details == {"version": 1, "changes": {"refund_window_days": {"before": None, "after": 30}}}
    assert (other, known) == (2, 3)


def test_two_at_once_are_two_versions_or_a_conflict(shop: Shop) -> None:
    """However they meet: each that is saved has a number of its own, and the row is what the last one made it."""

    def change(days: int) -> int | None:
        try:
            return change_settings(shop.business_id, {"refund_window_days": days}, actor=OWNER, seen=0)
        except SettingsConflict:
            return None

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(change, (7, 14, 30, 60)))

    assert sorted(filter(None, made)) == [1]
    assert settings(shop.business_id).values["refund_window_days"] == (7, 14, 30, 60)[made.index(1)]


def test_no_such_business(shop: Shop) -> None:
    assert shop
    with pytest.raises(NotFound):
        change_settings(new_id(), {"tax_number": "1"}, actor=OWNER)


def test_the_new_deadline_is_that_of_new_orders(shop: Shop) -> None:
    before = shop.order(shop.place())

    change_settings(shop.business_id, {"pay_deadline_s": 600}, actor=OWNER)
    after = shop.order(shop.place())

    assert (after.expires_at - after.created_at) < timedelta(seconds=620) < (before.expires_at - before.created_at)
    assert shop.order(before.id).expires_at == before.expires_at


def test_a_shorter_time_to_complete_names_the_orders_first(shop: Shop, clock: ModuleType) -> None:
    order_id = shop.paid_order()
    assert shop.order(order_id).status == OrderStatus.FULFILLED
    before = settings(shop.business_id).values
    clock.move(2 * 3600)

    ahead = effects(shop.business_id, before, {"auto_confirm_s": 3600})
    longer = effects(shop.business_id, before, {"auto_confirm_s": 3 * 3600})

    assert [(each.key, each.count) for each in ahead] == [("auto_confirm_s", 1)]
    assert longer == ()
    complete_order(shop.business_id, order_id, actor=OWNER, then=LastRead(lambda: None))
    assert effects(shop.business_id, before, {"auto_confirm_s": 3600}) == ()


def test_other_currencies_are_refused_for_prices_and_orders(shop: Shop) -> None:
    sku = manage_catalog.SkuCommand(code="EUR-1", name="", price_minor=100, currency="EUR")
    dear = manage_prices.PriceCommand(currency="EUR", unit_minor=100)
    ahead = effects(shop.business_id, settings(shop.business_id).values, {"currencies": ["EUR"]})
    shop.place()

    change_settings(shop.business_id, {"currencies": ["EUR"]}, actor=OWNER)
    with pytest.raises(CurrencyNotAccepted):
        shop.place()
    manage_catalog.add_sku(shop.business_id, shop.product_id, sku)
    change_settings(shop.business_id, {"currencies": ["USD"]}, actor=OWNER)
    shop.place()
    with pytest.raises(CurrencyNotAccepted):
        manage_prices.set_price(shop.business_id, shop.sku_id, dear, actor=OWNER)
    with pytest.raises(CurrencyNotAccepted):
        manage_catalog.add_sku(shop.business_id, shop.product_id, sku)

    assert [(each.key, each.count) for each in ahead] == [("currencies", 1)]


def test_a_file_of_products_is_refused_line_by_line_in_other_currencies(shop: Shop) -> None:
    change_settings(shop.business_id, {"currencies": ["USD"]}, actor=OWNER)
    head, rest = "sku,product,price,currency", ("A,Game,1.00,USD", "B,Game,1.00,EUR")

    import_id = import_products.start_import(
        shop.business_id, io.BytesIO("\n".join((head, *rest)).encode()), actor=OWNER
    )
    while import_products.work(shop.business_id, import_id):
        pass

    rows = db.table(ProductImportRow)
    found = shop.many(select(rows).where(rows.c.import_id == import_id).order_by(rows.c.line))
    assert [(row.kind, row.errors) for row in found] == [
        ("create", {}),
        ("refused", {"currency": "this business does not sell in EUR"}),
    ]


def test_the_hosted_page_speaks_a_language_that_is_offered(shop: Shop) -> None:
    items, buyer = [OrderItem(shop.sku_id, 1)], Buyer(reference="buyer-1")
    opened = open_checkout(shop.business_id, items=items, buyer=buyer, locale="auto")
    change_settings(shop.business_id, {"languages": ["fr", "en"]}, actor=OWNER)

    def language(**where: object) -> str:
        return str(snapshot(shop.business_id, opened.session_id, **where)["locale"])

    assert [language(browser=each) for each in ("de", "en", "fr-CA")] == ["fr", "en", "fr-CA"]
    assert language(in_page=True, language="de") == "de", "there the page around it has the word"


def test_a_refund_after_the_window_is_refused_to_people_and_keys(shop: Shop, clock: ModuleType) -> None:
    order_id = shop.paid_order()
    change_settings(shop.business_id, {"refund_window_days": 2}, actor=OWNER)
    clock.move(2 * 86_400 - 60)
    _refund(shop, order_id, OWNER)
    clock.move(120)

    ahead = effects(shop.business_id, settings(shop.business_id).values, {"refund_window_days": 1})
    for actor in (OWNER, "key:key_01jd3w8n2q4zt5b7yk2hc5e4rv"):
        with pytest.raises(NotRefundable, match="refund_window_over"):
            _refund(shop, order_id, actor)
    _refund(shop, order_id, "system")

    assert len(shop.refunds(order_id)) == 2
    assert ahead == (), "it was over before"


def test_a_refund_for_a_reason_that_is_not_listed_is_refused(shop: Shop) -> None:
    order_id = shop.paid_order()
    change_settings(shop.business_id, {"refund_reasons": ["Not delivered", "Too dear"]}, actor=OWNER)

    with pytest.raises(Invalid, match="refund_reason_unknown"):
        _refund(shop, order_id, OWNER)
    _refund(shop, order_id, OWNER, reason="Too dear")

    assert len(shop.refunds(order_id)) == 1


def _versions(shop: Shop) -> list[SettingsVersion]:
    versions = db.table(SettingsVersion)
    return list(
        shop.many(select(versions).where(versions.c.business_id == shop.business_id).order_by(versions.c.number))
    )


def _refund(shop: Shop, order_id: uuid.UUID, actor: str, *, reason: str = "asked") -> uuid.UUID:
    return refund_order.refund_order(shop.business_id, order_id, amount_minor=1, reason=reason, actor=actor)
