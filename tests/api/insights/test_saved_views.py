"""Views of lists that programs keep for everybody."""

from __future__ import annotations

import pytest

from app.core.ids import parse, show
from app.read.insights import saved_views
from app.workflow.insights.save_view import SavedViewCommand, save_view
from tests.factories.people import make_user

LARGE = {"resource": "orders", "name": "Paid in May", "filters": {"view": "paid", "from": "2026-05-01"}}


def test_a_view_is_saved_for_everybody_replaced_and_removed(merchant) -> None:
    user = make_user(merchant.shop.business_id).user_id
    own = save_view(merchant.shop.business_id, "orders", SavedViewCommand(), user_id=user, name="Mine", shared=False)

    made = merchant.post("/v1/saved_views", {**LARGE, "columns": ["order", "amount"]}, once=None).json
    again = merchant.post(
        "/v1/saved_views",
        {**LARGE, "name": "Paid  in May ", "filters": {"currency": "USD"}, "order": "lowest"},
        once=None,
    ).json
    seen = saved_views.views_of(merchant.shop.business_id, "orders", user)

    assert (made["filters"], made["columns"], made["user"]) == (LARGE["filters"], ["order", "amount"], None)
    assert again == {
        **made,
        "filters": {"currency": "USD"},
        "columns": [],
        "order": "lowest",
        "changed_at": again["changed_at"],
    }
    assert [view.name for view in seen] == ["Mine", "Paid in May"]
    assert merchant.get("/v1/saved_views").json["data"] == [again]
    assert merchant.get("/v1/saved_views?resource=refunds").json["data"] == []
    assert merchant.get(f"/v1/saved_views/{show('vie', own)}").status_code == 404
    assert merchant.call("DELETE", f"/v1/saved_views/{show('vie', own)}").status_code == 404
    assert merchant.call("DELETE", f"/v1/saved_views/{made['id']}").status_code == 204
    assert [view.name for view in saved_views.views_of(merchant.shop.business_id, "orders", user)] == ["Mine"]


def test_what_a_person_shares_is_read_and_removed_and_never_replaced(merchant) -> None:
    user = make_user(merchant.shop.business_id).user_id
    theirs = save_view(
        merchant.shop.business_id, "orders", SavedViewCommand(), user_id=user, name=LARGE["name"], shared=True
    )

    made = merchant.post("/v1/saved_views", LARGE, once=None).json
    shown = merchant.get(f"/v1/saved_views/{show('vie', theirs)}").json

    assert parse("vie", made["id"]) != theirs
    assert (shown["user"], shown["filters"]) == (show("usr", user), {})
    assert merchant.call("DELETE", f"/v1/saved_views/{shown['id']}").status_code == 204


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"filters": {"colour": "red"}}, "invalid_list"),
        ({"filters": {"from": "yesterday"}}, "invalid_list"),
        ({"columns": ["nothing"]}, "invalid_list"),
        ({"order": "highest"}, "invalid_list"),
        ({"name": "   "}, "invalid_name"),
        ({"resource": "dreams"}, "invalid_parameter"),
    ],
)
def test_a_view_that_cannot_be_is_refused(merchant, change, code: str) -> None:
    answer = merchant.post("/v1/saved_views", {**LARGE, **change}, once=None)

    assert (answer.status_code, answer.json["code"]) == (422, code)
