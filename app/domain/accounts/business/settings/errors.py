"""What changes of settings refuse."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.errors import Conflict, Invalid
from app.domain.accounts.business.settings.types import Changes


class SettingsConflict(Conflict):
    """Somebody else changed the same settings since they were read. `details.changes` has what they changed, and
    `details.version` the version that is in force now."""

    default_code = "settings_conflict"

    def __init__(self, version: int, changes: Changes) -> None:
        shown = {key: dict(change) for key, change in changes.items()}
        text = "Somebody else has changed these settings since you opened them. Compare, then save again."
        super().__init__("settings_conflict", text, details={"version": version, "changes": shown})


class CurrencyNotAccepted(Invalid):
    """The business has chosen the currencies it sells in. `details.currencies` has them."""

    default_code = "currency_not_accepted"

    def __init__(self, currency: str, accepted: Sequence[str]) -> None:
        text = f"This business does not sell in {currency[:3]}."
        super().__init__("currency_not_accepted", text, details={"param": "currency", "currencies": list(accepted)})
