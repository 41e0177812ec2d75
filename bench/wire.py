"""`python -m bench.wire LISTEN SERVER CONTROL`: stands between application and database, and counts round trips.

A trip is what the application sent and then waited for: so many statements as travel together are one, whether as one
text or in a pipeline. Whoever connects to CONTROL is told the number of trips so far.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from bench.place import Place
from ops import child
from ops.paths import ROOT, short_directory

SOCKET = ".s.PGSQL.5432"
CHUNK = 65536


class Wire:
    """The process, in front of the run's database."""

    def __init__(self, place: Place) -> None:
        self.server = place.postgres.sockets
        self.sockets = short_directory(place.folder / "wire")
        self.sockets.mkdir(parents=True, exist_ok=True)
        listen, self.control = self.sockets / SOCKET, self.sockets / "control"
        log = place.folder / "wire.log"
        command: list[str | Path] = [sys.executable, "-m", "bench.wire", listen, self.server / SOCKET, self.control]
        with log.open("wb") as output:
            self.process: subprocess.Popen[bytes] = child.start(command, cwd=ROOT, output=output)
        if not child.wait_until(self.control.exists, limit_s=20):
            raise RuntimeError(f"the wire did not start:\n{log.read_text()[-2000:]}")

    def reroute(self, env: Mapping[str, str]) -> dict[str, str]:
        """The environment of a process whose connections go through here."""
        direct, here = (quote(str(folder), safe="") for folder in (self.server, self.sockets))
        return {name: value.replace(direct, here) for name, value in env.items()}

    def trips(self) -> int:
        """Round trips of all connections so far."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.control))
            return int(connection.makefile().read())


class Counter:
    """Counts for all connections together."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.trips = 0

    async def application(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the application, until one side closes it."""
        from_server, to_server = await asyncio.open_unix_connection(self.server)
        turn = Turn(self)
        there = asyncio.create_task(_pass_on(reader, to_server, turn.ask))
        back = asyncio.create_task(_pass_on(from_server, writer, turn.answer))
        await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        for each in (to_server, writer):
            each.close()
        await asyncio.gather(there, back, return_exceptions=True)

    async def tell(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Say how many there were."""
        writer.write(str(self.trips).encode())
        writer.close()


class Turn:
    """Whose turn it is on one connection."""

    def __init__(self, counter: Counter) -> None:
        self.counter, self.is_asked = counter, False

    def ask(self) -> None:
        """The application sent something."""
        self.is_asked = True

    def answer(self) -> None:
        """The server sent something: the first of it ends a trip."""
        self.counter.trips += self.is_asked
        self.is_asked = False


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Callable[[], None]) -> None:
    while data := await reader.read(CHUNK):
        heard()
        writer.write(data)
        await writer.drain()


async def main(listen: str, server: str, control: str) -> None:
    """Serve until told to stop."""
    counter = Counter(server)
    async with await asyncio.start_unix_server(counter.application, listen):
        os.chmod(listen, 0o600)
        await (await asyncio.start_unix_server(counter.tell, control)).serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
