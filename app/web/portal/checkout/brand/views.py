"""What buyers know the business by: its logo, where they write to, and the way to its shop."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, url_for

from app.core.errors import AppError
from app.core.files import images
from app.core.web.htmx import page, see_other
from app.read.checkout import brand as read
from app.web.marks import takes_files
from app.web.portal.access import actor, needs
from app.web.portal.checkout.brand.forms import ContactForm, LogoForm
from app.workflow.checkout import set_brand

blueprint = Blueprint("brand", __name__, url_prefix="/brand")
_ON_FIELD = {
    **{"image_type": "file", "image_too_large": "file", "image_damaged": "file"},
    **{"invalid_email": "contact_email", "invalid_url": "website"},
}


@blueprint.get("")
@needs("checkout.read")
def index() -> Response:
    found = read.brand(actor().business_id)
    return _page(contact=ContactForm(formdata=None, contact_email=found.contact_email, website=found.website))


@blueprint.post("")
@needs("checkout.write")
def save() -> Response:
    form = ContactForm()
    if not form.validate():
        return _page(contact=form, status=422)
    values = {"contact_email": form.contact_email.data or None, "website": form.website.data or None}
    try:
        set_brand.set_contact(actor().business_id, **values, actor=actor().name)
    except AppError as error:
        form.take_error(error, _ON_FIELD)
        return _page(contact=form, status=error.http_status)
    flash("Saved.", "good")
    return see_other(url_for("portal.brand.index"))


@blueprint.post("/logo")
@needs("checkout.write")
@takes_files(images.MAX_BYTES + 100_000)
def save_logo() -> Response:
    form = LogoForm()
    if not form.validate():
        return _page(logo=form, status=422)
    try:
        set_brand.set_logo(actor().business_id, form.file.data.stream.read(images.MAX_BYTES + 1))
    except AppError as error:
        form.take_error(error, _ON_FIELD)
        return _page(logo=form, status=error.http_status)
    flash("Logo saved. Buyers see it now.", "good")
    return see_other(url_for("portal.brand.index"))


@blueprint.post("/logo/remove")
@needs("checkout.write")
def remove_logo() -> Response:
    set_brand.remove_logo(actor().business_id)
    flash("Logo removed.", "good")
    return see_other(url_for("portal.brand.index"))


def _page(*, status: int = 200, **forms: Any) -> Response:
    found = read.brand(actor().business_id)
    known = {"contact_email": found.contact_email, "website": found.website}
    forms.setdefault("contact", ContactForm(formdata=None, **known))
    forms.setdefault("logo", LogoForm(formdata=None))
    return page("portal/checkout/brand/index.html", status=status, brand=found, **forms)
