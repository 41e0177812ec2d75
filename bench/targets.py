"""What attackers find: businesses of their own, accounts at companies that hang, sessions to try cards on."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

import psycopg

from app.core.ids import show
from app.domain.orders.types import Buyer, OrderItem
from app.workflow.catalog import manage_catalog
from app.workflow.checkout import open_checkout
from app.workflow.payments import manage_channels
from bench.company import DECLINED_MINOR
from bench.place import HOST, Place
from bench.sales import Quarter
from bench.shops import BenchShop, open_shop
from sandbox.simulator.wechat import keys

Plan = dict[str, Any]

SOCKETS = 200
HANGING_ACCOUNTS = 10
SESSIONS = 4
ORDERS = 5_000  # as many as an export writes while whoever asked waits


def make(place: Place, shop: BenchShop) -> Plan:
    """The plan of all attacks: `shop` is paid at meanwhile, the other businesses mean harm."""
    attacker, hanging = open_shop(place.company_url), open_shop(place.company_url)
    with psycopg.connect(place.admin()) as connection:
        Quarter(place, attacker, connection).fill(0, ORDERS - 1)
    hanging_url = f"http://{HOST}:{place.hanging_port}"
    return {
        "host": HOST,
        "port": place.web_port,
        "sockets": SOCKETS,
        "shop": shop.as_json(),
        "attacker": attacker.as_json(),
        "hanging": hanging.as_json(),
        "hanging_port": place.hanging_port,
        "hanging_ids": _hanging_accounts(uuid.UUID(hanging.business_id), hanging_url),
        "wechat_id": _wechat_account(uuid.UUID(shop.business_id), hanging_url),
        "sessions": _sessions(uuid.UUID(shop.business_id)),
    }


def _hanging_accounts(business_id: uuid.UUID, url: str) -> list[str]:
    """They come before the business's other account."""
    values = {"base_url": url, "merchant_id": "m", "api_key": "k" * 20, "timeout_s": "60"}
    made = (
        manage_channels.add_channel_account(
            business_id, channel="simulator", name=f"Hangs {number}", values=values, priority=1
        )
        for number in range(HANGING_ACCOUNTS)
    )
    return [show("cha", each) for each in made]


def _wechat_account(business_id: uuid.UUID, url: str) -> str:
    ours, theirs = keys.new_private(), keys.new_private()
    values = {
        "base_url": url,
        "mchid": "1900000109",
        "appid": "wx0123456789abcdef",
        "api_v3_key": secrets.token_hex(16),
        "merchant_serial": secrets.token_hex(20).upper(),
        "private_key": ours,
        "platform_keys": f"{keys.new_serial()}: {keys.public_of(theirs)}",
    }
    made = manage_channels.add_channel_account(business_id, channel="wechatpay", name="WeChat Pay", values=values)
    return show("cha", made)


def _sessions(business_id: uuid.UUID) -> list[str]:
    """The secrets of some sessions, about a price that the company declines."""
    product = manage_catalog.ProductCommand(name="Declined", max_per_order=100)
    product_id = manage_catalog.create_product(business_id, product, actor="bench")
    sku = manage_catalog.SkuCommand(code="NO", name="Declined", price_minor=DECLINED_MINOR, currency="USD")
    sku_id = manage_catalog.add_sku(business_id, product_id, sku)
    manage_catalog.publish_product(business_id, product_id, actor="bench")
    opened = (
        open_checkout.open_checkout(
            business_id, items=[OrderItem(sku_id, 1)], buyer=Buyer(reference=f"tester-{number}")
        )
        for number in range(SESSIONS)
    )
    return [each.client_secret for each in opened]
