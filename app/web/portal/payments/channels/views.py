"""Channel accounts."""

from __future__ import annotations

from typing import Any, TypedDict

from flask import Blueprint, Response, flash, request, url_for

from app.core import ids, settings
from app.core.errors import AppError, NotFound, TooMany
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.payments.channels.types import Channel
from app.read.payments import channel_health, refused_notices, routing
from app.read.payments import channels as read
from app.web.portal.access import actor, needs, reauthenticated
from app.web.portal.currencies import main_currency
from app.web.portal.payments.channels.forms import AccountForm, TermsForm, form_for
from app.workflow.guarded_channel import OPERATIONS
from app.workflow.payments import manage_channels, manage_routing, try_connection

HOURS = (1, 6, 24)
blueprint = Blueprint("channels", __name__, url_prefix="/channels")


@blueprint.get("")
@needs("channels.read")
def index() -> Response:
    accounts = read.list_accounts(actor().business_id)
    return page("portal/payments/channels/index.html", accounts=accounts, channels=_channels())


@blueprint.get("/new/<channel>")
@needs("channels.write")
def new(channel: str) -> Response:
    kind = _channel(channel)
    return page(
        "portal/payments/channels/new.html",
        channel=kind,
        form=form_for(kind, fill={"name": kind.title, "enabled": True}),
    )


@blueprint.post("/new/<channel>")
@needs("channels.write")
@reauthenticated
def create(channel: str) -> Response:
    kind = _channel(channel)
    form = form_for(kind)
    if not form.validate():
        return page("portal/payments/channels/new.html", channel=kind, form=form, status=422)
    try:
        account_id = manage_channels.add_channel_account(actor().business_id, channel=channel, **_values(form))
    except ApprovalNeeded as asked:
        return _asked(asked)
    except AppError as error:
        form.take_refusal(error)
        return page("portal/payments/channels/new.html", channel=kind, form=form, status=error.http_status)
    flash("Channel added.", "good")
    return see_other(url_for("portal.channels.detail", account_id=ids.show("cha", account_id)))


@blueprint.get("/health")
@needs("channels.read")
def health() -> Response:
    hours = next((each for each in HOURS if str(each) == request.args.get("hours")), HOURS[1])
    tabs = [
        {"title": f"{each} h", "url": url_for("portal.channels.health", hours=each), "current": each == hours}
        for each in HOURS
    ]
    found = channel_health.health(actor().business_id, hours=hours, operations=OPERATIONS)
    return page("portal/payments/channels/health.html", {"metrics": "metrics"}, health=found, tabs=tabs, hours=hours)


@blueprint.get("/<account_id>")
@needs("channels.read")
def detail(account_id: str) -> Response:
    account = read.account(actor().business_id, ids.parse("cha", account_id))
    kind = _channel(account.channel)
    return _detail(account, kind, form_for(kind, account.settings, fill=read.as_filled(account)))


@blueprint.post("/<account_id>")
@needs("channels.write")
@reauthenticated
def save(account_id: str) -> Response:
    account = read.account(actor().business_id, ids.parse("cha", account_id))
    kind = _channel(account.channel)
    form = form_for(kind, account.settings)
    if not form.validate():
        return _detail(account, kind, form, status=422)
    try:
        manage_channels.change_channel_account(actor().business_id, account.id, **_values(form))
    except ApprovalNeeded as asked:
        return _asked(asked)
    except AppError as error:
        form.take_refusal(error)
        return _detail(account, kind, form, status=error.http_status)
    flash("Saved.", "good")
    return see_other(url_for("portal.channels.detail", account_id=account_id))


@blueprint.post("/<account_id>/test")
@needs("channels.write")
def test(account_id: str) -> Response:
    account = read.account(actor().business_id, ids.parse("cha", account_id))
    kind = _channel(account.channel)
    form = form_for(kind, account.settings, fill=read.as_filled(account))
    try:
        verdict = try_connection.try_connection(actor().business_id, account.id)
    except TooMany as busy:
        answer = _detail(account, kind, form, status=busy.http_status, busy=busy.message)
        answer.headers["Retry-After"] = str(busy.details["retry_after_s"])
        return answer
    return _detail(account, kind, form, verdict=verdict)


@blueprint.post("/<account_id>/terms")
@needs("channels.write")
def terms(account_id: str) -> Response:
    account, form = read.account(actor().business_id, ids.parse("cha", account_id)), TermsForm()
    kind = _channel(account.channel)
    filled = form_for(kind, account.settings, fill=read.as_filled(account))
    if not form.is_fine():
        return _detail(account, kind, filled, terms_form=form, status=422)
    try:
        manage_routing.set_terms(actor().business_id, account.id, form.currency.data, form.command())
    except AppError as error:
        form.take_error(error, {"invalid_range": "highest"})
        return _detail(account, kind, filled, terms_form=form, status=error.http_status)
    flash("Saved.", "good")
    return see_other(url_for("portal.channels.detail", account_id=account_id, _anchor="terms"))


def _asked(needed: ApprovalNeeded) -> Response:
    flash("Approval requested. See Approvals.", "good")
    return see_other(url_for("portal.approvals.detail", approval_id=needed.details["approval_id"]))


def _detail(account: read.AccountRow, kind: Channel, form: AccountForm, *, status: int = 200, **more: Any) -> Response:
    notify_url = f"{settings.current().public_url}/callbacks/{kind.name}/{ids.show('cha', account.id)}"
    known = routing.terms_of(account.business_id, account.id)
    chosen = request.args.get("currency") or next((each.currency for each in known), main_currency())
    context = {
        "account": account,
        "channel": kind,
        "form": form,
        "notify_url": notify_url,
        "terms": known,
        "terms_form": TermsForm.of(next((each for each in known if each.currency == chosen), None), chosen),
        "verdict": None,
        "busy": "",
        "refused": refused_notices.lately(account.business_id, account.id),
        **more,
    }
    return page("portal/payments/channels/detail.html", {"connection": "connection"}, status=status, **context)


class _Values(TypedDict):
    name: str
    values: dict[str, str]
    enabled: bool
    priority: int
    actor: str


def _values(form: AccountForm) -> _Values:
    return {
        "name": form.name.data,
        "values": form.settings,
        "enabled": form.enabled.data,
        "priority": form.priority.data,
        "actor": actor().name,
    }


def _channels() -> dict[str, Channel]:
    """Those this business may use: a channel for tests is no choice of a live one."""
    live = actor().membership.mode == "live"
    known = manage_channels.available_channels()
    return {channel.name: channel for channel in known if not (live and channel.capabilities.test_only)}


def _channel(name: str) -> Channel:
    found = _channels().get(name)
    if found is None:
        raise NotFound("not_found", "There is no such channel.")
    return found
