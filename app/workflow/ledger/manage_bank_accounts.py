"""The business's own accounts at its bank: where payment companies pay to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from app.core import clock, db
from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.money import exponent
from app.core.security import crypto
from app.domain.ledger.settlements import service
from app.domain.ledger.settlements.models import BankAccount

MAX_TEXT_LENGTH = 120
MAX_NUMBER_LENGTH = 40
_HINT_LENGTH = 4


@dataclass(frozen=True, kw_only=True)
class BankAccountCommand:
    """A bank account: what the business calls it, who holds it, at which bank, its currency and its IBAN or number."""

    name: str
    holder: str
    bank_name: str
    currency: str
    number: str


def add(business_id: uuid.UUID, command: BankAccountCommand, *, account_id: uuid.UUID | None = None) -> uuid.UUID:
    """Add a bank account; its id. Its number is kept sealed. The same `account_id` again changes nothing.

    Raises:
        Invalid: a text is missing or too long, or there is no such currency.
    """
    account_id = account_id or new_id()
    number = "".join(command.number.split())
    _check(command, number)
    with db.phase("manage_bank_accounts.add", business_id):
        if service.bank_account(account_id) is None:
            db.add(
                BankAccount,
                id=account_id,
                name=command.name,
                holder=command.holder,
                bank_name=command.bank_name,
                currency=command.currency,
                number=crypto.encrypt(number, context=service.number_context(account_id)),
                number_hint=number[-_HINT_LENGTH:],
            )
    return account_id


def change(
    business_id: uuid.UUID, account_id: uuid.UUID, *, name: str | None = None, archived: bool | None = None
) -> None:
    """Rename a bank account, or archive it: nothing more can be settled to it until it is active again.

    Raises:
        NotFound: there is no such bank account. Invalid: the name is empty or too long.
    """
    if name is not None:
        _check_text("name", name, MAX_TEXT_LENGTH)
    with db.phase("manage_bank_accounts.change", business_id):
        row = db.lock(BankAccount, account_id)
        is_archived = row.archived_at is not None
        changed: dict[str, Any] = {} if name is None else {"name": name}
        if archived is not None and archived != is_archived:
            changed["archived_at"] = clock.now() if archived else None
        if changed:
            db.write(db.change(BankAccount, row.id, **changed), expect=1)


def _check(command: BankAccountCommand, number: str) -> None:
    for param in ("name", "holder", "bank_name"):
        _check_text(param, getattr(command, param), MAX_TEXT_LENGTH)
    if not _HINT_LENGTH < len(number) <= MAX_NUMBER_LENGTH or not number.isalnum():
        raise Invalid("invalid_bank_account", "Enter the IBAN or account number.", details={"param": "number"})
    exponent(command.currency)


def _check_text(param: str, text: str, most: int) -> None:
    if not 0 < len(text.strip()) <= most:
        raise Invalid("invalid_bank_account", f"Enter 1 to {most} characters.", details={"param": param})
