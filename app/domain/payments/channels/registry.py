"""Every channel by name. A new one is one folder and one line."""

from __future__ import annotations

from app.core.errors import Invalid
from app.domain.payments.channels.alipay.channel import AlipayChannel
from app.domain.payments.channels.offline.channel import OfflineChannel
from app.domain.payments.channels.simulator.channel import SimulatorChannel
from app.domain.payments.channels.stripe.channel import StripeChannel
from app.domain.payments.channels.types import Capabilities, Channel
from app.domain.payments.channels.wallet.channel import WalletChannel
from app.domain.payments.channels.wechatpay.channel import WechatPayChannel

ALL: tuple[Channel, ...] = (
    SimulatorChannel(),
    WalletChannel(),
    AlipayChannel(),
    WechatPayChannel(),
    StripeChannel(),
    OfflineChannel(),
)
CHANNELS: dict[str, Channel] = {channel.name: channel for channel in ALL}


def channel(name: str) -> Channel:
    """The channel called `name`.

    Raises:
        Invalid: there is none.
    """
    found = CHANNELS.get(name)
    if found is None:
        raise Invalid("unknown_channel", f"There is no channel {name[:40]!r}.")
    return found


def capabilities(name: str) -> Capabilities:
    """What the channel called `name` can do; nothing, when it is not installed any more."""
    found = CHANNELS.get(name)
    return found.capabilities if found is not None else Capabilities(kinds=frozenset(), scenes=())


def by_hand() -> list[str]:
    """Names of the channels at which people find out what happened."""
    return [name for name, channel in CHANNELS.items() if channel.capabilities.by_hand]


def ways(of: Channel) -> list[tuple[str, str]]:
    """The ways in which buyers can pay at a channel, as (id, scene): `simulator` first, then `simulator_qr`.
    What only a phone can do (`mobile`, `app`) the panel hides elsewhere: it sees the device, we do not."""
    first, *others = of.capabilities.scenes
    return [(of.name, first), *((f"{of.name}_{scene}", scene) for scene in others)]


def way(way_id: str | None) -> tuple[str | None, str]:
    """The channel's name and scene behind a buyer's choice; what is no way at all is given back as a name."""
    if way_id is None:
        return None, "web"
    for each in CHANNELS.values():
        for known, scene in ways(each):
            if known == way_id:
                return each.name, scene
    return way_id, "web"
