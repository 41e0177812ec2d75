"""Changes of contracts by key: previewed to the cent, made, scheduled and taken back."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.ids import new_id, show
from app.domain.signing.calendar import Unit
from tests.api.conftest import Merchant
from tests.factories.contracts import DAY, plan_of, sign


@pytest.fixture
def rich(merchant: Merchant) -> Merchant:
    merchant.shop.keep_wallets()
    merchant.shop.fund("buyer-1", 50_000)
    return merchant


@pytest.fixture
def path(rich: Merchant) -> str:
    contract_id = sign(rich.shop, plan_of(rich.shop, unit=Unit.WEEK, max_quantity=5))
    rich.shop.advance(3.5 * DAY)
    return f"/v1/contracts/{show('con', contract_id)}"


def _dearer(merchant: Merchant) -> str:
    return show("plan", plan_of(merchant.shop, unit=Unit.WEEK, unit_minor=3000))


def test_what_is_previewed_is_what_is_charged(rich: Merchant, path: str) -> None:
    wanted: dict[str, Any] = {"plan_id": _dearer(rich)}

    seen = rich.post(f"{path}/changes/preview", wanted, once=None).json
    exactly = {"effective_at": seen["effective_at"], "due_minor": seen["due_minor"]}
    made = rich.post(f"{path}/changes", wanted | exactly)
    rich.shop.work_off()

    assert made.status_code == 201
    assert (made.json["status"], made.json["due_minor"]) == ("applied", seen["due_minor"])
    assert seen["due_minor"] == seen["charge_minor"] - seen["used_minor"]
    order = rich.get(f"/v1/orders/{made.json['order_id']}").json
    [line] = order["lines"]
    assert order["total_minor"] == seen["due_minor"]
    assert [(each["source"], each["discount_minor"]) for each in line["discounts"]] == [
        ("contract_credit", seen["used_minor"])
    ]
    assert rich.get(path).json["plan_id"] == wanted["plan_id"]


def test_another_amount_than_was_said_changes_nothing(rich: Merchant, path: str) -> None:
    answer = rich.post(f"{path}/changes", {"quantity": 2, "due_minor": 1})

    assert (answer.status_code, answer.json["code"]) == (409, "terms_changed")
    assert rich.get(path).json["quantity"] == 1
    assert rich.get(f"{path}/changes").json["data"] == []


def test_a_scheduled_change_is_listed_blocks_others_and_is_taken_back(rich: Merchant, path: str) -> None:
    made = rich.post(f"{path}/changes", {"quantity": 2, "at": "period_end"}).json
    other = rich.post(f"{path}/changes", {"quantity": 3})
    cancelled = rich.post(f"{path}/changes/{made['id']}/cancel", once=None)
    listed = rich.get(f"{path}/changes").json["data"]

    assert made["status"] == "scheduled"
    assert (other.status_code, other.json["code"]) == (409, "change_in_progress")
    assert cancelled.json["status"] == "cancelled"
    assert [each["id"] for each in listed] == [made["id"]]
    unknown = show("cch", new_id())
    assert rich.post(f"{path}/changes/{unknown}/cancel", once=None).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "nothing_changes"),
        ({"quantity": 9}, 409, "plan_quantity"),
        ({"anchor_day": 9}, 422, "invalid_anchor_day"),
        ({"quantity": 2, "effective_at": "2020-01-01T00:00:00Z"}, 409, "preview_expired"),
    ],
)
def test_what_cannot_be_is_refused(rich: Merchant, path: str, body: dict[str, Any], status: int, code: str) -> None:
    answer = rich.post(f"{path}/changes", body)

    assert (answer.status_code, answer.json["code"]) == (status, code)
