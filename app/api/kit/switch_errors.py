"""The errors of what an operator has switched off for a while."""

from __future__ import annotations

from app.api.kit.error_kind import ErrorKind

SWITCH_KINDS = (
    ErrorKind("orders_later", 403, "Orders later",
              "The operator has switched new orders off for a while. Placed orders can be paid. Try again later."),
    ErrorKind("exports_off", 403, "Exports off",
              "The operator has switched exports and archives off for a while. Try again later."),
    ErrorKind("invalid_switch", 422, "Invalid switch", "Send a kind, a reason, and 1 to 10,080 minutes."),
)  # fmt: skip
