"""Reservations: what orders hold, and what became stuck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.read.orders import reservations as read
from app.web.portal.access import actor, needs
from app.web.portal.address import Tab
from app.web.portal.orders.reservations.forms import ReleaseForm
from app.workflow.orders import reserve_remotely

blueprint = Blueprint("reservations", __name__, url_prefix="/reservations")

TITLES = {"open": N_("Open"), "stuck": N_("Stuck"), "all": N_("All")}
PARTICIPANTS = {"stock": N_("Stock"), "wallet": N_("Buyer’s balance"), "remote": N_("Your system")}


@dataclass(frozen=True)
class ListState:
    """What the address asks for."""

    state: str
    participant: str
    cursor: str

    @classmethod
    def from_request(cls) -> ListState:
        """The state in the address; what makes no sense in it is left out."""
        state, participant = request.args.get("state", "open"), request.args.get("participant", "")
        return cls(
            state if state in TITLES else "open",
            participant if participant in PARTICIPANTS else "",
            request.args.get("cursor", "")[:200],
        )

    def url(self, **changes: Any) -> str:
        """The list's address with changes; the cursor is left out unless it is one of them."""
        named = {"state": self.state if self.state != "open" else "", "participant": self.participant}
        kept = {key: value for key, value in (named | changes).items() if value}
        return url_for("portal.reservations.index", **kept)

    def tabs(self) -> list[Tab]:
        """Every state."""
        return [
            Tab(title, self.url(state=key if key != "open" else ""), key == self.state) for key, title in TITLES.items()
        ]


@blueprint.get("")
@needs("orders.read")
def index() -> Response:
    return _list(ListState.from_request())


@blueprint.get("/<reservation_id>")
@needs("orders.read")
def detail(reservation_id: str) -> Response:
    return _detail(reservation_id, ReleaseForm(formdata=None))


@blueprint.post("/<reservation_id>/retry")
@needs("orders.write")
def retry(reservation_id: str) -> Response:
    is_sent = reserve_remotely.finalise(actor().business_id, ids.parse("rsv", reservation_id), force=True)
    flash(
        "Your system was notified. See its response below." if is_sent else "This reservation is already resolved.",
        "good",
    )
    return see_other(url_for("portal.reservations.detail", reservation_id=reservation_id))


@blueprint.post("/<reservation_id>/release")
@needs("orders.write")
def release(reservation_id: str) -> Response:
    who, form = actor(), ReleaseForm()
    row_id = ids.parse("rsv", reservation_id)
    if not form.validate():
        return _detail(reservation_id, form, status=422)
    try:
        reserve_remotely.release(who.business_id, row_id, reason=form.reason.data, actor=who.name)
        flash("Released. Your system will not be notified.", "good")
    except AppError as error:
        flash(error.message, "bad")
    return see_other(url_for("portal.reservations.detail", reservation_id=reservation_id))


def _list(state: ListState) -> Response:
    filters = read.Filter(participant=state.participant, state=state.state)
    found = read.page_of_reservations(actor().business_id, filters, cursor=state.cursor)
    return page(
        "portal/orders/reservations/index.html",
        {"reservation-list": "list"},
        state=state,
        reservations=found,
        counts=read.counts(actor().business_id),
        participants=PARTICIPANTS,
    )


def _detail(reservation_id: str, form: ReleaseForm, *, status: int = 200) -> Response:
    row = read.one_reservation(actor().business_id, ids.parse("rsv", reservation_id))
    return page(
        "portal/orders/reservations/detail.html", status=status, row=row, release_form=form, participants=PARTICIPANTS
    )
