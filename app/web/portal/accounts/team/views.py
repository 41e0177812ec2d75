"""The team: members, invitations, and roles with what each may do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request, session, url_for

from app.core import ids
from app.core.errors import AppError, ChangedMeanwhile
from app.core.i18n.language import Translatable
from app.core.i18n.marks import N_
from app.core.web.forms import changed_fields
from app.core.web.htmx import page, see_other
from app.read.accounts import team as read
from app.read.accounts.team import TeamRole
from app.web.checkout.locale import translate
from app.web.portal.access import ANYBODY, actor, needs, reauthenticated, when_closed
from app.web.portal.accounts.team.forms import InviteForm, MemberForm, RoleForm
from app.web.portal.accounts.team.permission_labels import ROLES_ARE_FOR, groups, label_of
from app.web.portal.actors import names_of
from app.web.portal.address import typed
from app.web.portal.impersonation import PREVIEW
from app.workflow.accounts.people import manage_roles, manage_team, sponsor_member
from app.workflow.accounts.people.link_invitation import link_of

blueprint = Blueprint("team", __name__, url_prefix="/team")
# The field that a refusal is about, by its code.
FIELDS = {"invalid_email": "email", "already_in_team": "email", "role_exists": "name"}


@blueprint.get("")
@needs("team.read")
def index() -> Response:
    who, cursor, invited = actor(), typed("cursor"), typed("invited")
    found = read.page_of_invitations(who.business_id, cursor=invited)
    waiting = found.items
    return page(
        "portal/accounts/team/index.html",
        members=read.page_of_members(who.business_id, cursor=cursor),
        waiting=waiting,
        cursor=cursor,
        invited=invited,
        next_invited=found.next_cursor,
        links={row.id: link_of(who.business_id, row.id, row.round) for row in waiting},
        names=names_of(who.business_id, [row.invited_by for row in waiting]),
        shown_role=read.shown_role,
        state_of=read.state_of,
    )


@blueprint.get("/invite")
@needs("team.write")
def invite() -> Response:
    return _invite(InviteForm(formdata=None))


@blueprint.post("/invite")
@needs("team.write")
@reauthenticated
def send_invitation() -> Response:
    who, form = actor(), InviteForm().among(_grantable())
    if not form.validate():
        return _invite(form, status=422)
    try:
        invitation = {"email": form.email.data, "role": form.role.data, "inviter": who.user.name}
        manage_team.invite(who.business_id, actor=who.name, **invitation)
    except AppError as error:
        form.take_error(error, FIELDS)
        return _invite(form, status=error.http_status)
    invited = Translatable("%(email)s is invited. You can also send the link yourself.", email=form.email.data)
    flash(translate(invited), "good")
    return see_other(url_for(".index"))


@blueprint.post("/invitations/<invitation_id>/renew")
@needs("team.write")
@reauthenticated
def renew(invitation_id: str) -> Response:
    who, row = actor(), read.get_invitation(actor().business_id, ids.parse("inv", invitation_id))
    invitation = {"email": row.email, "role": read.key_of(row), "inviter": who.user.name}
    return _done(
        lambda: manage_team.invite(who.business_id, actor=who.name, **invitation),
        N_("Invitation sent again."),
        ".index",
    )


@blueprint.post("/invitations/<invitation_id>/revoke")
@needs("team.write")
@when_closed
def revoke(invitation_id: str) -> Response:
    parsed_id = ids.parse("inv", invitation_id)
    manage_team.revoke(actor().business_id, parsed_id)
    flash("Revoked. The link does not work any more.", "good")
    return see_other(url_for(".index"))


@blueprint.get("/members/<member_id>")
@needs("team.read")
def member(member_id: str) -> Response:
    return _member(member_id)


@blueprint.post("/members/<member_id>/role")
@needs("team.write")
@reauthenticated
def set_role(member_id: str) -> Response:
    who, form, parsed_id = actor(), MemberForm().among(_grantable()), ids.parse("mem", member_id)
    read.get_member(who.business_id, parsed_id)
    if not form.validate():
        return _member(member_id, form, status=422)
    try:
        manage_team.change_role(who.business_id, parsed_id, role=form.role.data, actor=who.name)
    except AppError as error:
        form.take_error(error)
        return _member(member_id, form, status=error.http_status)
    flash("Saved. Takes effect with their next request.", "good")
    return see_other(url_for(".index"))


@blueprint.post("/members/<member_id>/remove")
@needs("team.write")
@reauthenticated
@when_closed
def remove(member_id: str) -> Response:
    who, parsed_id = actor(), ids.parse("mem", member_id)
    message = "Member removed. They lose access at once."
    return _done(lambda: manage_team.remove(who.business_id, parsed_id, actor=who.name), message, ".index")


@blueprint.post("/members/<member_id>/confirm")
@needs("team.write")
@reauthenticated
def confirm(member_id: str) -> Response:
    who, parsed_id = actor(), ids.parse("mem", member_id)
    message = "Confirmed. They now count as an independent person."
    return _done(lambda: sponsor_member.confirm(who.business_id, parsed_id, actor=who.name), message, ".index")


@blueprint.get("/roles")
@needs("team.read")
def roles() -> Response:
    return page("portal/accounts/team/roles.html", roles=read.list_roles(actor().business_id), groups=groups())


@blueprint.get("/roles/new")
@needs("team.write")
def new_role() -> Response:
    template = next((each for each in _grantable() if each.key == request.args.get("like")), None)
    form = RoleForm.of_role(template, name=f"{template.name} with limits" if template else "")
    return _role("portal/accounts/team/new_role.html", form)


@blueprint.post("/roles/new")
@needs("team.write")
@reauthenticated
def create_role() -> Response:
    who, form = actor(), RoleForm()
    command = form.command()
    if command is None:
        return _role("portal/accounts/team/new_role.html", form, status=422)
    try:
        manage_roles.create_role(who.business_id, command, actor=who.name)
    except AppError as error:
        form.take_error(error, FIELDS)
        return _role("portal/accounts/team/new_role.html", form, status=error.http_status)
    flash(translate(Translatable("You can now assign %(role)s to members.", role=command.name)), "good")
    return see_other(url_for(".roles"))


@blueprint.get("/roles/<role_id>")
@needs("team.write")
def role(role_id: str) -> Response:
    found = _own(role_id)
    return _role("portal/accounts/team/role.html", RoleForm.of_role(found), role=found)


@blueprint.post("/roles/<role_id>")
@needs("team.write")
@reauthenticated
def change_role(role_id: str) -> Response:
    who, found, form = actor(), _own(role_id), RoleForm()
    command = form.command()
    if command is None:
        return _role("portal/accounts/team/role.html", form, role=found, status=422)
    try:
        manage_roles.change_role(
            who.business_id, ids.parse("rol", role_id), command, actor=who.name, seen=form.version.number()
        )
    except ChangedMeanwhile as error:
        return _changed_meanwhile(role_id, form, error)
    except AppError as error:
        form.take_error(error, FIELDS)
        return _role("portal/accounts/team/role.html", form, role=found, status=error.http_status)
    flash("Saved. Takes effect with the next request of each member with this role.", "good")
    return see_other(url_for(".roles"))


@blueprint.post("/roles/<role_id>/archive")
@needs("team.write")
@reauthenticated
def archive_role(role_id: str) -> Response:
    who, parsed_id = actor(), ids.parse("rol", role_id)
    return _done(
        lambda: manage_roles.archive_role(who.business_id, parsed_id, actor=who.name), N_("Role removed."), ".roles"
    )


@blueprint.post("/preview")
@needs("team.read")
def preview() -> Response:
    who = actor()
    found = read.get_role(who.business_id, request.form.get("role", ""))
    session[PREVIEW] = [str(who.business_id), found.key]
    return see_other(url_for("portal.home.index") if "home.read" in found.access.permissions else url_for(".roles"))


@blueprint.post("/preview/stop")
@needs(ANYBODY)
def stop_preview() -> Response:
    looked = session.pop(PREVIEW, None)
    return see_other(url_for(".roles") if looked else "/portal")


def _grantable() -> list[TeamRole]:
    """The roles that the person who asks may give."""
    own = actor().membership.access
    return [each for each in read.list_roles(actor().business_id) if own.cover(each.access)]


def _own(role_id: str) -> TeamRole:
    return read.get_role(actor().business_id, ids.show("rol", ids.parse("rol", role_id)))


def _done(act: Any, message: str, endpoint: str) -> Response:
    try:
        act()
        flash(message, "good")
    except AppError as error:
        if error.http_status == 404:
            raise
        flash(error.message, "bad")
    return see_other(url_for(endpoint))


def _invite(form: InviteForm, *, status: int = 200) -> Response:
    form.among(_grantable())
    return page("portal/accounts/team/invite.html", form=form, hints=ROLES_ARE_FOR, status=status)


def _member(member_id: str, form: MemberForm | None = None, *, status: int = 200) -> Response:
    who, row = actor(), read.get_member(actor().business_id, ids.parse("mem", member_id))
    access, grantable = read.member_access(row), _grantable()
    form = form or MemberForm(formdata=None, data={"role": read.key_of(row)}).among(grantable)
    return page(
        "portal/accounts/team/member.html",
        row=row,
        form=form,
        hints=ROLES_ARE_FOR,
        access=access,
        groups=groups(access.permissions),
        shown_role=read.shown_role,
        is_self=row.user_id == who.user.id,
        counts_with=read.counts_with(who.business_id, row.user_id),
        may_confirm=who.membership.role == "owner" and who.user.id not in (row.user_id, *row.sponsored_by),
        may_change=who.may("team.write") and who.membership.access.cover(access),
        status=status,
    )


def _changed_meanwhile(role_id: str, form: RoleForm, error: ChangedMeanwhile) -> Response:
    """What was typed, beside what the role says now; sent again, it takes its place."""
    found = _own(role_id)
    now, may = RoleForm.of_role(found), set(form.permissions.data or ())
    form.version.data = str(found.version)
    form.take_error(error)
    rights = (
        (N_("Also allowed now"), found.access.permissions - may),
        (N_("No longer allowed"), may - found.access.permissions),
    )
    more = [(title, [label_of(each) for each in sorted(keys)]) for title, keys in rights if keys]
    changed = [field for field in changed_fields(now, form) if field.name != "permissions"]
    return _role("portal/accounts/team/role.html", form, role=found, changed=changed, rights=more, status=409)


def _role(template: str, form: RoleForm, *, status: int = 200, **more: Any) -> Response:
    own = actor().membership.access.permissions
    return page(template, form=form, groups=groups(own), chosen=set(form.permissions.data or ()), status=status, **more)
