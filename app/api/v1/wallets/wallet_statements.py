"""A wallet's statement for a period, as a file."""

from datetime import date
from typing import Annotated

from flask import Response
from pydantic import Field

from app.api.kit.shapes import Currency, QueryShape
from app.api.v1.api import KeyCaller, v1
from app.api.v1.wallets.wallets import known_reference
from app.core.money import exponent
from app.read.wallets.wallet_statements import WalletStatement, as_csv, wallet_statement
from app.texts.statement_document import statement_pdf


class StatementQuery(QueryShape):
    """In which currency, and of which days, in the business's time zone."""

    currency: Currency
    since: Annotated[date, Field(description="The first day.", examples=["2026-05-01"])]
    until: Annotated[date, Field(description="The last day, at most 366 days in all.", examples=["2026-05-31"])]


@v1.get(
    "/wallets/{buyer_reference}/statement.csv",
    query=StatementQuery,
    permission="wallets.read",
    tag="Wallets",
    media_type="text/csv",
    errors=("unknown_currency",),
)
def get_wallet_statement_csv(caller: KeyCaller, buyer_reference: str, query: StatementQuery) -> Response:
    """Get a wallet's statement as CSV.

    The opening balance, every posting with the balance right after it, and the closing balance, oldest first.
    """
    made = _made(caller, buyer_reference, query)
    return _file(as_csv(made), "text/csv; charset=utf-8", f"{made.file_name}.csv")


@v1.get(
    "/wallets/{buyer_reference}/statement.pdf",
    query=StatementQuery,
    permission="wallets.read",
    tag="Wallets",
    media_type="application/pdf",
    errors=("unknown_currency",),
)
def get_wallet_statement_pdf(caller: KeyCaller, buyer_reference: str, query: StatementQuery) -> Response:
    """Get a wallet's statement as PDF.

    The same lines on paper.
    """
    made = _made(caller, buyer_reference, query)
    content = statement_pdf(
        tuple(made.rows()), merchant=made.merchant, buyer=buyer_reference, currency=made.currency, period=made.period
    )
    return _file(content, "application/pdf", f"{made.file_name}.pdf")


def _made(caller: KeyCaller, buyer_reference: str, query: StatementQuery) -> WalletStatement:
    buyer = known_reference(buyer_reference)
    exponent(query.currency)
    return wallet_statement(
        caller.business_id, buyer=buyer, currency=query.currency, since=query.since, until=query.until
    )


def _file(content: str | bytes, media_type: str, name: str) -> Response:
    answer = Response(content, content_type=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
