"""What happens to every answer of v1: it tells what is left to ask, and is noted in the request log."""

import time
from uuid import UUID

from flask import Response, current_app, g, request

from app.core import clock
from app.core.errors import TooMany
from app.core.ids import new_id, try_parse
from app.core.limits.quota import Quota, QuotaState
from app.core.limits.tiers import TierState
from app.domain.accounts.business.tiers import Scenario
from app.workflow.accounts import count_request
from app.workflow.accounts.authenticate_key import Caller
from app.workflow.operations.log_requests import Seen, note

PAYING = frozenset({"create_order", "pay_order", "create_checkout_session"})
EXPORTING = frozenset({"create_export", "create_business_archive"})


def count(holder: Caller) -> None:
    """Count a request of this key and of its business. Raises TooMany when it was one too many. What pays counts for
    itself alone: whatever else the key asks takes nothing from it."""
    g.holder = holder
    scenario = _scenario_of(g.operation.name, request.method)
    if scenario is not Scenario.PAY:
        take(holder.key_id)
    g.tier_state = state = count_request.count_request(scenario, holder.business_id, holder.tier_limits)
    count_request.check(state)


def _scenario_of(operation: str, method: str) -> Scenario:
    if operation in PAYING:
        return Scenario.PAY
    if operation in EXPORTING:
        return Scenario.EXPORT
    return Scenario.API_READ if method in ("GET", "HEAD") else Scenario.API_WRITE


def take(key_id: UUID) -> None:
    """Count a request against what a key may ask in this window. Raises TooMany."""
    quota: Quota = current_app.extensions["quota"]
    g.quota_state = state = quota.take(str(key_id))
    if state.is_over:
        detail = f"More than {state.quota} requests in {state.window_s} seconds with this key."
        raise TooMany("rate_limited", detail, details={"retry_after_s": state.resets_s})


def tell_and_note(response: Response) -> Response:
    """Add what is left to the answer, and note it."""
    quotas = _quotas()
    if quotas:
        policies = [f'"{name}";q={state.quota};w={state.window_s}' for name, state in quotas]
        left = [f'"{name}";r={max(0, state.left)};t={state.resets_s}' for name, state in quotas]
        response.headers["RateLimit-Policy"], response.headers["RateLimit"] = ", ".join(policies), ", ".join(left)
    if "api_version" in g:
        response.headers["Bursar-Version"] = g.api_version
    holder: Caller | None = g.get("holder")
    if holder is not None:
        note(_seen(holder, response), in_background=not current_app.testing)
    return response


def _quotas() -> list[tuple[str, QuotaState]]:
    """What this request was counted against, in the order in which it was."""
    of_key: QuotaState | None = g.get("quota_state")
    of_tier: TierState | None = g.get("tier_state")
    return [*([("key", of_key)] if of_key else ()), *(of_tier.quotas() if of_tier else ())]


def _seen(holder: Caller, response: Response) -> Seen:
    operation = g.get("operation")
    reads_only = request.method == "GET" and response.status_code < 400
    is_text = (response.mimetype or "").endswith("json") and not response.is_streamed
    return Seen(
        business_id=holder.business_id,
        id=_request_id(),
        at=clock.actual(),
        method=request.method,
        operation=operation.name if operation is not None else "",
        route=f"/v1{operation.path}" if operation is not None else request.path,
        path=request.path,
        query=request.query_string.decode("latin-1"),
        status=response.status_code,
        duration_ms=round((time.perf_counter() - g.began_s) * 1000) if "began_s" in g else 0,
        key_id=holder.key_id,
        api_version=g.get("api_version", holder.api_version),
        idempotency_key=request.headers.get("Idempotency-Key"),
        replayed=response.headers.get("Idempotent-Replayed") == "true",
        error_code=g.get("error_code"),
        address=request.remote_addr or "",
        agent=request.headers.get("User-Agent", ""),
        request_body=g.get("raw_body"),
        response_body=None if reads_only or not is_text else response.get_data(),
    )


def _request_id() -> UUID:
    return try_parse(str(g.get("request_id", "")), "req") or new_id()
