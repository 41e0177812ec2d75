"""The errors of receipts."""

from __future__ import annotations

from app.api.kit.error_kind import ErrorKind

RECEIPT_KINDS = (
    ErrorKind("invalid_billing_details", 422, "Invalid billing details", "Correct the member named in `param`."),
    ErrorKind("receipt_final", 409, "Receipt is final", "It names a company, or it is too late to add one."),
)
