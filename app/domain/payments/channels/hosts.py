"""Where the accounts of a channel may be: at the company's own addresses for the business's mode, and at those that the
installation adds. Merchants choose among these; they never make us call anywhere else."""

from __future__ import annotations

from app.core import settings
from app.domain.payments.channels.types import Channel, Settings
from app.lib.destinations import Destinations, NotAllowed, Origin, named, origin_of, read_origin


def destinations(channel: Channel, mode: str) -> Destinations:
    """Where calls of the channel may go for a business of this mode. Of a live business never to a private address,
    whatever the installation says."""
    known = settings.current()
    origins = [read_origin(each) for each in channel.capabilities.hosts.get(mode, ())]
    added = (each for each in known.channel_hosts if each.channel in ("*", channel.name) and each.mode == mode)
    origins += [each.origin for each in added]
    if mode == "test" and known.simulator_url:
        origins.append(_simulator(known.simulator_url))
    return Destinations("companies", tuple(origins))


def why_not(channel: Channel, mode: str, values: Settings) -> dict[str, str]:
    """The account's settings that name an address nobody of this mode may call, each with what is wrong."""
    names = [field.name for field in channel.settings_schema if field.kind == "url" and values.get(field.name)]
    found = destinations(channel, mode) if names else None
    return {name: wrong for name in names if found and (wrong := _wrong(found, values[name], channel, mode))}


def _wrong(found: Destinations, url: str, channel: Channel, mode: str) -> str | None:
    if "?" in url or "#" in url:
        return "Enter the URL without a query string."
    try:
        found.check(url)
    except NotAllowed as error:
        try:
            problem = f"{origin_of(url)} is not an allowed {channel.title} host for {mode} businesses."
        except NotAllowed:
            return f"{error}."
        ours = f" Use {named(found.origins)}." if found.origins else ""
        rule = f"{channel.name}/{mode}=https://…"
        return f"{problem}{ours} The operator can allow others with CHANNEL_HOSTS ({rule})."
    return None


def _simulator(url: str) -> Origin:
    found = origin_of(url)
    return Origin(found.scheme, found.host, found.port, is_near=True)
