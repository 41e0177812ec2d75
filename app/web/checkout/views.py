"""The hosted panel. Every write is a plain form; scripts only spare the buyer the reload."""

from __future__ import annotations

import math
import uuid
from datetime import datetime
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, current_app, g, request, session, url_for

from app.core import context, ids
from app.core import settings as current_settings
from app.core.errors import AppError, NotFound, TooMany, Unauthenticated
from app.core.i18n.language import DEFAULT, match
from app.core.i18n.marks import N_
from app.core.ids import new_id, show
from app.core.limits.ratelimit import Counter, Limit
from app.core.web.htmx import page, see_other
from app.domain.marketing.errors import CouponRefused
from app.domain.orders import billing
from app.read.checkout import appearance, checkouts
from app.read.checkout.snapshot_types import Snapshot
from app.texts.refusals import REFUSALS
from app.web.checkout.forms import CheckoutForm, accepted, contact_command, error_message, shown
from app.web.checkout.locale import browser_language, translate
from app.web.documents import made_pdf
from app.web.marks import without_csrf
from app.workflow.buyers.set_contact import set_contact
from app.workflow.checkout import change_order, confirm_checkout, leave_payment, open_checkout, use_coupons
from app.workflow.checkout.link_buyer import make_link

blueprint = Blueprint("checkout", __name__, url_prefix="/c")

COOKIE = "bursar_checkout"
COOKIE_S = 24 * 3600
MAX_WAIT_S = 7 * 86_400  # browsers count no timer of more than 24 days
CHANGED = REFUSALS["price_changed"]
ELSEWHERE = N_("This was changed in the meantime, perhaps in another window. Please review it.")
RETURNS = Limit("checkout.return", times=6, window_s=60)
FRAGMENTS = {"panel": "panel"}
# What a link may name to lead straight to.
PLACES = {"owned": "checkout.owned", "receipt": "checkout.receipt"}


@blueprint.get("/<session_id>")
def show_session(session_id: str) -> Response:
    key = request.args.get("key", "")
    if key and not _is_in(session_id):
        return _let_in(session_id, key) if _is_person() else _offer_to_continue(session_id, key)
    if key:
        return _private(see_other(_wanted(session_id)))
    business_id, own_id = _opened(session_id)
    return _draw(_snapshot(business_id, own_id))


@blueprint.post("/<session_id>/enter")
@without_csrf  # the link's own key proves more than a cookie could
def enter(session_id: str) -> Response:
    """A person goes on from the page that a link shows to whoever may be no browser."""
    return _let_in(session_id, request.form.get("key", ""))


@blueprint.post("/<session_id>")
def submit(session_id: str) -> Response:
    business_id, own_id = _opened(session_id)
    form = CheckoutForm()
    before = _snapshot(business_id, own_id)
    if not form.validate():
        return _draw(before, problem=_first_error(form), status=422)
    try:
        changes = form.changes(request.form, before)
        if changes:
            open_checkout.change_checkout(business_id, own_id, **changes)
        _change_coupons(business_id, own_id, form)
        if before["contact"]:
            _set_contact(business_id, own_id, before)
        after = _snapshot(business_id, own_id)
        if request.form.get("do") != "pay":
            return _after_choice(session_id, after)
        if not (form.saw_price(after) and form.saw_items(before)):
            problem = CHANGED if not form.saw_price(after) else ELSEWHERE
            return _draw(after, problem=problem, status=422)
        _pay(business_id, own_id, form, after)
    except (CouponRefused, TooMany) as error:
        now = _snapshot(business_id, own_id)
        if error.code not in ("too_many_codes", "mail_code_limit") and isinstance(error, TooMany):
            return _later(now, error)
        return _draw(now, coupon_problem=error_message(error), typed_coupon=form.typed_coupon, status=error.http_status)
    except AppError as error:
        return _draw(_snapshot(business_id, own_id), problem=error_message(error), status=error.http_status)
    session["going"] = session_id
    return see_other(url_for("checkout.show_session", session_id=session_id))


@blueprint.post("/<session_id>/leave")
def leave(session_id: str) -> Response:
    business_id, own_id = _opened(session_id)
    try:
        leave_payment.leave_payment(business_id, own_id, actor="buyer")
    except AppError as error:
        return _draw(_snapshot(business_id, own_id), problem=error_message(error), status=error.http_status)
    return see_other(url_for("checkout.show_session", session_id=session_id))


@blueprint.post("/<session_id>/change-order")
def change(session_id: str) -> Response:
    business_id, own_id = _opened(session_id)
    seen_id = ids.try_parse(request.form.get("order_id", ""), "ord")
    try:
        if seen_id is not None:
            change_order.change_order(business_id, own_id, order_id=seen_id, actor="buyer")
    except AppError as error:
        return _draw(_snapshot(business_id, own_id), problem=error_message(error), status=error.http_status)
    return see_other(url_for("checkout.show_session", session_id=session_id))


@blueprint.get("/<session_id>/status")
def status(session_id: str) -> Response:
    business_id, own_id = _opened(session_id)
    if request.args.get("seen") == str(checkouts.version(business_id, own_id)):
        return Response(status=204)
    return _draw(_snapshot(business_id, own_id))


@blueprint.get("/<session_id>/appearance.css")
def appearance_css(session_id: str) -> Response:
    """How the business wants its panel to look."""
    business_id, own_id = _opened(session_id)
    sheet = appearance.sheet_of_session(business_id, own_id)
    return Response(sheet, mimetype="text/css", headers={"Cache-Control": "private, no-cache"})


@blueprint.get("/<session_id>/owned")
def owned(session_id: str) -> Response:
    """On to what this buyer owns; the session opened the door."""
    business_id, own_id = _opened(session_id)
    return see_other(make_link(business_id, checkouts.buyer_of(business_id, own_id)).url)


@blueprint.get("/<session_id>/receipt")
def receipt(session_id: str) -> Response:
    """The receipt as a file."""
    business_id, own_id = _opened(session_id)
    order_id = checkouts.order_of(business_id, own_id)
    if order_id is None:
        raise NotFound("not_found", "There is no receipt yet.")
    return _private(made_pdf(business_id, order_id))


@blueprint.get("/<session_id>/return")
def come_back(session_id: str) -> Response:
    own_id = ids.parse("ses", session_id)
    # Anybody may open this address: the company is not asked more often than a buyer could have a reason to.
    counter: Counter = current_app.extensions["counter"]
    is_hosted = _is_in(session_id)
    return_url = leave_payment.come_back(own_id, ask=counter.hit(RETURNS, session_id) == 0, is_hosted=is_hosted)
    if return_url is None:
        return see_other(url_for("checkout.show_session", session_id=session_id))
    return see_other(with_session(return_url, session_id))


def with_session(url: str, session_id: str) -> str:
    """The merchant's address, with the session named in it."""
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode({"bursar_session": session_id})]))
    return urlunsplit(parts._replace(query=query))


def _is_person() -> bool:
    """Whether a browser says that it opens this page for somebody who looks at it. What previews links, or follows
    them in advance, does not; it would use the link up."""
    headers = request.headers
    wants_page = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
    return wants_page and request.method == "GET" and not headers.get("Sec-Purpose")


def _offer_to_continue(session_id: str, key: str) -> Response:
    g.locale = browser_language()
    to = request.args.get("to", "")
    return _private(page("checkout/enter.html", session_id=session_id, key=key, to=to if to in PLACES else ""))


def _let_in(session_id: str, key: str) -> Response:
    """Use up the link, and keep what it gives where scripts and addresses do not show it."""
    grant = open_checkout.enter_by_link(ids.parse("ses", session_id), key)
    path = url_for("checkout.show_session", session_id=session_id)
    return _private(keep_grant(see_other(_wanted(session_id)), grant, path=path))


def _wanted(session_id: str) -> str:
    """Where a link leads: to the session's page, or straight to what it names."""
    return url_for(PLACES.get(request.values.get("to", ""), "checkout.show_session"), session_id=session_id)


def keep_grant(response: Response, grant: str, *, path: str, name: str = COOKIE) -> Response:
    """Let the browser keep what opens a session, for addresses below this path alone."""
    secure = current_settings.current().secure_cookies
    response.set_cookie(name, grant, max_age=COOKIE_S, path=path, httponly=True, secure=secure, samesite="Lax")
    return response


def _private(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _is_in(session_id: str) -> bool:
    try:
        _opened(session_id)
    except NotFound:
        return False
    return True


def _opened(session_id: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Whose session it is, if this browser was let in.

    Raises:
        NotFound: it does not, or there is no such session; which of the two is not told.
    """
    try:
        business_id, own_id = open_checkout.entered(request.cookies.get(COOKIE, ""))
    except Unauthenticated as error:
        raise NotFound(
            "not_found", N_("This link is incomplete or has expired. Please go back to the shop.")
        ) from error
    if show("ses", own_id) != session_id:
        raise NotFound("not_found", N_("This link is incomplete or has expired. Please go back to the shop."))
    # The business's own time from here on, and whose page it is in every log line.
    context.bind(business_id=show("biz", business_id), session_id=session_id)
    return business_id, own_id


def _snapshot(business_id: uuid.UUID, session_id: uuid.UUID) -> Snapshot:
    return checkouts.snapshot(business_id, session_id, browser=browser_language())


def _change_coupons(business_id: uuid.UUID, session_id: uuid.UUID, form: CheckoutForm) -> None:
    if form.remove_coupon.data:
        use_coupons.remove_coupon(business_id, session_id, form.remove_coupon.data)
    elif form.typed_coupon:
        use_coupons.add_coupon(
            business_id,
            session_id,
            form.typed_coupon,
            counter=current_app.extensions["counter"],
            address=request.remote_addr,
            channel=checkouts.method_of_price(business_id, session_id),
        )


def _set_contact(business_id: uuid.UUID, session_id: uuid.UUID, snapshot: Snapshot) -> None:
    set_contact(
        business_id,
        session_id,
        contact_command(request.form, snapshot),
        locale=snapshot["locale"],
        counter=current_app.extensions["counter"],
        address=request.remote_addr,
    )


def _pay(business_id: uuid.UUID, session_id: uuid.UUID, form: CheckoutForm, snapshot: Snapshot) -> None:
    confirm_checkout.confirm_checkout(
        business_id,
        session_id,
        channel=snapshot["payment_method_id"],
        agreements=accepted(request.form, snapshot),
        seen_minor=snapshot["total_minor"],
        seen_version=snapshot["version"],
        request_id=form.attempt(),
        buyer_ip=request.remote_addr,
        language=match(snapshot["locale"]),
        counter=current_app.extensions["counter"],
    )


def _after_choice(session_id: str, snapshot: Snapshot) -> Response:
    if request.headers.get("HX-Request") == "true":
        return _draw(snapshot)
    return see_other(url_for("checkout.show_session", session_id=session_id))


def _later(snapshot: Snapshot, error: TooMany) -> Response:
    """Not now: with the words, how long it takes."""
    wait_s = int(error.details["retry_after_s"])
    drawn = _draw(snapshot, problem=error_message(error), status=error.http_status, again_s=wait_s)
    drawn.headers["Retry-After"] = str(wait_s)
    return drawn


def _draw(snapshot: Snapshot, *, problem: str = "", status: int = 200, again_s: int = 0, **coupon: str) -> Response:
    g.locale = match(snapshot["locale"]) or DEFAULT
    action = snapshot["action"] or {}
    # Straight on to the payment page, once: whoever comes back sees the way on, and is not sent off again.
    is_going = session.pop("going", None) == snapshot["session_id"] and action.get("type") in ("redirect", "app")
    drawn = page(
        "checkout/session.html",
        FRAGMENTS,
        status=status,
        s=snapshot,
        translate=translate,
        until=datetime.fromisoformat(snapshot["expires_at"]),
        over_in_s=_over_in_s(snapshot),
        is_slow=action.get("type") == "instructions",
        problem=problem,
        again_s=again_s,
        coupon_problem=coupon.get("coupon_problem", ""),
        typed_coupon=coupon.get("typed_coupon", ""),
        is_going=is_going,
        is_open=snapshot["status"] in ("ready", "failed"),
        is_watched=snapshot["status"] in ("requires_action", "processing", "unknown")
        or (snapshot["status"] == "succeeded" and not snapshot["delivered"]),
        attempt_id=show("att", new_id()),
        shown=shown,
        company_fields=[billing.FIELD + name for name in billing.MEMBERS],
        continue_url=_way_back(snapshot),
        ticked=[key.removeprefix("agreement_") for key in request.form if key.startswith("agreement_")],
    )
    if is_going:
        # A header, not a redirect: the policy lets no form lead to another origin.
        drawn.headers["Refresh"] = f"0; url={action['url']}"
    return drawn


def _over_in_s(snapshot: Snapshot) -> int:
    """After how many seconds an open page looks whether its time is over: by the business's clock, not the buyer's."""
    left = datetime.fromisoformat(snapshot["expires_at"]) - datetime.fromisoformat(snapshot["now"])
    return min(math.ceil(left.total_seconds()) + 1, MAX_WAIT_S)


def _way_back(snapshot: Snapshot) -> str | None:
    """To the merchant's page: the one that waits for this buyer, or the shop."""
    return_url: str | None = snapshot["return_url"]
    website: str | None = snapshot["merchant"]["website"]
    return with_session(return_url, snapshot["session_id"]) if return_url else website


def _first_error(form: CheckoutForm) -> str:
    errors = [*form.form_errors, *(error for field in form for error in field.errors)]
    return str(errors[0]) if errors else N_("Please check your selection.")
