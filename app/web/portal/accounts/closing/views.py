"""Leaving: an archive of all data, closing the business, and erasing it; what each means, and what waits."""

from __future__ import annotations

from flask import Blueprint, Response, flash, url_for
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length

from app.core.errors import AppError, Conflict
from app.core.web.forms import Form
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.errors import SwitchedOff
from app.domain.accounts.business.types import BUSINESS_ERASURE_WAITS
from app.read.accounts.approvals import hours_until_wider, waiting_closure
from app.web.portal.access import actor, needs, reauthenticated, when_closed
from app.workflow.accounts.lifecycle import close_business, erase_business
from app.workflow.insights import archive_business

blueprint = Blueprint("closing", __name__, url_prefix="/close")


class CloseForm(Form):
    """Why the business closes."""

    reason = StringField(
        "Reason",
        description="Kept with the request, for whoever approves it.",
        validators=[DataRequired("Enter a reason."), Length(max=close_business.MAX_REASON)],
        render_kw={"autocomplete": "off"},
    )
    sure = BooleanField(
        "Close this business for good", validators=[DataRequired("Confirm that the business shall close.")]
    )


class EraseForm(Form):
    """Why the data of the business goes."""

    reason = StringField(
        "Reason",
        description="Kept with the request, for whoever approves it.",
        validators=[DataRequired("Enter a reason."), Length(max=erase_business.MAX_REASON)],
        render_kw={"autocomplete": "off"},
    )
    sure = BooleanField(
        "Erase the data of this business for good", validators=[DataRequired("Confirm that the data shall go.")]
    )


@blueprint.get("")
@needs("settings.write")
def index() -> Response:
    return _page(CloseForm(formdata=None))


@blueprint.post("")
@needs("settings.write")
@reauthenticated
@when_closed
def close() -> Response:
    form, who = CloseForm(), actor()
    if not form.validate():
        return _page(form, status=422)
    try:
        asked = close_business.request_closure(who.business_id, reason=form.reason.data, actor=who.name)
    except AppError as error:
        form.take_error(error)
        return _page(form, status=error.http_status)
    flash("Requested. The business stays open until it is approved and the waiting time is over.", "good")
    return see_other(url_for("portal.approvals.detail", approval_id=asked.details["approval_id"]))


@blueprint.post("/erase")
@needs("settings.write")
@reauthenticated
@when_closed
def erase() -> Response:
    form, who = EraseForm(), actor()
    if not form.validate():
        return _page(CloseForm(formdata=None), erasing=form, status=422)
    try:
        asked = erase_business.request_business_erasure(who.business_id, reason=form.reason.data, actor=who.name)
    except AppError as error:
        form.take_error(error)
        return _page(CloseForm(formdata=None), erasing=form, status=error.http_status)
    flash("Requested. Nothing is erased before it is approved and the waiting time is over.", "good")
    return see_other(url_for("portal.approvals.detail", approval_id=asked.details["approval_id"]))


@blueprint.post("/archive")
@needs("settings.write")
@reauthenticated
@when_closed
def archive() -> Response:
    who = actor()
    who.require("buyers.read")
    try:
        archive_business.start_archive(who.business_id, holder=who.name)
    except (Conflict, SwitchedOff) as error:
        flash(error.message, "bad")
        return see_other(url_for("portal.closing.index"))
    flash("The archive is being made. Download it here when it is ready.", "good")
    return see_other(url_for("portal.exports.index"))


def _page(form: CloseForm, *, erasing: EraseForm | None = None, status: int = 200) -> Response:
    business_id = actor().business_id
    return page(
        "portal/accounts/closing/index.html",
        form=form,
        erasing=erasing or EraseForm(formdata=None),
        waiting=waiting_closure(business_id),
        waiting_erasure=waiting_closure(business_id, erase_business.KIND),
        hours=hours_until_wider(),
        days=BUSINESS_ERASURE_WAITS.days,
        status=status,
    )
