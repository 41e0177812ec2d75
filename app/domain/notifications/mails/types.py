"""What buyers are written to about, beside orders."""

from __future__ import annotations

# A business may turn each of them off (settings, `silent_mails`).
CONTRACT_MAILS = (
    "contract_signed",
    "contract_reminder",
    "contract_refused",
    "contract_changed",
    "contract_cancelled",
    "contract_ended",
)
