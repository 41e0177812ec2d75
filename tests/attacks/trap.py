"""A server of this machine's own that nobody outside may make us call, and every way to write where it is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import pytest

# `{port}` is the trap's; what stands for a name is resolved to the trap by `every_name_is_the_trap`.
HOSTS = (
    "127.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "127.255.255.254", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001",
    "2130706433", "017700000001", "0.0.0.0", "0", "localhost", "LOCALHOST", "localhost.", "api.localhost",  # noqa: S104
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:0:7f00:1]",
    "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:4136:e378::1]", "[fe80::1]", 
    "[fe80::1%25lo]",
    "[fd00::1]", "[fec0::1]", "[ff02::1]", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254",
    "224.0.0.1", "255.255.255.255", "192.0.0.8", "metadata.google.internal", "rebinds.example", "127.0.0.1.nip.example",
    "\N{CIRCLED DIGIT ONE}\N{CIRCLED DIGIT TWO}\N{CIRCLED DIGIT SEVEN}.0.0.1", "127\N{IDEOGRAPHIC FULL STOP}0.0.1",
    "127.0.0.1%2e", "127.0.0.1%00.{real}", "{real}@127.0.0.1", "{real}:443@127.0.0.1", "127.0.0.1#@{real}",
    "127.0.0.1\\@{real}", "{real}\\@127.0.0.1", "127.0.0.1?@{real}", "127.0.0.1/@{real}", "{real}\t@127.0.0.1",
    "{real}.evil.example", "evil-{real}", "{real}.", "127.0.0.1\n",
)  # fmt: skip


def urls(port: int, *, real: str = "api.stripe.com") -> list[str]:
    """Every address of the trap, as a URL; some lean on the name of a `real` company."""
    found = [f"{scheme}://{host.format(real=real)}:{port}/private" for host in HOSTS for scheme in ("https", "http")]
    others = (
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        f"//127.0.0.1:{port}/",
        "https://",
        f"https:127.0.0.1:{port}",
    )
    return [*found, *others, f"https://{real}:{port}/", f"http://{real}/", f"https://{real}@127.0.0.1/"]


# What is looked up without asking anybody.
_NUMBERS = ("127.0.0.1", "93.184.216.34")


class Trap:
    """Listens on loopback, and counts who came. `connected` is every address that a connection was tried to."""

    def __init__(
        self, answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nPRIVATE"
    ) -> None:
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.visits = 0
        self.connected: list[str] = []
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                visitor, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            visitor.sendall(self._answer)
            visitor.close()

    def close(self) -> None:
        """Nobody can come any more."""
        self._socket.close()

    @property
    def is_untouched(self) -> bool:
        """Whether nobody came here, and nothing was tried anywhere."""
        return self.visits == 0 and self.connected == []


@contextmanager
def trapped(monkeypatch: pytest.MonkeyPatch) -> Iterator[Trap]:
    """A trap, with all connections of ours noted and those that would leave this machine cut short; every name is the
    trap's."""
    trap, connect = Trap(), httpcore.SyncBackend.connect_tcp

    def noted(backend: Any, host: str, port: int, *more: Any) -> Any:
        trap.connected.append(host)
        if host != "127.0.0.1":
            raise httpcore.ConnectError("the test ends here")
        return connect(backend, host, port, *more)

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", noted)
    resolves(monkeypatch, ["127.0.0.1"])
    yield trap
    trap.close()


def resolves(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Every name has these addresses, at the second question the next ones; the names asked for so far."""
    requests: list[str] = []
    really = socket.getaddrinfo

    def answer(name: str, port: int, *more: Any, **named: Any) -> list[Any]:
        if name in _NUMBERS:
            return list(really(name, port, *more, **named))
        requests.append(name)
        found = answers[min(len(requests), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr("app.core.http.addresses.socket.getaddrinfo", answer)
    return requests
