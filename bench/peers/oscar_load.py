"""`python -m bench.peers.oscar_load`: the client of Oscar's shop; reads what to do as JSON on standard input and prints
`{"seconds", "completed"}`. Each client places, pays and completes one order after another."""

from __future__ import annotations

import json
import secrets
import sys
import time
from typing import Any

from bench.load import Connection, side_by_side


class OscarClient:
    """One client, with one connection."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.connection = Connection(plan["host"], plan["port"])
        self.completed = 0

    def run(self) -> None:
        """For as long as the plan says."""
        while time.monotonic() < self.plan["began_s"] + self.plan["seconds"]:
            email = f"{secrets.token_hex(6)}@bench.example"
            order = self._post("/orders", {"product_id": self.plan["product_id"], "email": email})
            self._post(f"/orders/{order['number']}/paid", {"reference": secrets.token_hex(12)})
            assert self._post(f"/orders/{order['number']}/complete", {})["status"] == "Completed"
            self.completed += 1

    def _post(self, path: str, command: dict[str, Any]) -> Any:
        status, content = self.connection.call(
            "POST", path, "Content-Type: application/json\r\n", json.dumps(command).encode()
        )
        if status not in (200, 201):
            raise RuntimeError(f"{path} answered {status}: {content[:500]!r}")
        return json.loads(content)


def drive(plan: dict[str, Any]) -> dict[str, Any]:
    """Run the plan's clients to the end."""
    clients = [OscarClient(plan) for _ in range(plan["clients"])]
    plan["began_s"] = time.monotonic()
    side_by_side(clients, OscarClient.run)
    return {"seconds": time.monotonic() - plan["began_s"], "completed": sum(each.completed for each in clients)}


if __name__ == "__main__":
    json.dump(drive(json.load(sys.stdin)), sys.stdout)
