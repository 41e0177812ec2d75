"""Contracts that renew by themselves."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    ID_PATTERN,
    Answer,
    AnyAmountMinor,
    Currency,
    HttpUrl,
    Locale,
    Metadata,
    Moment,
    OneOf,
    Shape,
    ShortText,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.api.v1.parts import BuyerRequest, buyer_of
from app.core.ids import parse, show, try_parse
from app.domain.signing.calendar import Unit
from app.domain.signing.states import ContractStatus, EndReason, MandateStatus
from app.domain.signing.types import Consent, SignTerms
from app.read.subscriptions import contracts as read
from app.read.subscriptions import offers
from app.texts import translate
from app.workflow.subscriptions import sign_contract

PlanId = Annotated[str, Field(pattern=f"^plan_{ID_PATTERN}$", examples=["plan_01jd3w8n2q4zt5b7yk2hc5e4rv"])]
_SIGNING = (
    "plan_archived",
    "plan_quantity",
    "plan_no_price",
)


class OfferRequest(Shape):
    """Which plan, and for what."""

    plan_id: PlanId
    currency: Currency
    quantity: Annotated[int, Field(ge=1, le=1000, description="Units, such as seats.")] = 1
    locale: Annotated[Locale, Field(description="The language of the terms.")] = "en"


class ContractRequest(OfferRequest):
    """A contract to sign. By sending it you say that the buyer agreed to the terms as the preview gives them."""

    buyer: BuyerRequest
    channel: Annotated[
        str,
        Field(
            pattern=f"^([a-z][a-z0-9_]{{0,39}}|cha_{ID_PATTERN})$",
            description="What every cycle is paid by: `wallet`, or a channel (or one of your channel accounts) that "
            "deducts by a mandate, to which the buyer agrees first.",
            examples=["wallet"],
        ),
    ]
    scene: Annotated[
        Literal["web", "mobile"], Field(description="Where the buyer agrees, if the channel needs a mandate.")
    ] = "web"
    return_url: Annotated[
        HttpUrl | None, Field(description="Where the buyer comes back to from the payment company.")
    ] = None
    buyer_ip: Annotated[str | None, Field(max_length=45, description="Where the buyer agreed; kept as evidence.")] = (
        None
    )
    metadata: Metadata = {}


class OfferedCycle(Answer):
    """A cycle to come."""

    number: Annotated[int, Field(description="0 is the trial.")]
    starts_at: Moment
    ends_at: Moment
    amount_minor: AnyAmountMinor


class Offer(Answer):
    """What a plan costs if it is signed now."""

    currency: Currency
    today_minor: Annotated[AnyAmountMinor, Field(description="Charged when it is signed.")]
    cycles: Annotated[list[OfferedCycle], Field(description="The first, and up to three that follow.")]
    terms: Annotated[list[str], Field(description="What the buyer must read before agreeing, in plain words.")]


class Contract(Answer):
    """What a buyer signed: it renews by itself until it ends."""

    id: str
    status: Annotated[str, OneOf(ContractStatus)]
    end_reason: Annotated[str, OneOf(EndReason)] | None
    plan_id: str
    sku_id: str
    buyer_reference: str
    channel: str
    quantity: int
    currency: Currency
    unit_minor: Annotated[
        AnyAmountMinor, Field(description="What one unit costs in a cycle, once no intro price holds.")
    ]
    interval: Annotated[str, OneOf(Unit)]
    interval_count: int
    next_cycle_at: Annotated[Moment | None, Field(description="When it is charged next; null if it is not.")]
    cancel_at_period_end: bool
    started_at: Moment | None
    ended_at: Moment | None
    paused_at: Moment | None
    resumes_at: Moment | None
    refused_count: Annotated[int, Field(description="How often the present cycle was refused.")]
    metadata: Metadata
    created_at: Moment


class ConsentAnswer(Answer):
    """The evidence that the buyer agreed."""

    given_to: Annotated[str, OneOf(("page", "merchant"))]
    locale: str
    terms: str
    terms_hash: Annotated[str, Field(description="SHA-256 of the terms.")]
    created_at: Moment


class MandateAnswer(Answer):
    """The buyer’s leave to deduct, at a payment company."""

    status: Annotated[str, OneOf(MandateStatus)]
    channel_account_id: str
    reference: Annotated[str | None, Field(description="The company’s number of it.")]
    largest_minor: Annotated[AnyAmountMinor, Field(description="The most that one deduction takes.")]
    action: Annotated[
        dict[str, str] | None,
        Field(description="While it is `pending`, the buyer’s next step: `{type: redirect, url}`."),
    ]
    decline_code: str | None
    active_at: Moment | None
    ended_at: Moment | None


class ContractDetail(Contract):
    """A contract with its evidence."""

    consent: ConsentAnswer
    mandate: Annotated[MandateAnswer | None, Field(description="Null for a contract that is paid from the wallet.")]
    latest_cycle_id: str | None


class ContractQuery(ListQuery):
    """What a list of contracts may be narrowed by."""

    status: Annotated[str, OneOf(ContractStatus)] | None = None
    buyer_reference: ShortText | None = None
    plan_id: PlanId | None = None


@v1.get("/contracts", query=ContractQuery, answer=Page[Contract], permission="contracts.read", tag="Contracts")
def list_contracts(caller: KeyCaller, query: ContractQuery) -> Page[Contract]:
    """List contracts, newest first."""
    wanted = read.ContractFilter(
        buyer=query.buyer_reference,
        status=query.status,
        plan_id=None if query.plan_id is None else parse("plan", query.plan_id),
    )
    found = read.list_contracts(caller.business_id, wanted, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_contract, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/contracts/preview",
    body=OfferRequest,
    answer=Offer,
    permission="contracts.write",
    tag="Contracts",
    errors=("not_found", *_SIGNING),
)
def preview_contract(caller: KeyCaller, body: OfferRequest) -> Offer:
    """Preview a contract.

    What would be charged today and next, and the terms that the buyer must read. Nothing is written.
    """
    found = offers.offer(
        caller.business_id, parse("plan", body.plan_id), currency=body.currency, quantity=body.quantity
    )
    offer = found.offer
    cycles = [
        OfferedCycle(
            number=each.number,
            starts_at=moment_text(each.span.starts_at),
            ends_at=moment_text(each.span.ends_at),
            amount_minor=each.amount.minor,
        )
        for each in (offer.first, *offer.following)
    ]
    return Offer(
        currency=body.currency,
        today_minor=offer.first.amount.minor,
        cycles=cycles,
        terms=[translate(each, body.locale) for each in found.sentences],
    )


@v1.post(
    "/contracts",
    body=ContractRequest,
    answer=ContractDetail,
    status=201,
    permission="contracts.write",
    idempotent=True,
    tag="Contracts",
    errors=(
        "not_found",
        *_SIGNING,
        "channel_cannot_recur",
        "return_url_denied",
        "insufficient_funds",
        "channel_unavailable",
        "not_on_sale",
        "quantity_not_allowed",
        "buyer_limit",
        "out_of_stock",
        "currency_not_accepted",
        "not_reserved",
        "risk_blocked",
        "risk_review",
        "version_conflict",
    ),
)
def create_contract(caller: KeyCaller, body: ContractRequest, claim_id: UUID) -> Callable[[], ContractDetail]:
    """Sign a contract.

    From the wallet, the first cycle is charged at once, or the trial begins; if that is refused, nothing is made. By a
    mandate, the contract is `pending`: send the buyer where `mandate.action` points. Once the buyer has agreed there,
    the first cycle is deducted; if the buyer declines or does not come, the contract ends.
    """
    account = try_parse(body.channel, "cha")
    terms = SignTerms(
        currency=body.currency,
        quantity=body.quantity,
        channel=body.channel if account is None else str(account),
        details=dict(body.metadata),
        scene=body.scene,
        return_url=body.return_url,
    )
    sign_contract.sign_contract(
        caller.business_id,
        parse("plan", body.plan_id),
        terms,
        buyer=buyer_of(body.buyer),
        consent=Consent(given_to="merchant", locale=body.locale, buyer_ip=body.buyer_ip),
        contract_id=claim_id,
        actor=caller.actor,
    )
    return lambda: contract_detail(read.contract(caller.business_id, claim_id))


@v1.get("/contracts/{contract_id}", answer=ContractDetail, permission="contracts.read", tag="Contracts")
def get_contract(caller: KeyCaller, contract_id: str) -> ContractDetail:
    """Get a contract."""
    return contract_detail(read.contract(caller.business_id, parse("con", contract_id)))


def _contract(row: read.ContractRow) -> Contract:
    return Contract(
        id=show("con", row.id),
        status=row.status,
        end_reason=row.end_reason,
        plan_id=show("plan", row.plan_id),
        sku_id=show("sku", row.sku_id),
        buyer_reference=row.buyer_reference,
        channel=row.channel,
        quantity=row.quantity,
        currency=row.currency,
        unit_minor=row.unit_minor,
        interval=row.interval_unit,
        interval_count=row.interval_count,
        next_cycle_at=moment_text(row.next_due_at),
        cancel_at_period_end=row.cancel_at_period_end,
        started_at=moment_text(row.started_at),
        ended_at=moment_text(row.ended_at),
        paused_at=moment_text(row.paused_at),
        resumes_at=moment_text(row.resumes_at),
        refused_count=row.try_count,
        metadata=row.details,
        created_at=moment_text(row.created_at),
    )


def contract_detail(found: read.ContractDetail) -> ContractDetail:
    """The contract as it is answered."""
    consent = found.consent
    return ContractDetail(
        **_contract(found.row).model_dump(),
        consent=ConsentAnswer(
            given_to=consent.given_to,
            locale=consent.locale,
            terms=consent.terms,
            terms_hash=consent.terms_hash,
            created_at=moment_text(consent.created_at),
        ),
        mandate=None if found.mandate is None else _mandate(found.mandate),
        latest_cycle_id=show("cyc", found.last_cycle.id) if found.last_cycle is not None else None,
    )


def _mandate(row: read.MandateRow) -> MandateAnswer:
    return MandateAnswer(
        status=row.status,
        channel_account_id=show("cha", row.channel_account_id),
        reference=row.contract_no,
        largest_minor=row.largest_minor,
        action=row.action if row.status == MandateStatus.PENDING else None,
        decline_code=row.decline_code,
        active_at=moment_text(row.active_at),
        ended_at=moment_text(row.ended_at),
    )
