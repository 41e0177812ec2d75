"""`python -m bench.company PORT`: takes every payment at once and says "pending", and every
refund, which it says is done; only payments of DECLINED_MINOR it declines. It verifies and keeps nothing."""

from __future__ import annotations

import asyncio
import json
import sys

DECLINED_MINOR = 6660


class Company(asyncio.Protocol):
    """One connection, kept open."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = self.received[:end].decode().lower()
            length = int(head.partition("content-length:")[2].split("\r\n")[0] or 0)
            if len(self.received) < end + 4 + length:
                return
            body = self.received[end + 4 : end + 4 + length]
            self.received = self.received[end + 4 + length :]
            self.transport.write(answer(body, "succeeded" if "/refunds" in head.split("\r\n")[0] else "pending"))


def answer(body: bytes, status: str) -> bytes:
    """The whole HTTP answer to a payment or a refund, or a greeting."""
    response: dict[str, object] = {"company": "bench"}
    if body:
        request = json.loads(body)
        response = {
            "trade_no": f"pp_{request.get('out_trade_no')}",
            "out_trade_no": request.get("out_trade_no"),
            "status": status,
            "amount": request.get("amount"),
            "currency": request.get("currency"),
            "pay_url": "https://pay.example/p/1",
        }
        if request.get("amount") == DECLINED_MINOR and status == "pending":
            response |= {"status": "failed", "decline_code": "card_declined"}
    content = json.dumps(response).encode()
    head = f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


async def main(port: int) -> None:
    """Serve until told to stop."""
    server = await asyncio.get_running_loop().create_server(Company, "127.0.0.1", port, backlog=256)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
