"""Settings of the business: one page for each section, and the history of their versions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError, Conflict, NotFound
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.settings.declared import BY_KEY, SECTIONS, of_section
from app.domain.accounts.business.settings.errors import SettingsConflict
from app.domain.accounts.business.settings.types import Section
from app.read.accounts import settings as read
from app.read.accounts.keys import key_names
from app.read.accounts.resource_limits import resource_limits
from app.read.accounts.settings_copy import Copyable, copyable
from app.read.accounts.settings_effects import effects
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.accounts.settings.forms import RestoreForm, SettingsForm, form_of, number_of
from app.web.portal.accounts.settings.parts import PARTS, parts_of
from app.web.portal.accounts.settings.shown import differences, elsewhere, summary
from app.web.portal.actors import names_of
from app.workflow.accounts.change_settings import change_settings
from app.workflow.accounts.copy_from_test import NEEDS, copy_parts, copyable_parts
from app.workflow.accounts.lifecycle.copy_settings import copy_settings
from app.workflow.accounts.restore_settings import restore_settings

blueprint = Blueprint("settings", __name__, url_prefix="/settings")
_FORMS = {section.key: form_of(section.key) for section in SECTIONS}
_BY_SECTION = {section.key: section for section in SECTIONS}


@blueprint.get("")
@needs("settings.read")
def index() -> Response:
    who, found = actor(), read.settings(actor().business_id)
    cards = [(each, summary(of_section(each.key), found.values)) for each in SECTIONS]
    limits, others = resource_limits(who.business_id), elsewhere(who)
    return page("portal/accounts/settings/index.html", cards=cards, limits=limits, elsewhere=others)


@blueprint.get("/<section>")
@needs("settings.read")
def edit(section: str) -> Response:
    _section(section)
    found = read.settings(actor().business_id)
    return _edit(section, _FORMS[section].of(found.values, found.version))


@blueprint.post("/<section>")
@needs("settings.write")
@reauthenticated
def save(section: str) -> Response:
    _section(section)
    form, who, found = _FORMS[section](), actor(), read.settings(actor().business_id)
    if not form.validate():
        return _edit(section, form, status=422)
    values = form.values(found.values)
    ahead = effects(who.business_id, found.values, values)
    if ahead and {each.key for each in ahead} - set((form.accepted.data or "").split()):
        return _edit(section, form, status=422, ahead=ahead)
    try:
        made = change_settings(who.business_id, values, actor=who.name, reason=form.reason.data or "", seen=form.seen())
    except AppError as error:
        return _refused(section, form, error)
    flash("Saved." if made else "Nothing was changed.", "good")
    return see_other(url_for(".edit", section=section))


@blueprint.get("/copy")
@needs("settings.read")
def copy() -> Response:
    return _copy()


@blueprint.post("/copy")
@needs("settings.write")
@reauthenticated
def copy_chosen() -> Response:
    who, sent = actor(), request.form
    seen = {name: number_of(sent.get(name, "")) for name in ("seen", "seen_in_test")}
    try:
        made = copy_settings(who.business_id, sent.getlist("setting"), actor=who.name, **seen)
    except AppError as error:
        return _copy(error.message, status=error.http_status)
    flash("Copied." if made else "Nothing was changed.", "good")
    return see_other(url_for(".index"))


@blueprint.post("/copy/items")
@needs("settings.write")
@reauthenticated
def copy_items() -> Response:
    who, parts = actor(), request.form.getlist("part")
    for part in parts:
        who.require(NEEDS.get(part, "settings.write"))
    try:
        done = copy_parts(who.business_id, parts, actor=who.name)
    except AppError as error:
        return _copy(error.message, status=error.http_status)
    return page("portal/accounts/settings/copied.html", items=done, titles=PARTS)


@blueprint.get("/history")
@needs("settings.read")
def history() -> Response:
    cursor = request.args.get("cursor", "")
    found = read.page_of_versions(actor().business_id, cursor=cursor)
    names = _names([row.actor for row in found.items])
    return page("portal/accounts/settings/history.html", versions=found, cursor=cursor, names=names, titles=BY_KEY)


@blueprint.get("/history/<business_version_id>")
@needs("settings.read")
def version(business_version_id: str) -> Response:
    now = read.settings(actor().business_id)
    return _version(business_version_id, RestoreForm(formdata=None, data={"version": str(now.version)}))


@blueprint.post("/history/<business_version_id>/restore")
@needs("settings.write")
@reauthenticated
def restore(business_version_id: str) -> Response:
    form, who = RestoreForm(), actor()
    if not form.validate():
        return _version(business_version_id, form, status=422)
    options: dict[str, Any] = {"actor": who.name, "reason": form.reason.data or "", "seen": form.seen()}
    options["undo"] = request.form.get("undo") == "1"
    try:
        made = restore_settings(who.business_id, ids.parse("bsv", business_version_id), **options)
    except AppError as error:
        form.take_error(error)
        return _version(business_version_id, form, status=error.http_status)
    flash("Put back." if made else "Nothing was changed.", "good")
    return see_other(url_for(".history"))


def _section(key: str) -> Section:
    if key not in _BY_SECTION:
        raise NotFound("not_found", "There is no such page.")
    return _BY_SECTION[key]


def _edit(section: str, form: SettingsForm, *, status: int = 200, **more: Any) -> Response:
    declared = of_section(section)
    context = {"section": _section(section), "form": form, "settings": declared, "ahead": (), "conflict": (), **more}
    return page("portal/accounts/settings/edit.html", status=status, **context)


def _copy(problem: str = "", *, status: int = 200) -> Response:
    try:
        found = copyable(actor().business_id)
    except Conflict:
        found = Copyable({}, 0, 0)
    keyed = list(zip(sorted(found.changes, key=list(BY_KEY).index), differences(found.changes), strict=True))
    try:
        items = copyable_parts(actor().business_id)
    except Conflict:
        items = ()
    return page(
        "portal/accounts/settings/copy.html",
        status=status,
        found=found,
        keyed=keyed,
        problem=problem,
        parts=parts_of(items),
    )


def _refused(section: str, form: SettingsForm, error: AppError) -> Response:
    if isinstance(error, SettingsConflict):
        form.version.data = str(error.details["version"])
        return _edit(section, form, status=409, conflict=differences(error.details["changes"]))
    form.take_error(error, {error.code: error.details.get("param", "")})
    return _edit(section, form, status=error.http_status)


def _version(version_id: str, form: RestoreForm, *, status: int = 200) -> Response:
    who, found = actor(), read.version(actor().business_id, ids.parse("bsv", version_id))
    return page(
        "portal/accounts/settings/version.html",
        status=status,
        version=found,
        form=form,
        differences=differences(found.changes),
        newest=read.settings(who.business_id).version,
        names=_names([found.actor]),
    )


def _names(actors: list[str]) -> dict[str, str]:
    return {**names_of(actor().business_id, actors), **key_names(actor().business_id)}
