"""What was reached how often, and what a long run must have reached."""

from __future__ import annotations

from collections import Counter

reached: Counter[str] = Counter()

LEAST = 5
OUTSIDE = ("charge", "refund", "top_up", "withdrawal", "payout")
PLANS = ("pending", "succeeded", "failed", "wrong_amount", "lost_before", "lost_after", "died_before", "died_after")
STEPS = {
    "ready": ("pending", "succeeded", "failed", "unknown"),
    "pending": ("succeeded", "failed", "unknown"),
    "unknown": ("pending", "succeeded", "failed"),
    "failed": ("succeeded",),
    "succeeded": ("succeeded",),
}
ORDER_STEPS = {
    "created": ("paying", "paid", "closed"),
    "paying": ("created", "paid", "closed"),
    "paid": ("fulfilled", "refunding"),
    "fulfilled": ("completed", "refunding"),
    "completed": ("refunding",),
    "refunding": ("paid", "fulfilled", "completed", "refunded"),
}
EXPECTED = (
    *(f"{kind}, {plan}" for kind in OUTSIDE for plan in PLANS),
    *(f"{kind}: {was} → {to}" for kind in OUTSIDE for was, tos in STEPS.items() for to in tos),
    *(f"order: {was} → {to}" for was, tos in ORDER_STEPS.items() for to in tos),
    *(f"{kind} sent again" for kind in ("refund", "withdrawal", "payout")),
    *(f"{kind} at once" for kind in ("charge", "refund", "transfer")),
    *(f"refused notice: {what}" for what in ("signed", "amount", "currency", "ref")),
    *(f"refused: {error}" for error in ("InsufficientFunds", "Invalid", "NotRefundable", "OrderState", "OutOfStock")),
    *(f"surplus for an order that is {status}" for status in ("closed", "paid", "fulfilled")),
    "charge: pending → cancelled",
    "charge: unknown → cancelled",
    "charge: cancelled → succeeded",
    "notice",
    "notice again",
    "not closed: no",
    "not closed: waits",
    "order closed: by hand",
    "order closed: overdue",
    "refused: PaymentInProgress",
    "restocked",
    "transfer: ready → succeeded",
    "withdrawal covered late",
    "withdrawal uncovered",
    "wrong amount",
)


def missing() -> dict[str, int]:
    """What was not reached often enough, with how often it was."""
    return {name: reached[name] for name in EXPECTED if reached[name] < LEAST}
