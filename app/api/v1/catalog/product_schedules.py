"""When products are on sale."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from app.api.kit.shapes import Shape
from app.api.v1.api import KeyCaller, v1
from app.api.v1.catalog.products import Product, product_of
from app.core.ids import parse
from app.workflow.catalog import manage_catalog, schedule_products


class ScheduleRequest(Shape):
    """When a product is on sale."""

    starts_at: Annotated[AwareDatetime | None, Field(description="Now if absent or in the past.")] = None
    ends_at: Annotated[AwareDatetime | None, Field(description="No end if absent.")] = None


@v1.post(
    "/products/{product_id}/schedule",
    body=ScheduleRequest,
    answer=Product,
    permission="products.write",
    tag="Products",
    errors=("nothing_to_sell", "no_delivery_url", "illegal_state", "version_conflict", "invalid_window"),
)
def schedule_product(caller: KeyCaller, product_id: str, body: ScheduleRequest) -> Product:
    """Put a product on sale for a time.

    It goes on sale and off sale by itself. For one that is on sale, only the end can be said.
    """
    known = parse("prd", product_id)
    schedule_products.schedule_product(
        caller.business_id, known, starts_at=body.starts_at, ends_at=body.ends_at, actor=caller.actor
    )
    return product_of(caller, product_id)


@v1.post(
    "/products/{product_id}/unschedule",
    answer=Product,
    permission="products.write",
    tag="Products",
    errors=("illegal_state", "version_conflict"),
)
def unschedule_product(caller: KeyCaller, product_id: str) -> Product:
    """Call a product's schedule off.

    It is a draft again; one that is on sale stays so, without an end.
    """
    schedule_products.unschedule_product(caller.business_id, parse("prd", product_id), actor=caller.actor)
    return product_of(caller, product_id)


@v1.post(
    "/products/{product_id}/archive",
    answer=Product,
    permission="products.write",
    tag="Products",
    errors=("illegal_state", "version_conflict"),
)
def archive_product(caller: KeyCaller, product_id: str) -> Product:
    """Put a product away.

    For good; what was sold of it stays as it is. Take it off sale first.
    """
    manage_catalog.archive_product(caller.business_id, parse("prd", product_id), actor=caller.actor)
    return product_of(caller, product_id)
