"""Apps: a merchant's account as Alipay knows it, with the merchant's public key and our own key pair for it."""

import secrets
from typing import Any

from sandbox.simulator import fields
from sandbox.simulator.alipay import keys
from sandbox.simulator.store import Database, Row


def register(db: Database, data: dict[str, Any]) -> Row:
    """Writes the app, and a merchant of the same name for the buyer's pages. Raises: Refusal 422."""
    app_id, seller_id = fields.number(data, "app_id"), fields.number(data, "seller_id")
    public = keys.check_public(fields.text(data, "app_public_key", longest=4096))
    known = find(db, app_id)
    private = data.get("private_key") or (known["private_key"] if known else keys.new_private())
    values = (app_id, seller_id, public, fields.text({"key": private}, "key", longest=8192))
    db.execute(
        "INSERT INTO alipay_apps (app_id, seller_id, app_public_key, private_key) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (app_id) DO UPDATE SET seller_id = excluded.seller_id, private_key = excluded.private_key,"
        " previous_app_public_key = CASE WHEN app_public_key = excluded.app_public_key"
        " THEN previous_app_public_key ELSE app_public_key END, app_public_key = excluded.app_public_key",
        values,
    )
    # Its key is known to nobody: this merchant cannot use Pretend Pay's own API.
    db.execute(
        "INSERT INTO merchants (merchant_id, api_key, name) VALUES (?, ?, ?)"
        " ON CONFLICT (merchant_id) DO UPDATE SET name = excluded.name",
        (app_id, secrets.token_hex(32), fields.text(data, "name", default=app_id)),
    )
    if "app_cert_sn" in data:
        names = ("app_cert_sn", "alipay_root_cert_sn", "alipay_cert_sn")
        numbers = (fields.text(data, name, longest=400) for name in names)
        db.execute("INSERT OR REPLACE INTO alipay_certificates VALUES (?, ?, ?, ?)", (app_id, *numbers))
    if "gateway_url" in data:
        db.execute("INSERT OR REPLACE INTO alipay_gateways VALUES (?, ?)", (app_id, fields.url(data, "gateway_url")))
    app = find(db, app_id)
    assert app is not None
    return app


def find(db: Database, app_id: str) -> Row | None:
    """The app; the numbers of its certificates are none in key mode, and messages go nowhere without its gateway."""
    row: Row | None = db.execute(
        "SELECT a.*, c.app_cert_sn, c.alipay_root_cert_sn, c.alipay_cert_sn, g.url AS gateway_url"
        " FROM alipay_apps a LEFT JOIN alipay_certificates c USING (app_id) LEFT JOIN alipay_gateways g USING (app_id)"
        " WHERE app_id = ?",
        (app_id,),
    ).fetchone()
    return row
