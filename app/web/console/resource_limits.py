"""The page of what a business owns and may own."""

from __future__ import annotations

from flask import Blueprint, Response, flash, url_for
from wtforms import IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core import ids
from app.core.errors import AppError
from app.core.web.forms import Form
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.resources import COUNTED, MAX_REASON
from app.read.accounts.resource_limits import resource_limits_of
from app.read.accounts.visits import operator_names
from app.read.operations import installation
from app.web.portal.access import reauthenticated
from app.workflow.accounts.lifecycle.limit_resource import limit_resource

_ON_FIELD = {"invalid_resource_limit": "most"}


class ResourceLimitForm(Form):
    """How much of one resource the business may own, and why."""

    resource = SelectField(
        "Resource",
        choices=[SelectChoice(str(key), each.title) for key, each in COUNTED.items()],
        validators=[InputRequired("Choose a resource.")],
    )
    most = IntegerField(
        "Limit",
        description="Empty: the limit of the installation. What the business has stays, also above the limit.",
        validators=[Optional(), NumberRange(0, 1_000_000, "Enter a number from 0 up.")],
        render_kw={"inputmode": "numeric", "min": 0},
    )
    reason = StringField(
        "Reason",
        description="Kept in the audit log of the business.",
        validators=[DataRequired("Enter a reason."), Length(max=MAX_REASON)],
        render_kw={"autocomplete": "off"},
    )


def add_to(blueprint: Blueprint) -> None:
    """Add the page and its form to the console."""
    path = "/businesses/<business_id>/resource-limits"
    blueprint.add_url_rule(path, "resource_limits", resource_limits)
    blueprint.add_url_rule(path, "set_resource_limit", change, methods=["POST"])


def resource_limits(business_id: str) -> Response:
    return _page(business_id, ResourceLimitForm(formdata=None))


@reauthenticated
def change(business_id: str) -> Response:
    form = ResourceLimitForm()
    if not form.validate():
        return _page(business_id, form, status=422)
    try:
        limit_resource(ids.parse("biz", business_id), form.resource.data, form.most.data, reason=form.reason.data)
    except AppError as error:
        form.take_error(error, _ON_FIELD)
        return _page(business_id, form, status=error.http_status)
    flash("Saved. The limit counts at once.", "good")
    return see_other(url_for(".resource_limits", business_id=business_id))


def _page(business_id: str, form: ResourceLimitForm, *, status: int = 200) -> Response:
    row = installation.list_one(ids.parse("biz", business_id))
    found = resource_limits_of(row.id)
    users = {each.set_by: ids.try_parse(each.set_by.removeprefix("operator:"), "usr") for each in found}
    called = operator_names({user for user in users.values() if user is not None})
    people = {text: called[user] for text, user in users.items() if user in called}
    return page("operator/resource_limits.html", row=row, uses=found, people=people, form=form, status=status)
