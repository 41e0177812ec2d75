"""Errors of connections as people read them, made by real connections."""

from __future__ import annotations

import smtplib
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from app.core.http.call_errors import explain


@pytest.fixture
def closes() -> Iterator[str]:
    """The address of a server that hangs up at once."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        threading.Thread(target=lambda: [server.accept()[0].close() for _ in range(2)], daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def _failure(url: str) -> httpx.HTTPError:
    with pytest.raises(httpx.HTTPError) as failed:
        httpx.get(url, timeout=0.3, trust_env=False)
    return failed.value


def test_a_refused_connection_says_so() -> None:
    refused = _failure(f"http://127.0.0.1:{_free_port()}/")

    assert explain(refused) == "Nothing answers at this address: the connection was refused."
    assert explain(httpx.ConnectError("[Errno 111] Connection refused")) == explain(refused)


def test_a_server_that_hangs_up_or_says_nothing(closes: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        assert explain(_failure(f"http://127.0.0.1:{silent.getsockname()[1]}/")) == "The server did not answer in time."
    assert explain(_failure(f"http://{closes}/")) == "The server closed the connection before it answered."


def test_a_server_without_tls(closes: str) -> None:
    assert "Errno" not in explain(_failure(f"https://{closes}/"))


@pytest.mark.parametrize(
    "error",
    [smtplib.SMTPAuthenticationError(535, b"no"), smtplib.SMTPServerDisconnected("x"), OSError(28, "No space"),
     smtplib.SMTPDataError(451, b"later"), socket.gaierror(-2, "Name or service not known"), ValueError("odd")],
)  # fmt: skip
def test_every_other_error_is_a_sentence_without_names_of_classes(error: Exception) -> None:
    sentence = explain(error)

    assert sentence.endswith(".")
    assert not any(part in sentence for part in ("Error", "Errno", "[", "SMTP"))
