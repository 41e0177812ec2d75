"""The processes that make up a running Bursar, each with its command and how one knows that it answers."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from ops.environment import Ports


@dataclass(frozen=True)
class Program:
    """`ready_url` answers below 500 once the program serves; those that listen to nobody print `<name> ready`, and
    those of several `parts` a line for each."""

    name: str
    command: tuple[str, ...]
    ready_url: str | None = None
    parts: tuple[str, ...] = ()

    def says_ready(self, log: str) -> bool:
        """Whether its log says that it is ready, where it has no address."""
        return all(f"{part} ready" in log for part in self.parts or (self.name,))


def web(host: str, port: int, *, workers: int = 1) -> Program:
    command = (sys.executable, "-m", "app.front", "--host", host, "--port", str(port), "--workers", str(workers))
    return Program("web", command, f"http://{host}:{port}/readyz")


def simulator(host: str, port: int) -> Program:
    return Program("simulator", (sys.executable, "-m", "sandbox.simulator"), f"http://{host}:{port}/")


def shop(host: str, port: int) -> Program:
    return Program("shop", (sys.executable, "-m", "sandbox.demo.shop"), f"http://{host}:{port}/")


WORKER = Program("worker", (sys.executable, "-m", "app.worker"))
FILES = Program("files", (sys.executable, "-m", "app.worker.files"))
RELAY = Program("relay", (sys.executable, "-m", "app.worker.relay"))
WORKERS = Program(
    "workers",
    (sys.executable, "-m", "app.worker.together"),
    parts=tuple(each.name for each in (WORKER, FILES, RELAY)),
)


def everything(ports: Ports, *, workers: int, has_demo: bool) -> list[Program]:
    """All of them in the order of starting: those that load longest first. Without a demo the shop sells nothing."""
    host = ports.host
    return [
        web(host, ports.web, workers=workers),
        WORKERS,
        simulator(host, ports.simulator),
        *([shop(host, ports.shop)] if has_demo else []),
    ]
