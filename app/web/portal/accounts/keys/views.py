"""API keys: made and shown once, narrowed, replaced, revoked."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import Blueprint, Response, flash, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.scopes import RESOURCES, by_resource
from app.read.accounts import keys as read
from app.read.insights.request_logs import LogFilter, list_logs
from app.web.portal.access import actor, needs, reauthenticated, when_closed
from app.web.portal.accounts.keys.forms import KeyForm, RollForm, RulesForm, lines_of
from app.web.portal.address import typed
from app.workflow.accounts import manage_keys

blueprint = Blueprint("keys", __name__, url_prefix="/keys")

FIELDS = {"invalid_address": "addresses", "invalid_limit": "approval_limits"}


@blueprint.get("")
@needs("keys.read")
def index() -> Response:
    cursor = typed("cursor")
    found = read.shown_keys(actor().business_id, cursor=cursor)
    keys = [(key, read.standing(key)) for key in found.items]
    return page("portal/accounts/keys/index.html", keys=keys, cursor=cursor, next_cursor=found.next_cursor)


@blueprint.get("/new")
@needs("keys.write")
def new() -> Response:
    return _new(KeyForm(formdata=None))


@blueprint.post("")
@needs("keys.write")
@reauthenticated
def create() -> Response:
    # The one write that answers with a page: an address that showed a secret could be asked for again.
    who = actor()
    form = KeyForm().offered_to(who.membership.access)
    try:
        if form.validate():
            command = form.command(form.kind.data, who.membership.time_zone)
            made = manage_keys.make_key(who.business_id, command, kind=form.kind.data, actor=who.name)
            return _created(made, status=201)
    except AppError as error:
        form.take_error(error, FIELDS)
    return _new(form, status=422)


@blueprint.get("/<key_id>")
@needs("keys.read")
def detail(key_id: str) -> Response:
    return _detail(key_id)


@blueprint.get("/<key_id>/edit")
@needs("keys.write")
def edit(key_id: str) -> Response:
    who, form = actor(), RulesForm(formdata=None)
    key = read.get_key(who.business_id, ids.parse("key", key_id))
    form.show(key, who.membership.time_zone)
    form.offered_to(who.membership.access, now=by_resource(key.scopes))
    return page("portal/accounts/keys/edit.html", form=form, key=key)


@blueprint.post("/<key_id>/edit")
@needs("keys.write")
@reauthenticated
def save(key_id: str) -> Response:
    who, known = actor(), ids.parse("key", key_id)
    key = read.get_key(who.business_id, known)
    form = RulesForm().offered_to(who.membership.access, now=by_resource(key.scopes))
    try:
        if form.validate():
            command = form.command(key.kind, who.membership.time_zone, known=key)
            manage_keys.change_key(who.business_id, known, command, actor=who.name)
            flash("Saved. Changes take effect now.", "good")
            return see_other(url_for("portal.keys.detail", key_id=key_id))
    except AppError as error:
        form.take_error(error, FIELDS)
    return page("portal/accounts/keys/edit.html", form=form, key=key, status=422)


@blueprint.post("/<key_id>/roll")
@needs("keys.write")
@reauthenticated
def roll(key_id: str) -> Response:
    form, who, known = RollForm(), actor(), ids.parse("key", key_id)
    try:
        if form.validate():
            overlap = timedelta(seconds=int(form.overlap.data))
            made = manage_keys.roll_key(who.business_id, known, overlap=overlap, actor=who.name)
            return _created(made, replaces=known)
    except AppError as error:
        form.take_error(error)
    return _detail(key_id, roll_form=form, status=422)


@blueprint.post("/<key_id>/revoke")
@needs("keys.write")
@when_closed
def revoke(key_id: str) -> Response:
    manage_keys.revoke_key(actor().business_id, ids.parse("key", key_id))
    flash("Key revoked. Requests with it are now refused.", "good")
    return see_other(url_for("portal.keys.index"))


def _new(form: KeyForm, *, status: int = 200) -> Response:
    own = actor().membership.access
    makes_all = manage_keys.may_make(own, "secret")
    return page("portal/accounts/keys/new.html", form=form.offered_to(own), makes_all=makes_all, status=status)


def _detail(key_id: str, *, roll_form: RollForm | None = None, status: int = 200) -> Response:
    business_id = actor().business_id
    key = read.get_key(business_id, ids.parse("key", key_id))
    levels = [(RESOURCES[name], level) for name, level in by_resource(key.scopes).items()]
    form = roll_form or RollForm(formdata=None)
    filters = LogFilter(key_id=key.id)
    return page(
        "portal/accounts/keys/detail.html",
        status=status,
        requests=list_logs(business_id, filters, after=None, limit=8)[:8],
        may_roll=manage_keys.may_make(actor().membership.access, key.kind, key.scopes),
        key=key,
        standing=read.standing(key),
        levels=levels,
        approves=", ".join(lines_of(key.approval_limits).splitlines()),
        roll_form=form,
    )


def _created(made: manage_keys.NewKey, *, replaces: uuid.UUID | None = None, status: int = 200) -> Response:
    business_id = actor().business_id
    old = read.get_key(business_id, replaces) if replaces else None
    key = read.get_key(business_id, made.id)
    return page("portal/accounts/keys/created.html", made=made, key=key, old=old, status=status)
