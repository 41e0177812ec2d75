"""Files of products: looked through, applied, carried on with, and written out again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from openpyxl import Workbook

from app.core.errors import Invalid
from app.core.ids import show
from app.core.states import IllegalTransition
from app.lib import sheets
from app.read.accounts.resource_limits import resource_limits
from app.read.catalog import imports, stock
from app.read.catalog.products import ProductFilter
from app.workflow.accounts.lifecycle.limit_resource import limit_resource
from app.workflow.catalog import import_products, manage_categories
from tests.factories.products import products_of
from tests.factories.sellers import make_seller
from tests.factories.shop import Shop

NEW = """product,sku,name,price,currency,stock,days,status,categories,description
Opera,OP-1,One evening,12.50,USD,40,1,on_sale,evening,"**Loud**
and long"
Opera,OP-2,A season,120,USD,,90,on_sale,evening,
Museum,MU-1,,1250,JPY,0,,draft,,
"""


pytestmark = pytest.mark.usefixtures("small_steps")


@pytest.fixture
def shop(new_shop: Callable[..., Shop]) -> Iterator[Shop]:
    made = new_shop()
    manage_categories.create_category(made.business_id, code="evening", name="Evening")
    yield made
    made.audit()


def send(shop: Shop, content: bytes | str) -> Any:
    """The import when it was looked through."""
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return work(shop, import_products.start_import(shop.business_id, file, actor="test"))


def work(shop: Shop, import_id: Any) -> Any:
    while import_products.work(shop.business_id, import_id):
        pass
    return imports.import_of(shop.business_id, import_id).row


def apply(shop: Shop, content: bytes | str) -> Any:
    run = send(shop, content)
    import_products.apply(shop.business_id, run.id, actor="test")
    return work(shop, run.id)


def counts(run: Any) -> tuple[Any, ...]:
    return run.status, run.to_create, run.to_change, run.unchanged, run.refused, run.applied


def rows(shop: Shop, run: Any, kind: str = "") -> dict[str, Any]:
    return {row.subject: row for row in imports.import_rows(shop.business_id, run.id, kind=kind)}


def exported(shop: Shop) -> bytes:
    return b"".join(sheets.as_csv(imports.exported(shop.business_id, ProductFilter())))


def products(shop: Shop) -> dict[str, Any]:
    found = products_of(shop.business_id)
    return {card.row.name: card for card in found}


def test_nothing_changes_before_it_is_applied(shop: Shop) -> None:
    before = exported(shop)

    run = send(shop, NEW)

    assert counts(run) == ("ready", 3, 0, 0, 0, 0)
    assert exported(shop) == before
    import_products.discard(shop.business_id, run.id, actor="test")
    with pytest.raises(IllegalTransition):
        import_products.apply(shop.business_id, run.id, actor="test")


def test_new_products_are_made_with_their_skus(shop: Shop) -> None:
    run = apply(shop, NEW)

    assert counts(run) == ("done", 3, 0, 0, 0, 3)
    opera, museum = products(shop)["Opera"], products(shop)["Museum"]
    assert (opera.row.status, museum.row.status) == ("on_sale", "draft")
    assert {(sku.code, sku.price_minor, sku.stock, sku.delivery_days) for sku in opera.skus} == {
        ("OP-1", 1250, 40, 1),
        ("OP-2", 12000, None, 90),
    }
    assert [(sku.name, sku.price_minor, sku.currency) for sku in museum.skus] == [("Museum", 1250, "JPY")]
    assert opera.row.description == "**Loud**\nand long"
    assert [card.row.name for card in products_of(shop.business_id, ProductFilter(category="evening"))] == ["Opera"]
    [op_1] = [sku for sku in opera.skus if sku.code == "OP-1"]
    assert shop.order(shop.place(sku_id=op_1.id)).total_minor == 1250


def test_rows_for_more_products_than_there_may_be_are_refused(shop: Shop) -> None:
    have = {str(each.resource): each.used for each in resource_limits(shop.business_id)}["products"]
    limit_resource(shop.business_id, "products", have + 1, reason="Starter contract")

    run = apply(shop, NEW)

    assert (run.status, run.applied) == ("done", 2)
    assert rows(shop, run, "refused")["MU-1"].errors == {
        "product": f"this business can have at most {have + 1} products"
    }
    assert "Opera" in products(shop)
    assert "Museum" not in products(shop)


def test_the_same_file_again_changes_nothing(shop: Shop) -> None:
    content = NEW.replace(",\n", ",same\n").replace('"**Loud**\nand long"', "same")
    apply(shop, content)

    again = send(shop, content)

    assert counts(again) == ("ready", 0, 0, 3, 0, 0)


def test_what_is_written_out_changes_nothing_when_it_comes_back(shop: Shop) -> None:
    apply(shop, NEW)
    apply(shop, "product,sku,price,currency,description\n'=HYPERLINK(1),F-1,1,USD,'-1+1\n''quoted,F-2,2,KWD,@x\n")
    book = io.BytesIO()
    sheets.write_xlsx(imports.exported(shop.business_id, ProductFilter()), book)

    for content in (exported(shop), book.getvalue()):
        run = send(shop, content)
        assert counts(run) == ("ready", 0, 0, 6, 0, 0), rows(shop, run)
    assert "=HYPERLINK(1)" in products(shop)
    assert b"'=HYPERLINK(1)" in exported(shop)
    assert b",=" not in exported(shop)


def test_what_differs_is_shown_and_changed_and_nothing_else(shop: Shop) -> None:
    apply(shop, NEW)

    run = apply(shop, "sku,price,stock,status\nOP-1,13.00,40,off_sale\nOP-2,120,unlimited,\nMU-1,1250,7,archived\n")

    assert counts(run) == ("done", 0, 2, 1, 0, 2)
    assert rows(shop, run)["OP-1"].changes == {"price": ["12.50", "13.00"], "status": ["on_sale", "off_sale"]}
    opera, museum = products(shop)["Opera"], products(shop)["Museum"]
    assert (opera.row.status, museum.row.status) == ("off_sale", "archived")
    [op_1] = [sku for sku in opera.skus if sku.code == "OP-1"]
    assert (op_1.price_minor, op_1.name, op_1.delivery_days) == (1300, "One evening", 1)
    assert [sku.stock for sku in museum.skus] == [7]
    [seen] = stock.list_changes(shop.business_id, museum.skus[0].id, after=None, limit=1)
    assert (seen.before, seen.after, seen.reason) == (0, 7, "imported")


def test_a_sku_is_added_to_a_product_that_is_named(shop: Shop) -> None:
    name = show("prd", shop.product_id)

    run = apply(shop, f"product_id,sku,name,price,currency\n{name},YEAR,1 year,100,USD\n")

    assert counts(run) == ("done", 1, 0, 0, 0, 1)
    assert shop.order(shop.place(sku_id=_sku(shop, "YEAR"))).total_minor == 10000


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("Opera,,1,USD,,,", "sku"),
        ("Opera,a b,1,USD,,,", "sku"),
        (",X,1,USD,,,", "product"),
        ("Opera,X,1.234,USD,,,", "price"),
        ("Opera,X,,USD,,,", "price"),
        ("Opera,X,-1,USD,,,", "price"),
        ("Opera,X,1,ABC,,,", "currency"),
        ("Opera,X,1,USD,many,,", "stock"),
        ("Opera,X,1,USD,,nothing,", "categories"),
        ("Opera,X,1,USD,,,gone", "status"),
        ("Opera\x07,X,1,USD,,,", "product"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_its_column(shop: Shop, line: str, column: str) -> None:
    head = "product,sku,price,currency,stock,categories,status\n"

    run = apply(shop, f"{head}Good,GOOD,1,USD,,,\n{line}\n")

    assert counts(run) == ("done", 1, 0, 0, 1, 1)
    [refused] = imports.import_rows(shop.business_id, run.id, kind="refused")
    assert (refused.line, list(refused.errors)) == (3, [column])


def test_a_sku_stands_in_a_file_once_and_keeps_what_open_orders_hold(shop: Shop) -> None:
    apply(shop, NEW)
    shop.place(3, sku_id=_sku(shop, "OP-1"))

    run = send(shop, "sku,stock\nOP-2,5\nOP-2,6\nOP-1,2\n")

    assert {sku: row.errors for sku, row in rows(shop, run, "refused").items()} == {
        "OP-2": {"sku": "already in line 2"},
        "OP-1": {"stock": "open orders reserve 3"},
    }


def test_what_changed_since_the_preview_is_judged_again(shop: Shop) -> None:
    apply(shop, NEW)
    run = send(shop, "sku,stock,price\nOP-1,2,12.50\nOP-2,9,120\n")
    shop.place(3, sku_id=_sku(shop, "OP-1"))

    import_products.apply(shop.business_id, run.id, actor="test")
    done = work(shop, run.id)

    assert counts(done) == ("done", 0, 2, 0, 1, 1)


def test_another_process_carries_on_where_one_stopped(shop: Shop) -> None:
    lines = "".join(f"P{number % 3},S{number},1,USD\n" for number in range(9))
    file = io.BytesIO(f"product,sku,price,currency\n{lines}S8,S8,x,USD\n".encode())
    import_id = import_products.start_import(shop.business_id, file, actor="test")

    while import_products.work(shop.business_id, import_id):
        import_products._readers.clear()
    import_products.apply(shop.business_id, import_id, actor="test")
    done = work(shop, import_id)

    assert counts(done) == ("done", 9, 0, 0, 1, 9)
    assert {name: len(card.skus) for name, card in products(shop).items() if name[0] == "P" and len(name) == 2} == {
        "P0": 3,
        "P1": 3,
        "P2": 3,
    }


def _workbook(cells: list[list[Any]]) -> bytes:
    book, written = Workbook(), io.BytesIO()
    for row in cells:
        book.active.append(row)
    book.save(written)
    return written.getvalue()


def test_a_spreadsheet_of_numbers_is_read(shop: Shop) -> None:
    head = ["Product ID", "product", "sku", "price", "currency", "stock", "active"]

    run = apply(shop, _workbook([head, [None, "Opera", 4711, 12.5, "USD", 7.0, False], [], [None, "B", "B", 3, "USD"]]))

    assert counts(run) == ("done", 2, 0, 0, 0, 2)
    [sku] = products(shop)["Opera"].skus
    assert (sku.code, sku.price_minor, sku.stock, sku.active) == ("4711", 1250, 7, False)


def _bomb() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 160_000_000)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("price\n1\n", "The required column sku is missing"),
        ("sku,colour\nA,red\n", "Unknown column “colour”"),
        ("sku,sku\nA,B\n", "contains a duplicate column"),
        ("sku\n", "no rows below the head"),
        ("sku,product\nA,\xff".encode("latin-1"), "not UTF-8"),
        (b"PK\x03\x04 nothing of the kind", "XLSX file cannot be read"),
        ('sku,product\nA,"never closed\n', "The CSV file cannot be read"),
        (_bomb(), "more than 150 MB when it is unpacked"),
    ],
    ids=range(8),
)
def test_a_file_that_cannot_be_read_says_why(shop: Shop, content: bytes | str, words: str) -> None:
    run = send(shop, content)

    assert run.status == "failed"
    assert words in run.problem


def test_an_empty_file_is_not_taken(shop: Shop) -> None:
    with pytest.raises(Invalid):
        send(shop, b"")


def _sku(shop: Shop, code: str) -> Any:
    return next(sku.id for card in products_of(shop.business_id) for sku in card.skus if sku.code == code)


def test_a_file_names_sellers_by_reference_or_name_and_reads_its_own_export_again(shop: Shop) -> None:
    make_seller(shop.business_id, "Owl", "owl-1")
    make_seller(shop.business_id, "Fox")
    make_seller(shop.business_id, "Twin", "t-1")
    make_seller(shop.business_id, "Twin")
    head = "product,sku,price,currency,seller\n"
    rows_ = "A,A1,1,USD,owl-1\nB,B1,1,USD,Fox\nC,C1,1,USD,\nD,D1,1,USD,nobody\nE,E1,1,USD,Twin\nF,F1,1,USD,t-1\n"

    run = apply(shop, head + rows_)

    refused = rows(shop, run, "refused")
    assert {sku: row.errors["seller"] for sku, row in refused.items()} == {
        "D1": "There is no seller nobody.",
        "E1": "Several sellers are called Twin. Use the reference or the ID.",
    }
    again = send(shop, exported(shop))
    assert counts(again)[1:5] == (0, 0, 5, 0)  # and what the shop sells of its own
    changed = apply(shop, "sku,seller\nA1,Fox\nB1,\n")
    assert rows(shop, changed)["A1"].changes == {"seller": ["owl-1", "Fox"]}
    assert rows(shop, changed)["B1"].changes == {"seller": ["Fox", ""]}
    assert exported(shop).decode().count("Fox") == 1
