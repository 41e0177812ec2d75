"""What an account may take in a currency, and what it costs."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import MAX_AMOUNT_MINOR, AmountMinor, Answer, AnyAmountMinor, Currency, Shape
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse
from app.read.payments import channels, routing
from app.workflow.payments import manage_routing
from app.workflow.payments.manage_routing import ChannelTermsCommand

BasisPoints = Annotated[int, Field(ge=0, le=10_000, description="Basis points: 290 is 2.9 %.")]


class TermsRequest(Shape):
    """An account's limits and cost in one currency, instead of those before. Null: no limit, or not known."""

    currency: Currency
    min_minor: Annotated[AmountMinor | None, Field(description="Minimum payment.")] = None
    max_minor: Annotated[AmountMinor | None, Field(description="Maximum payment.")] = None
    daily_minor: Annotated[AmountMinor | None, Field(description="Daily limit.")] = None
    fee_bps: BasisPoints | None = None
    fee_fixed_minor: Annotated[
        Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR)] | None, Field(description="Fixed fee per payment.")
    ] = None


class CurrencyTerms(Answer):
    """An account's limits and cost in one currency."""

    currency: str
    min_minor: AnyAmountMinor | None
    max_minor: AnyAmountMinor | None
    daily_minor: AnyAmountMinor | None
    fee_bps: int | None
    fee_fixed_minor: AnyAmountMinor | None


class ChannelTerms(Answer):
    """All of an account's, by currency. In a currency that is not here nothing limits it."""

    data: list[CurrencyTerms]


@v1.get("/channel_accounts/{account_id}/terms", answer=ChannelTerms, permission="channels.read", tag="Channels")
def get_channel_terms(caller: KeyCaller, account_id: str) -> ChannelTerms:
    """Get limits and costs."""
    return _terms(caller, account_id)


@v1.post(
    "/channel_accounts/{account_id}/terms",
    body=TermsRequest,
    answer=ChannelTerms,
    permission="channels.write",
    tag="Channels",
    errors=("invalid_range", "unknown_currency"),
)
def set_channel_terms(caller: KeyCaller, account_id: str, body: TermsRequest) -> ChannelTerms:
    """Set limits and costs in a currency.

    Routing goes by them: what is outside an account's limits goes elsewhere, and of equal accounts the cheaper one is
    taken. With nothing but the currency, there are none.
    """
    command = ChannelTermsCommand(**body.model_dump(exclude={"currency"}))
    manage_routing.set_terms(caller.business_id, parse("cha", account_id), body.currency, command)
    return _terms(caller, account_id)


def _terms(caller: KeyCaller, account_id: str) -> ChannelTerms:
    account = channels.account(caller.business_id, parse("cha", account_id))
    return ChannelTerms(data=[_line(each) for each in routing.terms_of(caller.business_id, account.id)])


def _line(row: routing.TermsRow) -> CurrencyTerms:
    return CurrencyTerms(
        currency=row.currency,
        min_minor=row.min_minor,
        max_minor=row.max_minor,
        daily_minor=row.daily_minor,
        fee_bps=row.fee_bps,
        fee_fixed_minor=row.fee_fixed_minor,
    )
