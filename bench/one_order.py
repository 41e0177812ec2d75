"""One order, step by step: what rows it leaves, and what each step costs."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg

from app.core import outbox
from app.workflow.operations.subscribers import BATCHES, SUBSCRIBERS
from bench import rows as tables_of
from bench.costs import Cost, count, processor_s, typical
from bench.deliverer import Deliverer
from bench.load import Client
from bench.place import HOST, Place
from bench.raw import Script
from bench.rows import Table, TableSnapshot
from bench.shops import BenchShop
from bench.wire import Wire
from ops import processes

WARMING = 15  # psycopg prepares a statement at its fifth use, and five plans later PostgreSQL keeps one
SAMPLES = 40
LOG_PAUSE_S = 1.2  # the request log is written half a second after the request, beside it


def scripts(
    place: Place, connection: psycopg.Connection[Any], known: list[Table], shops: Sequence[BenchShop]
) -> list[str]:
    """One real order at each shop, looked at after each step, as a pgbench script. No worker may run."""
    clients = [_client(place.web_port, shop) for shop in shops]
    for client in clients:
        _live(client, lambda: None)  # the first order of a shop also makes its ledger accounts
    time.sleep(LOG_PAUSE_S)
    began, looks = datetime.now(UTC), []
    for client in clients:
        business_id = uuid.UUID(client.shop["business_id"])
        seen: list[TableSnapshot] = []

        def look(seen: list[TableSnapshot] = seen, business_id: uuid.UUID = business_id) -> None:
            seen.append(tables_of.snapshot(connection, known, business_id))

        look()
        _live(client, look)
        looks.append((business_id, seen))
    time.sleep(LOG_PAUSE_S)
    for business_id, seen in looks:  # once more, with the requests that were logged meanwhile
        seen[-1] = tables_of.snapshot(connection, known, business_id)
    return [Script(known, seen, business_id, began=began).text() for business_id, seen in looks]


def _live(client: Client, after_step: Callable[[], None]) -> None:
    """Place, pay, deliver and complete an order; the worker's part is done here, so nothing overtakes."""
    order = client.create()
    after_step()
    client.notify(order)
    after_step()
    outbox.drain(uuid.UUID(client.shop["business_id"]), SUBSCRIBERS, BATCHES)
    client.complete(order["id"])
    after_step()


@dataclass(frozen=True)
class Counted:
    """Processes that are on the wire, and nothing else is."""

    place: Place
    connection: psycopg.Connection[Any]
    wire: Wire
    client: Client
    deliverer: Deliverer

    def steps(self, orders: int) -> dict[str, Cost]:
        """What each step costs for one of so many orders, one after another; `deliver` is one batch."""
        placed: list[dict[str, Any]] = []
        client, business_id = self.client, self.client.shop["business_id"]
        return {
            "create": self._requests([lambda: placed.append(client.create())] * orders),
            "notice": self._requests([partial(client.notify, order) for order in placed]),
            "deliver": self._batch(partial(self.deliverer.deliver, business_id), orders),
            "complete": self._requests([partial(client.complete, order["id"]) for order in placed]),
        }

    def _requests(self, works: Sequence[Callable[[], object]]) -> Cost:
        web = self.place.running["counted"].pid
        application_s, database_s = processor_s(web), processor_s(self.place.postgres_pid)
        counts = [count(self.connection, self.wire, work) for work in works]
        application_ms = (processor_s(web) - application_s) * 1000 / len(works)
        database_ms = (processor_s(self.place.postgres_pid) - database_s) * 1000 / len(works)
        time.sleep(LOG_PAUSE_S)
        return replace(typical(counts), application_ms=application_ms, database_ms=database_ms)

    def _batch(self, work: Callable[[], float], orders: int) -> Cost:
        spent_ms: list[float] = []
        database_s = processor_s(self.place.postgres_pid)
        cost = count(self.connection, self.wire, lambda: spent_ms.append(work()))
        database_ms = (processor_s(self.place.postgres_pid) - database_s) * 1000
        return replace(cost, application_ms=sum(spent_ms), database_ms=database_ms) / orders


def costs(place: Place, connection: psycopg.Connection[Any], shop: BenchShop) -> dict[str, Cost]:
    """What each step costs once everything is warm, with one client and one web process. No worker may run."""
    wire = Wire(place)
    place.running["wire"] = wire.process
    env = wire.reroute(place.env)
    web = replace(processes.web(HOST, place.counted_port), name="counted")
    with Deliverer(env) as deliverer:
        place.start(web, env=env)
        counted = Counted(place, connection, wire, _client(place.counted_port, shop), deliverer)
        counted.steps(WARMING)
        found = counted.steps(SAMPLES)
        place.stop("counted")
    place.stop("wire")
    return found


def _client(port: int, shop: BenchShop) -> Client:
    return Client({"host": HOST, "port": port, "shops": [shop.as_json()]}, 0)
