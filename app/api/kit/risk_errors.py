"""Error codes about risk."""

from app.api.kit.error_kind import ErrorKind

RISK_KINDS = (
    ErrorKind("invalid_risk_entry", 422, "Invalid entry", "Correct `param`; the detail says why."),
    ErrorKind("risk_entry_exists", 409, "Entry exists", "Change the reason or expiry of the entry that is there."),
    ErrorKind("too_many_risk_entries", 409, "Too many entries", "Remove entries that you no longer need."),
    ErrorKind(
        "invalid_risk_file", 422, "Invalid file", "Correct the row named in `details.line`; nothing was imported."
    ),
    ErrorKind("invalid_risk_rule", 422, "Invalid rule", "Correct `param`; the detail says why."),
    ErrorKind("rule_set_not_draft", 409, "Not a draft", "Copy the rule set, and change the copy."),
    ErrorKind("rule_set_not_shadow", 409, "Not in shadow", "Move the rule set to `shadow`, then request it."),
    ErrorKind("rule_set_empty", 409, "Rule set without rules", "Add a rule first."),
    ErrorKind("too_many_rule_sets", 409, "Too many rule sets", "A business can have 500 in all."),
    ErrorKind(
        "risk_review",
        409,
        "Payment under review",
        "Rules hold this payment until a person releases it. Nothing was charged, and the order `details.order_id`"
        " waits. Once `risk.review_decided` says that it was released, pay that order, or send the request again with"
        " the same Idempotency-Key.",
    ),
    ErrorKind("review_over", 409, "Review is over", "It was decided, or its order ended. Read it to see which."),
    ErrorKind(
        "refund_blocked",
        403,
        "Refund refused",
        "Your rules refuse this refund: nothing was refunded. Whoever manages them sees why under Risk, Decisions.",
    ),
    ErrorKind(
        "risk_blocked",
        403,
        "Payment refused by rules",
        "The business’s rules refuse this payment, and the order was closed. Ask the buyer to contact the shop.",
    ),
)
