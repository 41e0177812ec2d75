"""Links to files made of lists: signed, for an hour, and to nothing else."""

from __future__ import annotations

import uuid
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer
from sqlalchemy import delete, select

from app.core import clock, db, settings
from app.core.errors import NotFound
from app.core.files import store
from app.core.ids import new_id, show
from app.domain.insights.lists.models import Export
from app.domain.insights.lists.rules import EXPORT_LINK_LASTS
from app.read.orders.orders_list import ORDERS
from app.workflow.insights import make_export
from app.workflow.insights.fetch_export import file_of, make_link, open_link
from app.workflow.insights.make_export import ExportCommand, start_export
from tests.factories.shop import Shop


def test_a_link_opens_the_file_and_says_whose_it_is(shop: Shop) -> None:
    order_id = shop.place()
    export = _made(shop)

    file = open_link(make_link(shop.business_id, export.id))

    assert file == file_of(export)
    assert (file.business_id, file.holder, file.sees_buyers) == (shop.business_id, "usr_x", True)
    assert file.name == f"orders-{export.created_at:%Y-%m-%d}.csv"
    assert len(store.get(file.key)) == file.bytes
    assert show("ord", order_id) in store.get(file.key).decode()


def test_a_link_is_over_after_an_hour_and_a_new_one_opens_the_file(shop: Shop, clock: ModuleType) -> None:
    export = _made(shop)
    token = make_link(shop.business_id, export.id)

    clock.move(EXPORT_LINK_LASTS.total_seconds() - 60)
    early = open_link(token)
    clock.move(120)
    with pytest.raises(NotFound):
        open_link(token)

    assert open_link(make_link(shop.business_id, export.id)) == early


def test_what_we_did_not_sign_for_this_opens_nothing(shop: Shop) -> None:
    export = _made(shop)
    token = make_link(shop.business_id, export.id)
    key, until = settings.current().secret_key, int((clock.now() + timedelta(hours=1)).timestamp())
    named = [shop.business_id.hex, export.id.hex, until]
    forged = (
        "",
        token[:-1],
        "x" + token,
        URLSafeSerializer("another key", salt="a file made of a list").dumps(named),
        URLSafeSerializer(key, salt="something else").dumps(named),
    )

    for each in forged:
        with pytest.raises(NotFound):
            open_link(each)


def test_a_link_opens_nothing_that_is_not_made_yet_gone_or_of_another_business(
    shop: Shop, new_shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, other = _made(shop), new_shop()
    for _ in range(3):
        shop.place()
    monkeypatch.setattr(make_export, "AT_ONCE", 2)
    waiting = _started(shop)
    links = [make_link(business, export) for business, export in (
        (shop.business_id, waiting), (other.business_id, gone.id), (shop.business_id, new_id()),
    )]  # fmt: skip
    removed = make_link(shop.business_id, gone.id)
    with db.phase("test.prune", shop.business_id):
        db.run(delete(Export).where(Export.business_id == shop.business_id, Export.id == gone.id))

    for each in (*links, removed):
        with pytest.raises(NotFound):
            open_link(each)


def _started(shop: Shop) -> uuid.UUID:
    return start_export(shop.business_id, ORDERS, ExportCommand(columns=("order",)), holder="usr_x")


def _made(shop: Shop) -> Any:
    """A file that is done."""
    export_id = _started(shop)
    while make_export.work(shop.business_id, export_id):
        pass
    return shop.one(select(Export.__table__).where(Export.id == export_id))
