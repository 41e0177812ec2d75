"""Agreements: what buyers accept, in which languages and versions, and who is asked."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.read.checkout import agreements as read
from app.web.portal.access import actor, needs
from app.web.portal.address import typed
from app.web.portal.checkout.agreements.forms import (
    DraftForm,
    NewForm,
    SettingsForm,
    language_name,
    languages,
)
from app.workflow.checkout import manage_agreements

blueprint = Blueprint("agreements", __name__, url_prefix="/agreements")
FIELDS = {"code_taken": "code"}


@blueprint.get("")
@needs("agreements.read")
def index() -> Response:
    cursor = typed("cursor")
    found = read.page_of_templates(actor().business_id, cursor=cursor)
    return page("portal/checkout/agreements/index.html", cards=found, cursor=cursor)


@blueprint.get("/new")
@needs("agreements.write")
def new() -> Response:
    return page("portal/checkout/agreements/new.html", form=NewForm(formdata=None, choices=_products()))


@blueprint.post("/new")
@needs("agreements.write")
def create() -> Response:
    form = NewForm(choices=_products())
    if not form.validate():
        return page("portal/checkout/agreements/new.html", form=form, status=422)
    try:
        template = manage_agreements.create_agreement(actor().business_id, code=form.code.data, command=form.command())
    except AppError as error:
        form.take_error(error, FIELDS | _field(error))
        return page("portal/checkout/agreements/new.html", form=form, status=error.http_status)
    return see_other(_url("draft", template, locale=form.locale.data))


@blueprint.get("/<template_id>")
@needs("agreements.read")
def detail(template_id: str) -> Response:
    return _detail(ids.parse("agt", template_id))


@blueprint.post("/<template_id>")
@needs("agreements.write")
def save(template_id: str) -> Response:
    template = ids.parse("agt", template_id)
    found = read.template_page(actor().business_id, template)
    form = SettingsForm(choices=[*_products(), *found.products])
    if not form.validate():
        return _detail(template, form=form, status=422)
    try:
        manage_agreements.change_agreement(actor().business_id, template, form.command())
    except AppError as error:
        form.take_error(error, _field(error))
        return _detail(template, form=form, status=error.http_status)
    flash("Saved.", "good")
    return see_other(_url("detail", template))


@blueprint.get("/<template_id>/draft")
@needs("agreements.write")
def draft(template_id: str) -> Response:
    found, locale = _found(template_id), _locale()
    text = read.text_of(actor().business_id, found, locale)
    known = found.language(locale).draft
    data = {"title": text.title, "body": text.body} if text else {"title": found.row.name}
    form = DraftForm(formdata=None, data=data | {"seen": str(known.version if known else 0)})
    return _editor(found, locale, form)


@blueprint.post("/<template_id>/draft")
@needs("agreements.write")
def save_draft(template_id: str) -> Response:
    found, locale, form = _found(template_id), _locale(), DraftForm()
    if not form.validate():
        return _editor(found, locale, form, status=422)
    try:
        _save(found.row.id, locale, form)
    except AppError as error:
        form.take_error(error, _field(error))
        return _editor(found, locale, form, status=error.http_status)
    return see_other(_url("preview", found.row.id, locale=locale))


def _save(template_id: uuid.UUID, locale: str, form: DraftForm) -> None:
    manage_agreements.save_draft(
        actor().business_id,
        template_id,
        locale=locale,
        title=form.title.data,
        body=form.body.data,
        actor=actor().name,
        seen_version=form.seen_version,
    )


@blueprint.get("/<template_id>/preview")
@needs("agreements.read")
def preview(template_id: str) -> Response:
    found, locale = _found(template_id), _locale()
    text = read.text_of(actor().business_id, found, locale)
    if text is None:
        return see_other(_url("detail", found.row.id))
    known = found.language(locale)
    shown: dict[str, Any] = {"id": "preview", "hash": "", "title": text.title, "body": text.body, "locale": locale}
    shown["version"] = known.shown_revision
    return page(
        "portal/checkout/agreements/preview.html", found=found, locale=locale, draft=known.draft, agreements=[shown]
    )


@blueprint.post("/<template_id>/publish")
@needs("agreements.write")
def publish(template_id: str) -> Response:
    found, locale, who = _found(template_id), _locale(), actor()
    seen = request.form.get("seen", "")
    try:
        seen_version = int(seen) if seen.isdecimal() else -1
        manage_agreements.publish_draft(
            who.business_id, found.row.id, locale=locale, actor=who.name, seen_version=seen_version
        )
        flash("Published. Buyers must now accept this version.", "good")
    except AppError as error:
        flash(error.message, "bad")
    return see_other(_url("detail", found.row.id, locale=locale))


@blueprint.post("/<template_id>/discard")
@needs("agreements.write")
def discard(template_id: str) -> Response:
    found, locale = _found(template_id), _locale()
    manage_agreements.discard_draft(actor().business_id, found.row.id, locale=locale)
    flash("Draft discarded.", "good")
    return see_other(_url("detail", found.row.id, locale=locale))


@blueprint.get("/<template_id>/versions/<agreement_id>")
@needs("agreements.read")
def version(template_id: str, agreement_id: str) -> Response:
    which = ids.parse("agt", template_id), ids.parse("agr", agreement_id)
    found = read.version_page(actor().business_id, *which)
    return page(
        "portal/checkout/agreements/version.html", found=found, language_name=language_name, counted=read.COUNTED
    )


def _found(template_id: str) -> read.TemplatePage:
    return read.template_page(actor().business_id, ids.parse("agt", template_id))


def _products() -> list[Any]:
    return list(read.choosable_products(actor().business_id))


def _locale() -> str:
    return request.args.get("locale", "en")[:20]


def _field(error: AppError) -> dict[str, str]:
    param = error.details.get("param")
    return {error.code: param} if param else {}


def _detail(template: uuid.UUID, *, form: SettingsForm | None = None, status: int = 200) -> Response:
    found = read.template_page(actor().business_id, template)
    written = [each.locale for each in found.languages]
    chosen = found.language(request.args.get("locale") or (written[0] if written else "en"))
    cursor = typed("cursor")
    return page(
        "portal/checkout/agreements/detail.html",
        {"language": "language"},
        status=status,
        versions=read.page_of_versions(actor().business_id, template, chosen.locale, cursor=cursor),
        cursor=cursor,
        found=found,
        chosen=chosen,
        form=form or SettingsForm.of(found, _products()),
        tabs=[
            {
                "title": language_name(each.locale),
                "url": _url("detail", template, locale=each.locale),
                "current": each.locale == chosen.locale,
            }
            for each in found.languages
        ],
        others=languages(written),
        language_name=language_name,
    )


def _editor(found: read.TemplatePage, locale: str, form: DraftForm, *, status: int = 200) -> Response:
    return page(
        "portal/checkout/agreements/draft.html",
        status=status,
        found=found,
        locale=locale,
        form=form,
        language_name=language_name,
    )


def _url(view: str, template: uuid.UUID, **query: Any) -> str:
    return url_for(f"portal.agreements.{view}", template_id=ids.show("agt", template), **query)
