"""Views of lists: one's own or shared, replaced by name, and removed by those who may."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.insights.lists.models import ListColumns, SavedView
from app.workflow.insights import save_view
from app.workflow.insights.save_view import MAX_NAME, MAX_VIEWS, SavedViewCommand
from tests.factories.people import make_user
from tests.factories.shop import Shop


def test_the_same_name_replaces_ones_own_view_and_nobody_elses(shop: Shop) -> None:
    ann, ben = (make_user(shop.business_id).user_id for _ in range(2))

    first = _save(shop, ann, "Open  orders", status="open")
    other = _save(shop, ben, "Open orders", status="paid")
    again = _save(shop, ann, " Open orders ", status="closed")

    assert (first == again, first != other) == (True, True)
    assert {row.id: row.filters["status"] for row in _views(shop)} == {first: "closed", other: "paid"}


def test_a_view_has_a_name_and_a_person_so_many_views_of_a_list(shop: Shop) -> None:
    ann = make_user(shop.business_id).user_id
    for name in ("", " \n ", "x" * (MAX_NAME + 1)):
        with pytest.raises(Invalid):
            _save(shop, ann, name)
    for number in range(MAX_VIEWS):
        _save(shop, ann, f"{number}".rjust(MAX_NAME, "x"))

    with pytest.raises(Conflict):
        _save(shop, ann, "One more")

    assert _save(shop, ann, "One more", listing="payments")
    assert _save(shop, make_user(shop.business_id).user_id, "One more")


def test_whose_view_it_is_removes_it_and_a_shared_one_who_may(shop: Shop) -> None:
    ann, ben = (make_user(shop.business_id).user_id for _ in range(2))
    own, shared = _save(shop, ann, "Mine"), _save(shop, ann, "Ours", shared=True)

    for view_id, any_shared in ((own, True), (shared, False), (new_id(), True)):
        with pytest.raises(NotFound):
            save_view.remove_view(shop.business_id, view_id, user_id=ben, any_shared=any_shared)
    lists = [
        save_view.remove_view(shop.business_id, shared, user_id=ben, any_shared=True),
        save_view.remove_view(shop.business_id, own, user_id=ann, any_shared=False),
    ]

    assert (lists, _views(shop)) == (["orders"] * 2, [])


def test_columns_are_chosen_by_each_person_for_each_list(shop: Shop) -> None:
    ann, ben = (make_user(shop.business_id).user_id for _ in range(2))

    for user_id, columns in ((ann, ["id"]), (ben, ["total"]), (ann, ["id", "status"])):
        save_view.choose_columns(shop.business_id, "orders", columns, user_id=user_id)

    found = shop.many(select(ListColumns.__table__))
    assert {row.user_id: row.columns for row in found} == {ann: ["id", "status"], ben: ["total"]}


def _save(
    shop: Shop, user_id: uuid.UUID, name: str, *, listing: str = "orders", shared: bool = False, **filters: str
) -> uuid.UUID:
    command = SavedViewCommand(filters=filters)
    return save_view.save_view(shop.business_id, listing, command, user_id=user_id, name=name, shared=shared)


def _views(shop: Shop) -> list[Any]:
    return list(shop.many(select(SavedView.__table__).order_by(SavedView.id)))
