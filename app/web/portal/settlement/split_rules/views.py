"""Split rules: the list, one with its versions, drafts, approval, and calculators over a line and past orders."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, paging
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.read.settlement import split_rules
from app.read.settlement import what_if as past
from app.read.settlement.clearing_list import percent
from app.read.settlement.rule_subjects import rule_subjects
from app.web.portal.access import actor, needs
from app.web.portal.settlement.split_rules.forms import RuleForm, TrialForm, VersionForm
from app.workflow.settlement import manage_split_rules

_PAGE = 50
PAST_DAYS = ("7", "30", "92")
blueprint = Blueprint("split_rules", __name__, url_prefix="/split-rules")


@blueprint.get("")
@needs("settlement.read")
def index() -> Response:
    business_id = actor().business_id
    found = split_rules.list_rules(business_id, after=paging.key_of(request.args.get("cursor", "")), limit=_PAGE)
    shown, next_cursor = paging.cut(list(found), _PAGE)
    rows = split_rules.rule_pages(business_id, shown)
    return page("portal/settlement/split_rules/index.html", rows=rows, next_cursor=next_cursor, percent=percent)


@blueprint.get("/new")
@needs("settlement.write")
def new() -> Response:
    form = RuleForm(formdata=None)
    return _new(form)


@blueprint.post("/new")
@needs("settlement.write")
def create() -> Response:
    who, form = actor(), RuleForm()
    form.about(rule_subjects(who.business_id)).offer(who.business_id)
    if not form.validate():
        return _new(form, status=422)
    rule_id = form.once_id(who.business_id)
    try:
        version = form.command(who.membership.time_zone)
        manage_split_rules.create(who.business_id, form.rule(), version, actor=who.name, rule_id=rule_id)
    except AppError as error:
        form.take_error(error, {"split_rule_exists": "subject", "invalid_date": "begins_on"})
        return _new(form, status=error.http_status)
    flash("Draft saved. Try it on a line, then request its approval.", "good")
    return see_other(_url(rule_id))


@blueprint.get("/<split_rule_id>")
@needs("settlement.read")
def detail(split_rule_id: str) -> Response:
    return _detail(ids.parse("spr", split_rule_id))


@blueprint.post("/<split_rule_id>")
@needs("settlement.write")
def save(split_rule_id: str) -> Response:
    who, rule, form = actor(), ids.parse("spr", split_rule_id), VersionForm()
    form.offer(who.business_id)
    if not form.validate():
        return _detail(rule, form, status=422)
    found = split_rules.get_rule(who.business_id, rule)
    try:
        version = form.command(who.membership.time_zone, found.open or found.current)
        manage_split_rules.save_draft(who.business_id, rule, version, actor=who.name)
    except AppError as error:
        form.take_error(error, {"invalid_date": "begins_on"})
        return _detail(rule, form, status=error.http_status)
    flash("Draft saved. Try it on a line, then request its approval.", "good")
    return see_other(_url(rule))


@blueprint.post("/<split_rule_id>/request")
@needs("settlement.write")
def ask(split_rule_id: str) -> Response:
    rule = ids.parse("spr", split_rule_id)
    try:
        approval_id = manage_split_rules.request(actor().business_id, rule, actor=actor().name)
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
        return see_other(_url(rule))
    flash("Approval requested.", "good")
    return see_other(url_for("portal.approvals.detail", approval_id=ids.show("apr", approval_id)))


@blueprint.post("/<split_rule_id>/discard")
@needs("settlement.write")
def discard(split_rule_id: str) -> Response:
    rule = ids.parse("spr", split_rule_id)
    manage_split_rules.discard_draft(actor().business_id, rule, actor=actor().name)
    flash("Draft discarded.", "good")
    return see_other(_url(rule))


@blueprint.post("/<split_rule_id>/rename")
@needs("settlement.write")
def rename(split_rule_id: str) -> Response:
    rule = ids.parse("spr", split_rule_id)
    try:
        manage_split_rules.rename(actor().business_id, rule, name=request.form.get("name", ""))
        flash("Renamed.", "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return see_other(_url(rule))


@blueprint.get("/<split_rule_id>/what-if")
@needs("settlement.read")
def what_if(split_rule_id: str) -> Response:
    business_id, rule_id, args = actor().business_id, ids.parse("spr", split_rule_id), request.args
    found = split_rules.get_rule(business_id, rule_id)
    days = int(args["days"]) if args.get("days") in PAST_DAYS else 30
    version = ids.try_parse(args.get("version", ""), "spv")
    tried = past.what_if(business_id, rule_id, days=days, version_id=version, with_drafts="drafts" in args)
    return page(
        "portal/settlement/split_rules/what_if.html",
        found=found,
        days=days,
        choices=PAST_DAYS,
        tried=tried,
        with_drafts="drafts" in args,
        percent=percent,
    )


def _new(form: RuleForm, *, status: int = 200) -> Response:
    business_id = actor().business_id
    form.about(rule_subjects(business_id)).offer(business_id)
    return page("portal/settlement/split_rules/new.html", form=form, status=status)


def _detail(rule_id: uuid.UUID, form: VersionForm | None = None, *, status: int = 200) -> Response:
    business_id = actor().business_id
    found = split_rules.get_rule(business_id, rule_id)
    shown = found.open or found.current
    if form is None:
        form = VersionForm(formdata=None)
        if shown is not None:
            form.fill(shown)
        form.offer(business_id)
    trial = TrialForm(request.args if "amount" in request.args else None).offer(business_id)
    parts = None
    if shown is not None and "amount" in request.args and trial.validate():
        parts = split_rules.try_terms(business_id, shown.terms, trial.line())
    return page(
        "portal/settlement/split_rules/detail.html",
        status=status,
        found=found,
        row=found.row,
        form=form,
        trial=trial,
        parts=parts,
        percent=percent,
    )


def _url(rule_id: uuid.UUID) -> str:
    return url_for("portal.split_rules.detail", split_rule_id=ids.show("spr", rule_id))
