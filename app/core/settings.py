"""The settings of one process, read from the environment once. A missing or weak value refuses to start."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app.lib.destinations import NotAllowed, Origin, may_be_open, read_origin
from app.lib.networks import Network, read_networks

MAIL_SCHEMES = ("smtp://", "smtps://", "smtp+starttls://", "file:///")
DEFAULT_FILES = str(Path(__file__).resolve().parents[2] / "var" / "files")


class BadSettings(RuntimeError):
    """A setting is missing or unusable; the message names it and says what it should be."""


@contextmanager
def said_plainly() -> Iterator[None]:
    """Ends the process with a sentence, exit status 2, where settings are bad."""
    try:
        yield
    except BadSettings as error:
        sys.stderr.write(f"Error: {str(error).rstrip('.')}. See docs/reference/settings.md.\n")
        raise SystemExit(2) from error


@dataclass(frozen=True)
class ChannelHost:
    """An origin that accounts of one channel (`*`: of any) may be at, besides the company's own: of test businesses or
    of live ones."""

    channel: str
    mode: str
    origin: Origin


@dataclass(frozen=True, kw_only=True)
class Settings:
    """See docs/reference/settings.md for what each means."""

    database_url: str
    database_system_url: str
    database_owner_url: str
    redis_url: str
    secret_key: str
    encryption_keys: dict[str, bytes]
    public_url: str
    simulator_url: str
    shop_url: str
    metrics_token: str
    log_level: str
    argon2_cheap: bool
    database_pool: int
    channel_concurrency: int
    api_rate_per_s: int
    secure_cookies: bool
    transport_security: str
    trusted_proxies: tuple[Network, ...]
    private_addresses: bool
    channel_hosts: tuple[ChannelHost, ...]
    webhook_ports: frozenset[int]
    files_url: str
    mail_url: str
    mail_from: str
    second_person_waits: timedelta
    sign_up: str
    declines_per_session: int
    declines_per_buyer: int
    payments_per_address: int
    declines_per_means: int
    resource_limits: Mapping[str, int]
    retention_limits: Mapping[str, tuple[int | None, int | None]]

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Settings from the environment.

        Raises:
            BadSettings: names the first setting that is missing or wrong.
        """
        values = os.environ if env is None else env
        public_url = _beginning(values, "PUBLIC_URL", ("http://", "https://"), "http://127.0.0.1:8000").rstrip("/")
        return cls(
            database_url=_sqlalchemy_url(_required(values, "DATABASE_URL")),
            database_system_url=_login(values, "DATABASE_SYSTEM_URL"),
            database_owner_url=_login(values, "DATABASE_OWNER_URL"),
            redis_url=_beginning(values, "REDIS_URL", ("redis://", "rediss://", "unix://")),
            secret_key=_secret(values, "SECRET_KEY"),
            encryption_keys=_keys(_required(values, "ENCRYPTION_KEY")),
            public_url=public_url,
            simulator_url=values.get("SIMULATOR_URL", "").rstrip("/"),
            shop_url=values.get("SHOP_URL", "").rstrip("/"),
            metrics_token=values.get("METRICS_TOKEN", ""),
            log_level=_one_of(values, "LOG_LEVEL", ("info", "debug", "warning", "error")),
            argon2_cheap=values.get("ARGON2_CHEAP") == "1",
            database_pool=_whole(values, "DATABASE_POOL", 20),
            channel_concurrency=_whole(values, "CHANNEL_CONCURRENCY", 8),
            api_rate_per_s=_whole(values, "API_RATE_PER_S", 100),
            secure_cookies=public_url.startswith("https://"),
            transport_security=_transport_security(values, public_url),
            trusted_proxies=_networks(values, "TRUSTED_PROXIES"),
            private_addresses=values.get("PRIVATE_ADDRESSES") == "1",
            channel_hosts=_channel_hosts(values, "CHANNEL_HOSTS"),
            webhook_ports=_ports(values, "WEBHOOK_PORTS", "443,8443"),
            files_url=values.get("FILES_URL", "").strip() or DEFAULT_FILES,
            mail_url=_mail(values)[0],
            mail_from=_mail(values)[1],
            second_person_waits=timedelta(hours=_whole(values, "SECOND_PERSON_HOURS", 24)),
            sign_up=_one_of(values, "SIGN_UP", ("invited", "open", "off")),
            declines_per_session=_whole(values, "DECLINES_PER_SESSION", 5),
            declines_per_buyer=_whole(values, "DECLINES_PER_BUYER", 20),
            payments_per_address=_whole(values, "PAYMENTS_PER_ADDRESS", 300),
            declines_per_means=_whole(values, "DECLINES_PER_MEANS", 10),
            resource_limits=_numbers(values, "RESOURCE_LIMITS"),
            retention_limits=_ranges(values, "RETENTION_LIMITS"),
        )


def _transport_security(values: Mapping[str, str], public_url: str) -> str:
    """What browsers are told about HTTPS; nothing without it, or when it is off."""
    scope = _one_of(values, "HSTS", ("subdomains", "host", "off"))
    if scope == "off" or not public_url.startswith("https://"):
        return ""
    return "max-age=31536000; includeSubDomains" if scope == "subdomains" else "max-age=31536000"


def _mail(values: Mapping[str, str]) -> tuple[str, str]:
    """Where mails go and whom they are from; nowhere without MAIL_URL."""
    url, sender = values.get("MAIL_URL", "").strip(), values.get("MAIL_FROM", "").strip()
    if url and not url.startswith(MAIL_SCHEMES):
        raise BadSettings(f"MAIL_URL must begin with {' or '.join(MAIL_SCHEMES)}")
    if url and ("@" not in sender or any(each.isspace() for each in sender)):
        raise BadSettings("MAIL_FROM must be the address mails are sent from, such as receipts@shop.example")
    return url, sender


_current: Settings | None = None


def use(settings: Settings) -> None:
    """Make these the settings of this process."""
    global _current
    _current = settings


def current() -> Settings:
    """The settings of this process.

    Raises:
        BadSettings: none were made current; create_app and start do it.
    """
    if _current is None:
        raise BadSettings("no settings in use; create_app or start comes first")
    return _current


def find() -> Settings | None:
    """The settings of this process; None where it has none, as where documents are drawn."""
    return _current


def _required(values: Mapping[str, str], name: str) -> str:
    value = values.get(name, "").strip()
    if not value:
        raise BadSettings(
            f"{name} is not set; `make run` sets it for a single machine, docs/how-to/deploy.md for others"
        )
    return value


def _secret(values: Mapping[str, str], name: str) -> str:
    value = _required(values, name)
    if len(value) < 32 or len(set(value)) < 8:
        raise BadSettings(f"{name} must be at least 32 characters of randomness")
    return value


def _keys(text: str) -> dict[str, bytes]:
    """`id:base64,id:base64`, the newest first; a bare base64 value is key `1`."""
    keys: dict[str, bytes] = {}
    for part in text.split(","):
        name, _, value = part.strip().rpartition(":")
        try:
            key = base64.b64decode(value, validate=True)
        except ValueError:
            raise BadSettings("ENCRYPTION_KEY must be base64") from None
        if len(key) != 32 or len(set(key)) < 8:
            raise BadSettings("ENCRYPTION_KEY must be 32 random bytes in base64")
        if (name or "1") in keys:
            raise BadSettings("ENCRYPTION_KEY must give each of several keys a name of its own: new:base64,old:base64")
        keys[name or "1"] = key
    return keys


def _whole(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise BadSettings(f"{name} must be a whole number from 1 up")
    return int(text)


def _named(values: Mapping[str, str], name: str) -> Iterator[tuple[str, str]]:
    """The parts of `name=value name=value`, with spaces or commas between."""
    for part in values.get(name, "").replace(",", " ").split():
        about, _, value = part.partition("=")
        yield about, value


def _numbers(values: Mapping[str, str], name: str) -> dict[str, int]:
    """`products=500, partners=20`."""
    found = {}
    for about, value in _named(values, name):
        if not (value.isascii() and value.isdecimal()) or len(value) > 9:
            raise BadSettings(f"{name} must be a list such as products=500, partners=20")
        found[about] = int(value)
    return found


def _ranges(values: Mapping[str, str], name: str) -> dict[str, tuple[int | None, int | None]]:
    """`requests=7-30, mails=-365`; the number that is missing is no bound."""
    found = {}
    for about, value in _named(values, name):
        ends = value.split("-")
        if len(ends) != 2 or not any(ends) or not all(end == "" or (end.isdecimal() and len(end) < 9) for end in ends):
            raise BadSettings(f"{name} must be a list such as requests=7-30, mails=-365")
        found[about] = (int(ends[0]) if ends[0] else None, int(ends[1]) if ends[1] else None)
    return found


def _networks(values: Mapping[str, str], name: str) -> tuple[Network, ...]:
    try:
        return read_networks(values.get(name, ""))
    except ValueError as error:
        raise BadSettings(f"{name} must be a list of addresses or networks such as 10.0.0.0/8") from error


def _ports(values: Mapping[str, str], name: str, default: str) -> frozenset[int]:
    parts = [part.strip() for part in (values.get(name, "").strip() or default).split(",")]
    if not all(part.isdecimal() and 0 < int(part) < 65536 for part in parts):
        raise BadSettings(f"{name} must be a list of ports such as 443,8443")
    return frozenset(map(int, parts))


def _channel_hosts(values: Mapping[str, str], name: str) -> tuple[ChannelHost, ...]:
    """`stripe/test=http://127.0.0.1:9000, */test=…`. What live businesses are sent to is https and never private."""
    found = []
    for part in values.get(name, "").replace(",", " ").split():
        about, _, text = part.partition("=")
        channel, _, mode = about.partition("/")
        try:
            origin = read_origin(text, is_near=mode == "test")
        except NotAllowed as error:
            raise BadSettings(f"{name} has {part!r}: {error}") from error
        if not channel or mode not in ("test", "live"):
            raise BadSettings(f"{name} has {part!r}; write channel/test=https://host or channel/live=https://host")
        if mode == "live" and (origin.scheme != "https" or not origin.port or not may_be_open(origin.host)):
            raise BadSettings(f"{name} has {part!r}; live businesses go to https://, one port, no private host")
        found.append(ChannelHost(channel, mode, origin))
    return tuple(found)


def _beginning(values: Mapping[str, str], name: str, heads: tuple[str, ...], default: str = "") -> str:
    value = values.get(name, default) if default else _required(values, name)
    if not value.startswith(heads):
        raise BadSettings(f"{name} must begin with {' or '.join(heads)}")
    return value


def _one_of(values: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of the choices, the first by default."""
    value = values.get(name, choices[0]).lower()
    if value not in choices:
        raise BadSettings(f"{name} must be one of {', '.join(choices)}")
    return value


def _login(values: Mapping[str, str], name: str) -> str:
    """The address with another login, or that of DATABASE_URL."""
    login = values.get(name, "").strip()
    return _sqlalchemy_url(login or _required(values, "DATABASE_URL"), name=name if login else "DATABASE_URL")


def _sqlalchemy_url(url: str, *, name: str = "DATABASE_URL") -> str:
    for head in ("postgresql://", "postgres://"):
        if url.startswith(head):
            return "postgresql+psycopg://" + url[len(head) :]
    if url.startswith("postgresql+psycopg://"):
        return url
    raise BadSettings(f"{name} must begin with postgresql://; Bursar runs on PostgreSQL only")
