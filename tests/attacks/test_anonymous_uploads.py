"""Nobody fills the disk with files before it is known who they are."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask

from app.admission import gate
from app.front import answers, limits
from app.workflow.accounts.manage_keys import create_key, revoke_key
from ops.testing.run import is_long
from ops.testing.stack import Stack
from tests.attacks.sockets import answer, crowd, opened
from tests.factories.people import make_user
from tests.factories.shop import Shop
from tests.pages import Visitor

CROWD = 1000 if is_long() else 100
PLACES = (
    ("/v1/product-imports", limits.PACK_BYTES),
    ("/v1/products/prd_1/files", limits.FILE_BYTES),
    ("/v1/products/prd_1/images", limits.IMAGE_BYTES),
    ("/portal/imports", limits.PACK_BYTES),
    ("/portal/products/prd_1/files", limits.FILE_BYTES),
    ("/portal/brand/logo", limits.IMAGE_BYTES),
)
STRANGERS = (
    "",
    "Authorization: Bearer sk_test_" + "0" * 32,
    "Authorization: Bearer " + "sk_" * 1000,
    "Cookie: bursar=eyJfdXNlcl9pZCI6ImEifQ.aaaa.bbbb",
)


def _sent(stack: Stack, number: int) -> socket.socket:
    """A connection over which a large file comes from nobody known; 1 MB of it is here."""
    path, most = PLACES[number % len(PLACES)]
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {most}", STRANGERS[number % len(STRANGERS)]]
    connection = opened(stack.port["web"], source=f"127.0.{number % 250}.9")
    with contextlib.suppress(OSError):  # refused already
        connection.sendall("\r\n".join(filter(None, lines)).encode() + b"\r\n\r\n")
        connection.sendall(b"x" * 1_000_000)
    return connection


def _temporary_bytes(process: subprocess.Popen[bytes]) -> int:
    """What the processes of a program hold in files that have no name."""
    found = 0
    for pid in _descendants(process.pid):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                is_temporary = os.readlink(link).endswith("(deleted)") and "/dev/" not in os.readlink(link)
                found += link.stat().st_size if is_temporary else 0
    return found


def _descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _descendants(int(child)))]


def test_files_of_strangers_leave_no_trace_on_the_disk(stack: Stack) -> None:
    numbers = iter(range(1_000_000))

    with crowd(lambda: _sent(stack, next(numbers)), CROWD, drip=b"x" * 65536):
        assert _temporary_bytes(stack.running["web"]) == 0
        assert httpx.get(f"{stack.url}/readyz", timeout=10).status_code == 200
        assert _temporary_bytes(stack.running["web"]) == 0


@pytest.mark.parametrize("place", PLACES, ids=[path for path, _ in PLACES])
def test_a_stranger_is_refused_by_the_head(stack: Stack, place: tuple[str, int]) -> None:
    path, most = place
    request = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {most}\r\nExpect: 100-continue\r\n\r\n"
    for credential in STRANGERS:
        polite = opened(stack.port["web"])
        polite.sendall(request.replace("Host: x", "\r\n".join(filter(None, ("Host: x", credential)))).encode())

        refused = answer(polite)

        assert refused.startswith(b"HTTP/1.1 401 "), refused[:300]
        assert (b"application/problem+json" in refused) is path.startswith("/v1")


def test_who_holds_a_key_sends_a_large_file(stack: Stack) -> None:
    rows = b"sku,product\n" + b"".join(b'"%d%s",x\n' % (number, b"y" * 9_000) for number in range(1_500))
    api = httpx.Client(
        base_url=f"{stack.url}/v1", headers={"Authorization": f"Bearer {stack.demo['secret_key']}"}, timeout=60
    )

    response = api.post("product-imports", files={"file": ("products.csv", rows)})

    assert response.status_code == 201, response.text
    api.post(f"product-imports/{response.json()['id']}/discard")


def _environ(path: str, **headers: str) -> dict[str, Any]:
    scope = {
        "method": "POST", "raw_path": path.encode(), "query_string": b"", "http_version": "1.1", "scheme": "http",
        "server": ("localhost", 80), "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in headers.items())],
    }  # fmt: skip
    return answers.environ(scope, None, 0)  # type: ignore[arg-type]


def test_a_session_lets_in_until_it_ends(app: Flask, shop: Shop) -> None:
    admits, visitor, login = gate(app, ()), Visitor(app), make_user(shop.business_id)
    visitor.log_in(login.email, login.password)
    cookie = visitor.client.get_cookie("bursar")
    assert cookie is not None

    before = admits(_environ("/portal/imports", cookie=f"bursar={cookie.value}"))
    visitor.get("/portal").form("/portal/logout").send()
    after = admits(_environ("/portal/imports", cookie=f"bursar={cookie.value}"))

    assert (before, after) == (True, False)


def test_a_key_lets_in_until_it_is_revoked(app: Flask, shop: Shop) -> None:
    admits, key = gate(app, ()), create_key(shop.business_id, name="imports", kind="secret")
    headers = {"authorization": f"Bearer {key.secret}"}

    before = admits(_environ("/v1/product-imports", **headers))
    revoke_key(shop.business_id, key.id)
    after = admits(_environ("/v1/product-imports", **headers))

    assert (before, after) == (True, False)
    assert not admits(_environ("/portal/imports", **headers)), "a key is nothing to the portal"
