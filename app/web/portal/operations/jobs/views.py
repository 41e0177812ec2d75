"""Jobs and events: what waits to be done, what was given up, and how the machinery runs."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.core import ids
from app.core.process import heartbeats
from app.core.web.forms import Form
from app.core.web.htmx import page, see_other
from app.read.operations import backlog
from app.web.portal.access import actor, needs
from app.workflow.operations import decide_dead_letters

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")
# Where each kind of waiting work is looked at.
WHERE = {
    "webhooks": "portal.webhooks.index",
    "payments": "portal.orders.index",
    "deliveries": "portal.orders.index",
    "reservations": "portal.reservations.index",
    "deadlines": "portal.orders.index",
}


class LeaveForm(Form):
    """Why it is left for good."""

    reason = StringField("Reason for discarding", validators=[DataRequired("Enter a reason."), Length(max=200)])


@blueprint.get("")
@needs("jobs.read")
def index() -> Response:
    who, cursor = actor(), request.args.get("cursor", "")
    return page(
        "portal/operations/jobs/index.html",
        {"dead-list": "list"},
        waiting=backlog.waiting(who.business_id),
        dead=backlog.page_of_dead(who.business_id, cursor=cursor),
        processes=heartbeats.read(),
        where={name: url_for(endpoint) for name, endpoint in WHERE.items() if who.may(_right_for(endpoint))},
        cursor=cursor,
        form=LeaveForm(formdata=None),
    )


@blueprint.post("/dead/<dead_letter_id>/retry")
@needs("jobs.write")
def retry(dead_letter_id: str) -> Response:
    who, mail_id = actor(), ids.try_parse(dead_letter_id, "mail")
    if mail_id is not None:
        decide_dead_letters.retry_mail(who.business_id, mail_id)
    else:
        decide_dead_letters.retry_event(who.business_id, ids.parse("evt", dead_letter_id))
    flash("Retrying now.", "good")
    return see_other(url_for(".index"))


@blueprint.post("/dead/<dead_letter_id>/discard")
@needs("jobs.write")
def discard(dead_letter_id: str) -> Response:
    who, mail_id, form = actor(), ids.try_parse(dead_letter_id, "mail"), LeaveForm()
    kind, letter_id = ("mail", mail_id) if mail_id is not None else ("event", ids.parse("evt", dead_letter_id))
    backlog.get_dead(who.business_id, kind, letter_id)
    if form.validate():
        discard = decide_dead_letters.discard_mail if kind == "mail" else decide_dead_letters.discard_event
        discard(who.business_id, letter_id, reason=form.reason.data)
        flash("Discarded. The audit log records it.", "good")
    else:
        flash("Enter a reason for the audit log.", "bad")
    return see_other(url_for(".index"))


def _right_for(endpoint: str) -> str:
    return "webhooks.read" if "webhooks" in endpoint else "orders.read"
