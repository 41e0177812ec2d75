"""The errors of plans and contracts."""

from __future__ import annotations

from app.api.kit.error_kind import ErrorKind

CONTRACT_KINDS = (
    ErrorKind("invalid_plan", 422, "Invalid plan", "Correct the member named in `param`; terms must fit together."),
    ErrorKind("plan_archived", 409, "Plan archived", "Sign another plan, or unarchive this one."),
    ErrorKind("plan_quantity", 409, "Quantity not allowed", "Send a quantity of 1 to the plan’s `max_quantity`."),
    ErrorKind("plan_no_price", 409, "No price in this currency", "Use a currency of the plan’s `prices`."),
    ErrorKind("terms_changed", 409, "Terms changed", "Show the buyer the terms as they are now."),
    ErrorKind("channel_cannot_recur", 409, "Payment method cannot recur",
              "Use a payment method that can be charged again without the buyer."),
    ErrorKind("contract_state", 409, "Contract does not allow this", "Read the contract: its status rules this out."),
    ErrorKind("cycle_in_progress", 409, "Cycle is being charged", "Try again when the cycle is paid, or cancel `now`."),
    ErrorKind("change_in_progress", 409, "Another change is open", "Wait until it is decided, or take it back."),
    ErrorKind("change_not_now", 409, "Not possible now", "Change at `period_end`, or in the next period."),
    ErrorKind("change_not_offered", 409, "Plan cannot be changed", "Sign the other plan, and cancel this contract."),
    ErrorKind("change_state", 409, "Change is decided", "Read the change: only a `scheduled` one can be taken back."),
    ErrorKind("above_mandate", 409, "Above the mandate",
              "Sign a new contract: the buyer agreed to no deduction as large as the new price."),
    ErrorKind("preview_expired", 409, "Preview expired", "Preview the change again, and send its `effective_at`."),
    ErrorKind("nothing_changes", 422, "Nothing changes", "Send another plan, quantity or day than the contract has."),
    ErrorKind("invalid_anchor_day", 422, "Invalid day", "Send a day that the plan’s interval has."),
    ErrorKind("invalid_pause", 422, "Invalid pause", "Send a time in the future, or none."),
)  # fmt: skip
