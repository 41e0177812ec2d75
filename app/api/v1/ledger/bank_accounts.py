"""Bank accounts of the business, which payment companies pay to."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.read.ledger import settlements
from app.workflow.ledger import manage_bank_accounts
from app.workflow.ledger.manage_bank_accounts import BankAccountCommand


class BankAccountRequest(Shape):
    """A new bank account."""

    name: Annotated[ShortText, Field(description="What you call it.", examples=["Main account"])]
    holder: Annotated[ShortText, Field(examples=["Shop Ltd"])]
    bank_name: Annotated[ShortText, Field(examples=["First Bank"])]
    currency: Currency
    number: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9 ]{5,50}$",
            description="IBAN or account number. It is kept encrypted and never answered.",
            examples=["DE02 1203 0000 0000 2020 51"],
        ),
    ]


class BankAccountChange(Shape):
    """What changes; the rest stays."""

    name: ShortText | None = None
    archived: Annotated[bool | None, Field(description="An archived account takes no more settlements.")] = None


class BankAccount(Answer):
    """An account of the business at its bank."""

    id: str
    name: str
    holder: str
    bank_name: str
    currency: Currency
    number_last4: Annotated[str, Field(description="The end of its number.")]
    balance_minor: Annotated[AnyAmountMinor, Field(description="What is in it by the ledger.")]
    archived: bool
    created_at: Moment


@v1.post(
    "/bank_accounts",
    body=BankAccountRequest,
    answer=BankAccount,
    status=201,
    permission="ledger.write",
    idempotent=True,
    tag="Ledger",
    errors=("invalid_bank_account", "unknown_currency"),
)
def create_bank_account(caller: KeyCaller, body: BankAccountRequest, claim_id: UUID) -> Callable[[], BankAccount]:
    """Add a bank account.

    Settlements of payment companies are booked to it.
    """
    command = BankAccountCommand(**body.model_dump())
    manage_bank_accounts.add(caller.business_id, command, account_id=claim_id)
    return lambda: _account(settlements.get_bank_account(caller.business_id, claim_id))


@v1.get("/bank_accounts", query=ListQuery, answer=Page[BankAccount], permission="ledger.read", tag="Ledger")
def list_bank_accounts(caller: KeyCaller, query: ListQuery) -> Page[BankAccount]:
    """List bank accounts.

    Newest first, archived ones too.
    """
    found = settlements.list_bank_accounts(caller.business_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_account, key=lambda each: (each.created_at, each.id))


@v1.get("/bank_accounts/{bank_account_id}", answer=BankAccount, permission="ledger.read", tag="Ledger")
def get_bank_account(caller: KeyCaller, bank_account_id: str) -> BankAccount:
    """Get a bank account."""
    return _account(settlements.get_bank_account(caller.business_id, parse("bka", bank_account_id)))


@v1.patch(
    "/bank_accounts/{bank_account_id}",
    body=BankAccountChange,
    answer=BankAccount,
    permission="ledger.write",
    tag="Ledger",
    errors=("not_found", "invalid_bank_account"),
)
def change_bank_account(caller: KeyCaller, bank_account_id: str, body: BankAccountChange) -> BankAccount:
    """Rename or archive a bank account.

    Its number cannot change: add another account.
    """
    account_id = parse("bka", bank_account_id)
    manage_bank_accounts.change(caller.business_id, account_id, name=body.name, archived=body.archived)
    return _account(settlements.get_bank_account(caller.business_id, account_id))


def _account(found: settlements.BankPage) -> BankAccount:
    row = found.row
    return BankAccount(
        id=show("bka", row.id),
        name=row.name,
        holder=row.holder,
        bank_name=row.bank_name,
        currency=row.currency,
        number_last4=row.number_hint,
        balance_minor=found.balance_minor,
        archived=row.archived_at is not None,
        created_at=moment_text(row.created_at),
    )
