"""How the panel looks: chosen, tried on a made-up checkout, and measured."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, flash, request, url_for
from wtforms import Field

from app.core.errors import ChangedMeanwhile, Invalid
from app.core.i18n.marks import N_
from app.core.web.forms import changed_fields
from app.core.web.htmx import page, see_other
from app.read.checkout.appearance import Finding, check, saved_with_version
from app.web.portal.access import actor, needs
from app.web.portal.checkout.appearance.forms import CHOICES, COLOURS, THEMES, AppearanceForm
from app.web.portal.checkout.appearance.sample import sample
from app.workflow.checkout.set_appearance import set_appearance

blueprint = Blueprint("appearance", __name__, url_prefix="/appearance")

SHOWN = {
    "form": N_("Form"),
    "cart": N_("Cart"),
    "failed": N_("Error"),
    "showing_qr": N_("QR code"),
    "succeeded": N_("Paid"),
}
PAIRS = {
    "text": N_("Text"),
    "hints": N_("Hints"),
    "button": N_("Text on buttons"),
    "links": N_("Links"),
    "choice": N_("Selected option"),
    "errors": N_("Errors"),
    "test_badge": N_("Test mode badge"),
    "success": N_("Success icon"),
}


@blueprint.get("")
@needs("checkout.read")
def index() -> Response:
    return _page(_saved_form())


@blueprint.post("")
@needs("checkout.write")
def save() -> Response:
    form = AppearanceForm()
    try:
        set_appearance(actor().business_id, form.appearance(), seen=form.version.number())
    except Invalid as error:
        form.take_refusal(error)
        return _page(form, status=422)
    except ChangedMeanwhile as error:
        now = _saved_form()
        form.version.data = now.version.data
        form.take_error(error)
        return _page(form, status=409, changed=changed_fields(now, form))
    flash("Saved. Checkouts now use this appearance.", "good")
    return see_other(url_for("portal.appearance.index"))


@blueprint.post("/check")
@needs("checkout.read")
def try_on() -> Response:
    form = AppearanceForm()
    if request.form.get("use"):
        form.use(request.form["use"])
    return _page(form, unsaved=True)


def _saved_form() -> AppearanceForm:
    form = AppearanceForm(formdata=None)
    form.show(*saved_with_version(actor().business_id))
    return form


def _page(form: AppearanceForm, *, status: int = 200, unsaved: bool = False, changed: Sequence[Field] = ()) -> Response:
    found: list[Finding] = []
    try:
        found = check(form.appearance())
    except Invalid as error:
        if status == 200:
            form.take_refusal(error)
    return page(
        "portal/checkout/appearance/index.html",
        {"legibility": "legibility"},
        status=status,
        **{"form": form, "unsaved": unsaved, "changed": changed, "findings": found, "pairs": PAIRS, "colours": COLOURS},
        **{"themes": THEMES, "palettes": CHOICES.palettes, "states": SHOWN},
        samples={state: sample(state) for state in SHOWN},
    )
