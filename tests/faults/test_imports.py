"""The process is stopped dead while a file of products is looked through or applied; another one carries on."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core import db
from app.domain.buyers.models import Buyer
from app.domain.catalog.models import Sku
from app.domain.fulfilment.models import MembershipChange
from app.read.catalog import imports
from app.read.catalog.product_images import images_of
from app.workflow.catalog import import_products
from tests.factories.files import image, packed
from tests.factories.imports import counts, worked
from tests.factories.products import products_of
from tests.factories.shop import Shop
from tests.faults.conftest import points_of

CHECK = ("import_products.check.before_commit", "import_products.check.after")
APPLY = ("import_products.apply.before_commit", "import_products.apply.after")
FILE = b"product,sku,price,currency,status\nOpera,OP-1,1,USD,on_sale\nOpera,OP-2,2,USD,on_sale\n"


@pytest.mark.parametrize("point", [*CHECK, *APPLY])
def test_a_file_is_applied_once_whatever_happens(shop: Shop, dies: Callable[..., None], point: str) -> None:
    import_id = import_products.start_import(shop.business_id, io.BytesIO(FILE), actor="test")
    if point in APPLY:
        _work(shop, import_id)
        import_products.apply(shop.business_id, import_id, actor="test")

    dies(shop, "import", import_id, at=point)

    _work(shop, import_id)
    if point in CHECK:
        import_products.apply(shop.business_id, import_id, actor="test")
        _work(shop, import_id)
    run = imports.import_of(shop.business_id, import_id).row
    assert (run.status, run.to_create, run.applied, run.refused) == ("done", 2, 2, 0)
    [opera] = [card for card in products_of(shop.business_id) if card.row.name == "Opera"]
    assert {sku.code for sku in opera.skus} == {"OP-1", "OP-2"}


@pytest.mark.parametrize("point", [*CHECK, *APPLY])
def test_images_are_there_once_whatever_happens(shop: Shop, dies: Callable[..., None], point: str) -> None:
    content = packed("product,sku,price,currency,images\nMug,M,1,USD,a.png\n", {"images/a.png": image()})
    import_id = import_products.start_import(shop.business_id, io.BytesIO(content), actor="test")
    if point in APPLY:
        _work(shop, import_id)
        import_products.apply(shop.business_id, import_id, actor="test")

    dies(shop, "import", import_id, at=point)

    _work(shop, import_id)
    if point in CHECK:
        import_products.apply(shop.business_id, import_id, actor="test")
        _work(shop, import_id)
    [mug] = [card for card in products_of(shop.business_id) if card.row.name == "Mug"]
    assert len(images_of(shop.business_id, [mug.row.id])[mug.row.id]) == 1


@pytest.mark.parametrize("kind", ["buyers", "memberships"])
@pytest.mark.parametrize("point", [*CHECK, *APPLY])
def test_people_are_there_once_whatever_happens(shop: Shop, dies: Callable[..., None], point: str, kind: str) -> None:
    with db.reading(shop.business_id):
        sku = db.get(Sku, shop.sku_id).code
    table = {"buyers": "reference,name\nann,Ann\nbob,Bob\n"}.get(
        kind, f"buyer,sku,ends\nann,{sku},2090-01-31\nbob,{sku},2090-01-31\n"
    )
    file = io.BytesIO(table.encode())
    import_id = import_products.start_import(shop.business_id, file, actor="test", kind=kind)
    if point in APPLY:
        worked(shop, kind, import_id)
        import_products.apply(shop.business_id, import_id, actor="test", kind=kind)

    dies(shop, "import", import_id, at=point)

    worked(shop, kind, import_id)
    if point in CHECK:
        import_products.apply(shop.business_id, import_id, actor="test", kind=kind)
    assert counts(worked(shop, kind, import_id)) == ("done", 2, 0, 0, 0, 2)
    rows = db.table(Buyer if kind == "buyers" else MembershipChange)
    assert len(shop.many(select(rows).where(rows.c.business_id == shop.business_id))) == 2


def test_these_points_exist() -> None:
    assert {*CHECK, *APPLY} <= points_of("import_products") | points_of("apply_batch")


def _work(shop: Shop, import_id: uuid.UUID) -> None:
    while import_products.work(shop.business_id, import_id):
        pass
