"""The pages of what is switched off for a while, in a business or in all, and what each switch costs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import Blueprint, Response, flash, url_for
from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core import ids
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.forms import Form
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.switch_kinds import COSTS, MAX_REASON, NAMES, SwitchKind
from app.read.accounts.visits import operator_names
from app.read.operations import installation
from app.web.portal.access import reauthenticated
from app.workflow.accounts.lifecycle import switch_off

TIMES = {
    "15": N_("15 minutes"),
    "60": N_("1 hour"),
    "240": N_("4 hours"),
    "1440": N_("1 day"),
    "10080": N_("7 days"),
}


class SwitchForm(Form):
    """What is switched off, for how long, and why."""

    kind = RadioField(
        "What is switched off",
        choices=[SelectChoice(str(kind), NAMES[kind]) for kind in SwitchKind],
        validators=[InputRequired("Choose what is switched off.")],
    )
    minutes = SelectField(
        "For",
        description="It is on again by itself after that.",
        choices=[SelectChoice(key, name) for key, name in TIMES.items()],
        default="60",
        validators=[InputRequired("Choose a time.")],
    )
    reason = StringField(
        "Reason",
        validators=[DataRequired("Enter a reason."), Length(max=MAX_REASON)],
        render_kw={"autocomplete": "off"},
    )


def add_to(blueprint: Blueprint) -> None:
    """Add the pages and their forms to the console."""
    for path, name in (("/switches", ""), ("/businesses/<business_id>/switches", "business_")):
        blueprint.add_url_rule(path, f"{name}switches", switches)
        blueprint.add_url_rule(path, f"set_{name}switch", change, methods=["POST"])
        blueprint.add_url_rule(f"{path}/<kind>/end", f"end_{name}switch", end, methods=["POST"])


def switches(business_id: str = "") -> Response:
    return _page(business_id, SwitchForm(formdata=None))


@reauthenticated
def change(business_id: str = "") -> Response:
    form = SwitchForm()
    if not form.validate():
        return _page(business_id, form, status=422)
    try:
        command = switch_off.SwitchCommand(form.kind.data, int(form.minutes.data), form.reason.data)
        switch_off.switch_off(_parsed(business_id), command)
    except AppError as error:
        form.take_error(error)
        return _page(business_id, form, status=error.http_status)
    flash("Switched off. It is on again by itself when the time is over.", "good")
    return see_other(_url(business_id))


@reauthenticated
def end(kind: str, business_id: str = "") -> Response:
    switch_off.switch_on(_parsed(business_id), kind)
    flash("It is on again.", "good")
    return see_other(_url(business_id))


def _parsed(business_id: str) -> uuid.UUID | None:
    return ids.parse("biz", business_id) if business_id else None


def _url(business_id: str) -> str:
    return url_for(".business_switches", business_id=business_id) if business_id else url_for(".switches")


def _page(business_id: str, form: SwitchForm, *, status: int = 200) -> Response:
    parsed_id = _parsed(business_id)
    row = installation.list_one(parsed_id) if parsed_id else None
    states = switch_off.states(parsed_id)
    past = [each for each in switch_off.history() if each.ended_by or each not in states] if row is None else []
    people = _people([each.set_by for each in (*states, *past)])
    shown = {"row": row, "states": states, "past": past, "people": people}
    return page("operator/switches.html", shown=shown, names=NAMES, costs=COSTS, form=form, status=status)


def _people(actors: Sequence[str]) -> dict[str, str]:
    """What operators are called; keys and the command line go by what histories call them."""
    users = {text: ids.try_parse(text.removeprefix("operator:"), "usr") for text in actors}
    called = operator_names({user for user in users.values() if user is not None})
    return {text: called[user] for text, user in users.items() if user in called}
