"""The page of what a business may ask of each scenario, and what it asks now."""

from __future__ import annotations

from flask import Blueprint, Response, flash, url_for
from wtforms import IntegerField, SelectChoice, SelectField
from wtforms.validators import InputRequired, NumberRange

from app.core import ids
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.forms import Form
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.tiers import MAX_PER_S, Scenario, TierLimit
from app.read.operations import installation
from app.web.portal.access import reauthenticated
from app.workflow.accounts.count_request import states
from app.workflow.accounts.lifecycle.limit_business import set_limit

NAMES = {
    Scenario.PAY: N_("Pay"),
    Scenario.API_WRITE: N_("API, writing"),
    Scenario.API_READ: N_("API, reading"),
    Scenario.EXPORT: N_("Exports"),
    Scenario.PORTAL: N_("Portal"),
}


class LimitForm(Form):
    """How much may be asked of one scenario."""

    scenario = SelectField(
        "Scenario",
        choices=[SelectChoice(str(key), name) for key, name in NAMES.items()],
        validators=[InputRequired("Choose a scenario.")],
    )
    per_s = IntegerField(
        "Requests per second",
        description="Averaged over ten seconds.",
        validators=[InputRequired("Enter a whole number."), NumberRange(1, MAX_PER_S, "Enter a number from 1 up.")],
    )
    burst = IntegerField(
        "Burst",
        description="Requests within one second, at least the rate.",
        validators=[InputRequired("Enter a whole number."), NumberRange(1, MAX_PER_S, "Enter a number from 1 up.")],
    )


def add_to(blueprint: Blueprint) -> None:
    """Add the page and its forms to the console."""
    blueprint.add_url_rule("/businesses/<business_id>/limits", "limits", limits)
    blueprint.add_url_rule("/businesses/<business_id>/limits", "set_limit", change, methods=["POST"])
    blueprint.add_url_rule("/businesses/<business_id>/limits/<scenario>/reset", "reset_limit", reset, methods=["POST"])


def limits(business_id: str) -> Response:
    return _page(business_id, LimitForm(formdata=None))


@reauthenticated
def change(business_id: str) -> Response:
    form = LimitForm()
    if not form.validate():
        return _page(business_id, form, status=422)
    try:
        limit = TierLimit(per_s=form.per_s.data, burst=form.burst.data)
        set_limit(ids.parse("biz", business_id), form.scenario.data, limit)
    except AppError as error:
        form.take_error(error)
        return _page(business_id, form, status=error.http_status)
    flash("Saved. The limit counts within a second.", "good")
    return see_other(url_for(".limits", business_id=business_id))


@reauthenticated
def reset(business_id: str, scenario: str) -> Response:
    set_limit(ids.parse("biz", business_id), scenario, None)
    flash("The default counts again.", "good")
    return see_other(url_for(".limits", business_id=business_id))


def _page(business_id: str, form: LimitForm, *, status: int = 200) -> Response:
    row = installation.list_one(ids.parse("biz", business_id))
    found = states(row.id, row.tier_limits)
    return page("operator/limits.html", row=row, states=found, names=NAMES, form=form, status=status)
