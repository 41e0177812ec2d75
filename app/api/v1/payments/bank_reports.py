"""The bank's own files on what became of payment orders."""

from typing import Annotated

from pydantic import Field

from app.api.kit.reading import Upload, Uploaded
from app.api.kit.shapes import Answer, OneOf, QueryShape
from app.api.v1.api import KeyCaller, v1
from app.core.ids import show
from app.lib import bank_reports
from app.workflow.payments import read_bank_report
from app.workflow.payments.read_bank_report import ReviewedEntry, Verdict


class BankReportForm(QueryShape):
    """Whether what the file says is recorded."""

    record: Annotated[bool, Field(description="False: only look.")] = False


FILE = Upload(bank_reports.MAX_BYTES, BankReportForm, "pain.002, camt.054 or camt.053, up to 5 MB and 5,000 payments.")


class BankReportEntry(Answer):
    """What the bank says of one payment."""

    status: Annotated[str, OneOf(("executed", "rejected", "returned"))]
    reference: Annotated[str, Field(description="The end-to-end reference, or empty if the whole order is meant.")]
    reason: str
    amount: Annotated[str, Field(description="Decimal, as the bank says it; may be empty.")]
    currency: str
    payment_order_id: str | None
    line_id: str | None
    verdict: Annotated[
        Verdict,
        Field(
            description="`record`: it is (or would be) recorded. `known`: it was recorded before. `unknown`: no line "
            "has this reference. `wrong_amount`: the line is of another amount. `not_sent`: the order’s file was never "
            "downloaded. `impossible`: not after what is recorded."
        ),
    ]


class BankReport(Answer):
    """What a file says, in its order."""

    recorded: bool
    data: list[BankReportEntry]


@v1.post(
    "/bank_reports",
    upload=FILE,
    answer=BankReport,
    permission="payouts.write",
    tag="Payment orders",
    errors=("invalid_file",),
)
def send_bank_report(caller: KeyCaller, upload: Uploaded) -> BankReport:
    """Send a file of the bank's.

    It says which payments of payment orders were executed, rejected or returned. Look first, then send the same file
    with `record=true`. The same file again changes nothing; payments that match no line are shown and left alone.
    """
    entries, is_recorded = read_bank_report.read(upload.file), upload.form.record
    if is_recorded:
        found = read_bank_report.record(caller.business_id, entries, actor=caller.actor)
    else:
        found = read_bank_report.review(caller.business_id, entries)
    return BankReport(recorded=is_recorded, data=[_entry(each) for each in found])


def _entry(each: ReviewedEntry) -> BankReportEntry:
    entry, line = each.entry, each.line
    return BankReportEntry(
        status=entry.status.value,
        reference=entry.reference,
        reason=entry.reason,
        amount=entry.amount,
        currency=entry.currency,
        payment_order_id=show("por", line.payment_order_id) if line is not None else None,
        line_id=show("pol", line.id) if line is not None else None,
        verdict=each.verdict,
    )
