"""One buyer is erased: found by what is theirs alone, refused while something is open, finished once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import clock, db
from app.core.errors import Conflict, Invalid
from app.core.ids import show
from app.core.last_read import LastRead
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.accounts.privacy.models import Erasure
from app.domain.fulfilment.models import BuyerMembership
from app.domain.orders import types
from app.workflow.accounts import erase_buyer, request_erasure
from app.workflow.accounts.approvals import decide_approval
from app.workflow.accounts.erase_buyer import Buyer, find_buyer
from app.workflow.fulfilment import refresh_memberships
from app.workflow.orders import close_orders, place_order
from app.workflow.orders.complete_orders import complete_order
from app.workflow.subscriptions import change_contract
from tests.factories.approvals import approval_of
from tests.factories.contracts import agree, contract, cycles, plan_of, sign_at
from tests.factories.people import make_user
from tests.factories.shop import Shop

SAID: dict[str, Any] = {"reason": "asked", "requested_by": "usr_a", "agreed": "alone"}


def test_a_buyer_is_found_with_what_no_other_reference_has(shop: Shop) -> None:
    _place(shop, "ann", email="Ann@buyers.example", phone="+491")
    _place(shop, "ann", email="family@buyers.example", phone="+492")
    _place(shop, "ben", email="family@buyers.example")

    by_reference = find_buyer(shop.business_id, reference="ann")
    by_email = find_buyer(shop.business_id, email=" FAMILY@buyers.example ")
    by_phone = find_buyer(shop.business_id, phone="+491")

    assert by_reference.references == ("ann",)
    assert [each.lower() for each in by_reference.emails] == ["ann@buyers.example"]
    assert by_reference.phones == ("+491", "+492")
    assert (by_email.references, by_email.emails) == (("ben",), ("family@buyers.example",))
    assert (by_phone.references, by_phone.phones) == ((), ("+491",))


@pytest.mark.parametrize("named", [{}, {"reference": "ann", "email": "ann@buyers.example"}, {"email": "  "}])
def test_a_buyer_is_named_in_exactly_one_way(shop: Shop, named: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        find_buyer(shop.business_id, **named)
    with pytest.raises(Invalid):
        erase_buyer.erase_buyer(shop.business_id, Buyer((), (), ()), **SAID)


def test_a_pseudonym_stands_where_the_buyer_stood_and_amounts_stay(shop: Shop) -> None:
    mine, other = shop.paid_order(buyer="ann"), shop.paid_order(buyer="anna")
    before = shop.order(mine)

    pseudonym, changed = _erase(shop, "ann")

    order, (record,) = shop.order(mine), _records(shop)
    assert (order.buyer_reference, order.paid_minor, order.status) == (
        pseudonym,
        before.paid_minor,
        before.status,
    )
    assert shop.order(other).buyer_reference == "anna"
    assert (record.pseudonym, record.rows, record.ciphertext, record.agreed) == (pseudonym, changed, {}, "alone")
    assert record.finished_at is not None


def test_an_open_order_or_money_in_a_wallet_keeps_the_buyer(shop: Shop) -> None:
    open_order = shop.place(buyer="ann")
    shop.keep_wallets()
    shop.fund("ben", 500)

    for buyer, code in (("ann", "buyer_has_orders"), ("ben", "buyer_has_money")):
        with pytest.raises(Conflict) as refused:
            _erase(shop, buyer)
        assert refused.value.code == code
    kept = shop.order(open_order).buyer_reference, _records(shop)
    close_orders.close_order(shop.business_id, open_order, reason="asked", actor="test")

    assert kept == ("ann", [])
    assert shop.order(open_order).buyer_reference == "ann"
    assert _erase(shop, "ann")[0] == shop.order(open_order).buyer_reference


def test_a_contract_that_goes_on_keeps_the_buyer(shop: Shop) -> None:
    contract_id = sign_at(shop, plan_of(shop))
    agree(shop, contract_id)
    shop.work_off()
    for order_id in {each.order_id for each in cycles(shop, contract_id)}:
        complete_order(shop.business_id, order_id, actor="test", then=LastRead(lambda: None))

    with pytest.raises(Conflict) as refused:
        _erase(shop, "buyer-1")
    change_contract.cancel_now(shop.business_id, contract_id, actor="test")
    shop.work_off()

    assert refused.value.code == "buyer_has_contracts"
    assert _erase(shop, "buyer-1")[0] == contract(shop, contract_id).buyer_reference


def test_who_comes_back_after_an_erasure_is_somebody_new(shop: Shop) -> None:
    first_order = shop.paid_order(buyer="ann")
    first, _ = _erase(shop, "ann")
    second_order = shop.paid_order(buyer="ann")

    second, _ = _erase(shop, "ann")

    assert first != second
    assert (shop.order(first_order).buyer_reference, shop.order(second_order).buyer_reference) == (first, second)
    assert [record.pseudonym for record in _records(shop)] == [first, second]


def test_only_what_was_begun_under_an_approval_is_finished(shop: Shop) -> None:
    shop.paid_order(buyer="ann")
    ann, ben = (show("usr", make_user(shop.business_id).user_id) for _ in range(2))
    asked = request_erasure.erase_or_request(shop.business_id, by="reference", value="ann", reason="asked", actor=ann)
    assert isinstance(asked, ApprovalNeeded)
    approval_id = approval_of(shop, asked).id
    too_early = erase_buyer.finish(shop.business_id, approval_id)
    decide_approval.approve(shop.business_id, approval_id, actor=ben)
    before = _records(shop)
    said = {**SAID, "agreed": "approved", "approval_id": approval_id}
    late = erase_buyer.erase_buyer(shop.business_id, Buyer(("ann",), (), ()), **said)  # looked before it had begun

    assert late == (before[0].pseudonym, 0)
    assert (too_early, erase_buyer.finish(shop.business_id, approval_id)) == (False, True)
    assert _records(shop) == before
    assert [record.approval_id for record in before] == [approval_id]


def test_four_that_begin_at_once_choose_one_pseudonym(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = shop.paid_order(buyer="ann")
    shop.work_off()
    buyer, looked, begun = find_buyer(shop.business_id, reference="ann"), Barrier(4), Barrier(4)
    end_buyers, unfinished = erase_buyer._end_buyers, erase_buyer._unfinished

    def with_others(business_id: uuid.UUID) -> Any:
        found = unfinished(business_id)
        with suppress(BrokenBarrierError):  # one at a time gets here
            looked.wait(1)
        return found

    def after_all_have_begun(*arguments: Any) -> None:
        begun.wait(30)
        end_buyers(*arguments)

    def erase(_: int) -> str:
        return erase_buyer.erase_buyer(shop.business_id, buyer, **SAID)[0]

    monkeypatch.setattr(erase_buyer, "_unfinished", with_others)
    monkeypatch.setattr(erase_buyer, "_end_buyers", after_all_have_begun)
    with ThreadPoolExecutor(4) as pool:
        names = set(pool.map(erase, range(4)))

    assert names == {shop.order(order_id).buyer_reference}
    assert len(_records(shop)) == 1
    shop.audit()  # I190: membership and purchases have the same name


def test_memberships_wait_while_somebody_is_erased(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.paid_order(buyer="ann")
    shop.work_off()
    refreshed = []
    erase_in = erase_buyer._erase_in

    def erase_and_refresh(business_id: uuid.UUID, table: str, *rest: Any) -> int:
        changed = erase_in(business_id, table, *rest)
        refreshed.append(refresh_memberships.refresh(business_id))
        return changed

    monkeypatch.setattr(erase_buyer, "_erase_in", erase_and_refresh)
    with db.phase("test.due", shop.business_id):
        db.run(update(BuyerMembership).where(BuyerMembership.business_id == db.here()).values(due_at=clock.now()))

    _erase(shop, "ann")

    assert set(refreshed) == {False}
    assert refresh_memberships.refresh(shop.business_id)
    [member] = shop.many(select(BuyerMembership.__table__))
    assert member.told_ends_at is not None
    shop.audit()


def _place(shop: Shop, reference: str, *, email: str, phone: str | None = None) -> uuid.UUID:
    buyer = types.Buyer(reference=reference, email=email, phone=phone)
    command = types.PlaceOrderCommand(items=[types.OrderItem(shop.sku_id, 1)], buyer=buyer)
    return place_order.place_order(shop.business_id, command)


def _erase(shop: Shop, reference: str) -> tuple[str, int]:
    return erase_buyer.erase_buyer(shop.business_id, find_buyer(shop.business_id, reference=reference), **SAID)


def _records(shop: Shop) -> list[Any]:
    return list(shop.many(select(Erasure.__table__).order_by(Erasure.id)))
