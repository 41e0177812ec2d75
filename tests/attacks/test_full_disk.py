"""A full disk, a database that takes no writes, logs that cannot be written: whoever reads or signs in sees no error
500, who writes may retry, nothing is half done, and all goes on by itself when there is room."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from flask import Flask

from ops import child, processes
from ops.paths import ROOT
from ops.testing import run
from ops.testing.stack import Stack
from tests.attacks import small_disk

MAX_TRIES = 400


class Shop:
    """Somebody with a key, and somebody with a browser."""

    def __init__(self, stack: Stack) -> None:
        self.demo = stack.demo
        self.company = httpx.Client(base_url=f"{stack.simulator_url}/admin", timeout=60)
        self.key = httpx.Client(
            base_url=f"{stack.url}/v1", headers={"Authorization": f"Bearer {self.demo['secret_key']}"}, timeout=60
        )
        self.browser = httpx.Client(base_url=stack.url, timeout=60)

    def order(self, once: str) -> httpx.Response:
        body = {"line_items": [{"sku_id": self.demo["sku_ids"][0], "quantity": 1}], "buyer": {"reference": "ann"}}
        return self.key.post("orders", json=body, headers={"Idempotency-Key": once})

    def sign_in(self) -> httpx.Response:
        stranger = httpx.Client(base_url=self.browser.base_url, timeout=60)
        token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', stranger.get("/portal/login").text)[0]
        values = {"csrf_token": token, "email": self.demo["email"], "password": self.demo["password"]}
        answer = stranger.post("/portal/login", data=values)
        if answer.status_code == 303:
            self.browser.cookies = stranger.cookies
        return answer


@pytest.fixture
def place(
    run_folder: Path, worker_name: str, cluster: run.Cluster
) -> Iterator[tuple[str, list[Callable[[], AbstractContextManager[None]]]]]:
    """A database's address, and the troubles that it can be brought into."""
    name = f"{worker_name}_disk"
    folder = run_folder / "small"
    if small_disk.may_mount(run_folder):
        folder.mkdir()
        with small_disk.database_on(folder, cluster, name) as (url, disk):
            yield url, [lambda: small_disk.without_writes(cluster, name), lambda: small_disk.full(disk)]
        return
    yield cluster.create(name), [lambda: small_disk.without_writes(cluster, name)]
    cluster.drop(name)


@pytest.fixture
def stack(place: Any, fresh_redis_url: str, tmp_path: Path) -> Iterator[Stack]:
    """Everything but the pretend company writes its log to a device that is always full."""
    made = Stack(tmp_path / "stack", database_url=place[0], redis_url=fresh_redis_url)
    made.start("simulator")
    (made.folder / "web.log").symlink_to("/dev/full")
    made.start("web")
    with open("/dev/full", "wb") as nowhere:
        for program in (processes.WORKER, processes.RELAY):
            made.running[program.name] = child.start(program.command, env=made.env, cwd=ROOT, output=nowhere)
    yield made
    made.kill()


@pytest.mark.early
def test_full_disk_stops_writing_and_nothing_else(
    stack: Stack, place: Any, app: Flask, wait_until: Callable[..., None]
) -> None:
    shop = Shop(stack)
    paid = _pay(shop)
    assert shop.sign_in().status_code == 303
    # Without a line of log that could be written, everything works to the end.
    wait_until(lambda: _status(shop, paid) in ("fulfilled", "completed"), what="the delivery")
    assert all(process.poll() is None for process in stack.running.values())

    for trouble in place[1]:
        with trouble():
            once, refused = _write_until_refused(shop)
            assert refused.headers["Content-Type"] == "application/problem+json"
            assert (refused.json()["code"], refused.headers["Retry-After"]) == ("storage", "10")
            signed_in = shop.sign_in()
            assert signed_in.status_code in (303, 503)
            assert signed_in.status_code == 303 or "Back in a moment" in signed_in.text
            assert _reads(shop, app) == []

        # All goes on with no process started again; what was refused goes through with its own key.
        wait_until(lambda: shop.order(str(uuid.uuid4())).status_code == 201, what="writing again")
        stack.move_clock(120)  # the key may wait for its first request, whose end could not be written either
        wait_until(lambda once=once: shop.order(once).status_code == 201, what="the same key")
        wait_until(lambda: shop.sign_in().status_code == 303, what="signing in again")

    _redis_has_no_room(stack, shop, app, wait_until)
    assert "hold." in stack.flask("audit")


def _redis_has_no_room(stack: Stack, shop: Shop, app: Flask, wait_until: Callable[..., None]) -> None:
    """Money is taken and people sign in; what workers do comes when there is room."""
    link = redis.Redis.from_url(stack.env["REDIS_URL"])
    link.config_set("maxmemory", "1")
    with pytest.raises(redis.RedisError):
        link.set("anything", "x")
    paid = _pay(shop)
    assert shop.sign_in().status_code == 303
    assert _reads(shop, app) == []
    link.config_set("maxmemory", "0")
    wait_until(lambda: _status(shop, paid) in ("fulfilled", "completed"), what="the delivery")
    assert all(process.poll() is None for process in stack.running.values())


def _pay(shop: Shop) -> str:
    order = shop.order(str(uuid.uuid4())).json()
    shop.company.post(f"payments/{order['payment']['attempt_id']}/approve", json={}).raise_for_status()
    return str(order["id"])


def _status(shop: Shop, order: str) -> str:
    return str(shop.key.get(f"orders/{order}").json()["status"])


def _write_until_refused(shop: Shop) -> tuple[str, httpx.Response]:
    """Place orders until there is no room: what pages still have room is used before. Nothing but success and a
    refusal that can be tried again is answered on the way."""
    for _ in range(MAX_TRIES):
        once = str(uuid.uuid4())
        answer = shop.order(once)
        assert answer.status_code in (201, 503), answer.text
        if answer.status_code == 503 and answer.json()["code"] == "storage":
            return once, answer
    raise AssertionError("the disk was never full")


def _reads(shop: Shop, app: Flask) -> list[str]:
    """Every page and list without an argument that answers an error of ours."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    pages = [str(rule) for rule in rules if str(rule).startswith("/portal") or str(rule) in ("/readyz", "/healthz")]
    lists = [str(rule).removeprefix("/v1/") for rule in rules if str(rule).startswith("/v1/")]
    assert len(pages) > 30
    assert len(lists) > 15
    answers = [shop.browser.get(page) for page in pages] + [shop.key.get(each) for each in lists]
    return [_shown(answer) for answer in answers if answer.status_code >= 500]


def _shown(answer: httpx.Response) -> str:
    words = " ".join(re.sub(r"<style.*?</style>|<[^>]*>", " ", answer.text, flags=re.DOTALL).split())
    return f"{answer.url} {answer.status_code} {dict(answer.headers)} {words[:600]}"
