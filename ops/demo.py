"""The demo business: made once per database by `flask seed-demo`, kept in var/demo.json (that of the
database started last), known to the simulator."""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path
from typing import Any

from ops.console import OpsError
from ops.environment import Ports, log_file
from ops.paths import VAR, fingerprint

FILE = VAR / "demo.json"
# What `make run` shows: the demo with a quarter of sales, the demo alone, or no demo.
SIZES = FULL, SMALL, NONE = "full", "small", "0"


def size() -> str:
    """What DEMO asks for.

    Raises:
        OpsError: there is no such demo.
    """
    asked = os.environ.get("DEMO") or FULL
    asked = FULL if asked == "1" else asked
    if asked not in SIZES:
        raise OpsError(f"DEMO must be {FULL}, {SMALL} or {NONE}, not {asked!r}.")
    return asked


def read(output: str) -> dict[str, Any]:
    """What `flask seed-demo` answered: its last line.

    Raises:
        OpsError: that line is no JSON object.
    """
    try:
        return dict(json.loads(output.strip().splitlines()[-1]))
    except (IndexError, ValueError) as error:
        raise OpsError(f"seed-demo answered no JSON: {output[-200:]!r}") from error


def stored(database_url: str, ports: Ports) -> dict[str, Any] | None:
    """What is known of the demo business of this very database, made for these addresses; None when there is none, or
    not for these. Keys and password are shown only once by the application, so a file of each database keeps them."""
    before = _read(database_url)
    if before.get("state") != _state(ports) or "configuration" not in before["known"]:
        return None
    _write(FILE, before["known"])
    return dict(before["known"])


def keep(answer: dict[str, Any], database_url: str, ports: Ports) -> dict[str, Any]:
    """Write down what seed-demo answered; a business that existed already keeps what was known of it."""
    before = _read(database_url).get("known", {})
    is_same = not answer.get("fresh", True) and before.get("email") == answer.get("email")
    known = {**before, **answer} if is_same else answer
    _write(FILE, known)
    _write(_file_of(database_url), {"state": _state(ports), "known": known})
    return known


def shop_keys(known: dict[str, Any]) -> dict[str, str]:
    """The environment by which the demo shop knows its keys."""
    keys = ("secret_key", "publishable_key", "webhook_secret", "configuration")
    return {f"BURSAR_{key.upper()}": known[key] for key in keys if known.get(key)}


def introduce(known: dict[str, Any], simulator_url: str) -> None:
    """Tell the simulator the demo business's merchant and its key, as a payment company would have agreed them."""
    merchant = known.get("simulator")
    if not merchant:
        return
    request = urllib.request.Request(  # noqa: S310
        f"{simulator_url}/admin/merchants",
        data=json.dumps(merchant).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
    except OSError as error:
        raise OpsError(f"the simulator did not take the demo merchant: {error}") from error


def history_log(known: dict[str, Any]) -> Path:
    """What `flask seed-history` says about this demo business."""
    return log_file(f"history-{known['business_id'][-8:]}")


def has_history(known: dict[str, Any]) -> bool:
    """Whether it has said that there is one."""
    log = history_log(known)
    try:
        return "orders" in read(log.read_text())
    except (OSError, OpsError):
        return False


def _file_of(database_url: str) -> Path:
    return VAR / f"demo-{fingerprint(database_url)}.json"


def _read(database_url: str) -> dict[str, Any]:
    path = _file_of(database_url)
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _write(path: Path, known: dict[str, Any]) -> None:
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(known, file, indent=2)
    new.replace(path)


def _state(ports: Ports) -> str:
    """Changes when the embedded cluster is made anew, or the addresses move."""
    made = VAR / "postgres" / "data" / "PG_VERSION"
    is_embedded = not os.environ.get("DATABASE_URL") and made.exists()
    return f"{made.stat().st_mtime_ns if is_embedded else 0} {ports.host} {ports.web}"
