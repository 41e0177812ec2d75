"""On a host whose clock is wrong: place an order, close what is due, and say what is thought of the time.
python -m tests.attacks.wrong_clock.work SHOP ORDER"""

from __future__ import annotations

import json
import sys
import time
import uuid

from app import start
from app.core import clock, clock_check
from app.core.settings import Settings
from app.workflow.marketing import expire_coupons
from app.workflow.orders import close_orders
from tests.factories.shop import Shop


def main() -> None:
    start(Settings.from_env())
    business_id, product_id, sku_id = (uuid.UUID(text) for text in sys.argv[1].split(","))
    shop = Shop(business_id, "", product_id=product_id, sku_id=sku_id)
    shop.place(order_id=uuid.UUID(sys.argv[2]))
    close_orders.close_due()
    expire_coupons.expire_due()
    says = {"host_s": time.time(), "ours_s": clock.real_s(), "may_work": clock_check.may_work()}
    print(json.dumps(says))  # noqa: T201


if __name__ == "__main__":
    main()
