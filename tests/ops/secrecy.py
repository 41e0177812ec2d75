"""Looks through the files of an installation: for what others may read, and for secrets that lie in the open.

`use` makes secrets of every kind; `found_in` looks for them."""

from __future__ import annotations

import json
import re
import stat
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx

PASSAGE = 0o710  # lets the database's account through to its own folder
# Where they may stand: what the next start reads, and the pretend company's own books.
OWN_FILES = ("secrets.env", "demo", "simulator.sqlite3")


def use(url: str, var: Path) -> dict[str, str]:
    """Sign in, place an order, open a checkout, add a channel: the installation's secrets and those that came of it."""
    known = json.loads((var / "demo.json").read_text())
    made = dict(line.split("=", 1) for line in (var / "secrets.env").read_text().splitlines() if "=" in line)
    made |= {name: known[name] for name in ("password", "secret_key", "webhook_secret")}
    made |= {"simulator's key": known["simulator"]["api_key"]}
    made |= {"channel's secret": f"canary{uuid.uuid4().hex}", "wrong password": f"wrong{uuid.uuid4().hex}"}
    made |= _by_key(url, known, made["channel's secret"])
    made |= _by_browser(url, known["email"], made["wrong password"], made["password"])
    return made


def _by_key(url: str, known: dict[str, Any], channel_secret: str) -> dict[str, str]:
    client = httpx.Client(base_url=f"{url}/v1", headers={"Authorization": f"Bearer {known['secret_key']}"}, timeout=60)

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = client.post(path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
        return dict(answer.raise_for_status().json())

    bought = {"line_items": [{"sku_id": known["sku_ids"][0], "quantity": 1}], "buyer": {"reference": "canary"}}
    post("orders", bought)
    session = post("checkout/sessions", bought)
    httpx.get(session["url"], follow_redirects=True, timeout=60).raise_for_status()
    settings = {"merchant_id": "canary", "api_key": channel_secret}
    post("channel_accounts", {"channel": "simulator", "name": "Canary", "settings": settings})
    return {"session's secret": session["client_secret"]}


def _by_browser(url: str, email: str, *passwords: str) -> dict[str, str]:
    browser = httpx.Client(base_url=url, timeout=60)
    for password in passwords:
        token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/portal/login").text)[0]
        browser.post("/portal/login", data={"csrf_token": token, "email": email, "password": password})
    browser.get("/portal").raise_for_status()
    return {"cookie": browser.cookies["bursar"]}


def left_open(var: Path) -> list[str]:
    """Every file and folder on which somebody other than its owner has a right."""
    return [
        f"{path} {stat.S_IMODE(path.lstat().st_mode):o}"
        for path in (var, *var.rglob("*"))
        if not path.is_symlink() and stat.S_IMODE(path.lstat().st_mode) & 0o077 and not _lets_pass(path, var)
    ]


def found_in(folder: Path, secrets: Mapping[str, str], *, but: Iterable[str]) -> list[str]:
    """Where a secret (name → value) stands, in any file; those whose names begin with one of `but` may hold it."""
    return [
        f"{name} in {path.relative_to(folder)}"
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).as_posix().startswith(tuple(but))
        for name, value in secrets.items()
        if value.encode() in path.read_bytes()
    ]


def _lets_pass(path: Path, var: Path) -> bool:
    return path == var and stat.S_IMODE(path.stat().st_mode) == PASSAGE
