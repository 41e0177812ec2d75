"""How soon and how many deliveries arrive, and what a hundred dead endpoints make of that."""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from statistics import median

import httpx
import psycopg
from sqlalchemy import select

from app.core import clock, db, outbox
from app.core.db.models import OutboxEvent
from app.core.ids import new_id, show
from app.workflow.webhooks import manage_webhooks, replay_webhooks
from app.workflow.webhooks.manage_webhooks import EndpointCommand
from app.workflow.webhooks.replay_webhooks import Extent
from bench.arithmetic import percentile
from bench.place import HOST, Place
from bench.report import Row
from bench.shops import open_shop
from ops import processes
from ops.processes import Program

ROUNDS = 2
DEAD = 100
ENDPOINTS_EACH = 50  # endpoints of one business
EACH_DEAD = 3  # events that wait for each of them
EVENTS, PER_S = 120, 20
MANY = 2000
GOAL_S = 1.0  # how much later, at most, anybody gets an event because others are dead
LIMIT_S = 300
TOPIC = "order.created"


@dataclass(frozen=True)
class HealthyEndpoint:
    """One healthy endpoint of a business of its own, and the receiver behind it."""

    business_id: uuid.UUID
    endpoint_id: uuid.UUID
    url: str

    def emit(self, count: int = 1) -> list[str]:
        """So many orders' first events, in one phase; their ids as the receiver sees them."""
        with db.phase("bench.emit", self.business_id):
            orders = [new_id() for _ in range(count)]
            outbox.emit_first(TOPIC, {each: {"order_id": str(each), "total_minor": 1250} for each in orders})
            found = db.rows(select(OutboxEvent.id).where(OutboxEvent.aggregate_id.in_(orders)))
        return [show("evt", row.id) for row in found]

    def wait_for(self, ids: Collection[str], *, times: int = 1) -> dict[str, list[float]]:
        """When each of these came, once all have come so often."""
        gives_up_s = time.monotonic() + LIMIT_S
        while time.monotonic() < gives_up_s:
            received: dict[str, list[float]] = json.loads(httpx.get(f"{self.url}/deliveries", trust_env=False).content)
            if all(len(received.get(each, ())) >= times for each in ids):
                return received
            time.sleep(0.1)
        raise RuntimeError("not everything was delivered in time")


def measure(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    """Alone, beside dead endpoints, alone, … and then very many at once, all with the worker running."""
    url = f"http://{HOST}:{place.company_port + 200}"
    place.start(
        Program("receiver", (sys.executable, "-m", "bench.receiver", url.rpartition(":")[2]), f"{url}/deliveries")
    )
    place.start(processes.WORKER)
    business_id = uuid.UUID(open_shop(place.company_url).business_id)
    made = manage_webhooks.create_endpoint(business_id, EndpointCommand(f"{url}/well", [TOPIC]), actor="bench")
    there = HealthyEndpoint(business_id, made.id, url)
    there.wait_for(there.emit(20))
    alone, beside = [], []
    for _ in range(ROUNDS):
        print_line("  one healthy endpoint alone")
        alone.append(_delays_s(there))
        print_line(f"  the same beside {DEAD} that answered until now, and died")
        _die(place, url)
        beside.append(_delays_s(there))
        place.stop("worker")  # what the dead ones hold ends with it
        place.start(processes.WORKER)
    measurements = [*_delays(alone, beside), *_volume(there, print_line)]
    place.stop("worker", "receiver")
    return measurements


def _delays_s(there: HealthyEndpoint) -> list[float]:
    """From commit to arrival, of events that come at a steady rate; sorted."""
    committed: dict[str, float] = {}
    began_s = time.monotonic()
    for number in range(EVENTS):
        time.sleep(max(0.0, began_s + number / PER_S - time.monotonic()))
        [event_id] = there.emit()
        committed[event_id] = time.time()
    received = there.wait_for(committed)
    return sorted(received[each][0] - moment for each, moment in committed.items())


def _die(place: Place, url: str) -> None:
    """A hundred endpoints of other merchants, known as good ones, of which a third each hangs, refuses and fails; there
    is something to send to each of them now."""
    nobody = f"http://{HOST}:9"
    dead: dict[uuid.UUID, list[uuid.UUID]] = {}
    for number in range(DEAD):
        if number % ENDPOINTS_EACH == 0:
            business_id = uuid.UUID(open_shop(place.company_url).business_id)
            dead[business_id] = []
        address = (f"{url}/hangs/{number}", f"{nobody}/{number}", f"{url}/fails/{number}")[number % 3]
        made = manage_webhooks.create_endpoint(business_id, EndpointCommand(address, [TOPIC]), actor="bench")
        dead[business_id].append(made.id)
    with psycopg.connect(place.admin()) as connection:
        known = "UPDATE webhook_endpoints SET succeeded_at = now() WHERE id = ANY(%s)"
        connection.execute(known, [[each for ids in dead.values() for each in ids]])
    for business_id in dead:
        HealthyEndpoint(business_id, business_id, url).emit(EACH_DEAD)


def _delays(alone: list[list[float]], beside: list[list[float]]) -> list[Row]:
    rows = []
    for percent in (50, 99):
        without, among = (median(percentile(each, percent) for each in rounds) for rounds in (alone, beside))
        rows.append(Row(f"commit to delivery, p{percent}", without * 1000, "ms", f"{PER_S} a second"))
        name = f"commit to delivery beside {DEAD} dead endpoints, p{percent}"
        rows.append(Row(name, among * 1000, "ms", "of none dead", among / without))
    worst = max(max(each) for each in beside)
    rows.append(Row("the latest of them", worst * 1000, "ms", f"goal {GOAL_S:.0f} s", worst / GOAL_S))
    return rows


def _volume(there: HealthyEndpoint, print_line: Callable[[str], None]) -> list[Row]:
    print_line(f"  {MANY:,} that waited for a paused endpoint, and the same again as a replay")
    since = clock.now()
    manage_webhooks.pause_endpoint(there.business_id, there.endpoint_id, actor="bench")
    ids = there.emit(MANY)
    time.sleep(5)  # meanwhile they are written down as deliveries, which is not what is measured
    began_s = time.time()
    manage_webhooks.enable_endpoint(there.business_id, there.endpoint_id, skip_waiting=False, actor="bench")
    received = there.wait_for(ids)
    waited_s = max(received[each][0] for each in ids) - began_s
    began_s = time.time()
    extent = Extent(since=since, also_delivered=True)
    done = replay_webhooks.replay_extent(there.business_id, there.endpoint_id, extent, actor="bench")
    written_s = time.time() - began_s
    received = there.wait_for(ids, times=2)
    replayed_s = max(received[each][1] for each in ids) - began_s
    return [
        Row("deliveries after a pause", MANY / waited_s, "/s", f"{MANY:,} waited"),
        Row("deliveries of a replay", MANY / replayed_s, "/s", f"{MANY:,} events"),
        Row("a replay written down", done.count / written_s, "/s"),
    ]
