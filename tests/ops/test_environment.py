from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ops import environment
from ops.console import OpsError
from ops.environment import Ports
from ops.paths import short_directory
from ops.servers import with_driver


def test_secrets_are_made_once_and_closed_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "SECRETS", tmp_path / "secrets.env")

    first = environment.stored_secrets()
    second = environment.stored_secrets()

    assert first == second
    assert len(first["SECRET_KEY"]) >= 32
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


@pytest.mark.parametrize("port", ["80", "70000", "eighty", "-1"])
def test_unusable_port_is_refused_in_plain_words(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)

    with pytest.raises(OpsError, match="PORT must be a number"):
        Ports.from_env()


def test_shop_and_simulator_listen_beside_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.delenv("HOST", raising=False)

    ports = Ports.from_env()

    assert (ports.web, ports.shop, ports.simulator) == (9000, 9001, 9002)
    assert ports.url(ports.shop) == "http://127.0.0.1:9001"


@pytest.mark.parametrize(("host", "shown"), [("::", "[::1]"), ("::1", "[::1]")])
def test_address_is_one_that_a_browser_can_open(host: str, shown: str) -> None:
    assert Ports(host, 9000).url(9000) == f"http://{shown}:9000"


def test_socket_directory_is_shortened_only_when_the_path_is_too_long() -> None:
    near, far = Path("/srv/bursar/var/postgres/socket"), Path("/srv") / ("x" * 90) / "socket"

    assert short_directory(near) == near
    assert len(str(short_directory(far))) < 60


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_database_address_gets_our_driver(scheme: str) -> None:
    assert with_driver(f"{scheme}://me@db/shop") == "postgresql+psycopg://me@db/shop"
