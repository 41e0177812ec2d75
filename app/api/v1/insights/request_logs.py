"""What your programs asked, and what they were told."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import ID_PATTERN, Answer, Moment, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.read.insights import request_logs
from app.read.insights.request_logs import LogFilter


class RequestLog(Answer):
    """One request."""

    id: Annotated[str, Field(description="As in its `X-Request-Id`.")]
    method: str
    operation: Annotated[str, Field(examples=["create_refund"])]
    route: Annotated[str, Field(examples=["/v1/orders/{order_id}"])]
    path: Annotated[str, Field(description="Path and query; secrets and email addresses are masked.")]
    status: int
    error_code: str | None
    duration_ms: int
    key_id: str
    api_version: str
    idempotency_key: str | None
    replayed: Annotated[bool, Field(description="The response of an earlier request was replayed.")]
    address: str
    user_agent: str
    created_at: Moment


class RequestLogBodies(RequestLog):
    """One request with what was sent and answered."""

    request_body: Annotated[dict[str, Any] | None, Field(description="Masked; null if absent, over 8 kB or not JSON.")]
    response_body: Annotated[dict[str, Any] | None, Field(description="Masked; null for reads.")]


class RequestLogQuery(ListQuery):
    """Which requests."""

    outcome: Annotated[
        Literal["succeeded", "refused", "failed", "limited", "replayed"] | None,
        Field(description="`refused`: 4xx. `failed`: 5xx. `limited`: 429. `replayed`: repeated response."),
    ] = None
    operation: Annotated[str | None, Field(pattern="^[a-z_]{1,60}$", examples=["create_refund"])] = None
    error_code: Annotated[str | None, Field(pattern="^[a-z_0-9]{1,60}$", examples=["not_found"])] = None
    idempotency_key: Annotated[str | None, Field(pattern="^[!-~]{1,255}$")] = None
    key_id: Annotated[str | None, Field(pattern=f"^key_{ID_PATTERN}$")] = None


@v1.get(
    "/request-logs",
    query=RequestLogQuery,
    answer=Page[RequestLog],
    permission="request_logs.read",
    tag="Request log",
)
def list_request_logs(caller: KeyCaller, query: RequestLogQuery) -> Page[RequestLog]:
    """List requests.

    Those of the last 30 days, newest first; one appears a second after it was answered.
    """
    key_id = parse("key", query.key_id) if query.key_id else None
    same = {name: getattr(query, name) or "" for name in ("outcome", "operation", "error_code", "idempotency_key")}
    filters = LogFilter(key_id=key_id, **same)
    found = request_logs.list_logs(caller.business_id, filters, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_log, key=lambda row: (row.created_at, row.id))


@v1.get("/request-logs/{request_id}", answer=RequestLogBodies, permission="request_logs.read", tag="Request log")
def get_request_log(caller: KeyCaller, request_id: str) -> RequestLogBodies:
    """Get a request.

    By the id in its `X-Request-Id`.
    """
    row = request_logs.get_log(caller.business_id, parse("req", request_id))
    return RequestLogBodies(**vars(_log(row)), request_body=row.request_body, response_body=row.response_body)


def _log(row: request_logs.LogHead | request_logs.WholeLog) -> RequestLog:
    return RequestLog(
        id=show("req", row.id),
        method=row.method,
        operation=row.operation,
        route=row.route,
        path=row.path,
        status=row.status,
        error_code=row.error_code,
        duration_ms=row.duration_ms,
        api_version=row.api_version,
        idempotency_key=row.idempotency_key,
        replayed=row.replayed,
        address=row.address,
        key_id=show("key", row.key_id),
        user_agent=row.agent,
        created_at=moment_text(row.created_at),
    )
