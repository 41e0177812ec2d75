"""Sellers: made once, renamed without touching orders, archived only when nothing is sold for them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.core.errors import AppError, Conflict, Invalid, NotFound
from app.core.ids import new_id, parse, show
from app.domain.catalog.models import Product
from app.domain.catalog.sellers.models import Seller
from app.domain.marketing.kinds import Percentage
from app.domain.marketing.types import CouponPlan, DiscountRule
from app.domain.orders.models import OrderLine
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.domain.payments.models import PaymentTransaction, TransactionDetail
from app.domain.payments.types import RefundLineCommand
from app.read.orders.order_page import order_page
from app.read.wallets.movements import MovementFilter, list_movements
from app.workflow.catalog import manage_catalog, manage_sellers
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand
from app.workflow.catalog.manage_sellers import SellerCommand
from app.workflow.marketing import manage_coupons, manage_promotions
from app.workflow.orders import choose_split, place_order
from app.workflow.payments import refund_order
from tests.factories.business import make_promotion
from tests.factories.sellers import make_seller
from tests.factories.shop import Shop


def sku_of(shop: Shop, name: str, price_minor: int, seller: str = "") -> uuid.UUID:
    """A SKU of a product on sale."""
    command = ProductCommand(name=name, seller=seller)
    product_id = manage_catalog.create_product(shop.business_id, command, actor="test")
    sku = SkuCommand(code=f"S-{name.upper()}", name="", price_minor=price_minor, currency="USD")
    sku_id = manage_catalog.add_sku(shop.business_id, product_id, sku)
    manage_catalog.publish_product(shop.business_id, product_id, actor="test")
    return sku_id


def bought(shop: Shop, *skus: uuid.UUID, codes: tuple[str, ...] = (), buyer: str = "ann") -> uuid.UUID:
    """An order of one unit each, paid and delivered."""
    items = [OrderItem(sku_id, 1) for sku_id in skus]
    command = PlaceOrderCommand(items=items, buyer=Buyer(reference=buyer), coupon_codes=codes)
    order_id = place_order.place_order(shop.business_id, command)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id


def details(shop: Shop, order_id: uuid.UUID, kind: str) -> dict[str, int]:
    """By name of the seller: what of the order's movements of this kind is whose."""
    rows = shop.many(
        select(TransactionDetail.seller_id, TransactionDetail.amount_minor)
        .join(PaymentTransaction, PaymentTransaction.id == TransactionDetail.transaction_id)
        .where(PaymentTransaction.order_id == order_id, PaymentTransaction.kind == kind)
    )
    names = {row.id: row.name for row in shop.many(select(Seller.id, Seller.name))}
    sums: dict[str, int] = {}
    for row in rows:
        name = names.get(row.seller_id, "own")
        sums[name] = sums.get(name, 0) + row.amount_minor
    return sums


def test_a_renamed_seller_keeps_its_name_in_orders(shop: Shop) -> None:
    seller = make_seller(shop.business_id, "Foundry", "f-1")
    order_id = bought(shop, sku_of(shop, "Type", 900, "Foundry"), shop.sku_id)

    change = SellerCommand(name="Type Works", reference="f-1")
    manage_sellers.change_seller(shop.business_id, parse("sel", seller), change)

    lines = order_page(shop.business_id, order_id).lines
    assert [(line.seller_name, line.seller_id) for line in lines] == [
        ("Foundry", parse("sel", seller)),
        (None, None),
    ]
    shop.audit()


def test_every_way_to_split_keeps_who_sold(shop: Shop) -> None:
    for name in ("A", "B"):
        make_seller(shop.business_id, name)
    skus = [sku_of(shop, "One", 1000, "A"), sku_of(shop, "Two", 500, "B"), shop.sku_id]
    for split_by in ("delivery_kind", "seller", "category", "whole"):
        choose_split.choose_split(shop.business_id, split_by)

        order_id = bought(shop, *skus, buyer=split_by)

        assert details(shop, order_id, "charge") == {"A": 1000, "B": 500, "own": 1000}, split_by
    shop.audit()


def test_a_line_keeps_gross_discounts_by_source_and_net(shop: Shop) -> None:
    make_seller(shop.business_id, "A")
    manage_promotions.transition_promotion(shop.business_id, make_promotion(shop.business_id), "active", actor="test")
    rule = DiscountRule(id=new_id(), name="Code", benefit=Percentage(off_bps=1000))
    template = manage_coupons.create_template(shop.business_id, CouponPlan(rule=rule, shared_code="TEN"), actor="test")
    manage_coupons.transition_template(shop.business_id, template, "active", actor="test")

    order_id = bought(shop, sku_of(shop, "One", 1000, "A"), shop.sku_id, codes=("TEN",))

    for line in shop.many(select(OrderLine).where(OrderLine.order_id == order_id)):
        sources = {each["source"]: each for each in line.discounts}
        assert set(sources) == {"promotion", "coupon"}
        assert sources["coupon"]["rule_id"] == str(template)
        assert "coupon_id" not in sources["coupon"]
        assert sum(each["discount_minor"] for each in line.discounts) == line.discount_minor > 0
        assert line.unit_price_minor * line.quantity - line.discount_minor == line.amount_minor
    shop.audit()


def test_a_refund_takes_from_the_sellers_whose_lines_go_back(shop: Shop) -> None:
    make_seller(shop.business_id, "A")
    order_id = bought(shop, sku_of(shop, "One", 1000, "A"), shop.sku_id)

    shop.refund(order_id, 500)
    shop.work_off()

    assert details(shop, order_id, "refund") == {"A": 250, "own": 250}
    first = order_page(shop.business_id, order_id).lines[0]
    rest = RefundLineCommand(line_id=first.id, amount_minor=750)
    refund_order.refund_order(shop.business_id, order_id, amount_minor=None, lines=[rest], reason="x", actor="test")
    shop.work_off()
    assert details(shop, order_id, "refund") == {"A": 1000, "own": 250}
    shop.audit()


def test_a_wallets_share_and_the_rest_are_each_sellers_by_what_its_lines_cost(shop: Shop) -> None:
    make_seller(shop.business_id, "A")
    shop.keep_wallets()
    shop.fund("ann", 500)
    items = [OrderItem(sku_of(shop, "One", 333, "A"), 1), OrderItem(shop.sku_id, 1)]
    order_id = place_order.place_order(shop.business_id, PlaceOrderCommand(items=items, buyer=Buyer(reference="ann")))

    attempt_id = shop.pay(order_id, wallet_minor=500)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()

    assert details(shop, order_id, "charge") == {"A": 333, "own": 1000}
    shop.audit()


def test_movements_of_one_seller_are_found(shop: Shop) -> None:
    seller = make_seller(shop.business_id, "A")
    bought(shop, sku_of(shop, "One", 1000, "A"))
    bought(shop, shop.sku_id, buyer="bob")

    found = list_movements(shop.business_id, MovementFilter(seller_id=parse("sel", seller)), after=None, limit=10)

    assert [(each.row.amount_minor, [part.amount_minor for part in each.details]) for each in found] == [(1000, [1000])]


def test_a_seller_with_products_cannot_be_archived(shop: Shop) -> None:
    seller = make_seller(shop.business_id, "A")
    product_id = manage_catalog.create_product(shop.business_id, ProductCommand(name="x", seller="A"), actor="test")
    with pytest.raises(Conflict, match="seller_in_use"):
        manage_sellers.archive_seller(shop.business_id, parse("sel", seller), actor="test")

    manage_catalog.archive_product(shop.business_id, product_id, actor="test")
    manage_sellers.archive_seller(shop.business_id, parse("sel", seller), actor="test")
    with pytest.raises(Invalid, match="unknown_seller"):
        manage_catalog.create_product(shop.business_id, ProductCommand(name="y", seller=seller), actor="test")
    manage_catalog.change_product(shop.business_id, product_id, ProductCommand(name="z", seller=seller))
    manage_sellers.restore_seller(shop.business_id, parse("sel", seller), actor="test")
    manage_catalog.create_product(shop.business_id, ProductCommand(name="y", seller=seller), actor="test")

    shop.audit()


def test_a_product_given_to_a_seller_who_is_being_archived_wins_or_is_refused(shop: Shop) -> None:
    seller = make_seller(shop.business_id, "A")

    def archive() -> str:
        try:
            manage_sellers.archive_seller(shop.business_id, parse("sel", seller), actor="test")
        except AppError as error:
            return error.code
        return "archived"

    def take() -> str:
        try:
            manage_catalog.create_product(shop.business_id, ProductCommand(name="x", seller=seller), actor="test")
        except AppError as error:
            return error.code
        return "made"

    with ThreadPoolExecutor(2) as threads:
        ended = {each.result() for each in (threads.submit(archive), threads.submit(take))}

    assert ended in ({"archived", "unknown_seller"}, {"seller_in_use", "made"})
    shop.audit()


def test_a_seller_is_named_by_id_reference_or_name_and_never_by_accident(
    shop: Shop, new_shop: Callable[..., Shop]
) -> None:
    first, second = make_seller(shop.business_id, "Twin", "t-1"), make_seller(shop.business_id, "Twin", "t-2")
    theirs = make_seller(new_shop().business_id, "Theirs", "x")

    def sold_by(text: str) -> str:
        product_id = manage_catalog.create_product(shop.business_id, ProductCommand(name="p", seller=text), actor="t")
        return show("sel", shop.one(select(Product.seller_id).where(Product.id == product_id)).seller_id)

    assert (sold_by(first), sold_by("t-2")) == (first, second)
    for text in ("Twin", theirs, "x", "nobody", "sel_0", "\x00"):
        with pytest.raises(Invalid, match="unknown_seller"):
            sold_by(text)


def test_what_cannot_be_a_seller_is_refused(shop: Shop) -> None:
    seller_id = parse("sel", make_seller(shop.business_id, "A", "taken"))
    for wrong in (
        SellerCommand(name=" "),
        SellerCommand(name="x" * 121),
        SellerCommand(name="x", reference="a b"),
        SellerCommand(name="x", reference=""),
        SellerCommand(name="x", email="nobody"),
        SellerCommand(name="x", phone=""),
        SellerCommand(name="x", legal_name="x" * 201),
    ):
        with pytest.raises(Invalid, match="invalid_seller"):
            manage_sellers.create_seller(shop.business_id, wrong, actor="test")
    with pytest.raises(Conflict, match="reference_taken"):
        manage_sellers.create_seller(shop.business_id, SellerCommand(name="B", reference="taken"), actor="test")
    other = parse("sel", make_seller(shop.business_id, "B"))
    with pytest.raises(Conflict, match="reference_taken"):
        manage_sellers.change_seller(shop.business_id, other, SellerCommand(name="B", reference="taken"))
    with pytest.raises(NotFound):
        manage_sellers.archive_seller(shop.business_id, new_id(), actor="test")
    manage_sellers.change_seller(shop.business_id, seller_id, SellerCommand(name="A2", reference="taken"))

    assert {row.name for row in shop.many(select(Seller.name))} == {"A2", "B"}


def test_the_same_seller_made_twice_is_one(shop: Shop) -> None:
    seller_id = new_id()
    for _ in range(2):
        manage_sellers.create_seller(shop.business_id, SellerCommand(name="A"), actor="test", seller_id=seller_id)

    assert len(shop.many(select(Seller.id))) == 1
    shop.audit()
