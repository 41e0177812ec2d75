"""The environment every process of Bursar is started with."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops import closed
from ops.console import OpsError
from ops.paths import VAR

SECRETS = VAR / "secrets.env"
DEFAULT_PORT = 8000
LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")
OWNER_URL = "DATABASE_OWNER_URL"  # the setting that no running process is given


@dataclass(frozen=True)
class Ports:
    """Where the three servers listen: the application, the demo shop beside it, the simulator after that."""

    host: str
    web: int

    @property
    def shop(self) -> int:
        return self.web + 1

    @property
    def simulator(self) -> int:
        return self.web + 2

    def url(self, port: int) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if host.count(':') > 1 and host[0] != '[' else host}:{port}"

    @classmethod
    def from_env(cls) -> Ports:
        text = os.environ.get("PORT") or str(DEFAULT_PORT)
        if not text.isdigit() or not 1024 <= int(text) <= 65533:
            raise OpsError(f"PORT must be a number from 1024 to 65533, not {text!r}.")
        return cls(os.environ.get("HOST") or "127.0.0.1", int(text))


def prepare_var() -> None:
    """Make `var/`, where everything that is kept lies, and close it: what this process and its children make from now
    on is for its owner alone, and what an older version left open is closed.

    Raises:
        OpsError: it cannot be made.
    """
    os.umask(0o077)
    try:
        (VAR / "log").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OpsError(f"cannot write in {VAR}: {error.strerror}.") from error
    closed.close(VAR)
    closed.forget_secrets(log_file("setup"))


def stored_secrets() -> dict[str, str]:
    """The keys of this installation, made at the first start and kept in var/secrets.env (mode 0600)."""
    if SECRETS.exists():
        lines = SECRETS.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    made = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "METRICS_TOKEN": secrets.token_urlsafe(32),
    }
    new = SECRETS.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("# Keep this file: what it encrypted cannot be read without it.\n")
        file.writelines(f"{name}={value}\n" for name, value in made.items())
        file.flush()
        os.fsync(file.fileno())
    new.rename(SECRETS)
    return made


def build(ports: Ports, *, database: Mapping[str, str], redis_url: str) -> dict[str, str]:
    """What the processes see: our values, over which whatever is set outside wins."""
    ours = {
        **stored_secrets(),
        "PUBLIC_URL": ports.url(ports.web),
        "SIMULATOR_URL": ports.url(ports.simulator),
        "SHOP_URL": ports.url(ports.shop),
        "SIMULATOR_DATA": str(VAR / "simulator.sqlite3"),
        "BURSAR_VAR": str(VAR),
        "FILES_URL": str(VAR / "files"),
        # Looked at with `make mail`; nothing leaves the machine.
        "MAIL_URL": (VAR / "mail").as_uri(),
        "MAIL_FROM": "receipts@bursar.test",
        "LOG_LEVEL": "INFO",
        # The merchant's own systems run beside it.
        "PRIVATE_ADDRESSES": "1",
        "SIGN_UP": _who_may_sign_up(ports),
        "PYTHONUNBUFFERED": "1",
    }
    outside = {name: value for name, value in os.environ.items() if value}
    fixed = {
        **database,
        "REDIS_URL": redis_url,
        "SIMULATOR_PORT": str(ports.simulator),
        "SHOP_PORT": str(ports.shop),
        "BURSAR_URL": ports.url(ports.web),
        "PYTHONDONTWRITEBYTECODE": "",  # what was compiled once is kept beside the code, in a folder that is ours
    }
    return {**ours, **outside, **fixed}


def _who_may_sign_up(ports: Ports) -> str:
    """Anybody who can reach it, where that is this machine alone."""
    is_served_outside = os.environ.get("PUBLIC_URL")
    return "open" if ports.host in LOOPBACK and not is_served_outside else "invited"


def running(env: Mapping[str, str]) -> dict[str, str]:
    """What a process that serves is given of it: all but the login of the tables' owner."""
    return {name: value for name, value in env.items() if name != OWNER_URL}


def log_file(name: str) -> Path:
    return VAR / "log" / f"{name}.log"
