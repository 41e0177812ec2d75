"""API keys."""

from __future__ import annotations

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.htmx import page, see_other
from app.read.keys import list_keys
from app.web.portal.access import actor, needs
from app.web.portal.keys.forms import KeyForm
from app.workflow.manage_keys import create_key, revoke_key

blueprint = Blueprint("keys", __name__, url_prefix="/keys")


@blueprint.get("")
@needs("keys.read")
def index() -> Response:
    return page("portal/keys/index.html", keys=list_keys(actor().business_id), form=KeyForm(formdata=None))


@blueprint.post("")
@needs("keys.write")
def create() -> Response:
    # The one write that answers with a page: an address that showed a secret could be asked for again.
    form, business_id = KeyForm(), actor().business_id
    if not form.validate():
        return page("portal/keys/index.html", keys=list_keys(business_id), form=form, status=422)
    made = create_key(business_id, name=form.name.data, kind=form.kind.data)
    return page("portal/keys/created.html", key=made, name=form.name.data, kind=form.kind.data, status=201)


@blueprint.post("/<key_id>/revoke")
@needs("keys.write")
def revoke(key_id: str) -> Response:
    revoke_key(actor().business_id, ids.parse("key", key_id))
    flash("Key revoked. Requests with it are refused from now on.", "good")
    return see_other(url_for("portal.keys.index"))
