"""Errors of disputes."""

from __future__ import annotations

from app.api.kit.error_kind import ErrorKind

DISPUTE_KINDS = (
    ErrorKind("payment_disputed", 409, "Payment disputed",
              "The payment company has the money, or gave it to the buyer; see the dispute in `details.dispute_id`."),
    ErrorKind("dispute_not_open", 409, "Dispute not open",
              "It was answered or decided; fetch the dispute to see how it stands."),
    ErrorKind("evidence_missing", 422, "Evidence missing", "Send `explanation`, 1 to 20,000 characters."),
)  # fmt: skip
