"""What the bank's own file says, as it is looked at and then recorded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from flask import Response

from app.core.errors import Invalid
from app.core.i18n.marks import N_
from app.core.web.htmx import page
from app.domain.payments.payment_orders.states import PaymentLineStatus
from app.lib import bank_reports
from app.web.portal.payments.payment_orders.forms import RecordForm
from app.workflow.payments.read_bank_report import ReportEntry, ReviewedEntry

SHOWN = 500
VERDICTS = {
    "record": N_("Will be recorded"),
    "known": N_("Recorded before"),
    "unknown": N_("No payment has this reference"),
    "wrong_amount": N_("The payment is of another amount"),
    "not_sent": N_("The file of its payment order was never downloaded"),
    "impossible": N_("Not possible after what is recorded"),
}


def reviewed(found: Sequence[ReviewedEntry]) -> Response:
    """The page that says what would be recorded."""
    news = [each for each in found if each.verdict == "record"]
    form = RecordForm(formdata=None, data={"entries": json.dumps([asdict(each.entry) for each in news])})
    rest = [each for each in found if each.verdict != "record"]
    return page(
        "portal/payments/payment_orders/bank_report_review.html",
        form=form,
        count=len(news),
        found=[*news, *rest][:SHOWN],
        more=max(0, len(found) - SHOWN),
        verdicts=VERDICTS,
    )


def entries_of(text: str) -> list[ReportEntry]:
    """What the page before wrote down. Raises Invalid for anything else."""
    try:
        found = [ReportEntry(**{**each, "status": PaymentLineStatus(each["status"])}) for each in json.loads(text)]
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid("invalid_parameter", "Send the file again.", details={"param": "entries"}) from error
    if len(found) > bank_reports.MAX_ENTRIES or not all(_is_text(each) for each in found):
        raise Invalid("invalid_parameter", "Send the file again.", details={"param": "entries"})
    return found


def _is_text(entry: ReportEntry) -> bool:
    return all(isinstance(value, str) and len(value) <= bank_reports.MAX_TEXT for value in asdict(entry).values())
