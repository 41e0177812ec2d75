"""`python -m bench.receiver PORT`: endpoints of merchants. `/well` takes everything and remembers when, `/hangs` never
answers, `/fails` says 500; `GET /deliveries` returns what came: by the event's id the seconds since 1970, each time."""

from __future__ import annotations

import asyncio
import json
import sys
import time

_HEAD = "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"


class Receiver(asyncio.Protocol):
    """One connection, kept open."""

    deliveries: dict[str, list[float]] = {}  # of all connections together

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            lines = self.received[:end].decode().split("\r\n")
            headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines[1:])}
            length = end + 4 + int(headers.get("content-length", 0))
            if len(self.received) < length:
                return
            self.received = self.received[length:]
            self._answer(lines[0].split(" ")[1], headers)

    def _answer(self, path: str, headers: dict[str, str]) -> None:
        if path.startswith("/hangs"):
            return
        content = b"{}"
        if path == "/deliveries":
            content = json.dumps(self.deliveries).encode()
        elif path == "/well":
            self.deliveries.setdefault(headers["webhook-id"], []).append(time.time())
        status = "500 Trouble" if path.startswith("/fails") else "200 OK"
        self.transport.write(_HEAD.format(status=status, length=len(content)).encode() + content)


async def main(port: int) -> None:
    """Serve until told to stop."""
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
