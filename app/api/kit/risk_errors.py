"""Error codes about risk."""

from app.api.kit.error_kind import ErrorKind

RISK_KINDS = (
    ErrorKind("invalid_risk_entry", 422, "Invalid entry", "Correct `param`; the detail says why."),
    ErrorKind("risk_entry_exists", 409, "Entry exists", "Change the reason or expiry of the entry that is there."),
    ErrorKind("too_many_risk_entries", 409, "Too many entries", "Remove entries that you no longer need."),
    ErrorKind(
        "invalid_risk_file", 422, "Invalid file", "Correct the row named in `details.line`; nothing was imported."
    ),
)
