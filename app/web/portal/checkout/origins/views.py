"""The pages that may show the checkout."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for

from app.core.errors import AppError
from app.core.i18n.language import Translatable
from app.core.web.htmx import page, see_other
from app.read.checkout.sessions_resource import allowed_origins
from app.web.checkout.locale import translate
from app.web.portal.access import actor, needs
from app.web.portal.checkout.origins.forms import OriginForm
from app.workflow.checkout import manage_origins

blueprint = Blueprint("origins", __name__, url_prefix="/origins")


@blueprint.get("")
@needs("checkout.read")
def index() -> Response:
    # A page that was refused links here with its origin.
    return _page(OriginForm(formdata=None, origin=request.args.get("origin", "")[:300]))


@blueprint.post("")
@needs("checkout.write")
def add() -> Response:
    form = OriginForm()
    if not form.validate():
        return _page(form, status=422)
    try:
        origin = manage_origins.add_origin(actor().business_id, form.origin.data)
    except AppError as error:
        form.take_error(error, {"invalid_origin": "origin"})
        return _page(form, status=error.http_status)
    flash(translate(Translatable("Pages on %(origin)s can now embed your checkout.", origin=origin)), "good")
    return see_other(url_for("portal.origins.index"))


@blueprint.post("/remove")
@needs("checkout.write")
def remove() -> Response:
    manage_origins.remove_origin(actor().business_id, request.form.get("origin", "")[:300])
    flash("Origin removed. Its pages can no longer embed your checkout.", "good")
    return see_other(url_for("portal.origins.index"))


def _page(form: OriginForm, *, status: int = 200) -> Response:
    found = allowed_origins(actor().business_id)
    origins = sorted(found.named)
    return page("portal/checkout/origins/index.html", status=status, form=form, origins=origins, is_test=found.is_test)
