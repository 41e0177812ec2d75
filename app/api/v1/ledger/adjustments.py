"""Adjustments: journals that people write, and reversals."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from flask import Response
from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.reading import Upload, Uploaded
from app.api.kit.shapes import (
    ID_PATTERN,
    PRINTABLE,
    AccountId,
    Answer,
    AnyAmountMinor,
    Currency,
    Moment,
    OneOf,
    QueryShape,
    Sentence,
    Shape,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.api.v1.ledger.settlements import BankAccountId
from app.api.v1.settlement.partners import PartnerId
from app.core.errors import Invalid, NotFound
from app.core.files import store
from app.core.ids import parse, show
from app.core.money import MAX_MINOR, Money
from app.domain.ledger.adjustments.states import AdjustmentStatus
from app.read.ledger import adjustments
from app.workflow.ledger import adjust_ledger
from app.workflow.ledger.adjust_ledger import AdjustmentCommand, LineCommand

Account = Literal[
    "channel_clearing",
    "channel_fees",
    "bank",
    "merchant_payable",
    "platform_revenue",
    "partner",
    "adjustments",
    "suspense",
]
Reason = Annotated[str, Field(min_length=1, max_length=500), PRINTABLE]
# Whose each kind of account can be.
_PREFIXES = {
    **{"channel_clearing": "cha", "channel_fees": "cha", "bank": "bka"},
    **{"partner": "par", "platform_revenue": "par"},
}


class AdjustmentLineRequest(Shape):
    """One line of an adjustment."""

    account: Annotated[Account, Field(description="The kind of account, as in the report `balances`.")]
    channel_account_id: Annotated[
        AccountId | None, Field(description="Of `channel_clearing` and `channel_fees`: whose account it is.")
    ] = None
    bank_account_id: Annotated[BankAccountId | None, Field(description="Of `bank`: which one.")] = None
    partner_id: Annotated[
        PartnerId | None,
        Field(description="Of `partner`, and of `platform_revenue` for a partner of the kind `platform`: whose it is."),
    ] = None
    currency: Currency
    amount_minor: Annotated[
        int, Field(ge=-MAX_MINOR, le=MAX_MINOR, description="Positive: a debit; negative: a credit.", examples=[500])
    ]


class AdjustmentRequest(Shape):
    """Why, and which lines. They sum to zero in each currency."""

    reason: Reason
    lines: Annotated[
        list[AdjustmentLineRequest],
        Field(
            min_length=2,
            max_length=20,
            examples=[
                [
                    {"account": "merchant_payable", "currency": "USD", "amount_minor": 500},
                    {"account": "adjustments", "currency": "USD", "amount_minor": -500},
                ]
            ],
        ),
    ]


class ReversalRequest(Shape):
    """What is to be reversed, and why."""

    reverses_id: Annotated[
        str,
        Field(
            pattern=f"^(stl|adj)_{ID_PATTERN}$",
            description="A confirmed settlement or a posted adjustment.",
            examples=["stl_01jd3w8n2q4zt5b7yk2hc5e4rv"],
        ),
    ]
    reason: Reason


class AdjustmentRejectRequest(Shape):
    """Why an adjustment is rejected."""

    reason: Sentence | None = None


class DocumentForm(QueryShape):
    """What is sent beside the document."""

    name: Annotated[str, Field(min_length=1, max_length=150, description="File name with extension."), PRINTABLE]


class AdjustmentLine(Answer):
    """One line of an adjustment."""

    account: Annotated[str, Field(examples=["bank"])]
    channel_account_id: str | None
    bank_account_id: str | None
    partner_id: str | None
    currency: Currency
    amount_minor: AnyAmountMinor


class Adjustment(Answer):
    """A journal that somebody asked for, and what became of it."""

    id: str
    status: Annotated[str, OneOf(AdjustmentStatus), Field(description="In the ledger once `posted`.")]
    reason: str
    lines: list[AdjustmentLine]
    reverses_id: Annotated[str | None, Field(description="The settlement or adjustment that it reverses.")]
    document_name: Annotated[str | None, Field(description="Of the document that is kept with it.")]
    created_at: Moment
    decided_at: Moment | None


class AdjustmentQuery(ListQuery):
    """What a list of adjustments may be narrowed by."""

    status: Annotated[str, OneOf(AdjustmentStatus)] | None = None


@v1.post(
    "/adjustments",
    body=AdjustmentRequest,
    answer=Adjustment,
    status=201,
    permission="ledger.write",
    idempotent=True,
    tag="Ledger",
    errors=("reason_missing", "unbalanced", "invalid_line", "unknown_currency", "key_without_person"),
)
def create_adjustment(caller: KeyCaller, body: AdjustmentRequest, claim_id: UUID) -> Callable[[], Adjustment]:
    """Request an adjustment.

    A person who is independent of whoever requested it has to approve it in the portal before it is in the ledger.
    """
    command = AdjustmentCommand(reason=body.reason, lines=[_line(each) for each in body.lines])
    adjust_ledger.request(caller.business_id, command, actor=caller.actor, adjustment_id=claim_id)
    return lambda: _adjustment(adjustments.get_adjustment(caller.business_id, claim_id))


@v1.post(
    "/adjustments/reversals",
    body=ReversalRequest,
    answer=Adjustment,
    status=201,
    permission="ledger.write",
    idempotent=True,
    tag="Ledger",
    errors=("not_found", "reason_missing", "not_reversible", "key_without_person"),
)
def create_reversal(caller: KeyCaller, body: ReversalRequest, claim_id: UUID) -> Callable[[], Adjustment]:
    """Request a reversal.

    An adjustment with the opposite of each line. Once a second person approved it, the original is `reversed`.
    """
    row_id = parse(body.reverses_id.partition("_")[0], body.reverses_id)
    adjust_ledger.request_reversal(
        caller.business_id, row_id, reason=body.reason, actor=caller.actor, adjustment_id=claim_id
    )
    return lambda: _adjustment(adjustments.get_adjustment(caller.business_id, claim_id))


@v1.get("/adjustments", query=AdjustmentQuery, answer=Page[Adjustment], permission="ledger.read", tag="Ledger")
def list_adjustments(caller: KeyCaller, query: AdjustmentQuery) -> Page[Adjustment]:
    """List adjustments.

    Newest first, reversals too.
    """
    found = adjustments.list_adjustments(
        caller.business_id, status=query.status or "", after=query.after(), limit=query.limit
    )
    return page_of(found, limit=query.limit, item=_adjustment, key=lambda row: (row.created_at, row.id))


@v1.get("/adjustments/{adjustment_id}", answer=Adjustment, permission="ledger.read", tag="Ledger")
def get_adjustment(caller: KeyCaller, adjustment_id: str) -> Adjustment:
    """Get an adjustment."""
    return _adjustment(adjustments.get_adjustment(caller.business_id, parse("adj", adjustment_id)))


@v1.post(
    "/adjustments/{adjustment_id}/reject",
    body=AdjustmentRejectRequest,
    answer=Adjustment,
    permission="ledger.write",
    tag="Ledger",
    errors=("not_found", "version_conflict"),
)
def reject_adjustment(caller: KeyCaller, adjustment_id: str, body: AdjustmentRejectRequest) -> Adjustment:
    """Reject an adjustment.

    Before it is approved. Nothing is posted.
    """
    row_id = parse("adj", adjustment_id)
    adjust_ledger.reject(caller.business_id, row_id, reason=body.reason or "", actor=caller.actor)
    return _adjustment(adjustments.get_adjustment(caller.business_id, row_id))


@v1.post(
    "/adjustments/{adjustment_id}/document",
    upload=Upload(adjust_ledger.MAX_DOCUMENT_BYTES, DocumentForm, "Any file, up to 10 MB."),
    answer=Adjustment,
    permission="ledger.write",
    tag="Ledger",
    errors=("not_found", "invalid_file", "version_conflict"),
)
def attach_adjustment_document(caller: KeyCaller, adjustment_id: str, upload: Uploaded) -> Adjustment:
    """Attach a document to an adjustment.

    Before it is approved. Another document takes its place.
    """
    row_id = parse("adj", adjustment_id)
    adjust_ledger.attach(caller.business_id, row_id, upload.file, name=upload.form.name)
    return _adjustment(adjustments.get_adjustment(caller.business_id, row_id))


@v1.get(
    "/adjustments/{adjustment_id}/document",
    permission="ledger.read",
    tag="Ledger",
    media_type="application/octet-stream",
    errors=("not_found",),
)
def get_adjustment_document(caller: KeyCaller, adjustment_id: str) -> Response:
    """Download the document of an adjustment."""
    row = adjustments.get_adjustment(caller.business_id, parse("adj", adjustment_id))
    if row.document_key is None:
        raise NotFound("not_found", "This adjustment has no document.")
    return Response(store.get(row.document_key), content_type="application/octet-stream")


def _line(line: AdjustmentLineRequest) -> LineCommand:
    named = {"cha": line.channel_account_id, "bka": line.bank_account_id, "par": line.partner_id}
    prefix = _PREFIXES.get(line.account, "")
    if any(shown for other, shown in named.items() if other != prefix):
        raise Invalid("invalid_line", "A line names another kind of account.", details={"param": "lines"})
    shown = named.get(prefix)
    owner = str(parse(prefix, shown)) if shown else ""
    return LineCommand(kind=line.account, owner=owner, money=Money(line.amount_minor, line.currency))


def _adjustment(row: adjustments.AdjustmentRow) -> Adjustment:
    reverses_id = show("adj", row.original_id) if row.original_id else None
    if row.settlement_id:
        reverses_id = show("stl", row.settlement_id)
    return Adjustment(
        id=show("adj", row.id),
        status=row.status,
        reason=row.reason,
        lines=[
            AdjustmentLine(
                account=each["kind"],
                channel_account_id=_owner("cha", each),
                bank_account_id=_owner("bka", each),
                partner_id=_owner("par", each),
                currency=each["currency"],
                amount_minor=each["amount_minor"],
            )
            for each in row.lines
        ],
        reverses_id=reverses_id,
        document_name=row.document_name or None,
        created_at=moment_text(row.created_at),
        decided_at=moment_text(row.decided_at),
    )


def _owner(prefix: str, line: dict[str, str]) -> str | None:
    is_its = bool(line["owner"]) and _PREFIXES.get(line["kind"]) == prefix
    return show(prefix, UUID(line["owner"])) if is_its else None
