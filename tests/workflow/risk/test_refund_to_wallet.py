"""Rules send refunds to the buyer's wallet: whatever paid the order, however much of it is refunded."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import db
from app.core.ids import new_id
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.accounts.business.models import Business
from app.domain.payments.errors import NotRefundable
from app.domain.payments.models import ChannelAccount, PaymentAttempt
from app.domain.payments.types import RefundLineCommand
from app.domain.risk.errors import RefundBlocked
from app.domain.risk.types import Result
from app.read.orders.credit_notes import PrintedNote, credit_note, notes_of
from app.read.payments.refunds_resource import get_refund
from app.workflow.accounts.approvals import decide_approval
from app.workflow.orders.make_credit_notes import make_credit_notes
from app.workflow.orders.make_receipt import make_receipt
from app.workflow.payments import manage_channels
from app.workflow.payments.preview_refund import RefundPreview, preview_refund
from app.workflow.subscriptions.refund_cancelled import refund_cancelled
from app.workflow.wallets import move_money
from tests.factories.contracts import cycles, plan_of, sign
from tests.factories.risk import decisions, make_rule_set, refund_by, refund_rule
from tests.factories.shop import Shop, make_shop
from tests.workflow.risk.test_decide_refund import held, line_of, person


def sent(shop: Shop, order_id: uuid.UUID) -> list[tuple[str, str, int]]:
    """Where each refund of the order went, how it came out and how much, the first first."""
    found = {row.id for row in shop.refunds(order_id)}
    table = db.table(PaymentAttempt)
    mine = table.c.business_id == shop.business_id, table.c.transaction_id.in_(found)
    rows = shop.many(select(table).where(*mine).order_by(table.c.id))
    return [(row.channel, row.status, row.amount_minor) for row in rows]


def preview(shop: Shop, order_id: uuid.UUID, actor: str, **asked: Any) -> RefundPreview:
    more = {"amount_minor": None, **asked}
    return preview_refund(shop.business_id, order_id, reason="requested_by_buyer", actor=actor, **more)


def balance(shop: Shop, currency: str = "USD") -> int:
    return move_money.wallet(shop.business_id, buyer="buyer-1", currency=currency).total


def note_of(shop: Shop, order_id: uuid.UUID) -> PrintedNote:
    """The order's credit note, as it is printed."""
    make_receipt(shop.business_id, order_id)
    make_credit_notes(shop.business_id, order_id)
    [note] = notes_of(shop.business_id, order_id)
    return credit_note(shop.business_id, note.id)


def switch_wallets(shop: Shop, *, enabled: bool) -> None:
    """Turn the shop's wallet account on or off."""
    mine = ChannelAccount.business_id == shop.business_id, ChannelAccount.channel == "wallet"
    [account] = shop.many(select(ChannelAccount.id).where(*mine))
    manage_channels.change_channel_account(shop.business_id, account.id, values={}, enabled=enabled)


@pytest.fixture
def strict(shop: Shop) -> Shop:
    """A shop that refunds to wallets only."""
    shop.keep_wallets()
    make_rule_set(shop, refund_rule("wallet_only"), to="on")
    return shop


@pytest.mark.parametrize("how", ["all", "part", "line"])
def test_each_kind_of_refund_goes_to_the_wallet(strict: Shop, how: str) -> None:
    order_id, actor, refund_id = strict.paid_order(quantity=2), person(strict), new_id()
    asked: dict[str, Any] = {
        "all": {},
        "part": {"amount_minor": 300},
        "line": {"lines": [RefundLineCommand(line_id=line_of(strict, order_id), quantity=1)]},
    }[how]
    minor = {"all": 2_000, "part": 300, "line": 1_000}[how]

    seen = preview(strict, order_id, actor, **asked)
    for _ in range(2):
        refund_by(strict, order_id, actor, refund_id=refund_id, **asked)

    assert (seen.is_wallet_only, [(each.channel, each.amount_minor) for each in seen.sources]) == (
        True,
        [("wallet", minor)],
    )
    assert sent(strict, order_id) == [("wallet", "succeeded", minor)]
    assert balance(strict) == minor
    [decision] = decisions(strict)
    assert (decision.result, decision.refund_id) == ("wallet_only", refund_id)
    assert strict.order(order_id).refunded_minor == minor
    strict.work_off()
    strict.audit()


def test_both_sources_of_an_order_go_to_the_wallet(strict: Shop) -> None:
    strict.fund("buyer-1", 400)
    order_id, actor = strict.place(), person(strict)
    attempt_id = strict.pay(order_id, wallet_minor=400)
    strict.approve(attempt_id)
    strict.notice(attempt_id)

    seen = preview(strict, order_id, actor)
    refund_by(strict, order_id, actor)

    assert [(each.channel, each.amount_minor) for each in seen.sources] == [("wallet", 1_000)]
    assert sent(strict, order_id) == [("wallet", "succeeded", 600), ("wallet", "succeeded", 400)]
    assert balance(strict) == 1_000
    assert strict.order(order_id).status == "refunded"
    strict.work_off()
    strict.audit()


def test_each_currency_has_its_own_balance(simulator: str) -> None:
    shop = make_shop(simulator, currency="JPY")
    shop.keep_wallets()
    make_rule_set(shop, refund_rule("wallet_only"), to="on")
    order_id = shop.paid_order()

    refund_by(shop, order_id, person(shop), amount_minor=250)

    assert (balance(shop, "JPY"), balance(shop)) == (250, 0)
    shop.audit()


def test_the_order_of_a_contract_is_refunded_to_the_wallet(strict: Shop) -> None:
    strict.fund("buyer-1", 5_000)
    contract_id = sign(strict, plan_of(strict))
    order_id = cycles(strict, contract_id)[0].order_id

    refund_cancelled(strict.business_id, contract_id, order_id, amount_minor=300, actor=person(strict))

    assert sent(strict, order_id) == [("wallet", "succeeded", 300)]
    assert [row.result for row in decisions(strict)] == ["wallet_only"]
    strict.work_off()
    strict.audit()


@pytest.mark.parametrize("why", ["guest", "erased", "wallets off", "no wallets"])
def test_without_a_wallet_a_person_decides(shop: Shop, why: str) -> None:
    if why != "no wallets":
        shop.keep_wallets()
    make_rule_set(shop, refund_rule("wallet_only"), to="on")
    order_id = shop.paid_order(buyer={"guest": "guest_1", "erased": "erased_1"}.get(why, "buyer-1"))
    if why == "wallets off":
        switch_wallets(shop, enabled=False)
    actor, other = person(shop), person(shop)

    seen = preview(shop, order_id, actor)
    approval_id = held(shop, order_id, actor)

    assert (seen.is_wallet_only, [each.channel for each in seen.sources]) == (False, ["simulator"])
    assert [row.result for row in decisions(shop)] == ["approval"]
    assert sent(shop, order_id) == []
    assert decide_approval.approve(shop.business_id, approval_id, actor=other) == "done"
    assert [channel for channel, _, _ in sent(shop, order_id)] == ["simulator"]
    shop.audit()


def test_what_waited_for_an_approval_goes_to_the_wallet_even_when_wallets_are_off_since(strict: Shop) -> None:
    order_id, actor, other = strict.paid_order(), person(strict), person(strict)
    limits = {"refund": {"USD": 100}}
    with db.system_phase("test.limits"):
        db.run(update(Business).where(Business.id == strict.business_id).values(approval_limits=limits))

    approval_id = held(strict, order_id, actor)
    switch_wallets(strict, enabled=False)
    decide_approval.approve(strict.business_id, approval_id, actor=other)

    assert [row.result for row in decisions(strict)] == ["wallet_only"]
    assert sent(strict, order_id) == [("wallet", "succeeded", 1_000)]
    strict.audit()


@pytest.mark.parametrize("result", ["block", "approval"])
def test_what_stops_a_refund_goes_before_the_wallet(shop: Shop, result: str) -> None:
    shop.keep_wallets()
    make_rule_set(shop, refund_rule("wallet_only"), refund_rule(result, name="Harder"), to="on")
    order_id, actor = shop.paid_order(), person(shop)

    seen = preview(shop, order_id, actor)
    with pytest.raises(RefundBlocked if result == "block" else ApprovalNeeded):
        refund_by(shop, order_id, actor)

    assert not seen.is_wallet_only
    assert [row.result for row in decisions(shop)] == [result]
    assert balance(shop) == 0


def test_a_shadow_sends_nothing_to_the_wallet(shop: Shop) -> None:
    shop.keep_wallets()
    make_rule_set(shop, refund_rule("wallet_only"))
    order_id, actor = shop.paid_order(), person(shop)

    seen = preview(shop, order_id, actor)
    refund_by(shop, order_id, actor)

    [decision] = decisions(shop)
    assert (seen.is_wallet_only, decision.result, decision.shadow_result) == (False, "allow", Result.WALLET_ONLY)
    assert (balance(shop), [channel for channel, _, _ in sent(shop, order_id)]) == (0, ["simulator"])
    shop.audit()


def test_what_the_system_owes_goes_back_the_way_it_came(strict: Shop) -> None:
    order_id = strict.paid_order()

    refund_by(strict, order_id, "system")

    assert [channel for channel, _, _ in sent(strict, order_id)] == ["simulator"]
    assert (decisions(strict), balance(strict)) == ([], 0)
    strict.audit()


def test_two_at_once_give_back_no_more_than_was_paid(strict: Shop) -> None:
    order_id, actors = strict.paid_order(), [person(strict) for _ in range(2)]

    def ask(actor: str) -> str:
        try:
            refund_by(strict, order_id, actor, amount_minor=600)
        except NotRefundable as error:
            return error.code
        return "made"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(ask, actors))

    assert outcomes == ["made", "refund_exceeds_rest"]
    assert balance(strict) == 600
    strict.audit()


def test_a_credit_note_of_a_refund_to_the_channel_says_nothing_of_a_balance(shop: Shop) -> None:
    order_id = shop.paid_order()
    refund_by(shop, order_id, "system", amount_minor=100)
    shop.work_off()

    assert [note_of(shop, order_id).to_wallet] == [False]


def test_the_credit_note_says_where_the_money_is(strict: Shop) -> None:
    order_id = strict.paid_order()
    refund_by(strict, order_id, person(strict), amount_minor=100)
    strict.work_off()

    assert note_of(strict, order_id).to_wallet


def test_a_refund_says_by_api_that_it_went_to_the_wallet(strict: Shop) -> None:
    order_id = strict.paid_order()
    refund_id = refund_by(strict, order_id, person(strict), amount_minor=100)

    assert [part.channel for part in get_refund(strict.business_id, refund_id).parts] == ["wallet"]
