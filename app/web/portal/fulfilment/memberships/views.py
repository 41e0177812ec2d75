"""Members: who is one, until when, and changes by hand with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypedDict

from flask import Blueprint, Response, flash, url_for

from app.core import clock, ids, paging
from app.core.errors import AppError
from app.core.i18n.marks import N_
from app.core.web.forms import Form
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.errors import ApprovalNeeded
from app.lib.some import some
from app.read.fulfilment import members_resource as read
from app.read.fulfilment.membership_skus import membership_skus
from app.web.buyers import buyer_from_url
from app.web.portal.access import actor, needs
from app.web.portal.actors import names_of
from app.web.portal.address import typed
from app.web.portal.days import moment_of
from app.web.portal.fulfilment.memberships.forms import ExtendForm, GrantForm, MoveForm, RevokeForm, ShortenForm
from app.web.portal.list_state import open_list
from app.workflow.fulfilment import grant_membership, move_membership, shorten_membership

blueprint = Blueprint("memberships", __name__, url_prefix="/memberships")
SHOWN = 20
TITLES = {
    "granted": N_("Granted"),
    "extended": N_("Extended"),
    "shortened": N_("Shortened"),
    "revoked": N_("Revoked"),
    "moved_away": N_("Moved to another buyer"),
    "moved_here": N_("Moved here from another buyer"),
    "imported": N_("Imported"),
}
FORMS: dict[str, type[Form]] = {"extend": ExtendForm, "shorten": ShortenForm, "revoke": RevokeForm, "move": MoveForm}


class _About(TypedDict):
    reason: str
    actor: str
    change_id: uuid.UUID


@blueprint.get("")
@needs("orders.read")
def index() -> Response:
    state = open_list("memberships")
    return page("portal/fulfilment/memberships/index.html", {state.target: "list"}, state=state)


@blueprint.get("/new")
@needs("orders.write")
def new() -> Response:
    return _new(GrantForm(formdata=None, data={"buyer": buyer_from_url("reference")}))


@blueprint.post("/new")
@needs("orders.write")
def grant() -> Response:
    form, who = GrantForm().offering(membership_skus(actor().business_id)), actor()
    if not form.validate():
        return _new(form, status=422)
    try:
        made = grant_membership.grant_membership(who.business_id, _command(form), **_about(form))
    except ApprovalNeeded as asked:
        return _asked(asked)
    except AppError as error:
        form.take_error(error, {"invalid_membership": "days"})
        return _new(form, status=error.http_status)
    flash("Time granted.", "good")
    return _back(made)


@blueprint.get("/<membership_id>")
@needs("orders.read")
def detail(membership_id: str) -> Response:
    return _detail(membership_id)


@blueprint.post("/<membership_id>/extend")
@needs("orders.write")
def extend(membership_id: str) -> Response:
    known, form = _known(membership_id), ExtendForm()
    return _change(
        membership_id,
        form,
        lambda about: grant_membership.extend_membership(actor().business_id, known, some(form.days.data), **about),
        said="Membership extended.",
    )


@blueprint.post("/<membership_id>/shorten")
@needs("orders.write")
def shorten(membership_id: str) -> Response:
    known, form, zone = _known(membership_id), ShortenForm(), actor().membership.time_zone
    return _change(
        membership_id,
        form,
        lambda about: shorten_membership.shorten_membership(
            actor().business_id, known, some(moment_of(form.ends_at.data, zone)), **about
        ),
        said="Membership shortened.",
    )


@blueprint.post("/<membership_id>/revoke")
@needs("orders.write")
def revoke(membership_id: str) -> Response:
    known, form = _known(membership_id), RevokeForm()
    return _change(
        membership_id,
        form,
        lambda about: shorten_membership.revoke_membership(actor().business_id, known, **about),
        said="Membership revoked.",
    )


@blueprint.post("/<membership_id>/move")
@needs("orders.write")
def move(membership_id: str) -> Response:
    known, form = _known(membership_id), MoveForm()
    return _change(
        membership_id,
        form,
        lambda about: move_membership.move_membership(actor().business_id, known, some(form.buyer.data), **about),
        said="Membership moved. This is the new member’s.",
    )


def _known(membership_id: str) -> uuid.UUID:
    return read.get_member(actor().business_id, ids.parse("mbr", membership_id)).row.id


def _about(form: Any) -> _About:
    who = actor()
    change_id = ids.derive(who.business_id, f"{type(form).__name__} {form.once.data}")
    return {"reason": form.reason.data, "actor": who.name, "change_id": change_id}


def _change(membership_id: str, form: Form, change: Callable[[_About], uuid.UUID | None], *, said: str) -> Response:
    if not form.validate():
        return _detail(membership_id, form=form, status=422)
    try:
        shown = change(_about(form))
    except ApprovalNeeded as asked:
        return _asked(asked)
    except AppError as error:
        form.take_error(error, {"invalid_membership": error.details.get("param", "").removesuffix("_reference")})
        return _detail(membership_id, form=form, status=error.http_status)
    flash(said, "good")
    return _back(shown or ids.parse("mbr", membership_id))


def _command(form: GrantForm) -> grant_membership.GrantCommand:
    return grant_membership.GrantCommand(
        buyer=some(form.buyer.data),
        sku_id=ids.parse("sku", form.sku.data),
        days=some(form.days.data),
        email=form.email.data or None,
    )


def _asked(asked: ApprovalNeeded) -> Response:
    flash("Approval requested. See Approvals.", "good")
    return see_other(url_for("portal.approvals.detail", approval_id=asked.details["approval_id"]))


def _back(membership_id: uuid.UUID) -> Response:
    return see_other(url_for(".detail", membership_id=ids.show("mbr", membership_id)))


def _new(form: GrantForm, *, status: int = 200) -> Response:
    form.offering(membership_skus(actor().business_id))
    return page("portal/fulfilment/memberships/new.html", form=form, status=status)


def _detail(membership_id: str, *, form: Form | None = None, status: int = 200) -> Response:
    business_id, cursor = actor().business_id, typed("cursor")
    found = read.get_member(business_id, ids.parse("mbr", membership_id))
    changes, more = paging.cut(
        read.list_changes(business_id, found.row.id, after=paging.key_of(cursor), limit=SHOWN), SHOWN
    )
    forms = {name: form if isinstance(form, kind) else kind(formdata=None) for name, kind in FORMS.items()}
    return page(
        "portal/fulfilment/memberships/detail.html",
        {"history": "history"},
        status=status,
        found=found,
        row=found.row,
        times=read.times_of(business_id, found.row),
        changes=changes,
        names=names_of(business_id, [row.actor for row in changes]),
        titles=TITLES,
        forms=forms,
        open_form=next((name for name, kind in FORMS.items() if isinstance(form, kind)), ""),
        now=clock.now(),
        first_url=url_for(".detail", membership_id=membership_id) if cursor else "",
        next_url=url_for(".detail", membership_id=membership_id, cursor=more) if more else "",
    )
