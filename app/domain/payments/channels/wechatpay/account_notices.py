"""WeChat Pay's notices about contracts (委托代扣) and buyers' complaints, opened. Raises Unreadable and Distrusted."""

from __future__ import annotations

from datetime import datetime

from app.domain.payments.channels.types import AccountNotice, ContractNotice, ContractOutcome, ContractStatus, Settings
from app.domain.payments.channels.wechatpay import signing
from app.lib.json_types import Json
from app.lib.strict_json import Unreadable, optional_text, text

# event → what it says of the contract, and the word inside that must fit
CONTRACTS: dict[str, tuple[ContractStatus, str]] = {
    "ENTRUST.SIGN": ("active", "SIGNED"),
    "ENTRUST.TERMINATE": ("ended", "TERMINATED"),
}
COMPLAINTS = ("COMPLAINT.CREATE", "COMPLAINT.STATE_CHANGE")
# What happened to a complaint, where that says how it stands; all else leaves it open.
CLOSED = ("MERCHANT_CONFIRM_COMPLETE", "PLATFORM_SERVICE_FINISHED", "REFUND_SUCCESS", "SELLER_REFUND")
LENGTH_OF_OURS = 26


def contract_code(ref: str) -> str:
    """Our reference of a contract as they take it: letters and digits only."""
    return ref.replace("_", "")


def contract(settings: Settings, external_id: str, event: str, data: Json) -> ContractNotice:
    """A contract was signed or ended, on whichever side."""
    if text(data, "mchid") != settings.get("mchid"):
        raise signing.Distrusted("wrong_merchant")
    status, expected = CONTRACTS[event]
    if text(data, "contract_state") != expected:
        raise Unreadable("event and state do not fit")
    code = text(data, "out_contract_code")
    if not code.startswith("con") or len(code) != len("con") + LENGTH_OF_OURS:
        raise Unreadable("it refers to no contract of ours")
    return ContractNotice(
        external_id=external_id,
        event=event,
        our_ref=f"con_{code[3:]}",
        merchant_ref=text(data, "mchid"),
        outcome=ContractOutcome(
            status=status,
            contract_no=text(data, "contract_id"),
            ends_at=moment(data, "contract_expired_time") if status == "active" else None,
        ),
    )


def moment(data: Json, name: str) -> datetime | None:
    """A time of theirs; None when there is none."""
    value = optional_text(data, name)
    try:
        found = datetime.fromisoformat(value) if value else None
    except ValueError as error:
        raise Unreadable(f"{name} is no time") from error
    if found is not None and found.tzinfo is None:
        raise Unreadable(f"{name} names no zone")
    return found


def complaint(settings: Settings, external_id: str, event: str, data: Json) -> AccountNotice:
    """A complaint was made or went on. It names no merchant: that the account's own key opens it must do."""
    action = text(data, "action_type")
    return AccountNotice(
        kind="dispute",
        external_id=external_id,
        event=event,
        subject_ref=text(data, "complaint_id"),
        merchant_ref=settings.get("mchid", ""),
        status="closed" if action in CLOSED else "open",
        reason=action,
    )
