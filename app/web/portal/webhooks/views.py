"""Endpoints, what is sent to them, and what they answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.i18n.language import Translatable
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.core.web.redacted_bodies import without_buyers
from app.domain.webhooks.events import EVENT_TYPES
from app.read.webhooks import webhooks as read
from app.web.buyers import sees_buyers
from app.web.checkout.locale import translate
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.address import Tab
from app.web.portal.list_state import open_list
from app.web.portal.webhooks.forms import EnableForm, EndpointForm, ReplayForm, RollForm
from app.workflow.webhooks import manage_webhooks, replay_webhooks

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")

TITLES = {
    "": N_("All"),
    "pending": N_("Pending"),
    "delivered": N_("Delivered"),
    "failed": N_("Failed"),
    "skipped": N_("Skipped"),
}
FIELDS = {"invalid_url": "url", "unknown_event_type": "topics"}


@dataclass(frozen=True)
class ListState:
    """What the address asks for."""

    endpoint_id: str
    status: str
    cursor: str

    @classmethod
    def of(cls, endpoint_id: str) -> ListState:
        """The state in the address; what makes no sense in it is left out."""
        status = request.args.get("status", "")
        return cls(endpoint_id, status if status in TITLES else "", request.args.get("cursor", "")[:200])

    def url(self, **changes: Any) -> str:
        """The list's address with changes; the cursor is left out unless it is one of them."""
        query = {name: value for name, value in ({"status": self.status} | changes).items() if value}
        return url_for("portal.webhooks.detail", endpoint_id=self.endpoint_id, **query)

    def tabs(self) -> list[Tab]:
        """Every state of deliveries."""
        return [Tab(title, self.url(status=key), key == self.status) for key, title in TITLES.items()]


@blueprint.get("")
@needs("webhooks.read")
def index() -> Response:
    return page("portal/webhooks/index.html", endpoint_states=read.endpoint_states(actor().business_id))


@blueprint.get("/events")
@needs("webhooks.read")
def events() -> Response:
    schemas = {each.topic: json.dumps(each.schema, indent=2) for each in EVENT_TYPES.values()}
    return page("portal/webhooks/events.html", types=EVENT_TYPES, schemas=schemas)


@blueprint.get("/new")
@needs("webhooks.write")
def new() -> Response:
    return page("portal/webhooks/new.html", form=EndpointForm(formdata=None))


@blueprint.post("")
@needs("webhooks.write")
@reauthenticated
def create() -> Response:
    form, who = EndpointForm(), actor()
    try:
        if form.validate():
            # The one showing of the secret: an address that showed it could be asked for again.
            made = manage_webhooks.create_endpoint(who.business_id, form.command(), actor=who.name)
            return _secret(made.id, made.secret, status=201)
    except AppError as error:
        form.take_error(error, FIELDS)
    return page("portal/webhooks/new.html", form=form, status=422)


@blueprint.get("/<endpoint_id>")
@needs("webhooks.read")
def detail(endpoint_id: str) -> Response:
    return _detail(endpoint_id)


@blueprint.get("/<endpoint_id>/edit")
@needs("webhooks.write")
def edit(endpoint_id: str) -> Response:
    row = read.get_endpoint(actor().business_id, ids.parse("whe", endpoint_id))
    form = EndpointForm(formdata=None)
    form.show(row)
    return page("portal/webhooks/edit.html", form=form, endpoint=row)


@blueprint.post("/<endpoint_id>/edit")
@needs("webhooks.write")
@reauthenticated
def save(endpoint_id: str) -> Response:
    form, who, known = EndpointForm(), actor(), ids.parse("whe", endpoint_id)
    row = read.get_endpoint(who.business_id, known)
    try:
        if form.validate():
            manage_webhooks.change_endpoint(who.business_id, known, form.command())
            flash("Saved. Queued events go to the new URL.", "good")
            return _back(endpoint_id)
    except AppError as error:
        form.take_error(error, FIELDS)
    return page("portal/webhooks/edit.html", form=form, endpoint=row, status=422)


@blueprint.post("/<endpoint_id>/pause")
@needs("webhooks.write")
def pause(endpoint_id: str) -> Response:
    manage_webhooks.pause_endpoint(actor().business_id, ids.parse("whe", endpoint_id), actor=actor().name)
    flash("Paused. Events are queued.", "good")
    return _back(endpoint_id)


@blueprint.post("/<endpoint_id>/enable")
@needs("webhooks.write")
def enable(endpoint_id: str) -> Response:
    who, skips = actor(), EnableForm().waiting.data == "skip"
    known = ids.parse("whe", endpoint_id)
    manage_webhooks.enable_endpoint(who.business_id, known, skip_waiting=skips, actor=who.name)
    flash("Enabled. Events are sent again.", "good")
    return _back(endpoint_id)


@blueprint.post("/<endpoint_id>/test")
@needs("webhooks.write")
def test(endpoint_id: str) -> Response:
    manage_webhooks.send_test(actor().business_id, ids.parse("whe", endpoint_id))
    flash("Test sent. The response appears below in a moment.", "good")
    return _back(endpoint_id)


@blueprint.post("/<endpoint_id>/roll")
@needs("webhooks.write")
@reauthenticated
def roll(endpoint_id: str) -> Response:
    form, known = RollForm(), ids.parse("whe", endpoint_id)
    if not form.validate():
        return _detail(endpoint_id, roll_form=form, status=422)
    overlap = timedelta(seconds=int(form.overlap.data))
    return _secret(known, manage_webhooks.roll_secret(actor().business_id, known, overlap=overlap))


def _queued(count: int, *, is_all: bool) -> str:
    if not count:
        return translate("Nothing to resend.")
    queued = translate(Translatable("%(count)s delivery queued.", many="%(count)s deliveries queued.", count=count))
    return queued if is_all else f"{queued} {translate('There are more; resend again after these are sent.')}"


@blueprint.post("/<endpoint_id>/replay")
@needs("webhooks.write")
def replay(endpoint_id: str) -> Response:
    form, who, known = ReplayForm(), actor(), ids.parse("whe", endpoint_id)
    try:
        if form.validate():
            extent = form.extent(who.membership.time_zone)
            done = replay_webhooks.replay_extent(who.business_id, known, extent, actor=who.name)
            flash(_queued(done.count, is_all=done.resume_from is None), "good")
            return _back(endpoint_id)
    except AppError as error:
        form.take_error(error)
    return _detail(endpoint_id, replay_form=form, status=422)


@blueprint.post("/<endpoint_id>/remove")
@needs("webhooks.write")
def remove(endpoint_id: str) -> Response:
    manage_webhooks.remove_endpoint(actor().business_id, ids.parse("whe", endpoint_id), actor=actor().name)
    flash("Endpoint removed.", "good")
    return see_other(url_for("portal.webhooks.index"))


@blueprint.get("/deliveries")
@needs("webhooks.read")
def deliveries() -> Response:
    state = open_list("webhook_deliveries")
    return page("portal/webhooks/deliveries.html", {state.target: "list"}, state=state)


@blueprint.get("/deliveries/<webhook_delivery_id>")
@needs("webhooks.read")
def delivery(webhook_delivery_id: str) -> Response:
    found = read.get_delivery(actor().business_id, ids.parse("whd", webhook_delivery_id))
    body = json.dumps(found.body if sees_buyers() else without_buyers(found.body), indent=2, ensure_ascii=False)
    return page("portal/webhooks/delivery.html", found=found, row=found.row, endpoint=found.endpoint, body=body)


@blueprint.post("/deliveries/<webhook_delivery_id>/again")
@needs("webhooks.write")
def again(webhook_delivery_id: str) -> Response:
    known = ids.parse("whd", webhook_delivery_id)
    fresh = replay_webhooks.replay_delivery(actor().business_id, known, actor=actor().name)
    flash("Queued.", "good")
    return see_other(url_for("portal.webhooks.delivery", webhook_delivery_id=ids.show("whd", fresh)))


def _detail(endpoint_id: str, *, status: int = 200, **forms: Any) -> Response:
    business_id, known = actor().business_id, ids.parse("whe", endpoint_id)
    state = ListState.of(endpoint_id)
    endpoint_state = read.endpoint_state(business_id, known)
    filters = read.Filter(endpoint_id=known, status=state.status)
    shown = {"enable_form": EnableForm, "roll_form": RollForm, "replay_form": ReplayForm}
    return page(
        "portal/webhooks/detail.html",
        {"delivery-list": "list"},
        status=status,
        endpoint_state=endpoint_state,
        endpoint=endpoint_state.row,
        state=state,
        deliveries=read.page_of_deliveries(business_id, filters, cursor=state.cursor),
        **{name: forms.get(name) or form(formdata=None) for name, form in shown.items()},
    )


def _secret(endpoint_id: Any, secret: str, *, status: int = 200) -> Response:
    endpoint = read.get_endpoint(actor().business_id, endpoint_id)
    return page("portal/webhooks/secret.html", endpoint=endpoint, secret=secret, status=status)


def _back(endpoint_id: str) -> Response:
    return see_other(url_for("portal.webhooks.detail", endpoint_id=endpoint_id))
