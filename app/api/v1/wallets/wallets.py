"""What buyers have with the business, and how it came about."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, QueryShape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.errors import Invalid, NotFound
from app.core.ids import show
from app.core.money import exponent
from app.read.buyers.buyers import current_reference
from app.read.wallets import wallets

_REFERENCE: TypeAdapter[str] = TypeAdapter(ShortText)


class Wallet(Answer):
    """One buyer's balance in one currency."""

    buyer_reference: str
    currency: Currency
    total_minor: Annotated[AnyAmountMinor, Field(description="What was posted.")]
    available_minor: Annotated[AnyAmountMinor, Field(description="What can be spent: the total less what is held.")]
    held_minor: Annotated[AnyAmountMinor, Field(description="Reserved for pending movements and active holds.")]


class WalletQuery(QueryShape):
    """In which currency, and when."""

    currency: Currency
    at: Annotated[
        str | None,
        Field(max_length=40, description="Balance at this RFC 3339 time. Defaults to now."),
    ] = None

    def moment(self) -> datetime | None:
        """The moment asked for, or None. Raises Invalid."""
        if self.at is None:
            return None
        try:
            found = datetime.fromisoformat(self.at.replace(" ", "+"))
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise Invalid("invalid_parameter", "at: must be an RFC 3339 time with an offset", details={"param": "at"})
        return found


class WalletEntry(Answer):
    """One line of a wallet's statement."""

    id: str
    kind: Annotated[str, Field(description="`top_up`, `charge`, `refund`, `transfer`, `withdrawal`, …")]
    amount_minor: Annotated[AnyAmountMinor, Field(description="Positive: incoming; negative: outgoing.")]
    balance_minor: Annotated[AnyAmountMinor, Field(description="Total after this posting.")]
    currency: Currency
    movement_id: str | None
    order_id: str | None
    created_at: Moment


class WalletEntryQuery(ListQuery):
    """In which currency, and from where on."""

    currency: Currency


@v1.get(
    "/wallets/{buyer_reference}",
    query=WalletQuery,
    answer=Wallet,
    permission="wallets.read",
    tag="Wallets",
    errors=("unknown_currency",),
)
def get_wallet(caller: KeyCaller, buyer_reference: str, query: WalletQuery) -> Wallet:
    """Get a buyer's balance.

    Now, or as it stood at a moment. A buyer who never had anything has zero.
    """
    buyer = current_reference(caller.business_id, known_reference(buyer_reference))
    exponent(query.currency)
    found = wallets.wallet(caller.business_id, buyer=buyer, currency=query.currency, at=query.moment())
    return Wallet(
        buyer_reference=buyer,
        currency=query.currency,
        total_minor=found.total_minor,
        available_minor=found.available_minor,
        held_minor=found.held_minor,
    )


@v1.get(
    "/wallets/{buyer_reference}/entries",
    query=WalletEntryQuery,
    answer=Page[WalletEntry],
    permission="wallets.read",
    tag="Wallets",
    errors=("unknown_currency",),
)
def list_wallet_entries(caller: KeyCaller, buyer_reference: str, query: WalletEntryQuery) -> Page[WalletEntry]:
    """List a wallet's statement.

    Everything posted, newest first, each line with the balance right after it.
    """
    exponent(query.currency)
    after = query.after()
    found = wallets.statement(
        caller.business_id,
        buyer=current_reference(caller.business_id, known_reference(buyer_reference)),
        currency=query.currency,
        before=after[1] if after else None,
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_entry, key=lambda line: (line.row.created_at, line.row.id))


def known_reference(text: str) -> str:
    """The buyer named in the path. Raises NotFound for what can be nobody's name."""
    try:
        return _REFERENCE.validate_python(text)
    except ValidationError:
        raise NotFound("not_found", "There is no such buyer.") from None


def _entry(line: wallets.Entry) -> WalletEntry:
    return WalletEntry(
        id=show("lde", line.row.id),
        kind=line.kind,
        amount_minor=line.amount_minor,
        balance_minor=line.balance_minor,
        currency=line.row.currency,
        movement_id=show("txn", line.row.transaction_id) if line.row.transaction_id else None,
        order_id=show("ord", line.row.order_id) if line.row.order_id else None,
        created_at=moment_text(line.row.created_at),
    )
