"""flask business create, invite, list, limit, limits, limit-resource, suspend and lift."""

from __future__ import annotations

import click

from app.cli.plain import Plain
from app.core import context, ids
from app.domain.accounts.business.opening import NewBusiness
from app.domain.accounts.business.resources import Resource
from app.domain.accounts.business.tiers import Scenario, TierLimit
from app.domain.accounts.business.types import SUSPENSIONS
from app.read.accounts.resource_limits import resource_limits_of
from app.read.operations import installation
from app.workflow.accounts.lifecycle import limit_business, open_business, suspend_business
from app.workflow.accounts.lifecycle.limit_resource import limit_resource
from app.workflow.accounts.lifecycle.link_sign_up import invite_owner
from app.workflow.accounts.people import change_password

OPERATOR = "operator"  # how audit logs name whoever has the command line


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


@business.command("list", cls=Plain)
@click.argument("text", default="")
@click.option("--after", default="", help="Id of the last business you have seen.")
def list_(text: str, after: str) -> None:
    """Businesses, newest first, 50 at a time, or those whose name has TEXT: id, mode, standing and name."""
    last = ids.parse("biz", after) if after else None
    for row in installation.directory(text, after=last, limit=installation.PAGE):
        click.echo(f"{ids.show('biz', row.id)}  {row.mode:<4}  {row.standing or 'active':<15}  {row.name}")


@business.command("suspend", cls=Plain)
@click.argument("business_id")
@click.option(
    "--level", type=click.Choice(tuple(SUSPENSIONS)), default="no_new_payments", help="What is taken from it."
)
@click.option("--reason", required=True, help="Shown to the business.")
def suspend(business_id: str, level: str, reason: str) -> None:
    """Take new payments, or every change, from a business, and write to its owners."""
    with context.item(actor=OPERATOR):
        suspend_business.suspend(ids.parse("biz", business_id), level=level, reason=reason)


@business.command("limit", cls=Plain)
@click.argument("business_id")
@click.argument("scenario", type=click.Choice([str(each) for each in Scenario]))
@click.option("--per-s", type=click.IntRange(min=1), help="Requests a second, averaged over ten seconds.")
@click.option("--burst", type=click.IntRange(min=1), help="Requests within one second; twice the rate if absent.")
@click.option("--default", "is_default", is_flag=True, help="Take the limit back.")
def limit(business_id: str, scenario: str, per_s: int | None, burst: int | None, is_default: bool) -> None:
    """Limit how much a business may ask of a scenario; counts within a second, without a restart."""
    if (per_s is None) != is_default:
        raise click.UsageError("Give either --per-s or --default.")
    new = None if per_s is None else TierLimit(per_s=per_s, burst=burst or 2 * per_s)
    with context.item(actor=OPERATOR):
        limit_business.set_limit(ids.parse("biz", business_id), scenario, new)


@business.command("limits", cls=Plain)
@click.argument("business_id")
def limits(business_id: str) -> None:
    """What a business owns: resource, used, limit, and the reason of a limit of its own."""
    for each in resource_limits_of(ids.parse("biz", business_id)):
        why = "default" if each.is_default else each.reason
        click.echo(f"{each.resource:<17}  {each.used:>9,}  {each.limit:>9,}  {why}")


@business.command("limit-resource", cls=Plain)
@click.argument("business_id")
@click.argument("resource", type=click.Choice([str(each) for each in Resource]))
@click.option("--most", type=click.IntRange(min=0), help="How much of it the business may own.")
@click.option("--default", "is_default", is_flag=True, help="Take the limit back.")
@click.option("--reason", required=True, help="Kept in the audit log.")
def limit_resource_(business_id: str, resource: str, most: int | None, is_default: bool, reason: str) -> None:
    """Limit how much a business may own of something; what it has stays."""
    if (most is None) != is_default:
        raise click.UsageError("Give either --most or --default.")
    with context.item(actor=OPERATOR):
        limit_resource(ids.parse("biz", business_id), resource, most, reason=reason)


@business.command("lift", cls=Plain)
@click.argument("business_id")
def lift(business_id: str) -> None:
    """Give a suspended business everything back, and write to its owners."""
    with context.item(actor=OPERATOR):
        suspend_business.lift(ids.parse("biz", business_id))
