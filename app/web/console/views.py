"""Businesses across the installation, whose an id is, and visits to them. Who is no operator finds nothing here."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, current_app, flash, request, session, url_for
from flask_login import current_user
from wtforms import BooleanField, RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core import context, ids
from app.core.errors import AppError, NotFound
from app.core.web.forms import Form
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.types import ROLES, SUSPENSIONS
from app.read.accounts.portal_sessions import Session
from app.read.accounts.visits import is_operator
from app.read.operations import installation as read
from app.web.auth.sessions import inside
from app.web.marks import marks_of
from app.web.portal import reauthentication
from app.web.portal.access import reauthenticated
from app.web.portal.impersonation import VISIT
from app.workflow.accounts.lifecycle import suspend_business
from app.workflow.accounts.people import visit_business

blueprint = Blueprint("operator", __name__, url_prefix="/operator")


class SuspendForm(Form):
    """What is taken from the business, and why."""

    level = RadioField(
        "What is taken",
        choices=[SelectChoice(key, name) for key, name in SUSPENSIONS.items()],
        default="no_new_payments",
        validators=[InputRequired("Choose what is taken.")],
    )
    why = StringField(
        "Reason",
        description="Shown to the business in its portal, in its audit log and in a mail to its owners.",
        validators=[DataRequired("Enter a reason."), Length(max=suspend_business.MAX_REASON)],
        render_kw={"autocomplete": "off"},
    )


class VisitForm(Form):
    """Whose seat is taken, and why."""

    role = RadioField(
        "View as",
        choices=[SelectChoice(key, name) for key, name in ROLES.items()],
        default="viewer",
        validators=[InputRequired("Choose a role.")],
    )
    reason = StringField(
        "Reason",
        description="Shown to the business in its audit log.",
        validators=[DataRequired("Enter a reason."), Length(max=visit_business.MAX_REASON)],
        render_kw={"autocomplete": "off"},
    )
    may_change = BooleanField(
        "Allow changes",
        description="Otherwise the visit is read-only. Each change is recorded in the audit log under your name.",
    )


@blueprint.before_request
def guard() -> Response | None:
    """Somebody signed in who runs the installation; anybody else is told that there is nothing."""
    if not current_user.is_authenticated:
        return see_other(url_for("auth.log_in", next=inside("/portal")))
    held: Session = current_user.session
    if not is_operator(held.user.id):
        raise NotFound("not_found", "Page not found.")
    context.bind(actor=f"operator:{ids.show('usr', held.user.id)}", address=request.remote_addr or "")
    if marks_of(current_app.view_functions[request.endpoint or ""]).reauthentication:
        reauthentication.require(held)
    return None


@blueprint.get("")
def index() -> Response:
    text = request.args.get("q", "").replace("\x00", "").strip()[:200]
    found = read.list_businesses(text, after=ids.try_parse(request.args.get("after", ""), "biz"))
    shown, more = found[: read.PAGE], len(found) > read.PAGE
    return page("operator/index.html", text=text, businesses=shown, more=more, owners=read.whose(text) if text else [])


@blueprint.get("/businesses/<business_id>")
def business(business_id: str) -> Response:
    return _business(business_id, VisitForm(formdata=None))


@blueprint.post("/businesses/<business_id>/visit")
@reauthenticated
def visit(business_id: str) -> Response:
    form, parsed_id = VisitForm(), ids.parse("biz", business_id)
    if not form.validate():
        return _business(business_id, form, status=422)
    if read.get_business(parsed_id).row.requires_second_factor and not current_user.session.second_factor:
        form.form_errors.append("This business requires two-step verification. Set it up under Security first.")
        return _business(business_id, form, status=403)
    try:
        terms = {"role": form.role.data, "reason": form.reason.data, "may_change": form.may_change.data}
        visit_id = visit_business.begin_visit(parsed_id, current_user.session.user.id, **terms)
    except AppError as error:
        form.take_error(error)
        return _business(business_id, form, status=error.http_status)
    session[VISIT] = [str(parsed_id), str(visit_id)]
    return see_other("/portal")


@blueprint.post("/businesses/<business_id>/suspend")
@reauthenticated
def suspend(business_id: str) -> Response:
    form = SuspendForm()
    if not form.validate():
        return _business(business_id, VisitForm(formdata=None), suspending=form, status=422)
    suspend_business.suspend(ids.parse("biz", business_id), level=form.level.data, reason=form.why.data)
    flash("The business is suspended. Its owners are told by mail.", "good")
    return see_other(url_for(".business", business_id=business_id))


@blueprint.post("/businesses/<business_id>/lift")
@reauthenticated
def lift(business_id: str) -> Response:
    suspend_business.lift(ids.parse("biz", business_id))
    flash("The suspension is lifted. The owners are told by mail.", "good")
    return see_other(url_for(".business", business_id=business_id))


@blueprint.post("/visit/end")
def end_visit() -> Response:
    visit = session.pop(VISIT, None)
    if not visit:
        return see_other(url_for(".index"))
    business_id, visit_id = (uuid.UUID(each) for each in visit)
    visit_business.end_visit(current_user.session.user.id, business_id, visit_id)
    return see_other(url_for(".business", business_id=ids.show("biz", business_id)))


def _business(
    business_id: str, form: VisitForm, *, suspending: SuspendForm | None = None, status: int = 200
) -> Response:
    found = read.get_business(ids.parse("biz", business_id))
    suspending = suspending or SuspendForm(formdata=None)
    return page("operator/business.html", found=found, row=found.row, form=form, suspending=suspending, status=status)
