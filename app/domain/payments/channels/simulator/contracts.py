"""Contracts at Pretend Pay: signed on its page, asked about, ended, and used."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.payments.channels.simulator import account_notices, answers
from app.domain.payments.channels.types import (
    ContractOutcome,
    ContractRequest,
    ContractStatus,
    DeductionRequest,
    Outcome,
    Settings,
)
from app.lib.json_types import Json

Call = Callable[..., Outcome]
SCENES = ("web", "mobile", "qr", "app")


def start(call: Call, settings: Settings, request: ContractRequest) -> ContractOutcome:
    """Open the contract, or find the one this reference opened; the buyer is sent to its page while it waits."""
    body = {
        "out_contract_no": request.contract_ref,
        "buyer": request.buyer_name[:100] or "-",
        "largest": request.largest.minor,
        "currency": request.largest.currency,
        "every_count": request.every_count,
        "every_unit": request.every_unit,
        "first_on": request.first_on.isoformat(),
        "notify_url": request.notify_url,
        "return_url": request.return_url,
    }
    if request.scene not in SCENES:
        return ContractOutcome(status="failed", decline_code="scene_unsupported", message="no such scene")
    return _asked(call, settings, "start_contract", "POST", "/v1/contracts", body, request.contract_ref)


def query(call: Call, settings: Settings, ref: str) -> ContractOutcome:
    """How it stands; `absent` when they do not know it."""
    return _asked(call, settings, "query_contract", "GET", f"/v1/contracts/{ref}", None, ref)


def end(call: Call, settings: Settings, ref: str) -> ContractOutcome:
    """`ended` now; `absent` when there was none to end."""
    return _asked(call, settings, "end_contract", "POST", f"/v1/contracts/{ref}/end", {}, ref)


def deduction(request: DeductionRequest) -> Json:
    """What to ask for."""
    return {
        "out_trade_no": request.attempt_ref,
        "contract_no": request.contract_no,
        "amount": request.amount.minor,
        "currency": request.amount.currency,
        "subject": request.subject,
        "notify_url": request.notify_url,
    }


def _asked(
    call: Call, settings: Settings, operation: str, method: str, path: str, body: Json | None, ref: str
) -> ContractOutcome:
    found: list[ContractOutcome] = []

    def read(data: Json) -> Outcome:
        contract = account_notices.contract(data, ref)
        action = {"type": "redirect", "url": answers.page(data, "sign_url")} if "sign_url" in data else None
        is_waiting = contract.status == "pending"
        found.append(
            ContractOutcome(
                status=contract.status,
                contract_no=contract.contract_no,
                ends_at=contract.ends_at,
                action=action if is_waiting else None,
            )
        )
        return Outcome(status="succeeded")

    answer = call(settings, operation, method, path, body, read)
    if found and answer.status == "succeeded":
        known = found[0]
        return ContractOutcome(
            status=known.status,
            contract_no=known.contract_no,
            ends_at=known.ends_at,
            action=known.action,
            exchanges=answer.exchanges,
        )
    status: ContractStatus = "unknown"
    if answer.status == "absent" or answer.status == "failed" or answer.status == "unsent":
        status = answer.status
    return ContractOutcome(
        status=status,
        decline_code=answer.decline_code,
        message=answer.message,
        exchanges=answer.exchanges,
    )
