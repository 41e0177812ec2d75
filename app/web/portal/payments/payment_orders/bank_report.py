"""The bank's own file, looked at and then recorded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from flask import Response, flash, url_for

from app.core.errors import AppError, Invalid
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.payments.payment_orders.states import PaymentLineStatus
from app.lib import bank_reports
from app.web.marks import takes_files
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.payments.payment_orders.forms import BankReportForm, RecordForm
from app.web.portal.payments.payment_orders.views import blueprint
from app.workflow.payments import read_bank_report
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
FILE = {"invalid_file": "file"}


@blueprint.get("/bank-report")
@needs("payouts.write")
def bank_report() -> Response:
    return page("portal/payments/payment_orders/bank_report.html", form=BankReportForm(formdata=None))


@blueprint.post("/bank-report")
@needs("payouts.write")
@takes_files(bank_reports.MAX_BYTES + 100_000)
def review_report() -> Response:
    who, form = actor(), BankReportForm()
    if not form.validate():
        return page("portal/payments/payment_orders/bank_report.html", form=form, status=422)
    try:
        entries = read_bank_report.read(form.file.data.stream)
    except AppError as error:
        form.take_error(error, FILE)
        return page("portal/payments/payment_orders/bank_report.html", form=form, status=error.http_status)
    return _reviewed(read_bank_report.review(who.business_id, entries))


@blueprint.post("/bank-report/record")
@needs("payouts.write")
@reauthenticated
def record_report() -> Response:
    who, form = actor(), RecordForm()
    done = read_bank_report.record(who.business_id, _entries(form.entries.data or ""), actor=who.name)
    count = Counter(each.verdict for each in done)
    flash(N_("Recorded."), "good") if count["record"] else flash(N_("Nothing new was recorded."), "calm")
    return see_other(url_for("portal.payment_orders.index"))


def _reviewed(found: Sequence[ReviewedEntry]) -> Response:
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


def _entries(text: str) -> list[ReportEntry]:
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
