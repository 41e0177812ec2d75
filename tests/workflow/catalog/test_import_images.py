"""Images in files of products: a zip file in, and the same zip file out."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.domain.catalog.models import ProductImportImage
from app.domain.catalog.sheet_images import exported_name
from app.read.catalog import imports
from app.read.catalog.product_images import ProductImageView, images_of
from app.read.catalog.products import ProductFilter
from app.workflow.catalog import import_products, manage_images
from tests.factories.files import image, packed
from tests.factories.products import products_of
from tests.factories.shop import Shop
from tests.workflow.catalog.test_import_products import apply, counts, rows, send, work

MUGS = """product,sku,price,currency,images
Mug,MUG-S,5,USD,images/front.png: A blue mug; side.png
Mug,MUG-L,6,USD,
Plate,PLATE,7,USD,images/plate.png: A plate
"""
PICTURES = {"images/front.png": image(1), "images/side.png": image(2), "images/plate.png": image(3, (200, 200))}


def out(shop: Shop) -> bytes:
    return b"".join(imports.exported_zip(shop.business_id, ProductFilter()))


def shown(shop: Shop, name: str) -> list[ProductImageView]:
    [product] = [card.row for card in products_of(shop.business_id) if card.row.name == name]
    return images_of(shop.business_id, [product.id])[product.id]


@pytest.mark.parametrize("folder", ["", "my products/"])
def test_a_zip_file_brings_products_with_their_images(shop: Shop, folder: str) -> None:
    run = apply(shop, packed(MUGS, PICTURES, folder))

    assert counts(run) == ("done", 3, 0, 0, 0, 3)
    assert [(each.alt, each.row.width, each.row.position) for each in shown(shop, "Mug")] == [
        ("A blue mug", 400, 1),
        ("Mug", 400, 2),
    ]
    assert [(each.alt, each.row.width) for each in shown(shop, "Plate")] == [("A plate", 200)]


def test_the_same_file_again_and_what_was_written_out_change_nothing(shop: Shop) -> None:
    apply(shop, packed(MUGS, PICTURES))
    written = out(shop)

    again = send(shop, packed(MUGS.replace("; side.png", "; side.png: Mug"), PICTURES))
    back = send(shop, written)

    assert (again.status, again.to_create, again.to_change, again.refused) == ("ready", 0, 0, 0)
    assert (back.status, back.to_create, back.to_change, back.refused) == ("ready", 0, 0, 0)
    assert out(shop) == written


def test_what_was_written_out_is_read_by_another_business(shop: Shop, new_shop: Any) -> None:
    apply(shop, packed(MUGS, PICTURES))
    other = new_shop()
    table, pictures = _unpacked(out(shop))
    lines = [",".join(["", *line.split(",")[1:]]) if at else line for at, line in enumerate(table.splitlines())]
    mine = packed("\n".join(line for line in lines if not _begins_with(other, line)), pictures)

    run, again = apply(other, mine), apply(other, mine)

    assert (run.status, run.refused) == ("done", 0)
    assert [each.alt for each in shown(other, "Mug")] == ["A blue mug", "Mug"]
    assert (again.to_create, again.to_change, again.refused) == (0, 0, 0)


def test_a_dry_run_says_what_is_wrong_with_an_image(shop: Shop) -> None:
    table = """product,sku,price,currency,images
A,A,1,USD,gone.png
B,B,1,USD,text.png
C,C,1,USD,large.png
D,D,1,USD,ok.png; copy.png
E,E,1,USD,{many}
F,F,1,USD,ok.png
""".format(many="; ".join(f"{number}.png" for number in range(11)))
    pictures = {"images/text.png": b"no image", "images/large.png": b"\x89PNG" + bytes(8_000_001)}
    run = send(shop, packed(table, pictures | {"images/ok.png": image(7), "images/copy.png": image(7)}))

    said = {sku: row.errors.get("images", "") for sku, row in rows(shop, run).items()}
    assert (run.status, run.to_create, run.refused) == ("ready", 1, 5)
    assert "It is not in the file" in said["A"]
    assert "images/text.png: " in said["B"]
    assert "8 MB at most" in said["C"]
    assert "stands there twice" in said["D"]
    assert "at most 10 images" in said["E"]
    assert said["F"] == ""


def test_a_table_alone_keeps_orders_and_describes_the_images_there_are(shop: Shop) -> None:
    apply(shop, packed(MUGS, PICTURES))
    names = [exported_name(each.row) for each in shown(shop, "Mug")]

    run = apply(shop, f"sku,images\nMUG-S,{names[1]}: From the side; {names[0]}\n")
    removed = apply(shop, f"sku,images\nMUG-L,{names[1]}\n")
    unknown = send(shop, "sku,images\nMUG-L,new.png\n")

    assert (run.applied, removed.applied) == (1, 1)
    assert [(each.alt, each.row.position) for each in shown(shop, "Mug")] == [("From the side", 1)]
    assert "send a zip file with it" in rows(shop, unknown)["MUG-L"].errors["images"]


def test_nothing_drawn_is_left_when_an_import_is_over(shop: Shop) -> None:
    kept = send(shop, packed(MUGS, PICTURES))
    import_products.discard(shop.business_id, kept.id, actor="test")
    apply(shop, packed(MUGS, PICTURES))

    with db.reading(shop.business_id):
        left = db.rows(select(db.table(ProductImportImage)))
    assert left == []
    assert len(shown(shop, "Mug")) == 2


def test_an_image_removed_meanwhile_refuses_the_row(shop: Shop) -> None:
    apply(shop, packed(MUGS, PICTURES))
    first = shown(shop, "Mug")[0]
    run = send(shop, f"sku,images\nMUG-S,{exported_name(first.row)}: Other\n")
    manage_images.remove_image(shop.business_id, first.id)

    import_products.apply(shop.business_id, run.id, actor="test")
    work(shop, run.id)

    assert (run.to_change, len(shown(shop, "Mug"))) == (1, 1)
    assert "images" in rows(shop, run)["MUG-S"].errors


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (packed(MUGS, {"other.csv": b"sku\n"}), "one CSV file; it has 2"),
        (packed(MUGS, PICTURES)[:-40], "cannot be read"),
        (packed(MUGS, {f"images/{number}.png": b"" for number in range(5_000)}), "more than 5,000"),
    ],
)
def test_a_zip_file_that_cannot_be_read_says_why(shop: Shop, content: bytes, says: str) -> None:
    run = send(shop, content)

    assert run.status == "failed"
    assert says in run.problem


def _begins_with(other: Shop, line: str) -> bool:
    """Whether the row is of the product that each shop of the tests begins with."""
    return any(sku.code in line for card in products_of(other.business_id) for sku in card.skus)


def _unpacked(content: bytes) -> tuple[str, dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return files.pop("products.csv").decode("utf-8-sig").replace("\r\n", "\n"), files
