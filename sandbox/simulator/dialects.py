"""In whose dialect a notice is written: Pretend Pay's own, or that of the company that it pretends to be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.simulator import misbehave, notices
from sandbox.simulator.alipay import notices as alipay
from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database, Row, now
from sandbox.simulator.stripe import notices as stripe
from sandbox.simulator.wechat import notices as wechat


@dataclass(frozen=True)
class Message:
    """One attempt to send a notice, what acknowledges it, and how long to wait before each attempt."""

    body: bytes
    headers: dict[str, str]
    is_acknowledged: Callable[[int | None, str], bool]
    ladder_s: Sequence[float]


def message(db: Database, notice: Row, script: Script | None) -> Message | None:
    """What to send; None when this company sends no such notices."""
    for dialect in (alipay, wechat, stripe):
        account = dialect.of(db, notice)
        if account is None:
            continue
        if notice["event"] in dialect.NEVER_NOTIFIED:
            return None
        body, headers = dialect.message(db, account, notice, script)
        return Message(body, headers, dialect.is_acknowledged, dialect.LADDER_S)
    found = db.execute("SELECT api_key FROM merchants WHERE merchant_id = ?", (notice["merchant_id"],)).fetchone()
    body, headers = misbehave.notice_message(notice["payload"], script, key=found["api_key"], now=now())
    return Message(body, headers, _any_success, notices.LADDER_S)


def _any_success(http_status: int | None, _: str) -> bool:
    return http_status is not None and 200 <= http_status < 300
