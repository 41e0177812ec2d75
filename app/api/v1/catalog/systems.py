"""The merchant's own systems that are called: where they are, and what their calls are signed with."""

from app.api.v1.api import KeyCaller, v1
from app.api.v1.parts import Callback, System
from app.core.errors import NotFound
from app.core.ids import parse
from app.read.catalog import products_resource as products
from app.workflow.catalog import manage_participant
from app.workflow.fulfilment import manage_delivery


@v1.get("/products/{product_id}/delivery", answer=Callback, permission="products.read", tag="Deliveries")
def get_callback(caller: KeyCaller, product_id: str) -> Callback:
    """Get where a product's delivery is called.

    Without its secret. 404 when no address was set.
    """
    return _callback(caller, product_id)


@v1.post(
    "/products/{product_id}/delivery/roll_secret",
    answer=Callback,
    permission="products.write",
    tag="Deliveries",
    errors=("no_delivery_url", "other_delivery"),
)
def roll_callback_secret(caller: KeyCaller, product_id: str) -> Callback:
    """Roll the secret of a product's delivery.

    Calls are signed with the new one from now on. It is shown this once.
    """
    secret = manage_delivery.roll_callback_secret(caller.business_id, parse("prd", product_id))
    return _callback(caller, product_id, secret)


@v1.get("/skus/{sku_id}/participant", answer=System, permission="products.read", tag="Reservations")
def get_participant(caller: KeyCaller, sku_id: str) -> System:
    """Get the system that holds a SKU's units.

    Without its secret. 404 when they are kept here.
    """
    return _system(caller, sku_id)


@v1.post(
    "/skus/{sku_id}/participant/roll_secret",
    answer=System,
    permission="products.write",
    tag="Reservations",
    errors=("no_participant",),
)
def roll_participant_secret(caller: KeyCaller, sku_id: str) -> System:
    """Roll the secret of the system that holds a SKU's units.

    Calls are signed with the new one from now on. It is shown this once.
    """
    secret = manage_participant.roll_participant_secret(caller.business_id, parse("sku", sku_id))
    return _system(caller, sku_id, secret)


@v1.delete(
    "/skus/{sku_id}/participant",
    status=204,
    permission="products.write",
    tag="Reservations",
    errors=("reservations_open",),
)
def remove_participant(caller: KeyCaller, sku_id: str) -> None:
    """Keep a SKU's units here again.

    Not while orders have reservations at your own system.
    """
    manage_participant.remove_participant(caller.business_id, parse("sku", sku_id))


def _callback(caller: KeyCaller, product_id: str, secret: str | None = None) -> Callback:
    url = products.get_product(caller.business_id, parse("prd", product_id)).row.delivery.get("url")
    if not url:
        raise NotFound("not_found", "This product is not delivered by a merchant system.")
    return Callback(url=url, secret=secret)


def _system(caller: KeyCaller, sku_id: str, secret: str | None = None) -> System:
    url = products.get_sku(caller.business_id, parse("sku", sku_id)).participant.get("url")
    if not url:
        raise NotFound("not_found", "This SKU’s stock is not kept in a merchant system.")
    return System(url=url, secret=secret)
