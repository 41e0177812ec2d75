"""Error codes about partners, split rules and settlement batches."""

from app.api.kit.error_kind import ErrorKind

SETTLEMENT_KINDS = (
    ErrorKind("invalid_partner", 422, "Invalid partner", "Correct `param`; the kind of a partner cannot change."),
    ErrorKind("partner_exists", 409, "Partner exists", "Use another reference, or a seller that has no partner."),
    ErrorKind("invalid_split_rule", 422, "Invalid split rule", "Correct `param`; try the version before you save it."),
    ErrorKind("split_rule_exists", 409, "Split rule exists", "Write another version of the rule about this."),
    ErrorKind("version_requested", 409, "Version waits for approval", "Discard it first, or let a person decide."),
    ErrorKind("invalid_terms", 422, "Invalid terms", "Correct `param`."),
    ErrorKind("holiday_exists", 409, "Holiday exists", "Nothing: the day is a holiday of this calendar."),
    ErrorKind("invalid_payee", 422, "Invalid account", "Send the holder’s name and the IBAN or account number."),
    ErrorKind("nothing_to_settle", 409, "Nothing to settle",
              "Close a batch once more was cleared, or lower the partner’s minimum."),
    ErrorKind("batch_state", 409, "Wrong state of the batch", "Read the batch again; its state does not allow this."),
    ErrorKind("invalid_hold", 422, "Invalid hold",
              "Correct `param`; a hold is of a partner, an order, or a line of it."),
    ErrorKind("on_hold", 409, "On hold", "Release the hold first."),
    ErrorKind("partner_suspended", 409, "Partner suspended", "Resume the partner first."),
    ErrorKind("no_payee", 409, "No account", "Request whose account gets the partner’s money first."),
    ErrorKind("payee_changed", 409, "Account changed", "Pay the batch a day after the change."),
)  # fmt: skip
