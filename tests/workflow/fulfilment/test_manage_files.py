"""Files that are sold as downloads: added, replaced, removed, and handed to orders that wait for them."""

from __future__ import annotations

import io
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Invalid, NotFound
from app.core.files import store
from app.core.ids import new_id
from app.domain.fulfilment.models import DownloadFile, DownloadVersion
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand
from app.workflow.fulfilment import deliver_line, manage_files
from app.workflow.fulfilment.manage_files import FileTooLarge
from tests.factories.merchant import delivery_of, sell
from tests.factories.shop import Shop


@pytest.fixture
def file_id(shop: Shop) -> uuid.UUID:
    """The one file of a shop that sells downloads from now on."""
    made: list[uuid.UUID] = []
    sell(shop, "download", before_sale=lambda product_id: made.append(_add(shop, product_id=product_id)))
    return made[0]


def test_each_version_is_numbered_and_kept_as_it_came(shop: Shop, file_id: uuid.UUID) -> None:
    with ThreadPoolExecutor(3) as pool:
        numbers = sorted(pool.map(lambda text: _add_version(shop, file_id, text), (b"two", b"three", b"four")))

    versions = shop.many(select(DownloadVersion.__table__).order_by(DownloadVersion.number))
    assert (numbers, [row.number for row in versions]) == ([2, 3, 4], [1, 2, 3, 4])
    assert {store.get(row.key) for row in versions} == {b"one", b"two", b"three", b"four"}
    assert [row.bytes for row in versions] == [len(store.get(row.key)) for row in versions]
    assert {row.sha256 for row in versions} == {store.sha256(row.key) for row in versions}


def test_a_name_loses_its_folders(shop: Shop, file_id: uuid.UUID) -> None:
    _add_version(shop, file_id, b"x", name="..\\..\\secret/plan\u202e?.pdf ")

    newest = shop.one(select(DownloadVersion.name).where(DownloadVersion.number == 2))
    assert newest.name == "plan.pdf"


def test_what_is_empty_or_too_large_is_neither_listed_nor_kept(
    shop: Shop, file_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage_files, "MAX_BYTES", 10)
    kept = _keys(shop)

    for content, error in ((b"", Invalid), (b"x" * 11, FileTooLarge)):
        with pytest.raises(error):
            _add(shop, content)
        with pytest.raises(error):
            _add_version(shop, file_id, content)

    assert (_keys(shop), len(shop.many(select(DownloadVersion.id)))) == (kept, 1)


@pytest.mark.usefixtures("file_id")
def test_a_product_has_only_so_many_files_and_a_file_so_many_versions(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage_files, "MAX_FILES", 2)
    monkeypatch.setattr(manage_files, "MAX_FILE_VERSIONS", 2)
    second = _add(shop)
    _add_version(shop, second)

    for add in (lambda: _add(shop), lambda: _add_version(shop, second)):
        with pytest.raises(Conflict) as refused:
            add()
        assert refused.value.code == "too_many_files"
    manage_files.remove_file(shop.business_id, second)

    assert _add(shop)


def test_a_file_needs_a_product_that_is_downloaded_and_a_sku_of_it(shop: Shop) -> None:
    membership, elsewhere = shop.product_id, shop.sku_id
    with pytest.raises(Conflict) as refused:
        _add(shop, product_id=membership)
    command = ProductCommand(name="Font", delivery_kind="download")
    product_id = manage_catalog.create_product(shop.business_id, command, actor="test")
    for wrong in ({"product_id": new_id()}, {"product_id": product_id, "sku_id": elsewhere}):
        with pytest.raises(NotFound):
            _add(shop, **wrong)

    assert (refused.value.code, shop.many(select(DownloadFile.id))) == ("other_delivery", [])


def test_a_file_goes_once_and_never_the_last_one_of_what_is_on_sale(shop: Shop, file_id: uuid.UUID) -> None:
    with pytest.raises(Conflict) as last:
        manage_files.remove_file(shop.business_id, file_id)
    _add(shop)
    manage_files.remove_file(shop.business_id, file_id)

    assert last.value.code == "no_files"
    for gone in (file_id, new_id()):
        with pytest.raises(NotFound):
            manage_files.remove_file(shop.business_id, gone)
        with pytest.raises(NotFound):
            _add_version(shop, gone)


def test_an_order_that_waits_for_a_file_gets_it_once_it_is_there(shop: Shop, file_id: uuid.UUID) -> None:
    command = SkuCommand(code="OTHER", name="Other", price_minor=700, currency="USD")
    other = manage_catalog.add_sku(shop.business_id, shop.product_id, command)
    _add(shop, sku_id=shop.sku_id)
    manage_files.remove_file(shop.business_id, file_id)
    shop.sku_id = other
    order_id = shop.paid_order()
    delivery = delivery_of(shop, order_id)

    _add(shop, sku_id=other)
    due = delivery_of(shop, order_id).next_attempt_at
    deliver_line.try_again(shop.business_id, delivery.id)

    assert (delivery.status, due < delivery.next_attempt_at) == ("pending", True)
    assert (delivery_of(shop, order_id).status, shop.order(order_id).status) == ("delivered", "fulfilled")


def _add(
    shop: Shop, content: bytes = b"one", *, product_id: uuid.UUID | None = None, sku_id: uuid.UUID | None = None
) -> uuid.UUID:
    return manage_files.add_file(
        shop.business_id,
        product_id or shop.product_id,
        io.BytesIO(content),
        name="file.txt",
        actor="test",
        sku_id=sku_id,
    )


def _add_version(shop: Shop, file_id: uuid.UUID, content: bytes = b"more", name: str = "file.txt") -> int:
    return manage_files.add_version(shop.business_id, file_id, io.BytesIO(content), name=name, actor="test")


def _keys(shop: Shop) -> set[str]:
    """The files of this business; other tests keep theirs beside them."""
    return {key for key in store.every_key() if store.business_of(key) == shop.business_id}
