"""What one type of events is: what it tells, and the schema of its members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# What the ids of a payload are shown as; an id that is not listed is nobody's business outside.
PREFIXES = {
    "buyer_id": "byr",
    "merged_into_id": "byr",
    "order_id": "ord",
    "attempt_id": "att",
    "transaction_id": "txn",
    "refund_id": "rfd",
    "checkout_session_id": "ses",
    "product_id": "prd",
    "seller_id": "sel",
    "partner_id": "par",
    "split_rule_id": "spr",
    "risk_decision_id": "rdc",
    "risk_review_id": "rrv",
    "risk_rule_set_id": "rrs",
    "settlement_id": "stl",
    "adjustment_id": "adj",
    "settlement_batch_id": "sba",
    "settlement_hold_id": "shd",
    "delivery_id": "dlv",
    "parcel_id": "pcl",
    "membership_id": "mbr",
    "case_id": "case",
    "channel_account_id": "cha",
    "channel_notice_id": "ntc",
    "contract_id": "con",
    "campaign_id": "cmp",
    "coupon_id": "cpn",
    "coupon_template_id": "cpt",
    "dispute_id": "dsp",
    "channel_bill_id": "bil",
    "hold_id": "hld",
    "payment_order_id": "por",
    "webhook_endpoint_id": "whe",
    "test_clock_id": "tcl",
    "cycle_id": "cyc",
    "change_id": "cch",
}
_LETTERS = "[0-9a-hjkmnp-tv-z]{26}"
_OTHERS: dict[str, dict[str, Any]] = {
    "amount_minor": {"type": "integer", "description": "In minor units of the currency."},
    "spent_minor": {"type": "integer", "description": "The discount, in minor units."},
    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "buyer_reference": {"type": "string", "description": "Your reference for the buyer."},
    "level": {"type": "string", "description": "Empty where the product has no levels."},
    "previous_level": {"type": "string"},
    "ends_at": {"type": "string", "format": "date-time"},
    "next_attempt_at": {"type": "string", "format": "date-time"},
    "day": {"type": "string", "format": "date"},
    "reason": {"type": "string"},
    "kind": {"type": "string"},
    "event": {"type": "string", "description": "The payment company’s own name of it."},
    "status": {"type": "string"},
    "subject_ref": {"type": "string", "description": "The payment company’s number of what it is about."},
    "note": {"type": "string"},
}


@dataclass(frozen=True)
class EventType:
    """One type of events: what it tells, and the members of its data. One that ends in `?` may be null or missing."""

    topic: str
    says: str
    members: tuple[str, ...]

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of a whole event of this type."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.topic,
            "description": self.says,
            "type": "object",
            "required": ["id", "type", "object_id", "sequence", "created_at", "data"],
            "properties": {
                "id": {"type": "string", "pattern": f"^evt_{_LETTERS}$"},
                "type": {"const": self.topic},
                "object_id": {"type": ["string", "null"], "description": "The object whose events `sequence` counts."},
                "sequence": {"type": "integer", "minimum": 1},
                "created_at": {"type": "string", "format": "date-time"},
                "data": self._data(),
            },
        }

    def _data(self) -> dict[str, Any]:
        names = [name.rstrip("?") for name in self.members]
        return {
            "type": "object",
            "required": [name for name in self.members if not name.endswith("?")],
            "properties": {name: _member(name, is_sure=name in self.members) for name in names},
        }


def _member(name: str, *, is_sure: bool) -> dict[str, Any]:
    if name in PREFIXES:
        known: dict[str, Any] = {"type": "string", "pattern": f"^{PREFIXES[name]}_{_LETTERS}$"}
    else:
        known = _OTHERS[name]
    return known if is_sure else {**known, "type": [known["type"], "null"]}


def types_of(members: tuple[str, ...], **says: str) -> tuple[EventType, ...]:
    """Types with the same members, by topic (`__` for its dot) and what each tells."""
    return tuple(EventType(name.replace("__", "."), text, members) for name, text in says.items())
