"""Contracts that a company charges: signed on its page, deducted by mandate, ended on both sides."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import func, select

from app.core.db.models import OutboxEvent
from app.core.errors import Invalid
from app.core.ids import new_id, show
from app.domain.payments.models import PaymentAttempt
from app.domain.signing.errors import PlanUnavailable
from app.domain.signing.mandates import Said, next_status
from app.workflow.accounts.change_settings import change_settings
from app.workflow.orders import close_orders
from app.workflow.payments import manage_channels
from app.workflow.subscriptions import change_contract, follow_mandates, renew_contracts
from app.workflow.subscriptions.renew_contracts import deduction_id
from tests.factories.contracts import (
    DAY,
    MONTH,
    agree,
    ask,
    contract,
    cycles,
    end_lease,
    make_due,
    mandate,
    plan_of,
    sign_at,
)
from tests.factories.shop import Shop


@pytest.fixture
def signed(shop: Shop) -> uuid.UUID:
    """A contract that Pretend Pay charges, paid once."""
    contract_id = sign_at(shop, plan_of(shop))
    agree(shop, contract_id)
    shop.work_off()
    return contract_id


def _attempts(shop: Shop) -> list[tuple[str, str]]:
    table = PaymentAttempt.__table__
    rows = shop.many(select(table.c.kind, table.c.status).order_by(table.c.created_at, table.c.id))
    return [(row.kind, row.status) for row in rows]


def test_a_contract_waits_until_the_buyer_agrees_and_then_its_first_cycle_is_deducted(shop: Shop) -> None:
    contract_id = sign_at(shop, plan_of(shop))
    waiting = mandate(shop, contract_id)
    asked = ask(shop, contract_id)
    before = contract(shop, contract_id).status

    agree(shop, contract_id)
    shop.work_off()

    assert (before, asked, waiting.status, waiting.largest_minor) == ("pending", "pending", "pending", 1000)
    assert waiting.action["type"] == "redirect"
    row, known = contract(shop, contract_id), mandate(shop, contract_id)
    assert (row.status, row.channel, row.channel_account_id) == ("active", "simulator", shop.account_id)
    assert known.contract_no.startswith("PC")
    assert _attempts(shop) == [("deduction", "succeeded")]
    assert shop.attempt(deduction_id(cycles(shop, contract_id)[0].id)).status == "succeeded"
    assert shop.balance("merchant_payable") == -1000
    assert len(shop.entitlements()) == 1


def test_it_renews_by_deductions(shop: Shop, signed: uuid.UUID) -> None:
    shop.advance(2 * MONTH)

    assert [(each.number, each.status) for each in cycles(shop, signed)] == [(1, "paid"), (2, "paid"), (3, "paid")]
    assert _attempts(shop) == [("deduction", "succeeded")] * 3
    first, second, third = shop.entitlements()
    assert (first.ends_at, second.ends_at) == (second.starts_at, third.starts_at)


def test_a_free_trial_is_signed_before_it_begins_and_deducts_when_it_ends(shop: Shop) -> None:
    contract_id = sign_at(shop, plan_of(shop, trial_days=14))
    unsigned = contract(shop, contract_id).status
    agree(shop, contract_id)
    in_trial, nothing = contract(shop, contract_id).status, _attempts(shop)

    shop.advance(15 * DAY)

    assert (unsigned, in_trial, nothing) == ("pending", "trialing", [])
    assert [(each.number, each.status) for each in cycles(shop, contract_id)] == [(0, "paid"), (1, "paid")]
    assert _attempts(shop) == [("deduction", "succeeded")]


def test_whoever_declines_has_no_contract(shop: Shop) -> None:
    contract_id = sign_at(shop, plan_of(shop))
    shop.company(f"contracts/{show('con', contract_id)}/decline", {})

    assert ask(shop, contract_id) == "failed"
    renew_contracts.act(shop.business_id, contract_id)

    row = contract(shop, contract_id)
    assert (row.status, row.end_reason) == ("ended", "unpaid")
    assert shop.order(cycles(shop, contract_id)[0].order_id).status == "closed"


def test_one_that_is_not_signed_in_time_ends_and_is_ended_at_the_company_too(shop: Shop) -> None:
    contract_id = sign_at(shop, plan_of(shop))
    order_id = cycles(shop, contract_id)[0].order_id

    close_orders.close_order(shop.business_id, order_id, reason="expired", actor="system")
    assert mandate(shop, contract_id).status == "ending"
    # The buyer signs after all, and nobody wants it any more.
    shop.company(f"contracts/{show('con', contract_id)}/sign", {})

    assert ask(shop, contract_id) == "ended"
    assert contract(shop, contract_id).status == "ended"
    assert _attempts(shop) == []


def test_a_lost_answer_to_signing_is_asked_for_again(shop: Shop) -> None:
    contract_id = new_id()
    shop.script("start_contract", "timeout_after", out_trade_no=show("con", contract_id), times=1)
    sign_at(shop, plan_of(shop), contract_id=contract_id)
    lost = mandate(shop, contract_id)

    again = ask(shop, contract_id)

    assert (lost.status, lost.action, lost.is_unclear) == ("pending", None, True)
    assert again == "pending"
    assert mandate(shop, contract_id).action["type"] == "redirect"


def test_the_end_of_a_contract_ends_its_mandate(shop: Shop, signed: uuid.UUID) -> None:
    change_contract.cancel_now(shop.business_id, signed, actor="test")
    before = mandate(shop, signed).status
    shop.script("end_contract", "timeout_before", out_trade_no=show("con", signed), times=1)

    lost, done = ask(shop, signed), ask(shop, signed)

    assert (before, lost, done) == ("ending", "ending", "ended")
    assert mandate(shop, signed).next_poll_at is None


def test_whoever_ends_it_at_the_company_keeps_what_is_paid_and_is_charged_no_more(
    shop: Shop, signed: uuid.UUID
) -> None:
    shop.company(f"contracts/{show('con', signed)}/end", {})

    follow_mandates.heard(shop.business_id, shop.account_id, contract_id=signed, contract_no="")

    row = contract(shop, signed)
    assert (row.status, row.end_reason) == ("ended", "revoked_at_channel")
    assert [each.status for each in shop.entitlements()] == ["active"]
    shop.advance(MONTH + DAY)
    assert _attempts(shop) == [("deduction", "succeeded")]


def test_a_deduction_that_finds_no_mandate_is_not_tried_again(shop: Shop, signed: uuid.UUID) -> None:
    shop.company(f"contracts/{show('con', signed)}/end", {})
    make_due(shop, signed)
    renew_contracts.act(shop.business_id, signed)
    refused = contract(shop, signed)

    asked = ask(shop, signed)
    renew_contracts.act(shop.business_id, signed)

    assert (refused.status, refused.retries_over) == ("past_due", True)
    assert asked == "ended"
    assert contract(shop, signed).end_reason == "revoked_at_channel"


def test_an_undecided_deduction_is_asked_about_and_never_made_twice(shop: Shop, signed: uuid.UUID) -> None:
    shop.script("deduct", "timeout_after", times=1)
    make_due(shop, signed)
    renew_contracts.act(shop.business_id, signed)
    attempt_id = deduction_id(cycles(shop, signed)[1].id)
    lost = shop.attempt(attempt_id).status
    for _ in range(3):
        end_lease(shop, signed)
        renew_contracts.act(shop.business_id, signed)

    shop.poll(attempt_id)

    assert lost == "unknown"
    assert [each.status for each in cycles(shop, signed)] == ["paid", "paid"]
    assert _attempts(shop) == [("deduction", "succeeded")] * 2
    assert contract(shop, signed).status == "active"


def test_a_company_that_is_not_called_uses_up_no_try(shop: Shop, signed: uuid.UUID) -> None:
    manage_channels.change_channel_account(shop.business_id, shop.account_id, values={}, enabled=False)
    make_due(shop, signed)

    renew_contracts.act(shop.business_id, signed)

    row = contract(shop, signed)
    assert (row.status, row.try_count, row.blocked_code) == ("active", 0, "channel_unavailable")


def test_a_buyer_is_sent_back_to_chosen_origins_only(shop: Shop) -> None:
    change_settings(shop.business_id, {"return_origins": ["https://other.example"]}, actor="test")

    with pytest.raises(Invalid) as refused:
        sign_at(shop, plan_of(shop))
    change_settings(shop.business_id, {"return_origins": ["https://shop.example"]}, actor="test")
    contract_id = sign_at(shop, plan_of(shop))

    assert refused.value.code == "return_url_denied"
    assert mandate(shop, contract_id).return_url == "https://shop.example/back"


def test_a_channel_that_cannot_deduct_is_refused_and_nothing_is_made(shop: Shop) -> None:
    shop.take_transfers()

    with pytest.raises(PlanUnavailable, match="without the buyer"):
        sign_at(shop, plan_of(shop), channel="offline")

    assert shop.one(select(func.count()).select_from(PaymentAttempt.__table__))[0] == 0


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        ("pending", "absent", "pending"),
        ("pending", "unknown", "pending"),
        ("pending", "unsent", "pending"),
        ("pending", "active", "active"),
        ("pending", "failed", "failed"),
        ("active", "unknown", "active"),
        ("active", "paused", "active"),
        ("active", "absent", "ended"),
        ("ending", "active", "ending"),
        ("ending", "unknown", "ending"),
        ("ending", "absent", "ended"),
        ("ended", "active", "ended"),
    ],
)
def test_what_a_company_says_moves_a_mandate(status: str, said: str, expected: str) -> None:
    assert next_status(status, Said(status=said)) == expected
    assert next_status("pending", Said(status="unsent"), is_first=True) == "failed"


@pytest.mark.parametrize(
    ("code", "word", "tries"), [("insufficient_funds", "insufficient_funds", 2), ("card_stolen", "card_blocked", 1)]
)
def test_a_soft_refusal_is_tried_again_and_a_hard_one_is_not(
    shop: Shop, signed: uuid.UUID, code: str, word: str, tries: int
) -> None:
    shop.script("deduct", "decline", value=code, times=1)
    shop.advance(30 * DAY + 3600)
    refused = contract(shop, signed)
    failures = select(OutboxEvent.__table__.c.payload).where(OutboxEvent.topic == "cycle.payment_failed")
    told = [row.payload for row in shop.many(failures)]

    shop.advance(2 * DAY)

    is_hard = tries == 1
    assert (refused.status, refused.retries_over) == ("past_due", is_hard)
    assert [(each["reason"], each["next_attempt_at"] is None) for each in told] == [(word, is_hard)]
    assert len(_attempts(shop)) == 1 + tries
    assert contract(shop, signed).status == ("past_due" if is_hard else "active")


def test_after_a_hard_refusal_the_buyer_can_pay_otherwise(shop: Shop, signed: uuid.UUID) -> None:
    shop.script("deduct", "decline", value="card_expired", times=1)
    shop.advance(MONTH + 3600)

    attempt_id = shop.pay(cycles(shop, signed)[1].order_id, channel="simulator")
    shop.approve(attempt_id)
    shop.notice(attempt_id)

    row = contract(shop, signed)
    assert (row.status, row.retries_over) == ("active", False)


@pytest.mark.parametrize(("final_step", "expected"), [("end", ("ended", "unpaid")), ("pause", ("paused", None))])
def test_after_the_last_refusal_the_contract_does_what_its_plan_says(
    shop: Shop, final_step: str, expected: tuple[str, str | None]
) -> None:
    contract_id = sign_at(shop, plan_of(shop, retry_days=(1,), final_step=final_step))
    agree(shop, contract_id)
    shop.script("deduct", "decline", value="insufficient_funds", times=2)

    shop.advance(MONTH + 2 * DAY)

    row = contract(shop, contract_id)
    assert (row.status, row.end_reason) == expected
    assert cycles(shop, contract_id)[1].status == "unpaid"
    assert mandate(shop, contract_id).status == ("active" if final_step == "pause" else "ended")


def test_a_contract_that_was_paused_unpaid_begins_anew_when_it_is_resumed(shop: Shop) -> None:
    contract_id = sign_at(shop, plan_of(shop, retry_days=(), final_step="pause"))
    agree(shop, contract_id)
    shop.script("deduct", "decline", value="insufficient_funds", times=1)
    shop.advance(MONTH + DAY)

    change_contract.resume_contract(shop.business_id, contract_id, actor="test")
    shop.advance(60)

    made = cycles(shop, contract_id)
    assert [(each.number, each.status) for each in made] == [(1, "paid"), (2, "unpaid"), (3, "paid")]
    assert made[1].starts_at < made[2].starts_at < made[1].ends_at
    assert contract(shop, contract_id).status == "active"
