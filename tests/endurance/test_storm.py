"""After any storm everybody has what is theirs: nothing is charged or refunded twice, nothing stays unknown."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import select

from app.core.errors import AppError
from app.core.ids import new_id, parse, show
from app.domain.orders.models import Order
from app.domain.payments.models import PaymentAttempt
from app.workflow.orders.close_orders import close_order
from app.workflow.payments.poll_undecided import poll_attempt
from ops import child
from ops.console import print_line
from ops.testing.stack import Stack
from tests.endurance import books, weather
from tests.endurance.buyers import HttpShop, buy, side_by_side
from tests.endurance.weather import Weather
from tests.factories import shop as factory

HANDS = 16
PAYMENTS = int(os.environ.get("STORM_PAYMENTS", "1000"))
SEED = int(os.environ.get("STORM_SEED", "1"))
RUNNING = ("simulator", "web", "worker", "relay")


class ByHand:
    """The workflows, called in this process."""

    def __init__(self, shop: factory.Shop) -> None:
        self.shop = shop

    def place(self) -> tuple[str, str] | None:
        order_id, attempt_id = self.shop.place(), new_id()
        with suppress(AppError):
            self.shop.pay(order_id, attempt_id)
        return show("ord", order_id), show("att", attempt_id)

    def paid(self, order: str) -> int:
        order_id = parse("ord", order)
        for attempt in self.shop.many(select(PaymentAttempt).where(PaymentAttempt.next_poll_at.is_not(None))):
            self.shop.poll(attempt.id)
        self.shop.work_off()
        row = self.shop.order(order_id)
        return int(row.paid_minor - row.refunded_minor)

    def refund(self, order: str, minor: int) -> None:
        with suppress(AppError):
            self.shop.refund(parse("ord", order), minor)

    def cancel(self, order: str) -> None:
        with suppress(AppError):
            close_order(self.shop.business_id, parse("ord", order), reason="cancelled", actor="test")


def test_a_squall_leaves_the_books_agreeing(
    new_shop: Callable[..., factory.Shop], app_env: dict[str, str], run_folder: Path, clock: Any
) -> None:
    shop = new_shop(timeout_s="0.2")
    dice, bad = random.Random(SEED), Weather(shop.simulator, SEED)
    company = httpx.Client(base_url=f"{shop.simulator}/admin", timeout=30)

    for _ in range(20):
        buy(ByHand(shop), company, bad, dice)
    bad.clear()
    for _ in range(4):
        clock.move(1000)
        _work(shop)

    known = books.read(app_env["DATABASE_SYSTEM_URL"], run_folder / "simulator" / "simulator.sqlite3", shop.merchant_id)
    assert len(known.ours) >= 20
    assert known.undecided() == []
    assert known.differences() == []
    shop.audit()


@pytest.mark.long
@pytest.mark.timeout(0)
def test_a_storm_over_all_processes_leaves_the_books_agreeing(
    new_stack: Callable[..., Stack], wait_until: Callable[..., None]
) -> None:
    stack = new_stack()
    stack.start(*RUNNING)
    _hurry(stack)
    bad, statuses = Weather(stack.simulator_url, SEED), Counter[int]()

    def hand(number: int) -> None:
        demo = stack.demo
        shop = HttpShop(stack.url, demo["secret_key"], demo["sku_ids"], seed=SEED * 100 + number)
        company = httpx.Client(base_url=f"{stack.simulator_url}/admin", timeout=30)
        dice = random.Random(SEED * 1000 + number)
        for _ in range(PAYMENTS // HANDS):
            buy(shop, company, bad, dice)
        statuses.update(shop.statuses)

    assert side_by_side(hand, hands=HANDS) == []
    for _ in range(20):  # polling works in the same weather
        before = bad.unused()
        if before == 0:
            break
        stack.move_clock(400)
        wait_until(lambda before=before: bad.unused() < before or not _due(stack), limit_s=600, what="a question")
    used = bad.clear()
    for _ in range(24):  # the longest pause between two questions is six hours
        stack.move_clock(1000)
        assert child.wait_until(lambda: not _due(stack), limit_s=900), _due(stack)

    known = _books(stack)
    print_line(f"{len(known.ours)} attempts, {len(known.payments)} payments, {len(known.refunds)} refunds, {statuses}")
    assert weather.every() - used == set()
    assert statuses.keys() & {500} == set()
    assert known.undecided() == []
    assert known.differences() == []
    assert json.loads(stack.flask("audit", "--json"))["ok"]


def _work(shop: factory.Shop) -> None:
    """What workers do, for this business alone."""
    orders = shop.many(select(Order.id).where(Order.status.in_(("created", "paying"))))
    for order in orders:
        close_order(shop.business_id, order.id, reason="expired", actor="system")
    undecided = shop.many(select(PaymentAttempt.id).where(PaymentAttempt.next_poll_at.is_not(None)))
    for attempt in undecided:
        poll_attempt(shop.business_id, attempt.id)
    shop.work_off()


def _hurry(stack: Stack) -> None:
    """Nobody waits long for the company, and the company repeats its notices soon."""
    assert stack.demo  # made when first asked for
    with psycopg.connect(_address(stack)) as connection:
        connection.execute("SET ROLE bursar_system")
        connection.execute("""UPDATE channel_accounts SET settings = settings || '{"timeout_s": "1"}'""")
    settings = {"ladder": [0, 1, 2, 5, 10], "notice_timeout_s": 5}
    httpx.post(f"{stack.simulator_url}/admin/settings", json=settings).raise_for_status()


def _due(stack: Stack) -> list[Any]:
    """What workers should have done by now."""
    with psycopg.connect(_address(stack)) as connection:
        connection.execute("SET ROLE bursar_system")
        now = f"now() + interval '{float(stack.clock_file.read_text())} seconds'"
        return connection.execute(
            "SELECT 'attempt', id, status, poll_count::text, next_poll_at FROM payment_attempts"
            f" WHERE next_poll_at <= {now}"
            " UNION ALL SELECT 'event', id, topic, error, due_at FROM outbox_events"
            f" WHERE status = 'pending' AND due_at <= {now}"
            f" UNION ALL SELECT 'order', id, status, '', expires_at FROM orders"
            f" WHERE status IN ('created', 'paying') AND expires_at <= {now} - interval '10 minutes' LIMIT 20"
        ).fetchall()


def _books(stack: Stack) -> books.Books:
    merchant: str = stack.demo["simulator"]["merchant_id"]
    return books.read(stack.env["DATABASE_SYSTEM_URL"], Path(stack.env["SIMULATOR_DATA"]), merchant)


def _address(stack: Stack) -> str:
    return stack.env["DATABASE_SYSTEM_URL"].replace("postgresql+psycopg://", "postgresql://")
