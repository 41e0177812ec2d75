"""Erasing a buyer takes two people, unless there is only one."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Denied
from app.core.ids import show
from app.domain.accounts.business import independence
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.accounts.privacy.models import Erasure
from app.workflow.accounts import request_erasure
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.people import manage_team
from tests.attacks.people import key_of, member_id
from tests.factories.approvals import approval_of
from tests.factories.people import make_user
from tests.factories.shop import Shop


@pytest.fixture
def ann(shop: Shop) -> str:
    """An owner."""
    return show("usr", make_user(shop.business_id).user_id)


def test_who_is_alone_erases_alone_and_that_is_kept(shop: Shop, ann: str) -> None:
    order_id = shop.paid_order(buyer="ann")
    viewer = make_user(shop.business_id, "viewer")
    assert viewer

    erased = _ask(shop, ann)

    assert isinstance(erased, tuple)
    assert erased[0] == shop.order(order_id).buyer_reference
    assert [(each.agreed, each.requested_by, each.approval_id) for each in _records(shop)] == [("alone", ann, None)]
    assert request_erasure.is_alone(shop.business_id, ann)


def test_with_others_it_waits_for_one_of_them_and_is_asked_once(shop: Shop, ann: str) -> None:
    order_id = shop.paid_order(buyer="ann")
    make_user(shop.business_id)

    first, again, other = _ask(shop, ann), _ask(shop, ann), _ask(shop, ann, value="somebody")

    assert isinstance(first, ApprovalNeeded)
    assert isinstance(again, ApprovalNeeded)
    assert isinstance(other, ApprovalNeeded)
    row = approval_of(shop, first)
    assert (row.kind, row.status, row.payload) == ("erasure", "requested", {"by": "reference", "value": "ann"})
    assert approval_of(shop, again).id == row.id != approval_of(shop, other).id
    assert shop.order(order_id).buyer_reference == "ann"
    assert not request_erasure.is_alone(shop.business_id, ann)


def test_what_was_approved_is_carried_out_once(shop: Shop, ann: str) -> None:
    order_id = shop.paid_order(buyer="ann")
    ben = show("usr", make_user(shop.business_id).user_id)
    asked = _ask(shop, ann)
    assert isinstance(asked, ApprovalNeeded)
    row = approval_of(shop, asked)

    status = decide_approval.approve(shop.business_id, row.id, actor=ben)
    request_erasure.carry_out_erasure(shop.business_id, row)

    (record,) = _records(shop)
    assert status == "done"
    assert (record.agreed, record.approval_id, record.requested_by) == ("approved", row.id, ann)
    assert shop.order(order_id).buyer_reference == record.pseudonym


def test_an_order_of_theirs_stops_the_request_and_what_was_approved(shop: Shop, ann: str) -> None:
    shop.paid_order(buyer="ann")
    make_user(shop.business_id)
    asked = _ask(shop, ann)
    assert isinstance(asked, ApprovalNeeded)
    order_id = shop.place(buyer="ann")

    with pytest.raises(Conflict):
        _ask(shop, ann)
    with pytest.raises(Conflict):
        request_erasure.carry_out_erasure(shop.business_id, approval_of(shop, asked))

    assert (shop.order(order_id).buyer_reference, _records(shop)) == ("ann", [])


def test_nobody_becomes_alone_by_removing_the_others(shop: Shop, ann: str, clock: ModuleType) -> None:
    shop.paid_order(buyer="ann")
    other = show("usr", make_user(shop.business_id).user_id)
    manage_team.remove(shop.business_id, member_id(shop, other), actor=ann)

    with pytest.raises(Conflict) as refused:
        _ask(shop, ann)
    clock.move(independence.REMEMBERED.total_seconds() + 60)

    assert refused.value.code == "second_person_left"
    assert isinstance(_ask(shop, ann), tuple)


def test_a_key_is_nobody_alone_and_the_system_asks_nobody(shop: Shop, ann: str) -> None:
    shop.paid_order(buyer="ann")
    key = key_of(shop, ann)

    with pytest.raises(Denied):
        _ask(shop, key)
    make_user(shop.business_id)
    by_key = _ask(shop, key)
    by_system = _ask(shop, "system")

    assert isinstance(by_key, ApprovalNeeded)
    assert isinstance(by_system, tuple)
    assert [each.agreed for each in _records(shop)] == ["operator"]


def _ask(shop: Shop, actor: str, *, value: str = "ann") -> tuple[str, int] | ApprovalNeeded:
    return request_erasure.erase_or_request(shop.business_id, by="reference", value=value, reason="asked", actor=actor)


def _records(shop: Shop) -> list[Any]:
    return list(shop.many(select(Erasure.__table__).order_by(Erasure.id)))
