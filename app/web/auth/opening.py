"""Opening a business: a mailbox is proved by a link, or somebody is signed in already; then the business says what it
is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, session, url_for
from flask_login import current_user
from wtforms import EmailField, PasswordField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.core import context, ids, mail, settings
from app.core.errors import AppError
from app.core.security.passwords import MAX_LENGTH, MIN_LENGTH
from app.core.web.forms import QUIET, Form
from app.core.web.htmx import page, see_other
from app.domain.accounts.business.opening import NewBusiness
from app.domain.accounts.business.settings import choices
from app.web.auth import sessions, throttle
from app.workflow.accounts.lifecycle import open_business as workflow
from app.workflow.accounts.lifecycle.link_sign_up import SignUp, check_open, read_token, request_sign_up

blueprint = Blueprint("opening", __name__, url_prefix="/portal/sign-up")
USUAL = ("USD", "EUR", "GBP", "CNY", "JPY")


class SignUpForm(Form):
    """Whose mailbox it is."""

    email = EmailField("Email address", validators=[DataRequired("Enter your email address."), Length(max=320)])


class BusinessForm(Form):
    """What the business is."""

    business = StringField(
        "Business name",
        description="Buyers see it in the checkout.",
        validators=[DataRequired("Enter the name of the business."), Length(max=80)],
    )
    country = SelectField("Country", validators=[DataRequired("Choose a country.")])
    time_zone = SelectField("Time zone", description="Days and reports follow it.", default="UTC", validators=[QUIET])
    currency = SelectField("Currency", description="You can add others later.", default=USUAL[0], validators=[QUIET])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.country.choices = [SelectChoice("", "Choose…"), *(SelectChoice(*each) for each in choices.countries())]
        self.time_zone.choices = [SelectChoice(*each) for each in choices.time_zones()]
        usual_first = sorted(choices.currencies(), key=lambda each: (each[0] not in USUAL, each[0]))
        self.currency.choices = [SelectChoice(code, f"{code} · {name}") for code, name in usual_first]

    def command(self) -> NewBusiness:
        """What was asked for."""
        return NewBusiness(
            name=self.business.data,
            country=self.country.data,
            time_zone=self.time_zone.data,
            currencies=(self.currency.data,),
        )


class OwnerForm(BusinessForm):
    """The same, by somebody who has no account yet."""

    person = StringField("Your name", validators=[DataRequired("Enter your name."), Length(max=80)])
    password = PasswordField(
        "Password",
        description=f"At least {MIN_LENGTH} characters.",
        validators=[
            InputRequired("Choose a password."),
            Length(min=MIN_LENGTH, max=MAX_LENGTH, message=f"At least {MIN_LENGTH} characters."),
        ],
    )


@blueprint.get("")
def index() -> Response:
    if current_user.is_authenticated and settings.current().sign_up == "open":
        return _business(BusinessForm(formdata=None), url_for(".open_another"))
    return _asked(SignUpForm(formdata=None))


@blueprint.post("")
def send() -> Response:
    form = SignUpForm()
    if not form.validate():
        return _asked(form, status=422)
    if rest_s := throttle.wait_for_sign_up_s(form.email.data):
        form.form_errors.append(f"Too many emails requested. Try again in {-(-rest_s // 60)} min.")
        return _asked(form, status=429)
    try:
        request_sign_up(form.email.data)
    except AppError as error:
        form.take_error(error, {"invalid_email": "email"})
        return _asked(form, status=error.http_status)
    return _asked(form, sent=form.email.data)


@blueprint.post("/business")
def open_another() -> Response:
    """By somebody who is signed in."""
    if not current_user.is_authenticated:
        return see_other(url_for("auth.log_in", next=url_for(".index")))
    check_open(is_invited=False)
    return _open(None, url_for(".open_another"))


@blueprint.get("/<token>")
def show(token: str) -> Response:
    named = read_token(token)
    form = BusinessForm(formdata=None) if workflow.has_account(named.email) else OwnerForm(formdata=None)
    return _business(form, url_for(".open_by_link", token=token), named)


@blueprint.post("/<token>")
def open_by_link(token: str) -> Response:
    named, action = read_token(token), url_for(".open_by_link", token=token)
    if not workflow.has_account(named.email):
        return _open_as_new(named, action)
    if _signed_in_as() != named.email:
        return see_other(url_for(".show", token=token))
    return _open(named, action)


def _open(named: SignUp | None, action: str) -> Response:
    form, user_id = BusinessForm(), current_user.user.id
    if not form.validate():
        return _business(form, action, named, status=422)
    context.bind(actor=ids.show("usr", user_id), address=request.remote_addr or "")
    try:
        known_id = named.business_id if named else None
        opened = workflow.open_business(form.command(), owner_id=user_id, business_id=known_id)
    except AppError as error:
        form.take_error(error)
        return _business(form, action, named, status=error.http_status)
    session["business"] = str(opened)
    return see_other("/portal")


def _open_as_new(named: SignUp, action: str) -> Response:
    form, user_id = OwnerForm(), ids.new_id()
    if not form.validate():
        return _business(form, action, named, status=422)
    context.bind(actor=ids.show("usr", user_id), address=request.remote_addr or "")
    person = {"name": form.person.data, "password": form.password.data}
    try:
        opened = workflow.open_as_new(named, form.command(), user_id=user_id, **person)
    except AppError as error:
        form.take_error(error)
        return _business(form, action, named, status=error.http_status)
    sessions.begin(user_id)
    session["business"] = str(opened)
    return see_other("/portal")


def _signed_in_as() -> str:
    return str(current_user.user.email) if current_user.is_authenticated else ""


def _asked(form: SignUpForm, *, sent: str = "", status: int = 200) -> Response:
    is_open = settings.current().sign_up == "open"
    return page("auth/sign_up.html", form=form, sent=sent, is_open=is_open, can_mail=mail.is_on(), status=status)


def _business(form: BusinessForm, action: str, named: SignUp | None = None, *, status: int = 200) -> Response:
    signed_in_as = _signed_in_as()
    return page(
        "auth/open_business.html",
        form=form,
        action=action,
        email=named.email if named else signed_in_as,
        signed_in_as=signed_in_as,
        is_new=isinstance(form, OwnerForm),
        status=status,
    )
