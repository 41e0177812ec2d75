"""Adjustments and reversals: in the ledger once a second person approved them, and nothing is ever edited."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.errors import AppError, Conflict, Denied, Invalid, NotFound
from app.core.files import store
from app.core.ids import new_id
from app.core.money import Money
from app.workflow.ledger import adjust_ledger
from app.workflow.ledger.adjust_ledger import LineCommand
from tests.factories.settlements import CHECKER, MAKER, Accountant, accountant_of
from tests.factories.shop import Shop


@pytest.fixture
def accountant(shop: Shop) -> Accountant:
    return accountant_of(shop)


def _line(kind: str, minor: int, currency: str = "USD", owner: str = "") -> LineCommand:
    return LineCommand(kind=kind, owner=owner, money=Money(minor, currency))


def test_an_adjustment_is_posted_once_a_second_person_approves_it(accountant: Accountant) -> None:
    adjustment_id = new_id()
    asked = [accountant.request(adjustment_id=adjustment_id) for _ in range(2)]
    before = accountant.balance("bank")

    with pytest.raises(Denied) as alone:
        accountant.approve(adjustment_id, MAKER)
    for _ in range(2):
        accountant.approve(adjustment_id)

    row = accountant.adjustment(adjustment_id)
    assert (asked, before) == ([adjustment_id, adjustment_id], 0)
    assert alone.value.code == "second_person_needed"
    assert (row.status, row.requested_by, row.decided_by) == ("posted", MAKER, CHECKER)
    assert (accountant.balance("bank"), accountant.balance("suspense")) == (500, -500)


def test_an_adjustment_may_have_many_lines_in_more_than_one_currency(accountant: Accountant) -> None:
    lines = [
        _line("merchant_payable", 300),
        _line("platform_revenue", -100),
        _line("partner", -200),
        _line("suspense", 40, "JPY"),
        _line("adjustments", -40, "JPY"),
    ]

    accountant.approve(accountant.request(lines=lines))

    assert [accountant.balance(kind) for kind in ("platform_revenue", "partner", "suspense")] == [-100, -200, 40]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([_line("suspense", 5), _line("adjustments", -4)], "unbalanced"),
        ([_line("suspense", 5), _line("adjustments", -5, "EUR")], "unbalanced"),
        ([_line("suspense", 5)], "unbalanced"),
        ([_line("suspense", 0), _line("adjustments", 0)], "invalid_line"),
        ([_line("suspense", 5), _line("suspense", -5)], "invalid_line"),
        ([_line("wallet", 5, owner="buyer-1"), _line("adjustments", -5)], "invalid_line"),
        ([_line("bank", 5), _line("adjustments", -5)], "invalid_line"),
        ([_line("bank", 5, owner=str(new_id())), _line("adjustments", -5)], "invalid_line"),
        ([_line("channel_fees", 5, owner=str(new_id())), _line("adjustments", -5)], "invalid_line"),
        ([_line("suspense", 5, owner=str(new_id())), _line("adjustments", -5)], "invalid_line"),
        ([_line("suspense", 5, "ZZQ"), _line("adjustments", -5, "ZZQ")], "unknown_currency"),
    ],
)
def test_lines_that_cannot_be_are_refused(accountant: Accountant, lines: list[LineCommand], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        accountant.request(lines=lines)

    assert refused.value.code == code


def test_a_bank_account_is_adjusted_in_its_own_currency_and_with_a_reason(accountant: Accountant) -> None:
    in_euro = [_line("bank", 5, "EUR", str(accountant.bank_id)), _line("adjustments", -5, "EUR")]

    for changes, code in (({"lines": in_euro}, "invalid_line"), ({"reason": " "}, "reason_missing")):
        with pytest.raises(Invalid) as refused:
            accountant.request(**changes)
        assert refused.value.code == code


def test_a_settlement_is_reversed_once_and_its_document_can_be_recorded_again(accountant: Accountant) -> None:
    settlement_id = accountant.settled(reference="ST-1")
    reversal_id = accountant.reverse(settlement_id)
    with pytest.raises(Conflict) as twice:
        accountant.reverse(settlement_id)
    waiting = accountant.row(settlement_id).status

    accountant.approve(reversal_id)
    accountant.settled(reference="ST-1", fee_minor=20, net_minor=980)

    assert (twice.value.code, waiting, accountant.row(settlement_id).status) == (
        "not_reversible",
        "confirmed",
        "reversed",
    )
    assert accountant.balances() == (0, 20, 980)


def test_an_adjustment_is_reversed_and_its_reversal_cannot_be(accountant: Accountant) -> None:
    adjustment_id = accountant.request()
    with pytest.raises(Conflict):
        accountant.reverse(adjustment_id)
    accountant.approve(adjustment_id)

    reversal_id = accountant.reverse(adjustment_id)
    accountant.approve(reversal_id)

    for row_id in (adjustment_id, reversal_id):
        with pytest.raises(Conflict) as refused:
            accountant.reverse(row_id)
        assert refused.value.code == "not_reversible"
    with pytest.raises(NotFound):
        accountant.reverse(new_id())
    statuses = accountant.adjustment(adjustment_id).status, accountant.adjustment(reversal_id).status
    assert statuses == ("reversed", "posted")
    assert (accountant.balance("bank"), accountant.balance("suspense")) == (0, 0)


def test_a_rejected_reversal_can_be_asked_for_again(accountant: Accountant) -> None:
    settlement_id = accountant.settled()
    first = accountant.reverse(settlement_id)

    adjust_ledger.reject(accountant.shop.business_id, first, reason="it was right", actor=CHECKER)
    with pytest.raises(Conflict):
        accountant.approve(first)
    accountant.approve(accountant.reverse(settlement_id))

    assert accountant.balances() == (1000, 0, 0)


def test_of_two_who_reverse_and_two_who_decide_at_once_one_counts(accountant: Accountant) -> None:
    settlement_id = accountant.settled()

    def reverse(_: int) -> object:
        try:
            return accountant.reverse(settlement_id)
        except Conflict:
            return None

    with ThreadPoolExecutor(3) as pool:
        [reversal_id] = [each for each in pool.map(reverse, range(3)) if each]

    def decide(number: int) -> str:
        try:
            if number % 2:
                adjust_ledger.reject(accountant.shop.business_id, reversal_id, reason="", actor=MAKER)
                return "rejected"
            accountant.approve(reversal_id, f"usr_{number}")
        except AppError:
            return ""
        return "posted"

    with ThreadPoolExecutor(4) as pool:
        done = [each for each in pool.map(decide, range(4)) if each]

    assert done == [accountant.adjustment(reversal_id).status]
    assert accountant.balance("bank") == (0 if done == ["posted"] else 970)


def test_a_document_is_kept_until_the_adjustment_is_decided(accountant: Accountant) -> None:
    adjustment_id, business_id = accountant.request(), accountant.shop.business_id
    with pytest.raises(Invalid):
        adjust_ledger.attach(business_id, adjustment_id, io.BytesIO(b""), name="empty.pdf")

    adjust_ledger.attach(business_id, adjustment_id, io.BytesIO(b"%PDF-1.7"), name="statement.pdf")
    row = accountant.adjustment(adjustment_id)
    accountant.approve(adjustment_id)
    with pytest.raises(Conflict):
        adjust_ledger.attach(business_id, adjustment_id, io.BytesIO(b"other"), name="other.pdf")

    assert (store.get(row.document_key), row.document_name) == (b"%PDF-1.7", "statement.pdf")
