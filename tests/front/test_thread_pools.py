"""Threads by pool: whatever the others do, health and paying have theirs; without a thread the answer is to retry."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.front import limits
from app.front.limits import Pool, pool_of
from ops import child
from tests.front.conftest import Served

Serve = Callable[..., Served]
THREADS = sum(limits.RESERVED_THREADS.values()) + limits.SHARED_THREADS


def test_pay_and_health_go_through_while_everything_else_hangs(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PATIENCE_S", 0.5)
    front = serve()
    url = f"http://127.0.0.1:{front.port}"
    with ThreadPoolExecutor(THREADS) as pool:
        held = [pool.submit(httpx.get, f"{url}/portal?hold", timeout=30) for _ in range(THREADS)]
        taken = limits.RESERVED_THREADS[Pool.GENERAL] + limits.SHARED_THREADS
        refused = THREADS - taken
        assert child.wait_until(lambda: sum(each.done() for each in held) == refused, limit_s=20)
        paid = httpx.post(f"{url}/v1/orders", content=b"{}")
        notice = httpx.post(f"{url}/callbacks/stripe/cha_1", content=b"{}")
        alive = httpx.get(f"{url}/healthz")
        snapshot = httpx.get(f"{url}/sdk/v1/session")
        page = httpx.get(f"{url}/portal")
        program = httpx.get(f"{url}/v1/products")
        front.toy.release.set()

    assert [each.status_code for each in (paid, notice, alive, snapshot)] == [200, 200, 200, 200]
    assert page.status_code == program.status_code == 503
    assert page.headers["retry-after"] == program.headers["retry-after"] == "2"
    assert page.headers["content-type"].startswith("text/html")
    assert program.json()["code"] == "unavailable"
    assert program.json()["type"] == "https://pay.example/docs/errors#unavailable"


def test_paying_takes_no_thread_of_health(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PAY_PATIENCE_S", 0.5)
    front = serve()
    url = f"http://127.0.0.1:{front.port}"
    with ThreadPoolExecutor(THREADS) as pool:
        held = [pool.submit(httpx.post, f"{url}/v1/orders?hold", timeout=30) for _ in range(THREADS)]
        assert child.wait_until(lambda: any(each.done() for each in held), limit_s=20)
        alive = httpx.get(f"{url}/readyz")
        page = httpx.get(f"{url}/portal")
        front.toy.release.set()

    assert alive.status_code == 200
    assert page.status_code == 200, "the portal has threads of its own as well"
    assert {each.result().status_code for each in held} == {200, 503}


def test_a_thread_that_comes_free_is_handed_on(serve: Serve) -> None:
    taken = limits.RESERVED_THREADS[Pool.GENERAL] + limits.SHARED_THREADS
    front = serve()
    url = f"http://127.0.0.1:{front.port}"
    with ThreadPoolExecutor(3 * THREADS) as pool:
        held = [pool.submit(httpx.get, f"{url}/portal?hold", timeout=30) for _ in range(THREADS)]
        assert child.wait_until(lambda: len(front.toy.inside) == taken, limit_s=20)
        waiting = [pool.submit(httpx.get, f"{url}/portal", timeout=30) for _ in range(THREADS)]
        front.toy.release.set()

    assert {each.result().status_code for each in (*held, *waiting)} == {200}


@pytest.mark.parametrize(
    ("method", "path", "pool"),
    [
        ("GET", "/healthz", Pool.HEALTH),
        ("GET", "/readyz", Pool.HEALTH),
        ("POST", "/callbacks/stripe/cha_1", Pool.PAY),
        ("POST", "/v1/orders", Pool.PAY),
        ("POST", "/v1/orders/ord_1/pay", Pool.PAY),
        ("POST", "/sdk/v1/session/confirm", Pool.PAY),
        ("POST", "/c/ses_1", Pool.PAY),
        ("GET", "/c/ses_1", Pool.CHECKOUT),
        ("GET", "/sdk/v1/session", Pool.CHECKOUT),
        ("GET", "/v1/orders", Pool.GENERAL),
        ("GET", "/portal/orders", Pool.GENERAL),
        ("POST", "/portal/imports", Pool.GENERAL),
        ("GET", "/metrics", Pool.GENERAL),
    ],
)
def test_pool_of_a_route(method: str, path: str, pool: Pool) -> None:
    assert pool_of(method, path) is pool
