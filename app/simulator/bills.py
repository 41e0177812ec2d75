"""The day's bill: a line for each payment paid and each refund made on that day (UTC)."""

import csv
import io
from datetime import UTC, datetime, timedelta

from app.simulator import fields
from app.simulator.store import Database

FEE_BPS = 60
HEADER = ("type", "trade_no", "out_trade_no", "out_refund_no", "amount", "currency", "fee", "status", "at")


def fee_of(amount: int) -> int:
    """0.60 % of the amount in minor units, half up."""
    return (amount * FEE_BPS + 5_000) // 10_000


def write_bill(db: Database, merchant_id: str, day_text: str) -> str:
    """The bill as CSV, in order of time; refunds and fees given back are negative. Raises: Refusal."""
    try:
        day = datetime.strptime(day_text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise fields.invalid("The day must read YYYY-MM-DD.") from error
    if day > datetime.now(UTC):
        raise fields.Refusal(404, "bill_not_ready", "There is no bill of this day yet.")
    span = (merchant_id, day.timestamp(), (day + timedelta(days=1)).timestamp())
    rows = db.execute(
        "SELECT 'payment', trade_no, out_trade_no, '', amount, currency, status, paid_at AS at FROM payments"
        " WHERE merchant_id = ?1 AND status = 'succeeded' AND paid_at >= ?2 AND paid_at < ?3"
        " UNION ALL SELECT 'refund', trade_no, out_trade_no, out_refund_no, -amount, currency, status,"
        " settled_at FROM refunds WHERE merchant_id = ?1 AND status = 'succeeded'"
        " AND settled_at >= ?2 AND settled_at < ?3 ORDER BY at",
        span,
    )
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for kind, trade_no, out_trade_no, out_refund_no, amount, currency, status, at in rows:
        fee = fee_of(abs(amount)) * (1 if amount > 0 else -1)
        writer.writerow((kind, trade_no, out_trade_no, out_refund_no, amount, currency, fee, status, fields.iso(at)))
    return out.getvalue()
