"""The day's bill: a line for each payment paid and each refund made on that day. Other dialects write it their way."""

import csv
import io
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from sandbox.simulator import fields
from sandbox.simulator.scripts import Script
from sandbox.simulator.store import Database

FEE_BPS = 60
HEADER = ("type", "trade_no", "out_trade_no", "out_refund_no", "amount", "currency", "fee", "status", "at")


@dataclass(frozen=True)
class Line:
    """A movement; the amounts of a refund, and of the fee that is returned with it, are negative."""

    kind: str
    trade_no: str
    out_trade_no: str
    refund_no: str
    out_refund_no: str
    amount: int
    currency: str
    subject: str
    opened_at: float
    at: float

    @property
    def fee(self) -> int:
        return fee_of(abs(self.amount)) * (1 if self.amount > 0 else -1)


def fee_of(amount: int) -> int:
    """0.60 % of the amount in minor units, half up."""
    return (amount * FEE_BPS + 5_000) // 10_000


def lines(
    db: Database, merchant_id: str, day_text: str, *, zone: tzinfo = UTC, script: Script | None = None
) -> list[Line]:
    """The movements of a day in this zone, in order of time, spoiled as the script says. Raises: Refusal."""
    try:
        day = datetime.strptime(day_text, "%Y-%m-%d").replace(tzinfo=zone)
    except ValueError as error:
        raise fields.invalid("The day must read YYYY-MM-DD.") from error
    if day > datetime.now(UTC):
        raise fields.Refusal(404, "bill_not_ready", "There is no bill of this day yet.")
    span = (merchant_id, day.timestamp(), (day + timedelta(days=1)).timestamp())
    rows = db.execute(
        "SELECT 'payment', trade_no, out_trade_no, '', '', amount, currency, subject, created_at, paid_at AS at"
        " FROM payments WHERE merchant_id = ?1 AND status = 'succeeded' AND paid_at >= ?2 AND paid_at < ?3"
        " UNION ALL SELECT 'refund', r.trade_no, r.out_trade_no, r.refund_no, r.out_refund_no, -r.amount, r.currency,"
        " p.subject, p.created_at, r.decided_at FROM refunds r JOIN payments p USING (trade_no)"
        " WHERE r.merchant_id = ?1 AND r.status = 'succeeded' AND r.decided_at >= ?2 AND r.decided_at < ?3 ORDER BY at",
        span,
    )
    return _spoiled([Line(*row) for row in rows], script)


def write_bill(found: Iterable[Line]) -> str:
    """The bill as CSV in Pretend Pay's columns: the movements, a line of sums for each currency, and how many
    movements there were."""
    found = list(found)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for line in found:
        about = (line.kind, line.trade_no, line.out_trade_no, line.out_refund_no, line.amount, line.currency, line.fee)
        writer.writerow((*about, "succeeded", fields.iso(line.at)))
    for currency in sorted({line.currency for line in found}):
        same = [line for line in found if line.currency == currency]
        sums = (sum(line.amount for line in same), currency, sum(line.fee for line in same))
        writer.writerow(("total", len(same), "", "", *sums, "", ""))
    writer.writerow(("end", len(found), *[""] * 7))
    return out.getvalue()


def damaged(content: bytes, script: Script | None) -> bytes:
    """The file as it arrives: cut off, or with a byte that changed on the way."""
    match script.behavior if script else "":
        case "truncated":
            return content[: len(content) // 2]
        case "bad_hash":
            at = len(content) // 2
            return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    return content


def store(db: Database, merchant_id: str, content: bytes, script: Script | None) -> str:
    """Stores a file under a token, which is returned. The script `gone` stores none."""
    token = secrets.token_urlsafe(24)
    if script is None or script.behavior != "gone":
        values = (token, merchant_id, damaged(content, script))
        db.execute("INSERT INTO bill_files (token, merchant_id, content) VALUES (?, ?, ?)", values)
    return token


def stored(db: Database, token: str) -> tuple[str, bytes]:
    """The merchant and the file of a token. Raises: Refusal 404."""
    row = db.execute("SELECT merchant_id, content FROM bill_files WHERE token = ?", (token,)).fetchone()
    if row is None:
        raise fields.Refusal(404, "file_not_found", "There is no such file.")
    return row["merchant_id"], row["content"]


def _spoiled(found: Sequence[Line], script: Script | None) -> list[Line]:
    match script.behavior if script else "":
        case "missing_line":
            return list(found[:-1])
        case "extra_line" if found:
            named = (script and script.value) or "nobody_knows_me"
            return [*found, replace(found[0], trade_no=fields.new_number("PP"), out_trade_no=named)]
        case "extra_refund" if found:
            first, number = found[0], fields.new_number("PR")
            by_hand = replace(first, kind="refund", amount=-first.amount, refund_no=number, out_refund_no="by_hand")
            return [*found, by_hand]
        case "wrong_amount" if found:
            more = int((script and script.value) or 1)
            return [replace(found[0], amount=found[0].amount + more), *found[1:]]
    return list(found)
