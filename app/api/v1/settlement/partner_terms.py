"""How partners are settled, and whose account gets their money."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.shapes import PRINTABLE, Answer, Moment, OneOf, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.settlement.split_rules import Amounts
from app.core.ids import parse, show
from app.domain.payments.types import Payee
from app.read.settlement import partners
from app.workflow.settlement import change_payee, close_batches
from app.workflow.settlement.close_batches import TermsCommand

CYCLES = ("on_demand", "daily", "weekly", "monthly")
Cycle = Annotated[
    str,
    OneOf(CYCLES),
    Field(description="A batch is closed at `cut_off_time` in the partner's time zone, or on demand."),
]


class PartnerTermsRequest(Shape):
    """How a partner is settled from now on."""

    cycle: Cycle
    day: Annotated[
        int | None, Field(ge=1, le=28, description="Weekly: the weekday, 1 is Monday. Monthly: the day of the month.")
    ] = None
    hold_days: Annotated[int, Field(ge=0, le=180, description="Settle what was cleared so many days before.")] = 0
    working_days: Annotated[bool, Field(description="Count Mondays to Fridays that are no holidays only.")] = False
    calendar: Annotated[
        str, Field(max_length=2, pattern="^([A-Z]{2})?$", description="Whose holidays: a country's code.")
    ] = ""
    cut_off_time: Annotated[
        str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="By the partner's clocks.", examples=["17:30"])
    ] = "00:00"
    reserve_bps: Annotated[int, Field(ge=0, le=5000, description="Kept of each batch, in basis points.")] = 0
    reserve_days: Annotated[int, Field(ge=0, le=365, description="A batch so many days later returns it.")] = 0
    minimum: Annotated[Amounts, Field(description="What is less waits for the next batch.")] = {}


class PartnerTerms(Answer):
    """How a partner is settled, and where its money goes."""

    partner_id: str
    cycle: Annotated[str, OneOf(CYCLES)]
    day: int | None
    hold_days: int
    working_days: bool
    calendar: str
    cut_off_time: str
    reserve_bps: int
    reserve_days: int
    minimum: dict[str, int]
    next_cut_off_at: Moment | None
    payee_name: str | None
    payee_account_last4: str | None
    payee_usable_at: Annotated[Moment | None, Field(description="Money can go to the account from then on.")]


class PartnerPayeeRequest(Shape):
    """Whose account gets a partner's money."""

    name: Annotated[ShortText, Field(description="The account holder.", examples=["Ada Example"])]
    account: Annotated[
        str,
        Field(
            min_length=4,
            max_length=64,
            description="IBAN, account number, or what the payment company knows the payee by. Never answered.",
            examples=["DE89 3704 0044 0532 0130 00"],
        ),
        PRINTABLE,
    ]


class PartnerPayeeRequested(Answer):
    """What waits for a second person."""

    approval_id: str


@v1.get("/partners/{partner_id}/terms", answer=PartnerTerms, permission="settlement.read", tag="Partners")
def get_partner_terms(caller: KeyCaller, partner_id: str) -> PartnerTerms:
    """Get how a partner is settled."""
    return _terms(partners.get_partner(caller.business_id, parse("par", partner_id)))


@v1.post(
    "/partners/{partner_id}/terms",
    body=PartnerTermsRequest,
    answer=PartnerTerms,
    permission="settlement.write",
    tag="Partners",
    errors=("not_found", "invalid_terms", "unknown_currency"),
)
def set_partner_terms(caller: KeyCaller, partner_id: str, body: PartnerTermsRequest) -> PartnerTerms:
    """Set how a partner is settled.

    Batches that are closed stay as they are.
    """
    row_id = parse("par", partner_id)
    close_batches.set_terms(caller.business_id, row_id, TermsCommand(**body.model_dump()))
    return _terms(partners.get_partner(caller.business_id, row_id))


@v1.post(
    "/partners/{partner_id}/payee",
    body=PartnerPayeeRequest,
    answer=PartnerPayeeRequested,
    status=201,
    permission="settlement.write",
    idempotent=True,
    tag="Partners",
    errors=("not_found", "invalid_payee", "key_without_person"),
)
def request_partner_payee(
    caller: KeyCaller, partner_id: str, body: PartnerPayeeRequest, claim_id: UUID
) -> Callable[[], PartnerPayeeRequested]:
    """Request whose account gets a partner's money.

    A second person approves it. A changed account can be paid a day later.
    """
    payee = Payee(account=body.account, name=body.name)
    change_payee.request(caller.business_id, parse("par", partner_id), payee, actor=caller.actor, approval_id=claim_id)
    return lambda: PartnerPayeeRequested(approval_id=show("apr", claim_id))


def _terms(row: partners.PartnerRow) -> PartnerTerms:
    return PartnerTerms(
        partner_id=show("par", row.id),
        cycle=row.cycle,
        day=row.day,
        hold_days=row.hold_days,
        working_days=row.working_days,
        calendar=row.calendar,
        cut_off_time=row.cut_off_time,
        reserve_bps=row.reserve_bps,
        reserve_days=row.reserve_days,
        minimum=row.minimum,
        next_cut_off_at=moment_text(row.settles_at),
        payee_name=row.payee_name,
        payee_account_last4=row.payee_hint,
        payee_usable_at=moment_text(row.payee_usable_at),
    )
