"""Buttons and links: what pages and plain links sell without a server behind them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, settings
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.lib import qr
from app.read.checkout import configurations as read
from app.read.checkout.sessions_resource import allowed_origins
from app.read.marketing.promotions import sellable
from app.read.payments.channels import payable_channels
from app.web.portal.access import actor, needs
from app.web.portal.checkout.configurations.forms import ConfigurationForm
from app.web.portal.checkout.configurations.snippets import snippets_for
from app.workflow.checkout import manage_configurations

blueprint = Blueprint("configurations", __name__, url_prefix="/configurations")
TABS = {"": N_("Active"), "archived": N_("Archived")}


@blueprint.get("")
@needs("checkout.read")
def index() -> Response:
    chosen = "archived" if request.args.get("show") == "archived" else ""
    found = read.page_of_configurations(
        actor().business_id, archived=bool(chosen), cursor=request.args.get("cursor", "")
    )
    tabs = [{"title": title, "url": _list_url(key), "current": key == chosen} for key, title in TABS.items()]
    older = _list_url(chosen, found.next_cursor) if found.next_cursor else ""
    newest = _list_url(chosen) if request.args.get("cursor") else ""
    return page(
        "portal/checkout/configurations/index.html",
        {"configuration-list": "list"},
        cards=found.items, tabs=tabs, chosen=chosen, older=older, newest=newest,
    )  # fmt: skip


@blueprint.get("/new")
@needs("checkout.write")
def new() -> Response:
    return _new(_form(formdata=None))


@blueprint.post("/new")
@needs("checkout.write")
def create() -> Response:
    form = _form()
    if form.wants_more:
        form.add_row()
        return _new(form)
    if not form.is_fine():
        return _new(form, status=422)
    try:
        made = manage_configurations.create_configuration(actor().business_id, form.command())
    except AppError as error:
        form.take_error(error, _FIELDS)
        return _new(form, status=error.http_status)
    flash("Created. Copy the link or the code.", "good")
    return see_other(_url(ids.show("cfg", made)))


@blueprint.get("/<configuration_id>")
@needs("checkout.read")
def detail(configuration_id: str) -> Response:
    form = _form(formdata=None)
    card = read.configuration_card(actor().business_id, ids.parse("cfg", configuration_id))
    form.show(card.row)
    return _detail(card, form)


@blueprint.post("/<configuration_id>")
@needs("checkout.write")
def change(configuration_id: str) -> Response:
    own_id, form = ids.parse("cfg", configuration_id), _form()
    card = read.configuration_card(actor().business_id, own_id)
    if form.wants_more:
        form.add_row()
        return _detail(card, form)
    if not form.is_fine():
        return _detail(card, form, status=422)
    try:
        manage_configurations.change_configuration(actor().business_id, own_id, form.changes())
    except AppError as error:
        form.take_error(error, _FIELDS)
        return _detail(card, form, status=error.http_status)
    flash("Saved. Open checkouts are unchanged.", "good")
    return see_other(_url(configuration_id))


@blueprint.post("/<configuration_id>/switch")
@needs("checkout.write")
def switch(configuration_id: str) -> Response:
    own_id, to = ids.parse("cfg", configuration_id), request.form.get("to", "")
    business_id = actor().business_id
    try:
        if to == "archived":
            manage_configurations.archive_configuration(business_id, own_id)
        elif to == "restored":
            manage_configurations.restore_configuration(business_id, own_id)
        else:
            manage_configurations.change_configuration(business_id, own_id, {"active": to == "on"})
        flash(_SAID.get(to, "Turned off. It no longer sells anything."), "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return see_other(_url(configuration_id))


_SAID = {
    "on": N_("Turned on."),
    "archived": N_("Archived. It no longer sells anything."),
    "restored": N_("Restored, but turned off."),
}
_FIELDS = {"wrong_currency": "currency", "invalid_name": "name", "unknown_channel": "channels"}


def _form(**options: Any) -> ConfigurationForm:
    business_id = actor().business_id
    ways = [way for way in payable_channels(business_id) if way[0] != "wallet"]
    return ConfigurationForm(skus=sellable(business_id), channels=ways, **options)


def _new(form: ConfigurationForm, *, status: int = 200) -> Response:
    return page("portal/checkout/configurations/new.html", status=status, form=form)


def _detail(card: read.Card, form: ConfigurationForm, *, status: int = 200) -> Response:
    who, own_id = actor(), ids.show("cfg", card.row.id)
    link = f"{settings.current().public_url}/b/{own_id}"
    return page(
        "portal/checkout/configurations/detail.html",
        status=status,
        card=card,
        form=form,
        own_id=own_id,
        link=link,
        code=qr.draw(link),
        snippets=snippets_for(who.business_id, card.row.id, mode=who.membership.mode),
        origins=allowed_origins(who.business_id),
    )


def _url(configuration_id: str) -> str:
    return url_for("portal.configurations.detail", configuration_id=configuration_id)


def _list_url(show: str, cursor: str | None = None) -> str:
    return url_for("portal.configurations.index", show=show or None, cursor=cursor)
