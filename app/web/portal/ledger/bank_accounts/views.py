"""Bank accounts: what is in each, and adding, renaming and archiving them."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.htmx import page, see_other
from app.read.ledger import settlements
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.address import typed
from app.web.portal.ledger.bank_accounts.forms import BankAccountForm, NameForm
from app.workflow.ledger import manage_bank_accounts

blueprint = Blueprint("bank_accounts", __name__, url_prefix="/bank-accounts")


@blueprint.get("")
@needs("ledger.read")
def index() -> Response:
    found = settlements.page_of_bank_accounts(actor().business_id, cursor=typed("cursor"))
    return page("portal/ledger/bank_accounts/index.html", {"bank-account-list": "list"}, found=found)


@blueprint.get("/new")
@needs("ledger.write")
def new() -> Response:
    return page("portal/ledger/bank_accounts/new.html", form=BankAccountForm(formdata=None))


@blueprint.post("")
@needs("ledger.write")
@reauthenticated
def add() -> Response:
    who, form = actor(), BankAccountForm()
    if not form.validate():
        return page("portal/ledger/bank_accounts/new.html", status=422, form=form)
    account_id = form.once_id(who.business_id)
    try:
        manage_bank_accounts.add(who.business_id, form.command(), account_id=account_id)
    except AppError as error:
        form.take_error(error, {error.code: str(error.details.get("param", "currency"))})
        return page("portal/ledger/bank_accounts/new.html", status=error.http_status, form=form)
    return _told(account_id, N_("Bank account added."))


@blueprint.get("/<bank_account_id>")
@needs("ledger.read")
def detail(bank_account_id: str) -> Response:
    return _detail(ids.parse("bka", bank_account_id))


@blueprint.post("/<bank_account_id>/rename")
@needs("ledger.write")
def rename(bank_account_id: str) -> Response:
    account_id, form = ids.parse("bka", bank_account_id), NameForm()
    if not form.validate():
        return _detail(account_id, form, status=422)
    manage_bank_accounts.change(actor().business_id, account_id, name=form.name.data)
    return _told(account_id, N_("Saved."))


@blueprint.post("/<bank_account_id>/archive")
@needs("ledger.write")
def archive(bank_account_id: str) -> Response:
    account_id, is_archived = ids.parse("bka", bank_account_id), request.form.get("archived") == "yes"
    manage_bank_accounts.change(actor().business_id, account_id, archived=is_archived)
    return _told(account_id, N_("Archived. Nothing more can be settled to it.") if is_archived else N_("Active again."))


def _detail(account_id: uuid.UUID, form: NameForm | None = None, *, status: int = 200) -> Response:
    found = settlements.get_bank_account(actor().business_id, account_id)
    form = form or NameForm(formdata=None, data={"name": found.row.name})
    context: dict[str, Any] = {"row": found.row, "balance_minor": found.balance_minor, "form": form}
    return page("portal/ledger/bank_accounts/detail.html", status=status, **context)


def _told(account_id: uuid.UUID, text: str) -> Response:
    flash(text, "good")
    return see_other(url_for("portal.bank_accounts.detail", bank_account_id=ids.show("bka", account_id)))
