"""flask business create, flask business invite."""

from __future__ import annotations

import click

from app.cli.plain import Plain
from app.core import ids
from app.domain.accounts.business.opening import NewBusiness
from app.workflow.accounts import change_password, open_business
from app.workflow.accounts.link_sign_up import invite_owner


@click.group("business")
def business() -> None:
    """Businesses of this installation."""


@business.command("create", cls=Plain)
@click.argument("name")
@click.option("--owner", required=True, help="Email address of the owner. Someone without an account gets one.")
@click.option("--owner-name", default="", help="Name of the owner, if they are new.")
@click.option("--country", required=True, help="ISO 3166-1 code such as DE.")
@click.option("--time-zone", default="UTC", help="Such as Europe/Berlin. Defaults to UTC.")
@click.option("--currency", "currencies", multiple=True, default=("USD",), help="Such as EUR; can be repeated.")
def create(name: str, owner: str, owner_name: str, country: str, time_zone: str, currencies: tuple[str, ...]) -> None:
    """Open a business in test mode; prints its id and, for a new owner, a link to choose a password (valid once, for an
    hour)."""
    command = NewBusiness(name=name, country=country.upper(), time_zone=time_zone, currencies=currencies)
    business_id, is_new = open_business.open_for(owner, command, name=owner_name)
    click.echo(ids.show("biz", business_id))
    if is_new:
        click.echo(change_password.link_for(owner))


@business.command("invite", cls=Plain)
@click.argument("email")
def invite(email: str) -> None:
    """Mail somebody a link to open their business, valid for seven days; prints it as well."""
    click.echo(invite_owner(email))
