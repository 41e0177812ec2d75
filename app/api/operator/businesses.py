"""Businesses of the installation: listed, opened, suspended."""

import hashlib
import json
from typing import Annotated
from uuid import UUID

from flask import request
from pydantic import Field

from app.api.kit.once import check_key
from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import PRINTABLE, Answer, Moment, OneOf, Shape, moment_text
from app.api.operator.api import OperatorCaller, operators
from app.core.errors import Conflict, Invalid
from app.core.ids import derive, parse, show
from app.domain.accounts.business.opening import MAX_NAME, NewBusiness
from app.domain.accounts.business.types import CLOSED, NOT_ACTIVATED, ORDERS_LATER, SUSPENSIONS
from app.read.operations import installation
from app.workflow.accounts.lifecycle import open_business, suspend_business
from app.workflow.accounts.people import change_password

TAG = "Businesses"
Standing = Annotated[str, OneOf((*SUSPENSIONS, CLOSED, NOT_ACTIVATED, ORDERS_LATER))]


class InstallationBusiness(Answer):
    """A business of this installation."""

    id: Annotated[str, Field(examples=["biz_01jd3w8n2q4zt5b7yk2hc5e4rv"])]
    name: str
    mode: Annotated[str, Field(description="`test` or `live`.")]
    country: str | None
    time_zone: str
    twin: Annotated[str | None, Field(description="ID of the same business in the other mode.")]
    standing: Annotated[
        Standing | None,
        Field(description="What is taken from it: `no_new_payments` or `read_only` by suspension, `closed`, "
              "`not_activated`, or `orders_later` by a switch. Null if nothing is."),
    ]  # fmt: skip
    suspended_reason: str | None
    suspended_at: Moment | None
    created_at: Moment


class OpenedBusiness(InstallationBusiness):
    """A new business."""

    password_link: Annotated[
        str | None,
        Field(description="For an owner without an account: where they choose a password, once, within an hour."),
    ]


class BusinessRequest(Shape):
    """The business to open, in test mode."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME, examples=["Lantern Books"]), PRINTABLE]
    owner_email: Annotated[str, Field(max_length=254, examples=["lena@lantern.example"]), PRINTABLE]
    owner_name: Annotated[str, Field(max_length=MAX_NAME, examples=["Lena"]), PRINTABLE] = ""
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["DE"])]
    time_zone: Annotated[str, Field(max_length=64, examples=["Europe/Berlin"]), PRINTABLE] = "UTC"
    currencies: Annotated[
        list[Annotated[str, Field(pattern="^[A-Z]{3}$")]], Field(min_length=1, max_length=20, examples=[["EUR"]])
    ]


class SuspensionRequest(Shape):
    """What is taken from a business, and why."""

    level: Annotated[str, OneOf(tuple(SUSPENSIONS))]
    reason: Annotated[
        str,
        Field(min_length=1, max_length=suspend_business.MAX_REASON, description="Shown to the business."),
        PRINTABLE,
    ]


class BusinessQuery(ListQuery):
    """What a list of businesses may be narrowed by."""

    name: Annotated[str | None, Field(max_length=80, description="Part of the name."), PRINTABLE] = None


@operators.get(
    "/businesses", query=BusinessQuery, answer=Page[InstallationBusiness], permission="businesses.read", tag=TAG
)
def list_businesses(
    caller: OperatorCaller,  # noqa: ARG001 (an operator key sees all)
    query: BusinessQuery,
) -> Page[InstallationBusiness]:
    """List businesses, in the order of their IDs, the latest first."""
    last = query.after()
    found = installation.directory(query.name or "", after=last[1] if last else None, limit=query.limit + 1)
    return page_of(found, limit=query.limit, item=_shown, key=lambda row: (row.created_at, row.id))


@operators.get(
    "/businesses/{business_id}",
    answer=InstallationBusiness,
    permission="businesses.read",
    tag=TAG,
    errors=("not_found",),
)
def get_business_of_installation(
    caller: OperatorCaller,  # noqa: ARG001
    business_id: str,
) -> InstallationBusiness:
    """Get a business."""
    return _read(parse("biz", business_id))


@operators.post(
    "/businesses",
    body=BusinessRequest,
    answer=OpenedBusiness,
    status=201,
    permission="businesses.write",
    tag=TAG,
    errors=("idempotency_key_missing", "idempotency_key_invalid", "idempotency_key_reused", "invalid_business",
            "too_many_businesses", "invalid_email"),
)  # fmt: skip
def create_business(caller: OperatorCaller, body: BusinessRequest) -> OpenedBusiness:
    """Open a business in test mode.

    Needs an `Idempotency-Key` header: a new random string for each business. The same key and body open nothing new,
    and the answer is the business as it is; the same key with another body is refused.
    """
    business_id = derive(caller.key_id, f"business {check_key(request.headers.get('Idempotency-Key'))}")
    command = NewBusiness(
        name=body.name, country=body.country, time_zone=body.time_zone, currencies=tuple(body.currencies)
    )
    try:
        _, is_new = open_business.open_for(
            body.owner_email, command, name=body.owner_name, business_id=business_id, request_hash=_hash_of(body)
        )
    except Conflict as error:
        if error.code not in ("link_used", "account_exists", "request_differs"):
            raise
        text = "This Idempotency-Key has opened a business with another request."
        raise Invalid("idempotency_key_reused", text) from error
    link = change_password.link_for(body.owner_email) if is_new else None
    return OpenedBusiness(**_read(business_id).model_dump(), password_link=link)


def _hash_of(body: BusinessRequest) -> str:
    """Of all that was sent, whatever order its members stood in."""
    return hashlib.sha256(json.dumps(body.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


@operators.post(
    "/businesses/{business_id}/suspend",
    body=SuspensionRequest,
    answer=InstallationBusiness,
    permission="businesses.write",
    tag=TAG,
    errors=("not_found", "invalid_suspension"),
)
def suspend_business_by_operator(
    caller: OperatorCaller,  # noqa: ARG001
    business_id: str,
    body: SuspensionRequest,
) -> InstallationBusiness:
    """Suspend a business.

    Takes new payments, or every change. What has begun goes on. The same request again changes nothing.
    """
    parsed_id = parse("biz", business_id)
    suspend_business.suspend(parsed_id, level=body.level, reason=body.reason)
    return _read(parsed_id)


@operators.post(
    "/businesses/{business_id}/lift",
    answer=InstallationBusiness,
    permission="businesses.write",
    tag=TAG,
    errors=("not_found",),
)
def lift_suspension(
    caller: OperatorCaller,  # noqa: ARG001
    business_id: str,
) -> InstallationBusiness:
    """Lift the suspension of a business.

    The same request again changes nothing.
    """
    parsed_id = parse("biz", business_id)
    suspend_business.lift(parsed_id)
    return _read(parsed_id)


def _read(business_id: UUID) -> InstallationBusiness:
    return _shown(installation.list_one(business_id))


def _shown(row: installation.Listed) -> InstallationBusiness:
    return InstallationBusiness(
        id=show("biz", row.id),
        name=row.name,
        mode=row.mode,
        country=row.country,
        time_zone=row.time_zone,
        twin=show("biz", row.twin_id) if row.twin_id else None,
        standing=row.standing,
        suspended_reason=row.suspended_reason,
        suspended_at=moment_text(row.suspended_at) if row.suspended_at else None,
        created_at=moment_text(row.created_at),
    )
