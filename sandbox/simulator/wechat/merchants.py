"""Merchants as WeChat Pay knows them: the merchant's public key, its API v3 key, and our own key pair for it."""

import secrets
from typing import Any

from sandbox.simulator import fields
from sandbox.simulator.store import Database, Row, insert
from sandbox.simulator.wechat import keys


def register(db: Database, data: dict[str, Any]) -> Row:
    """Writes the merchant, and one of the same name for the buyer's pages. Raises: Refusal 422."""
    mchid = fields.number(data, "mchid")
    known = find(db, mchid)
    private = data.get("platform_private_key") or (known["platform_private_key"] if known else keys.new_private())
    is_stored = known is not None and known["platform_private_key"] == private
    serial = data.get("platform_serial") or (known["platform_serial"] if known and is_stored else keys.new_serial())
    api_v3_key = fields.text(data, "api_v3_key", longest=32)
    if len(api_v3_key.encode()) != 32:
        raise fields.invalid("api_v3_key must have 32 characters.")
    private_key = fields.text({"platform_private_key": private}, "platform_private_key", longest=8192)
    values = {
        "mchid": mchid,
        "appid": fields.number(data, "appid"),
        "api_v3_key": api_v3_key,
        "merchant_serial": fields.number(data, "merchant_serial"),
        "merchant_public_key": keys.check_public(fields.text(data, "merchant_public_key", longest=8192)),
        "platform_serial": fields.number({"platform_serial": serial}, "platform_serial"),
        "platform_private_key": keys.check_private(private_key),
    }
    insert(db, "wechat_merchants", values, replaces=True)
    # Its key is known to nobody: this merchant cannot use Pretend Pay's own API.
    db.execute(
        "INSERT INTO merchants (merchant_id, api_key, name) VALUES (?, ?, ?)"
        " ON CONFLICT (merchant_id) DO UPDATE SET name = excluded.name",
        (mchid, secrets.token_hex(32), fields.text(data, "name", default=mchid)),
    )
    merchant = find(db, mchid)
    assert merchant is not None
    return merchant


def find(db: Database, mchid: str) -> Row | None:
    row: Row | None = db.execute("SELECT * FROM wechat_merchants WHERE mchid = ?", (mchid,)).fetchone()
    return row
