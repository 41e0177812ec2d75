"""Payments and refunds of a past that the company is told of: they are there as if they had been made, and nobody hears
of them again."""

from typing import Any

from sandbox.simulator import fields
from sandbox.simulator.store import Database

_PAYMENT = """
    INSERT OR IGNORE INTO payments (trade_no, merchant_id, out_trade_no, amount, currency, scene, subject, notify_url,
        return_url, expires_at, status, created_at, paid_at)
    VALUES (:number, :merchant_id, :our_number, :amount, :currency, 'web', :subject, :notify_url, :return_url, :at,
        'succeeded', :at, :at)
"""
_REFUND = """
    INSERT OR IGNORE INTO refunds (refund_no, merchant_id, out_refund_no, trade_no, out_trade_no, amount, currency,
        reason, status, notify_url, created_at, decided_at)
    SELECT :number, merchant_id, :our_number, trade_no, out_trade_no, :amount, :currency, :subject, 'succeeded',
        :notify_url, :at, :at
    FROM payments WHERE merchant_id = :merchant_id AND out_trade_no = :of
"""


def remember(db: Database, data: dict[str, Any]) -> int:
    """Takes over `payments` that succeeded, and the `refunds` of them; how many were new. Both have the company's
    `number`, the merchant's `our_number`, amount, currency and the moment `at`; a refund has the payment it is `of`.

    Raises: Refusal 422 for a bad field.
    """
    shared = {
        "merchant_id": fields.number(data, "merchant_id"),
        "notify_url": fields.url(data, "notify_url"),
        "return_url": fields.url(data, "return_url"),
    }
    before = db.total_changes
    db.executemany(_PAYMENT, [shared | _movement(each) for each in _objects(data, "payments")])
    refunds = [shared | _movement(each) | {"of": fields.number(each, "of")} for each in _objects(data, "refunds")]
    db.executemany(_REFUND, refunds)
    return db.total_changes - before


def _movement(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": fields.number(data, "number"),
        "our_number": fields.number(data, "our_number"),
        "amount": fields.amount(data),
        "currency": fields.currency(data),
        "subject": fields.text(data, "subject"),
        "at": fields.moment(data, "at"),
    }


def _objects(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = data.get(name)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise fields.invalid(f"{name} must be a list of objects.")
    return value
