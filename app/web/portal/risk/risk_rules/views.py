"""Rule sets: the list, one with its rules, what it would have done, and its way from draft to on."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, paging
from app.core.errors import AppError
from app.core.web.htmx import page, see_other
from app.domain.risk.facts import ALL_FACTS
from app.domain.risk.starters import STARTERS
from app.domain.risk.types import Rule, read_rules
from app.read.risk import rule_sets
from app.web.portal.access import actor, needs
from app.web.portal.risk.risk_rules.forms import OPERATORS, NewSetForm, RuleForm
from app.workflow.risk import manage_rule_sets
from app.workflow.risk.manage_rule_sets import RuleSetCommand

blueprint = Blueprint("risk_rules", __name__, url_prefix="/risk/rules")
DAYS = ("1", "7", "30", "90")


@blueprint.get("")
@needs("risk.read")
def index() -> Response:
    return _index(NewSetForm(formdata=None))


@blueprint.post("/new")
@needs("risk.write")
def create() -> Response:
    who, form = actor(), NewSetForm()
    if not form.validate():
        return _index(form, status=422)
    rule_set_id = ids.derive(who.business_id, form.once.data)
    first = [rule for name in STARTERS if name in request.form.getlist("starters") for rule in STARTERS[name][1]]
    return _try(
        rule_set_id,
        lambda: manage_rule_sets.create(
            who.business_id,
            RuleSetCommand(name=form.name.data, rules=first),
            actor=who.name,
            rule_set_id=rule_set_id,
        ),
    )


@blueprint.get("/<risk_rule_set_id>")
@needs("risk.read")
def detail(risk_rule_set_id: str) -> Response:
    return _detail(ids.parse("rrs", risk_rule_set_id))


@blueprint.post("/<risk_rule_set_id>/rules")
@needs("risk.write")
def add_rule(risk_rule_set_id: str) -> Response:
    row_id, form = ids.parse("rrs", risk_rule_set_id), RuleForm()
    if not form.validate():
        return _detail(row_id, form, status=422)
    row = rule_sets.get_set(actor().business_id, row_id)
    try:
        _change(row, (*read_rules(row.rules), form.rule()))
    except AppError as error:
        form.take_error(error)
        return _detail(row_id, form, status=error.http_status)
    flash("Rule added.", "good")
    return see_other(_url(row_id))


@blueprint.post("/<risk_rule_set_id>/rules/remove")
@needs("risk.write")
def remove_rule(risk_rule_set_id: str) -> Response:
    row = rule_sets.get_set(actor().business_id, ids.parse("rrs", risk_rule_set_id))
    name = request.form.get("name", "")
    left = [rule for rule in read_rules(row.rules) if rule.name != name]
    return _try(row.id, lambda: _change(row, left))


@blueprint.post("/<risk_rule_set_id>/status")
@needs("risk.write")
def move(risk_rule_set_id: str) -> Response:
    row_id, who = ids.parse("rrs", risk_rule_set_id), actor()
    to = request.form.get("to", "")
    return _try(row_id, lambda: manage_rule_sets.move(who.business_id, row_id, to, actor=who.name))


@blueprint.post("/<risk_rule_set_id>/request")
@needs("risk.write")
def ask(risk_rule_set_id: str) -> Response:
    row_id, who = ids.parse("rrs", risk_rule_set_id), actor()
    return _try(row_id, lambda: manage_rule_sets.request(who.business_id, row_id, actor=who.name))


@blueprint.post("/<risk_rule_set_id>/copy")
@needs("risk.write")
def copy(risk_rule_set_id: str) -> Response:
    who = actor()
    row = rule_sets.get_set(who.business_id, ids.parse("rrs", risk_rule_set_id))
    copy_id = ids.new_id()
    command = RuleSetCommand(name=row.name, rules=read_rules(row.rules), block_at=row.block_at)
    return _try(copy_id, lambda: manage_rule_sets.create(who.business_id, command, actor=who.name, rule_set_id=copy_id))


def _try(row_id: uuid.UUID, work: Callable[[], object]) -> Response:
    try:
        work()
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return see_other(_url(row_id))


def _change(row: rule_sets.RuleSetRow, changed: Sequence[Rule]) -> None:
    command = RuleSetCommand(name=row.name, rules=changed, block_at=row.block_at)
    manage_rule_sets.change(actor().business_id, row.id, command, actor=actor().name)


def _index(form: NewSetForm, *, status: int = 200) -> Response:
    cursor = request.args.get("cursor", "")
    found = rule_sets.list_sets(actor().business_id, status=None, after=paging.key_of(cursor), limit=rule_sets.PAGE)
    rows, next_cursor = paging.cut(found, rule_sets.PAGE)
    return page(
        "portal/risk/risk_rules/index.html",
        status=status,
        rows=rows,
        next_cursor=next_cursor,
        cursor=cursor,
        form=form,
        starters=STARTERS,
    )


def _detail(rule_set_id: uuid.UUID, form: RuleForm | None = None, *, status: int = 200) -> Response:
    row = rule_sets.get_set(actor().business_id, rule_set_id)
    days = request.args.get("days", "")
    tried = None
    if days in DAYS:
        tried = rule_sets.backtest(actor().business_id, row.rules, row.block_at, days=int(days))
    return page(
        "portal/risk/risk_rules/detail.html",
        status=status,
        row=row,
        form=form or RuleForm(formdata=None),
        facts=ALL_FACTS,
        operators=OPERATORS,
        days=days,
        choices=DAYS,
        tried=tried,
    )


def _url(rule_set_id: uuid.UUID) -> str:
    return url_for("portal.risk_rules.detail", risk_rule_set_id=ids.show("rrs", rule_set_id))
