"""Who may do what in the portal: every route names its permission, and a route that does not stops the start."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Flask, Response, current_app, g, make_response, redirect, request, session, url_for
from flask_login import current_user

from app.core import clock, context, ids, settings
from app.core.errors import Denied
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.errors import check_changes, check_portal
from app.domain.accounts.business.tiers import Scenario
from app.domain.accounts.business.types import KNOWN
from app.read.accounts.people import MembershipAccess, SignedInUser
from app.read.accounts.portal_sessions import REAUTHENTICATION_LASTS, REFUND_REAUTHENTICATION_LASTS, Session
from app.read.accounts.second_factors import factors_of
from app.read.accounts.visits import is_operator
from app.web.auth import saved_forms
from app.web.checkout.locale import portal_language
from app.web.marks import View, mark, marks_of
from app.web.portal import reauthentication
from app.web.portal.impersonation import Impersonation, preview_of, visit_of
from app.workflow.accounts.count_request import check, count_request

READING = frozenset({"GET", "HEAD", "OPTIONS"})
ANYBODY = "signed_in"  # any role will do: one's own looks, one's own account


class Undeclared(RuntimeError):
    """A route of the portal does not say which permission it takes."""


@dataclass(frozen=True)
class Actor:
    """The person who is asking, in the seat they sit in; with `stand_in`, a seat that is not their own."""

    user: SignedInUser
    membership: MembershipAccess
    session: Session
    impersonation: Impersonation | None = None

    @property
    def business_id(self) -> uuid.UUID:
        """The business this request is about."""
        return self.membership.business_id

    @property
    def name(self) -> str:
        """How histories and books name this actor."""
        name = ids.show("usr", self.user.id)
        return f"operator:{name}" if self.impersonation and self.impersonation.is_visit else name

    def may(self, permission: str) -> bool:
        """Whether the seat's role has the permission."""
        return permission == ANYBODY or permission in self.membership.access.permissions

    def require(self, permission: str) -> None:
        """Go on only with this permission.

        Raises:
            Denied: the seat's role does not have it.
        """
        if not self.may(permission):
            raise Denied("denied", f"Your role here ({self.membership.role_name}) does not include this. Ask an owner.")


def needs(permission: str) -> Callable[[View], View]:
    """Declare the permission of a view."""
    if permission not in KNOWN and permission != ANYBODY:
        raise Undeclared(f"no role has the permission {permission!r}")

    def declare(view: View) -> View:
        return mark(view, replace(marks_of(view), permission=permission))

    return declare


def reauthenticated(view: View) -> View:
    """Declare that a view wants fresh proof of who asks: it moves money out, makes a secret or lets somebody in."""
    return mark(view, replace(marks_of(view), reauthentication=REAUTHENTICATION_LASTS))


def reauthenticated_today(view: View) -> View:
    """Declare that a view wants proof of the last hours: a refund, which somebody may make all day long."""
    return mark(view, replace(marks_of(view), reauthentication=REFUND_REAUTHENTICATION_LASTS))


def when_closed(view: View) -> View:
    """Declare that a view goes on when the business is closed: it takes something away, or takes the data along."""
    return mark(view, replace(marks_of(view), is_ending=True))


def actor() -> Actor:
    """Who is asking."""
    found: Actor = g.actor
    return found


def second_factor_at() -> datetime | None:
    """When the person who asks showed a second factor, in a view that is `reauthenticated`; None without one."""
    who = actor()
    if not factors_of(who.user.id).any:
        return None
    at = who.session.reauthenticated_at
    # An older proof was renewed by this very request.
    return at if clock.actual() < at + REAUTHENTICATION_LASTS else clock.actual()


def guard() -> Response | None:
    """Before every view of the portal: somebody signed in, with a seat, with the permission."""
    if not current_user.is_authenticated:
        return _to_log_in()
    held: Session = current_user.session
    user = held.user
    other = visit_of(user.id)
    if other is None and not user.memberships:
        return _without_membership(user)
    if other is None:
        other = preview_of(own := _chosen(user))
    membership = other.membership if other else own
    g.locale = portal_language()
    g.actor, g.time_zone = Actor(user, membership, held, other), membership.time_zone
    context.bind(business_id=str(membership.business_id), actor=g.actor.name, address=request.remote_addr or "")
    if not (other and other.is_visit):
        check(count_request(Scenario.PORTAL, membership.business_id, membership.tier_limits))
    marks = marks_of(current_app.view_functions[request.endpoint or ""])
    if marks.permission is None or not g.actor.may(marks.permission):
        raise Denied(
            "denied", f"Your role here ({membership.role_name}) does not include this. Ask an owner of the business."
        )
    if other and other.refuses(request.endpoint or "", request.method):
        raise Denied("read_only", other.refusal)
    if request.method not in READING and not _is_own(request.endpoint or ""):
        check_changes(membership.standing, marks.permission, is_ending=marks.is_ending)
        check_portal(membership.switches)
    if membership.requires_second_factor and not held.second_factor and not _is_own(request.endpoint or ""):
        return _to(url_for("portal.security.index"))
    if marks.reauthentication:
        reauthentication.require(held, marks.reauthentication)
    return None


def _without_membership(user: SignedInUser) -> Response:
    """Those who run the installation have a page of their own; the others are told."""
    if is_operator(user.id):
        return make_response(redirect(url_for("operator.index")))
    return page("auth/no_membership.html", is_open=settings.current().sign_up == "open", status=403)


def _chosen(user: SignedInUser) -> MembershipAccess:
    """The seat that was chosen last, else the first.

    Raises:
        Denied: they have lost the chosen one; what they meant to do there is not done elsewhere.
    """
    chosen = session.get("business")
    if chosen is None:
        return user.memberships[0]
    found = next((membership for membership in user.memberships if str(membership.business_id) == chosen), None)
    if found is None:
        session.pop("business")
        raise Denied("denied", "You are no longer a member of this business.")
    return found


def _is_own(endpoint: str) -> bool:
    """Whether this is about the person alone: their second factor, their looks, and which business they are in."""
    return endpoint.startswith(("portal.security.", "portal.account."))


def put_form_back(response: Response) -> Response:
    """After every view of the portal: the form that was kept while its session had ended is in its page again. What has
    no place there is shown as a list instead."""
    if "actor" not in g:
        return response
    user_id = g.actor.user.id
    if request.method == "POST":
        saved_forms.sent(user_id)
    if saved_forms.put_back(user_id, response) is False:
        return make_response(redirect(url_for("portal.account.saved_form", review=1)))
    return response


def check_declared(app: Flask) -> None:
    """Every route of the portal has its permission.

    Raises:
        Undeclared: names the first one that has none.
    """
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith("portal.") and marks_of(view).permission is None:
            raise Undeclared(f"{endpoint} does not declare its permission: put @needs(…) on it")


def _to_log_in() -> Response:
    back = request.full_path.rstrip("?") if request.method == "GET" else "/portal"
    if request.method == "POST" and saved_forms.save(request.endpoint or ""):
        back = url_for("portal.account.saved_form")
    address = url_for("auth.log_in", next=back)
    return _to(address)


def _to(address: str) -> Response:
    if request.headers.get("HX-Request") == "true":
        return make_response("", 401, {"HX-Redirect": address})
    return see_other(address) if request.method != "GET" else make_response(redirect(address))
