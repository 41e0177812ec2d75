"""The same order at a peer and at ours, in turns: place, record the payment, hand over and complete, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

import psycopg

from bench.arithmetic import paired_ratio, turns
from bench.clients import run
from bench.lifecycle import ready, stop
from bench.peers import oscar_server
from bench.place import HOST, Place
from bench.report import Row
from bench.rounds import CLIENTS, PEERS, Sides


def measure(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    """Oscar and ours. The web server runs; our other processes do while we are measured, and while Oscar is, too."""
    print_line("  installing django-oscar")
    folder = oscar_server.install(place)
    product_id = oscar_server.serve(place, folder, place.peer_port)
    plan = {"host": HOST, "port": place.peer_port, "product_id": product_id, "clients": CLIENTS}
    for clients in (1, CLIENTS):  # warm; its first order makes rows that later ones share, which two at once cannot
        run("peers.oscar_load", {**plan, "clients": clients, "seconds": PEERS.seconds})
    with psycopg.connect(place.admin()) as connection:
        _, sides = ready(place, connection, print_line, length=PEERS)
        ours, theirs = _turns(sides, plan, print_line)
        stop(place)
    place.stop(oscar_server.NAME)
    version = oscar_server.PACKAGES[0].replace("==", " ")
    return [
        Row("an order of ours", median(ours), "orders/s", f"of {version}", paired_ratio(ours, theirs)),
        Row(f"an order of {version}", median(theirs), "orders/s", f"{CLIENTS} clients"),
    ]


def _turns(sides: Sides, plan: dict[str, Any], print_line: Callable[[str], None]) -> tuple[list[float], list[float]]:
    """Orders per second of each round, ours and theirs."""
    ours, theirs = list[float](), list[float]()

    def we() -> None:
        ours.append(_per_s(sides.http(seconds=PEERS.seconds)))

    def they() -> None:
        theirs.append(_per_s(run("peers.oscar_load", {**plan, "seconds": PEERS.seconds})))

    for first, second in turns(we, they, PEERS.rounds):
        first()
        second()
        print_line(f"  ours {ours[-1]:.1f}/s, theirs {theirs[-1]:.1f}/s")
    return ours, theirs


def _per_s(driven: dict[str, Any]) -> float:
    return float(driven["completed"] / driven["seconds"])
