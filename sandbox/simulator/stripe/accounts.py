"""Accounts as Stripe knows them: a secret key, and one endpoint that gets every event."""

import re
import secrets
from typing import Any

from sandbox.simulator import fields
from sandbox.simulator.store import Database, Row, insert

KEY = re.compile(r"(sk|rk)_test_[A-Za-z0-9]{8,}")
COLUMNS = ("account_id", "secret_key", "webhook_url", "webhook_secret")


def register(db: Database, data: dict[str, Any]) -> Row:
    """Writes the account, and a merchant of the same name for the buyer's pages. Raises: Refusal 422."""
    account_id = fields.number(data, "account_id")
    secret_key = fields.text(data, "secret_key")
    if not KEY.fullmatch(secret_key):
        raise fields.invalid("secret_key must read sk_test_… or rk_test_…")
    taken = by_key(db, secret_key)
    if taken is not None and taken["account_id"] != account_id:
        raise fields.invalid("Another account has this secret_key.")
    known = find(db, account_id)
    webhook_secret = fields.text(data, "webhook_secret", default=f"whsec_{secrets.token_hex(16)}")
    values: dict[str, str | None] = dict(
        zip(COLUMNS, (account_id, secret_key, fields.url(data, "webhook_url"), webhook_secret), strict=True)
    )
    values |= {"previous_webhook_secret": None}
    if known is not None:
        is_stored = known["webhook_secret"] == webhook_secret
        values["previous_webhook_secret"] = known["previous_webhook_secret" if is_stored else "webhook_secret"]
    insert(db, "stripe_accounts", values, replaces=True)
    # Its key is known to nobody: this merchant cannot use Pretend Pay's own API.
    db.execute(
        "INSERT INTO merchants (merchant_id, api_key, name) VALUES (?, ?, ?)"
        " ON CONFLICT (merchant_id) DO UPDATE SET name = excluded.name",
        (account_id, secrets.token_hex(32), fields.text(data, "name", default=account_id)),
    )
    account = find(db, account_id)
    assert account is not None
    return account


def drop_previous_secret(db: Database, account_id: str) -> None:
    db.execute("UPDATE stripe_accounts SET previous_webhook_secret = NULL WHERE account_id = ?", (account_id,))


def find(db: Database, account_id: str) -> Row | None:
    row: Row | None = db.execute("SELECT * FROM stripe_accounts WHERE account_id = ?", (account_id,)).fetchone()
    return row


def by_key(db: Database, secret_key: str) -> Row | None:
    row: Row | None = db.execute("SELECT * FROM stripe_accounts WHERE secret_key = ?", (secret_key,)).fetchone()
    return row
