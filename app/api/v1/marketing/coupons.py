"""Coupons: issued to buyers, made in batches, looked up and revoked."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import ID_PATTERN, Answer, CouponCode, Moment, OneOf, Sentence, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.parts import BuyerRequest, buyer_of
from app.core.ids import parse, show
from app.domain.marketing.states import CouponStatus
from app.read.marketing import coupons
from app.read.marketing.coupon_rows import BatchRow, CouponRow
from app.workflow.marketing import issue_coupons, make_coupon_batch, manage_coupons

TemplateId = Annotated[str, Field(pattern=f"^cpt_{ID_PATTERN}$", examples=["cpt_01jd3w8n2q4zt5b7yk2hc5e4rv"])]
BatchId = Annotated[str, Field(pattern=f"^cpb_{ID_PATTERN}$", examples=["cpb_01jd3w8n2q4zt5b7yk2hc5e4rv"])]


class Coupon(Answer):
    """One coupon with a code of its own."""

    id: str
    template_id: str
    batch_id: str | None
    name: Annotated[str, Field(description="Its template's.")]
    code: str
    status: Annotated[str, OneOf(CouponStatus), Field(description="`held`: reserved by an unpaid order.")]
    buyer_reference: Annotated[str | None, Field(description="The buyer; null: anyone with the code.")]
    source: Annotated[str, Field(description="How it was issued: manual, batch, first_order, payment, segment.")]
    order_id: Annotated[str | None, Field(description="The order that reserves or has used it.")]
    expires_at: Moment | None
    created_at: Moment


class IssueCouponRequest(Shape):
    """A coupon to be issued."""

    template_id: TemplateId
    buyer: Annotated[BuyerRequest | None, Field(description="The buyer; absent: anyone with the code.")] = None


class BatchRequest(Shape):
    """Many codes to be made at once."""

    template_id: TemplateId
    count: Annotated[int, Field(ge=1, le=make_coupon_batch.MAX_BATCH)]
    note: Annotated[str, Field(max_length=120)] = ""


class CouponBatch(Answer):
    """Codes that were made at once; list them with `batch_id`."""

    id: str
    template_id: str
    count: int
    made: Annotated[int, Field(description="If fewer than `count`, the call was interrupted; retry with the same key.")]
    note: str
    created_at: Moment


class RevokeCouponRequest(Shape):
    """Why nobody is to use it any more."""

    reason: Sentence = "revoked"


class CouponQuery(ListQuery):
    """What a list of coupons may be narrowed by."""

    template_id: TemplateId | None = None
    batch_id: BatchId | None = None
    buyer_reference: ShortText | None = None
    status: Annotated[str, OneOf(CouponStatus)] | None = None
    code: CouponCode | None = None


@v1.get("/coupons", query=CouponQuery, answer=Page[Coupon], permission="coupons.read", tag="Coupons")
def list_coupons(caller: KeyCaller, query: CouponQuery) -> Page[Coupon]:
    """List coupons.

    Newest first. A `code` is found however it was typed.
    """
    filters = coupons.Filter(
        template_id=parse("cpt", query.template_id) if query.template_id else None,
        batch_id=parse("cpb", query.batch_id) if query.batch_id else None,
        buyer_reference=query.buyer_reference or "",
        status=query.status or "",
        code=query.code or "",
    )
    found = coupons.list_coupons(caller.business_id, filters, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_coupon, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/coupons/issue",
    body=IssueCouponRequest,
    answer=Coupon,
    status=201,
    permission="coupons.write",
    idempotent=True,
    tag="Coupons",
    errors=("not_found", "coupon_not_issued", "coupon_quota_spent"),
)
def issue_coupon(caller: KeyCaller, body: IssueCouponRequest, claim_id: UUID) -> Callable[[], Coupon]:
    """Issue a coupon.

    Nobody else can use a buyer's coupon, and the buyer's panel offers it when the session says `signed_in`.
    """
    issue_coupons.issue_coupon(
        caller.business_id,
        parse("cpt", body.template_id),
        buyer=buyer_of(body.buyer) if body.buyer else None,
        source="api",
        actor=caller.actor,
        coupon_id=claim_id,
    )
    return lambda: _coupon(coupons.get_coupon(caller.business_id, claim_id))


@v1.get("/coupons/{coupon_id}", answer=Coupon, permission="coupons.read", tag="Coupons")
def get_coupon(caller: KeyCaller, coupon_id: str) -> Coupon:
    """Get a coupon."""
    return _coupon(coupons.get_coupon(caller.business_id, parse("cpn", coupon_id)))


@v1.post(
    "/coupons/{coupon_id}/revoke",
    body=RevokeCouponRequest,
    answer=Coupon,
    permission="coupons.write",
    tag="Coupons",
    errors=("illegal_state", "version_conflict"),
)
def revoke_coupon(caller: KeyCaller, coupon_id: str, body: RevokeCouponRequest) -> Coupon:
    """Revoke a coupon.

    One that an order holds is free again once the order is closed; one that was used stays used.
    """
    known_id = parse("cpn", coupon_id)
    manage_coupons.revoke_coupon(caller.business_id, known_id, reason=body.reason, actor=caller.actor)
    return _coupon(coupons.get_coupon(caller.business_id, known_id))


@v1.post(
    "/coupon_batches",
    body=BatchRequest,
    answer=CouponBatch,
    status=201,
    permission="coupons.write",
    idempotent=True,
    tag="Coupons",
    errors=("not_found", "coupon_not_issued", "coupon_quota_spent", "invalid_batch"),
)
def create_coupon_batch(caller: KeyCaller, body: BatchRequest, claim_id: UUID) -> Callable[[], CouponBatch]:
    """Make many codes at once.

    For whoever has them. List them with `GET /v1/coupons?batch_id=…`, or export them in the portal.
    """
    template_id = parse("cpt", body.template_id)
    make_coupon_batch.make_batch(
        caller.business_id, template_id, quantity=body.count, note=body.note, actor=caller.actor, batch_id=claim_id
    )
    return lambda: _batch(coupons.get_batch(caller.business_id, claim_id))


@v1.get("/coupon_batches/{batch_id}", answer=CouponBatch, permission="coupons.read", tag="Coupons")
def get_coupon_batch(caller: KeyCaller, batch_id: str) -> CouponBatch:
    """Get a batch of codes."""
    return _batch(coupons.get_batch(caller.business_id, parse("cpb", batch_id)))


def _coupon(row: CouponRow) -> Coupon:
    return Coupon(
        id=show("cpn", row.id),
        template_id=show("cpt", row.template_id),
        batch_id=show("cpb", row.batch_id) if row.batch_id else None,
        name=row.template_name,
        code=coupons.shown_code(row),
        status=row.status,
        buyer_reference=row.buyer_reference,
        source=row.source,
        order_id=show("ord", row.order_id) if row.order_id else None,
        expires_at=moment_text(row.expires_at),
        created_at=moment_text(row.created_at),
    )


def _batch(row: BatchRow) -> CouponBatch:
    return CouponBatch(
        id=show("cpb", row.id),
        template_id=show("cpt", row.template_id),
        count=row.requested_count,
        made=row.made,
        note=row.note,
        created_at=moment_text(row.created_at),
    )
