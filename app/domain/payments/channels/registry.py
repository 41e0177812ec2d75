"""Every channel by name. A new one is one folder and one line."""

from __future__ import annotations

from app.core.errors import Invalid
from app.domain.payments.channels.simulator.channel import SimulatorChannel
from app.domain.payments.channels.types import Channel
from app.domain.payments.channels.wallet.channel import WalletChannel

CHANNELS: dict[str, Channel] = {channel.name: channel for channel in (SimulatorChannel(), WalletChannel())}


def channel(name: str) -> Channel:
    """The channel called `name`.

    Raises:
        Invalid: there is none.
    """
    found = CHANNELS.get(name)
    if found is None:
        raise Invalid("unknown_channel", f"There is no channel {name[:40]!r}.")
    return found
