"""Attacks by whole requests, again and again, that cost more than they look."""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable

from bench.load import Connection
from bench.targets import Plan
from tests.attacks.hostile_files import workbook

FLOODERS = 2  # who send the next request as soon as they are answered
CROWD = 90  # who ignore Retry-After, and retry after PAUSE_S
PAUSE_S = 1.0
CARDS_EVERY_S = 0.05
Step = Callable[[Connection, int], int]
Ready = Callable[[], None]


def forged_notices(plan: Plan, over: threading.Event, ready: Ready) -> Counter[str]:
    """Notices with a wrong signature, one behind another."""
    path, body = f"/callbacks/simulator/{plan['shop']['account_id']}", secrets.token_bytes(8_000)

    def step(connection: Connection, _: int) -> int:
        return connection.call("POST", path, f"X-Timestamp: 1\r\nX-Signature: {secrets.token_hex(32)}\r\n", body)[0]

    return _hands(plan, over, ready, step, count=FLOODERS)


def unknown_serials(plan: Plan, over: threading.Event, ready: Ready) -> Counter[str]:
    """Notices in WeChat Pay's form that name certificates nobody knows, while the address of certificates hangs."""
    path, body = f"/callbacks/wechatpay/{plan['wechat_id']}", json.dumps({"id": secrets.token_hex(2_000)}).encode()

    def step(connection: Connection, _: int) -> int:
        headers = (
            f"Wechatpay-Serial: {secrets.token_hex(20).upper()}\r\nWechatpay-Timestamp: {int(time.time())}\r\n"
            f"Wechatpay-Nonce: {secrets.token_hex(8)}\r\nWechatpay-Signature: {secrets.token_hex(100)}\r\n"
        )
        return connection.call("POST", path, headers, body)[0]

    return _hanging(plan, over, ready, step)


def hanging_tests(plan: Plan, over: threading.Event, ready: Ready) -> Counter[str]:
    """A business that tests its connections, which hang."""
    accounts = plan["hanging_ids"]

    def step(connection: Connection, number: int) -> int:
        path = f"/v1/channel_accounts/{accounts[number % len(accounts)]}/test"
        return connection.call("POST", path, _as(plan["hanging"]))[0]

    return _hanging(plan, over, ready, step)


def hanging_payments(plan: Plan, over: threading.Event, ready: Ready) -> Counter[str]:
    """A business that is paid at companies that hang."""
    shop = plan["hanging"]

    def step(connection: Connection, _: int) -> int:
        command = {
            "line_items": [{"sku_id": shop["sku_id"], "quantity": 1}],
            "buyer": {"reference": secrets.token_hex(6)},
        }
        return connection.call("POST", "/v1/orders", _as(shop), json.dumps(command).encode())[0]

    return _hanging(plan, over, ready, step)


def hostile_imports(plan: Plan, over: threading.Event, ready: Ready) -> Counter[str]:
    """Files of products that are small and a lot of work: one that is refused late, and the longest that is read."""
    bombs = (
        workbook(texts="<si><t/></si>" * 5_500_000),
        workbook(f'<row><c t="s"><v>{n % 9}</v></c></row>' for n in range(199_000)),
    )
    mark = secrets.token_hex(16)
    about = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="products.xlsx"\r\n\r\n'
    bodies = [about.encode() + bomb + f"\r\n--{mark}--\r\n".encode() for bomb in bombs]
    headers = _as(plan["attacker"], kind=f"multipart/form-data; boundary={mark}")

    def step(connection: Connection, _: int) -> int:
        return connection.call("POST", "/v1/product-imports", headers, secrets.choice(bodies))[0]

    return _hands(plan, over, ready, step, count=FLOODERS)


def many_exports(plan: Plan, over: threading.Event, ready: Ready) -> Counter[str]:
    """Files of all orders, one behind another."""
    command = json.dumps({"resource": "orders", "format": "xlsx"}).encode()

    def step(connection: Connection, _: int) -> int:
        return connection.call("POST", "/v1/exports", _as(plan["attacker"]), command)[0]

    return _hands(plan, over, ready, step, count=FLOODERS)


def card_testing(plan: Plan, over: threading.Event, ready: Ready) -> Counter[str]:
    """Card after card on sessions of the shop that others pay at; the company declines each that reaches it."""

    def step(connection: Connection, number: int) -> int:
        secret = plan["sessions"][number % len(plan["sessions"])]
        headers = _as({"secret_key": secret})
        return connection.call("POST", "/sdk/v1/session/confirm", headers, b'{"payment_method_id": "simulator"}')[0]

    return _hands(plan, over, ready, step, count=2 * FLOODERS, pause_s=CARDS_EVERY_S)


def _as(shop: dict[str, str], *, kind: str = "application/json") -> str:
    key = f"Idempotency-Key: {secrets.token_hex(16)}\r\n"
    return f"Authorization: Bearer {shop['secret_key']}\r\nContent-Type: {kind}\r\n{key}"


def _hanging(plan: Plan, over: threading.Event, ready: Ready, step: Step) -> Counter[str]:
    """A crowd, beside somebody outside who takes every call and says nothing."""
    with socket.create_server((plan["host"], plan["hanging_port"]), backlog=512) as listening:
        held: list[socket.socket] = []
        threading.Thread(target=_hold, args=(listening, held), daemon=True).start()
        answered = _hands(plan, over, ready, step, count=CROWD, pause_s=PAUSE_S)
        answered["hung"] = len(held)
        return answered


def _hold(listening: socket.socket, held: list[socket.socket]) -> None:
    while True:
        try:
            held.append(listening.accept()[0])
        except OSError:
            return


def _hands(
    plan: Plan, over: threading.Event, ready: Ready, step: Step, *, count: int, pause_s: float = 0.0
) -> Counter[str]:
    """So many do it again and again until it is over; how often each status was answered."""
    answered: Counter[str] = Counter()

    def hand(number: int) -> None:
        over.wait(pause_s * number / count)
        while not over.is_set():
            connection = None
            try:
                connection = Connection(plan["host"], plan["port"])
                while not over.is_set():
                    answered[str(step(connection, number))] += 1
                    over.wait(pause_s)
            except OSError:
                answered["closed"] += 1
                over.wait(0.05)
            finally:
                if connection is not None:
                    connection.socket.close()

    for number in range(count):
        threading.Thread(target=hand, args=(number,), daemon=True).start()
    ready()
    over.wait()
    return answered
