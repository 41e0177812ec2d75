"""Every channel by name. A new one is one folder and one line, or a package of its own with an entry point."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from app.core.errors import Invalid
from app.domain.payments.channels.alipay.channel import AlipayChannel
from app.domain.payments.channels.offline.channel import OfflineChannel
from app.domain.payments.channels.simulator.channel import SimulatorChannel
from app.domain.payments.channels.stripe.channel import StripeChannel
from app.domain.payments.channels.types import Capabilities, Channel, SettingField
from app.domain.payments.channels.wallet.channel import WalletChannel
from app.domain.payments.channels.wechatpay.channel import WechatPayChannel
from app.lib import plugins

GROUP = "bursar.channels"
OUR_OWN: tuple[Channel, ...] = (
    SimulatorChannel(),
    WalletChannel(),
    AlipayChannel(),
    WechatPayChannel(),
    StripeChannel(),
    OfflineChannel(),
)
_METHODS = tuple(name for name, each in vars(Channel).items() if inspect.isfunction(each) and name[0] != "_")


class Channels(MutableMapping[str, Channel]):
    """Our own channels by name, and those of installed packages, which are loaded when first looked for: by then every
    module that they may import is complete."""

    def __init__(self) -> None:
        self._known: dict[str, Channel] = {}
        self._are_loaded = False

    def load(self) -> None:
        """Load what installed packages offer, if that was not done yet.

        Raises:
            PluginRefused: one of them cannot be used. Nothing can be paid then: silence would cost more.
        """
        if self._are_loaded:
            return
        own = {channel.name: channel for channel in OUR_OWN}
        self._known = plugins.beside(own, GROUP, called="channel", why_not=_why_not)
        self._are_loaded = True

    def __getitem__(self, name: str) -> Channel:
        self.load()
        return self._known[name]

    def __setitem__(self, name: str, channel: Channel) -> None:
        self.load()
        self._known[name] = channel

    def __delitem__(self, name: str) -> None:
        self.load()
        del self._known[name]

    def __iter__(self) -> Iterator[str]:
        self.load()
        return iter(self._known)

    def __len__(self) -> int:
        self.load()
        return len(self._known)


CHANNELS = Channels()


def _why_not(made: Any) -> str:
    """What keeps the object from being a channel; empty when nothing does."""
    if not re.fullmatch("[a-z0-9]{1,40}", made.name):
        return "a name has small letters and digits only"
    if not isinstance(getattr(made, "title", None), str):
        return "it has no title"
    if not isinstance(getattr(made, "capabilities", None), Capabilities):
        return "its capabilities are no Capabilities"
    schema = getattr(made, "settings_schema", None)
    if not isinstance(schema, tuple) or not all(isinstance(field, SettingField) for field in schema):
        return "its settings_schema is no tuple of SettingField"
    parameter_counts = {name: len(inspect.signature(getattr(Channel, name)).parameters) - 1 for name in _METHODS}
    return next(filter(None, (plugins.takes(made, name, count) for name, count in parameter_counts.items())), "")


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


def manual() -> list[str]:
    """Names of the channels at which people find out what happened."""
    return [name for name, channel in CHANNELS.items() if channel.capabilities.is_manual]


def methods(of: Channel) -> list[tuple[str, str]]:
    """The payment methods of a channel, as (id, scene): `simulator` first, then `simulator_qr`.
    What only a phone can do (`mobile`, `app`) the panel hides elsewhere: it sees the device, we do not."""
    first, *others = of.capabilities.scenes
    return [(of.name, first), *((f"{of.name}_{scene}", scene) for scene in others)]


def channel_and_scene(method_id: str | None) -> tuple[str | None, str]:
    """The channel's name and scene behind a buyer's choice; what is no method at all is given back as a name."""
    if method_id is None:
        return None, "web"
    for each in CHANNELS.values():
        for known, scene in methods(each):
            if known == method_id:
                return each.name, scene
    return method_id, "web"
