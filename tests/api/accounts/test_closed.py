"""What keys and people may do for a business that is closed: what brings it to its end, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app.api.v1.api import WHEN_CLOSED, v1
from app.core import clock, db
from app.core.ids import show
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.types import ENDS_WITH_BUSINESS
from app.workflow.accounts import authenticate_key
from tests.api.conftest import Merchant
from tests.factories.shop import Shop

READING = {"GET"}


@pytest.fixture
def closed(merchant: Merchant) -> Merchant:
    """A merchant whose business is closed."""
    close(merchant.shop)
    return merchant


def close(shop: Shop) -> None:
    """Close the business, as its approval does."""
    with db.system_phase("test.close"):
        db.write(update(Business).where(Business.id == shop.business_id).values(closed_at=clock.actual()), expect=1)
    authenticate_key.forget_known()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/v1/business", {"refund_window_days": 14}),
        ("POST", "/v1/products", {"name": "Map"}),
        ("POST", "/v1/keys", {"name": "x", "kind": "secret"}),
        ("POST", "/v1/team_invitations", {"email": "a@b.example", "role": "viewer"}),
        ("POST", "/v1/orders", {}),
        ("POST", "/v1/checkout/sessions", {}),
    ],
)
def test_what_would_go_on_with_business_is_refused(closed: Merchant, method: str, path: str, body: dict) -> None:
    sent = closed.session_body() if path in ("/v1/orders", "/v1/checkout/sessions") else body

    answer = closed.call(method, path, sent, {"Idempotency-Key": "closed-" + path})

    assert (answer.status_code, answer.json["code"]) == (403, "business_closed")


def test_what_it_owes_goes_back_and_its_data_can_be_taken_along(merchant: Merchant) -> None:
    order = show("ord", merchant.shop.paid_order())
    close(merchant.shop)

    refund = merchant.post("/v1/refunds", {"order_id": order, "amount_minor": 300, "reason": "x"})
    note = merchant.post(f"/v1/orders/{order}/notes", {"body": "Refunded."})
    archive = merchant.post("/v1/business/archive", None, once=None)
    read = merchant.get("/v1/business")

    assert [each.status_code for each in (refund, note, archive, read)] == [201, 201, 201, 200]


def test_each_operation_that_goes_on_is_there_and_takes_what_ends() -> None:
    known = {operation.name: operation.permission for operation in v1.operations}

    assert known.keys() >= WHEN_CLOSED
    assert {known[name] for name in WHEN_CLOSED} <= ENDS_WITH_BUSINESS
