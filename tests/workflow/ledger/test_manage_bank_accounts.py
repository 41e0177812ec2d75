"""Bank accounts: their numbers are sealed, and an archived one takes no settlement."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.core.security import crypto
from app.domain.ledger.settlements.models import BankAccount
from app.domain.ledger.settlements.service import number_context
from app.workflow.ledger import manage_bank_accounts
from app.workflow.ledger.manage_bank_accounts import BankAccountCommand
from tests.factories.settlements import accountant_of
from tests.factories.shop import Shop

ABOUT = {"name": "Main", "holder": "Shop Ltd", "bank_name": "First Bank", "currency": "EUR", "number": "DE02 1203 0051"}


def test_a_number_is_sealed_and_known_by_its_end(shop: Shop) -> None:
    account_id = new_id()

    added = [
        manage_bank_accounts.add(shop.business_id, BankAccountCommand(**ABOUT), account_id=account_id) for _ in range(2)
    ]

    row = shop.one(select(BankAccount.__table__).where(BankAccount.id == account_id))
    assert added == [account_id, account_id]
    assert "1203" not in row.number
    assert crypto.decrypt(row.number, context=number_context(account_id)) == "DE0212030051"
    assert row.number_hint == "0051"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "12"}, "invalid_bank_account"),
        ({"number": "12-34-56"}, "invalid_bank_account"),
        ({"holder": " "}, "invalid_bank_account"),
        ({"name": "x" * 121}, "invalid_bank_account"),
        ({"currency": "ZZQ"}, "unknown_currency"),
    ],
)
def test_an_account_that_cannot_be_is_refused(shop: Shop, changes: dict[str, str], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        manage_bank_accounts.add(shop.business_id, BankAccountCommand(**ABOUT | changes))

    assert refused.value.code == code
    assert shop.many(select(BankAccount.id)) == []


def test_an_archived_account_takes_no_settlement_until_it_is_used_again(shop: Shop) -> None:
    accountant = accountant_of(shop)
    manage_bank_accounts.change(shop.business_id, accountant.bank_id, archived=True)

    with pytest.raises(NotFound):
        accountant.record()
    manage_bank_accounts.change(shop.business_id, accountant.bank_id, name="Old account", archived=False)

    assert accountant.row(accountant.record()).status == "recorded"
    assert shop.one(select(BankAccount.name)).name == "Old account"
