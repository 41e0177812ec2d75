"""Many cases at once: a look at what would come of each, doing it, and what came of each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, flash, request
from wtforms import SelectChoice

from app.core import ids
from app.core.errors import AppError, Invalid
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.domain.reconciliation.kinds import kind_of
from app.read.reconciliation import cases as read
from app.read.reconciliation.cases_list import assignees
from app.web.portal.access import actor
from app.web.portal.list_state import ListState, open_list
from app.web.portal.reconciliation.cases.actions import ACTIONS, Action
from app.web.portal.reconciliation.cases.forms import BulkForm
from app.workflow.reconciliation import bulk_cases
from app.workflow.reconciliation.bulk_cases import MAX_COUNT, BulkCommand, CaseResult
from app.workflow.reconciliation.mends import MENDS

FIELDS = {"reason_needed": "reason", "invalid_comment": "comment", "invalid_time": "days"}


@dataclass(frozen=True)
class Meant:
    """The cases that are meant: those that were ticked, or all of the list, MAX_COUNT at most."""

    rows: tuple[read.CaseRow, ...]
    every: bool
    is_cut: bool
    state: ListState

    @property
    def ids(self) -> list[uuid.UUID]:
        """Their ids."""
        return [row.id for row in self.rows]

    @property
    def text(self) -> str:
        """The cases as a form carries them."""
        return " ".join(ids.show("case", each) for each in self.ids)

    def shown(self, results: Sequence[CaseResult]) -> list[tuple[read.CaseRow, str, CaseResult]]:
        """Each case with its title and what comes of it."""
        by_id = {each.case_id: each for each in results}
        return [(row, kind_of(row.kind).title, by_id[row.id]) for row in self.rows]


def action() -> Action:
    """What shall be done, as the address says.

    Raises:
        Invalid: nothing that there is.
    """
    key = request.values.get("action", "")
    if key not in ACTIONS:
        raise Invalid("invalid_action", "Choose an action.")
    return ACTIONS[key]


def _meant() -> Meant:
    state = open_list("cases")
    if request.values.get("every"):
        found = state.listing.read(state.asked, None, MAX_COUNT + 1)
        return Meant(tuple(each.row for each in found[:MAX_COUNT]), True, len(found) > MAX_COUNT, state)
    ticked = [ids.try_parse(text, "case") for given in request.values.getlist("ids") for text in given.split()]
    known = [each for each in ticked if each is not None][:MAX_COUNT]
    return Meant(tuple(read.some_cases(actor().business_id, known)), False, False, state)


def _mends(meant: Meant) -> list[str]:
    """The actions that one of the cases has and the person may run, those that most cases have first."""
    named = [key for row in meant.rows for key in kind_of(row.kind).mends if actor().may(MENDS[key].permission)]
    return sorted(set(named), key=lambda key: (-named.count(key), key))


def _command(form: BulkForm, what: Action) -> BulkCommand:
    who = actor()
    return BulkCommand(
        action=what.key,
        actor=who.name,
        run_id=ids.derive(who.business_id, f"{who.name} {form.once.data}"),
        user_id=ids.try_parse(form.assignee.data or "", "usr"),
        until=form.until,
        text=(form.comment.data if what.key == "comment" else form.reason.data) or "",
        mend=form.mend.data or "",
    )


def make(what: Action) -> Response:
    """Do it, and show what came of each; or look once more at what was not typed as it should be."""
    who, form, meant = actor(), BulkForm(), _meant()
    if request.form.get("preview") or not meant.rows or not form.validate():
        return look(what, form, status=200 if request.form.get("preview") else 422)
    command = _command(form, what)
    if what.key == "mend":
        if command.mend not in MENDS:
            raise Invalid("invalid_action", "Choose an action.")
        who.require(MENDS[command.mend].permission)
    try:
        made = bulk_cases.run(who.business_id, meant.ids, command)
    except AppError as error:
        form.take_error(error, FIELDS)
        return look(what, form, status=error.http_status)
    return page("portal/reconciliation/cases/done.html", what=what, meant=meant, shown=meant.shown(made))


def look(what: Action, form: BulkForm, *, status: int = 200) -> Response:
    """What would come of each."""
    meant = _meant()
    if not meant.rows:
        flash(N_("Select at least one case."), "bad")
        return see_other(meant.state.url())
    who, mends = actor(), _mends(meant)
    if what.key == "mend" and not mends:
        flash(N_("These cases have no action that you may run."), "bad")
        return see_other(meant.state.url())
    form.assignee.choices = [
        SelectChoice("", N_("Nobody")),
        *(SelectChoice(*each) for each in assignees(who.business_id)),
    ]
    form.mend.choices = [SelectChoice(key, MENDS[key].title) for key in mends]
    if what.key == "mend" and form.mend.data not in mends:
        form.mend.data = mends[0]
    looked = bulk_cases.look(who.business_id, meant.ids, _command(form, what))
    return page(
        "portal/reconciliation/cases/choose.html",
        status=status,
        form=form,
        what=what,
        meant=meant,
        shown=meant.shown(looked),
        count=sum(each.result == "done" for each in looked),
        most=MAX_COUNT,
    )
