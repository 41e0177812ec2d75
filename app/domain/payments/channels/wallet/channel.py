"""The wallet: by the time this channel is asked, the ledger has held the money, so it always says yes.

Whether there is enough is decided when the money is held (ledger.pend); a process that dies before recording is
found by the poll, which is answered yes here as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.core.i18n.marks import N_
from app.domain.payments.channels.types import (
    Capabilities,
    Notice,
    NoticeRefused,
    Outcome,
    PayRequest,
    RefundRequest,
    SettingField,
    Settings,
)


class WalletChannel:
    """The buyer's balance with this business."""

    name = "wallet"
    title = N_("Balance")
    capabilities = Capabilities(kinds=frozenset({"charge", "refund", "transfer"}), scenes=("wallet",), is_internal=True)
    settings_schema: tuple[SettingField, ...] = ()

    def start_payment(self, _settings: Settings, request: PayRequest) -> Outcome:
        """Held already: take it."""
        return Outcome(status="succeeded", amount=request.amount, channel_ref=f"wallet_{request.attempt_ref}")

    def query_payment(self, _settings: Settings, attempt_ref: str) -> Outcome:
        """An attempt that is asked about has its money held: take it."""
        return Outcome(status="succeeded", channel_ref=f"wallet_{attempt_ref}")

    def close_payment(self, _settings: Settings, _attempt_ref: str) -> Outcome:
        """Nothing was taken yet: let it go."""
        return Outcome(status="cancelled")

    def refund(self, _settings: Settings, request: RefundRequest) -> Outcome:
        """Held on the merchant's side already: give it back."""
        return Outcome(status="succeeded", amount=request.amount, channel_ref=f"wallet_{request.attempt_ref}")

    def query_refund(self, _settings: Settings, attempt_ref: str, _charge_ref: str) -> Outcome:
        """As for payments."""
        return Outcome(status="succeeded", channel_ref=f"wallet_{attempt_ref}")

    def read_notice(self, _settings: Settings, _headers: Mapping[str, str], _body: bytes) -> Notice:
        """Nobody outside speaks for the wallet.

        Raises:
            NoticeRefused: always.
        """
        raise NoticeRefused("no_notices")

    def acknowledge(self) -> tuple[bytes, int, str]:
        """Never needed."""
        return b"", 204, "text/plain"
