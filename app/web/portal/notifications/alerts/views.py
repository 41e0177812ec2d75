"""Alerts: what people should hear of, and how."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError, TooMany
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.notifications.alerts.types import FORMATS, KINDS, kinds_to_mail, visible
from app.read.notifications import alerts as read
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.notifications.alerts.forms import ChatForm, LargeForm, MailedForm
from app.workflow.notifications import manage_alerts

blueprint = Blueprint("alerts", __name__, url_prefix="/alerts")
FIELDS = {"invalid_url": "url", "invalid_format": "format"}


@blueprint.get("")
@needs("home.read")
def index() -> Response:
    who, cursor = actor(), request.args.get("cursor", "")[:200]
    kinds = visible(who.membership.access.permissions)
    found = read.page_of_alerts(who.business_id, who.user.id, kinds, cursor=cursor)
    return page(
        "portal/notifications/alerts/index.html", {"alert-list": "list"}, alerts=found, cursor=cursor, kinds=KINDS
    )


@blueprint.post("/read")
@needs("home.read")
def mark_read() -> Response:
    who = actor()
    manage_alerts.read_through(who.business_id, who.user.id, ids.parse("alt", request.form.get("through", "")))
    return see_other(url_for("portal.alerts.index"))


@blueprint.get("/settings")
@needs("home.read")
def settings() -> Response:
    return _settings()


@blueprint.post("/settings")
@needs("home.read")
def choose() -> Response:
    who = actor()
    form = MailedForm.of(visible(who.membership.access.permissions), None)
    if not form.validate():
        return _settings(mailed=form, status=422)
    manage_alerts.choose_mailed(who.business_id, who.user.id, form.kinds.data or [])
    flash("Saved.", "good")
    return _back()


@blueprint.post("/chats")
@needs("settings.write")
@reauthenticated
def add_chat() -> Response:
    form, who = ChatForm(), actor()
    try:
        if form.validate():
            chat_id = manage_alerts.add_chat(who.business_id, form.command())
            return _tried(chat_id, N_("Chat added. A test message was delivered."))
    except AppError as error:
        form.take_error(error, FIELDS)
    return _settings(chat=form, status=422)


@blueprint.post("/chats/<chat_id>/test")
@needs("settings.write")
def test_chat(chat_id: str) -> Response:
    return _tried(ids.parse("alc", chat_id), N_("Test message delivered."))


@blueprint.post("/chats/<chat_id>/switch")
@needs("settings.write")
def switch_chat(chat_id: str) -> Response:
    on = request.form.get("to") != "off"
    manage_alerts.switch_chat(actor().business_id, ids.parse("alc", chat_id), enabled=on)
    flash("Chat turned on." if on else "Chat turned off.", "good")
    return _back()


@blueprint.post("/chats/<chat_id>/remove")
@needs("settings.write")
def remove_chat(chat_id: str) -> Response:
    manage_alerts.remove_chat(actor().business_id, ids.parse("alc", chat_id))
    flash("Chat removed.", "good")
    return _back()


@blueprint.post("/large-refunds")
@needs("settings.write")
def set_large() -> Response:
    form, who = LargeForm(), actor()
    try:
        amounts = form.read()
        if amounts is not None:
            manage_alerts.set_large_refunds(who.business_id, amounts)
            flash("Saved.", "good")
            return _back()
    except AppError as error:
        form.take_error(error)
    return _settings(large=form, status=422)


def _settings(
    *, mailed: MailedForm | None = None, chat: ChatForm | None = None, large: LargeForm | None = None, status: int = 200
) -> Response:
    who = actor()
    may = who.membership.access.permissions
    chosen = read.choices_of(who.business_id, who.user.id)
    return page(
        "portal/notifications/alerts/settings.html",
        mailed=mailed or MailedForm.of(visible(may), kinds_to_mail(may, chosen.mailed, chosen.defaults)),
        chat=chat or ChatForm(formdata=None),
        large=large or LargeForm.of(chosen.large_refunds),
        chats=chosen.chats,
        formats=FORMATS,
        kinds=KINDS,
        status=status,
    )


def _tried(chat_id: UUID, well: str) -> Response:
    try:
        problem = manage_alerts.try_chat(actor().business_id, chat_id)
    except TooMany as busy:
        problem = busy.message
    flash(problem or well, "bad" if problem else "good")
    return _back()


def _back() -> Response:
    return see_other(url_for("portal.alerts.settings"))
