"""`python -m tests.endurance.racers`: reads requests as JSON on standard input, sends them, prints the answers as JSON.

`{"ports": […], "rounds": [[request, …], …]}`: one process per request of a round, each with a connection of its own.
All begin a round at the same moment. Answered is `[[[status, code], …], …]`.
"""

from __future__ import annotations

import json
import multiprocessing
import socket
import sys
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

LIMIT_S = 120


def ask(connection: socket.socket, request: dict[str, Any]) -> tuple[int, str]:
    """One POST; its status, and the code of a refusal."""
    body = json.dumps(request["body"]).encode()
    head = f"POST {request['path']} HTTP/1.1\r\nHost: race\r\nContent-Type: application/json\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in request["headers"].items())
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += _more(connection)
    lines = received[:end].decode().lower().split("\r\n")
    length = next(int(line[15:]) for line in lines if line.startswith("content-length:"))
    while len(received) < end + 4 + length:
        received += _more(connection)
    status = int(lines[0].split()[1])
    return status, "" if status < 400 else str(json.loads(received[end + 4 :]).get("code"))


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data


def race(number: int, plan: dict[str, Any], start: Barrier, out: Connection) -> None:
    """One racer: its request of every round."""
    port = plan["ports"][number % len(plan["ports"])]
    connection = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
    answers = []
    for requests in plan["rounds"]:
        start.wait(LIMIT_S)
        answers.append(ask(connection, requests[number]))
    out.send(answers)


def main() -> None:
    """Everybody at the line; go."""
    plan = json.load(sys.stdin)
    fork = multiprocessing.get_context("fork")
    count = len(plan["rounds"][0])
    start = fork.Barrier(count)
    pipes = [fork.Pipe(duplex=False) for _ in range(count)]
    racers = [fork.Process(target=race, args=(number, plan, start, pipes[number][1])) for number in range(count)]
    for racer in racers:
        racer.start()
    answers = []
    for number, (inlet, outlet) in enumerate(pipes):
        outlet.close()
        try:
            answers.append(inlet.recv())
        except EOFError:
            sys.exit(f"racer {number} broke off")
    for racer in racers:
        racer.join()
    json.dump(list(zip(*answers, strict=True)), sys.stdout)


if __name__ == "__main__":
    main()
