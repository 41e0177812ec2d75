"""Platform certificates: which of our keys a merchant may believe, handed out sealed with the merchant's API v3 key."""

import secrets
from typing import Any

from sandbox.simulator import fields
from sandbox.simulator.store import Database, Row, now
from sandbox.simulator.wechat import answers, keys, merchants

LIFE_S = 5 * 365 * 86_400
ABOUT = "certificate"


def issue(db: Database, mchid: str, data: dict[str, Any]) -> tuple[str, str]:
    """Makes a certificate (of `private_key`, or a new one) that we sign with from now on. Raises: Refusal."""
    if merchants.find(db, mchid) is None:
        raise fields.Refusal(404, "merchant_not_found", "There is no such merchant.")
    private = keys.check_private(fields.text(data, "private_key", longest=8192, default=keys.new_private()))
    at = now()
    serial, certificate = keys.new_certificate(private, ends_at=at + LIFE_S)
    values = (serial, mchid, private, certificate, at, at + LIFE_S)
    db.execute("INSERT INTO wechat_certificates VALUES (?, ?, ?, ?, ?, ?)", values)
    db.execute(
        "UPDATE wechat_merchants SET platform_serial = ?, platform_private_key = ? WHERE mchid = ?",
        (serial, private, mchid),
    )
    return serial, certificate


def listed(db: Database, merchant: Row) -> dict[str, Any]:
    """All certificates of the merchant that have not ended. Raises: Refused 404 when there are none."""
    rows = db.execute(
        "SELECT * FROM wechat_certificates WHERE mchid = ? AND ends_at > ? ORDER BY begins_at",
        (merchant["mchid"], now()),
    ).fetchall()
    if not rows:
        raise answers.Refused(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请使用微信支付公钥")
    return {"data": [_sealed(merchant, row) for row in rows]}


def signer(db: Database, merchant: Row, serial: str) -> Row:
    """The merchant, with the key that its request names for signing the answer."""
    row = db.execute(
        "SELECT * FROM wechat_certificates WHERE serial = ? AND mchid = ?", (serial, merchant["mchid"])
    ).fetchone()
    if row is None:
        return merchant
    chosen = {"platform_serial": row["serial"], "platform_private_key": row["private_key"]}
    return dict(merchant) | chosen  # type: ignore[return-value]


def _sealed(merchant: Row, row: Row) -> dict[str, Any]:
    nonce = secrets.token_hex(6)
    content = row["certificate"].encode()
    return {
        "serial_no": row["serial"],
        "effective_time": answers.clock(row["begins_at"]),
        "expire_time": answers.clock(row["ends_at"]),
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": ABOUT,
            "ciphertext": keys.encrypt(merchant["api_v3_key"], content, nonce=nonce, about=ABOUT),
        },
    }
