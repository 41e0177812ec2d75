"""Where a case leads: the page of what it is about, as far as this seat may open it."""

from __future__ import annotations

from collections.abc import Callable

from flask import url_for

from app.core.i18n.marks import N_
from app.core.ids import show
from app.read.reconciliation.cases import CaseRow


def links_of(row: CaseRow, may: Callable[[str], bool]) -> list[tuple[str, str]]:
    """(Title, address) of each page; orders, attempts and bank transfers stand on the case's page by themselves."""
    found = []
    if row.kind == "endpoint_paused" and may("webhooks.read"):
        url = url_for("portal.webhooks.detail", endpoint_id=show("whe", row.subject_id))
        found.append((N_("Webhook endpoint"), url))
    if row.kind == "reservation_stuck" and may("orders.read"):
        url = url_for("portal.reservations.detail", reservation_id=show("rsv", row.subject_id))
        found.append((N_("Reservation"), url))
    if "event_id" in row.details and may("jobs.read"):
        found.append((N_("Failed event"), url_for("portal.jobs.index")))
    if row.kind == "balance_negative" and may("ledger.read"):
        found.append((N_("Balances"), url_for("portal.reports.show", report="balances")))
    if row.kind == "cannot_sell" and may("settings.read"):
        found.append((N_("Checklist"), url_for("portal.going_live.index")))
    return found
