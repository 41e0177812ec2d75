"""A shop on django-oscar with an API instead of pages, which is faster than its own: an order is placed from a basket,
its payment recorded, and it is shipped and completed, each in one request and one transaction, by Oscar's own classes.

`python oscar_shop.py` prepares the database and prints the product's id; `oscar_shop:application` is served. It runs in
an environment of its own, where Oscar is installed and nothing of ours.
"""

from __future__ import annotations

import json
import os
import sys
from decimal import Decimal
from importlib import import_module
from typing import Any

import django
import oscar
from django.conf import settings
from oscar import defaults

STATUSES = {"Pending": ("Paid",), "Paid": ("Completed",), "Completed": ()}
_OSCAR = {name: getattr(defaults, name) for name in dir(defaults) if name.startswith("OSCAR_")} | {
    "OSCAR_INITIAL_ORDER_STATUS": "Pending",
    "OSCAR_INITIAL_LINE_STATUS": "Pending",
    "OSCAR_ORDER_STATUS_PIPELINE": STATUSES,
    "OSCAR_DEFAULT_CURRENCY": "USD",
}
settings.configure(
    **_OSCAR,
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["OSCAR_DATABASE"],
            "HOST": os.environ["OSCAR_SOCKETS"],
            "USER": os.environ["OSCAR_USER"],
            "ATOMIC_REQUESTS": True,
            "CONN_MAX_AGE": None,
        }
    },
    HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
    INSTALLED_APPS=oscar.INSTALLED_APPS,
    LOGGING={
        "version": 1,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR"}},
    },
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],  # without it an answer has no length
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ["OSCAR_SECRET"],
    SITE_ID=1,
    USE_TZ=True,
)
django.setup()


def _of_oscar(module: str, name: str) -> Any:
    """Oscar's classes can be imported only after the settings are there."""
    return getattr(import_module(f"oscar.{module}"), name)


models: Any = import_module("django.apps").apps.get_model
http: Any = import_module("django.http")
urls: Any = import_module("django.urls")
OrderCreator = _of_oscar("apps.order.utils", "OrderCreator")
OrderNumberGenerator = _of_oscar("apps.order.utils", "OrderNumberGenerator")
EventHandler = _of_oscar("apps.order.processing", "EventHandler")
OrderTotalCalculator = _of_oscar("apps.checkout.calculators", "OrderTotalCalculator")
NoShippingRequired = _of_oscar("apps.shipping.methods", "NoShippingRequired")
Selector = _of_oscar("apps.partner.strategy", "Selector")
Applicator = _of_oscar("apps.offer.applicator", "Applicator")


def place(request: Any) -> Any:
    """A basket with one piece, offers applied, and the order."""
    command = json.loads(request.body)
    basket = models("basket", "Basket").objects.create()
    basket.strategy = Selector().strategy()
    basket.add_product(models("catalogue", "Product").objects.get(pk=command["product_id"]), 1)
    Applicator().apply(basket)
    shipping = NoShippingRequired()
    charge = shipping.calculate(basket)
    order = OrderCreator().place_order(
        basket=basket,
        total=OrderTotalCalculator().calculate(basket, charge),
        shipping_method=shipping,
        shipping_charge=charge,
        order_number=OrderNumberGenerator().order_number(basket),
        guest_email=command["email"],
    )
    basket.submit()
    return http.JsonResponse({"number": order.number, "total": str(order.total_incl_tax)}, status=201)


def pay(request: Any, number: str) -> Any:
    """The payment's source, its transaction and event, and the order is paid."""
    command = json.loads(request.body)
    order = models("order", "Order").objects.select_for_update().get(number=number)
    amount, lines = order.total_incl_tax, list(order.lines.all())
    kind, _ = models("payment", "SourceType").objects.get_or_create(name="Bench")
    source = models("payment", "Source")(order=order, source_type=kind, currency=order.currency)
    source.save()
    source.debit(amount, reference=command["reference"], status="succeeded")
    settled, _ = models("order", "PaymentEventType").objects.get_or_create(name="Settled")
    quantities = [line.quantity for line in lines]
    EventHandler().handle_payment_event(order, settled, amount, lines, quantities, reference=command["reference"])
    order.set_status("Paid")
    return http.JsonResponse({"status": order.status})


def complete(_request: Any, number: str) -> Any:
    """Shipped, and completed."""
    order = models("order", "Order").objects.select_for_update().get(number=number)
    lines = list(order.lines.all())
    shipped, _ = models("order", "ShippingEventType").objects.get_or_create(name="Shipped")
    handler = EventHandler()
    handler.handle_shipping_event(order, shipped, lines, [line.quantity for line in lines])
    handler.handle_order_status_change(order, "Completed")
    return http.JsonResponse({"status": order.status})


def greet(_request: Any) -> Any:
    """It serves."""
    return http.JsonResponse({})


urlpatterns = [
    urls.path("", greet),
    urls.path("orders", place),
    urls.path("orders/<number>/paid", pay),
    urls.path("orders/<number>/complete", complete),
]
application = import_module("django.core.wsgi").get_wsgi_application()


def prepare() -> int:
    """Make the tables and a product that needs no shipping and counts no stock; the product's id."""
    import_module("django.core.management").call_command("migrate", verbosity=0, skip_checks=True)
    kind = models("catalogue", "ProductClass").objects.create(
        name="Membership", requires_shipping=False, track_stock=False
    )
    product = models("catalogue", "Product").objects.create(title="1 month", product_class=kind)
    partner = models("partner", "Partner").objects.create(name="Bench")
    price = {"price_currency": "USD", "price": Decimal("12.50")}
    models("partner", "StockRecord").objects.create(product=product, partner=partner, partner_sku="ONE", **price)
    return int(product.pk)


if __name__ == "__main__":
    sys.stdout.write(f"{prepare()}\n")
