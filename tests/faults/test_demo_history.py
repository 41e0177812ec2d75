"""The demo's history is there whole or not at all, whenever its maker dies and however many make it at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from app.core.db.roles import plain
from ops.environment import OWNER_URL
from ops.testing.run import Cluster
from ops.testing.stack import Stack

pytestmark = pytest.mark.timeout(400)
# Of the demo business, which alone has members.
COUNT = "SELECT count(*) FROM orders WHERE business_id = (SELECT business_id FROM memberships)"


@pytest.fixture
def database(cluster: Cluster, fresh_database_url: str) -> str:
    """The address of the stack's database for libpq, as the owner of its tables."""
    return plain(cluster.addresses(fresh_database_url)[OWNER_URL])


def test_it_is_made_whole_or_not_at_all_and_once(new_stack: Callable[..., Stack], database: str) -> None:
    stack = new_stack()
    stack.start("simulator")

    for point in ("pay_order.call.after", "seed_history.write.before_commit"):
        with pytest.raises(RuntimeError, match="status 137"):
            stack.flask("seed-history", CRASH_AT=point)
        assert _orders(database) == 0
        assert json.loads(stack.flask("audit", "--json"))["ok"]

    with ThreadPoolExecutor(2) as both:
        made = [json.loads(each)["orders"] for each in both.map(stack.flask, ["seed-history"] * 2)]
    assert sorted(made)[0] == 0
    assert _orders(database) == max(made) > 600
    assert json.loads(stack.flask("audit", "--json"))["ok"]


def test_it_is_made_beside_all_that_runs(new_stack: Callable[..., Stack], database: str) -> None:
    stack = new_stack()
    stack.start("simulator", "web", "worker")

    made = json.loads(stack.flask("seed-history"))

    assert _orders(database) == made["orders"] > 600
    assert json.loads(stack.flask("audit", "--json"))["ok"]


def test_a_maker_that_dies_after_it_wrote_leaves_nothing_to_do(new_stack: Callable[..., Stack], database: str) -> None:
    stack = new_stack()
    stack.start("simulator")

    with pytest.raises(RuntimeError, match="status 137"):
        stack.flask("seed-history", CRASH_AT="seed_history.write.after")

    before = _orders(database)
    assert json.loads(stack.flask("seed-history")) == {"orders": 0}
    assert (_orders(database), before > 600) == (before, True)
    assert json.loads(stack.flask("audit", "--json"))["ok"]


def _orders(owner_url: str) -> int:
    with psycopg.connect(owner_url) as connection:
        connection.execute("SET ROLE bursar_system")
        [(count,)] = connection.execute(COUNT).fetchall()
    return int(count)
