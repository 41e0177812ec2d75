"""flask switch off, on and list."""

from __future__ import annotations

import click

from app.cli.businesses import OPERATOR
from app.cli.plain import Plain
from app.core import context, ids
from app.domain.accounts.business.switch_kinds import COSTS, MAX_MINUTES, SwitchKind
from app.workflow.accounts.lifecycle import switch_off

KIND = click.Choice([str(each) for each in SwitchKind])


@click.group("switch")
def switch() -> None:
    """Do without parts for a while, in one business or in all."""


@switch.command("off", cls=Plain)
@click.argument("kind", type=KIND)
@click.option("--minutes", type=click.IntRange(1, MAX_MINUTES), required=True, help="It ends by itself after that.")
@click.option("--reason", required=True, help="For the history, and for whoever wonders.")
@click.option("--business", "business_id", help="Only in this one (biz_…).")
def off(kind: str, minutes: int, reason: str, business_id: str | None) -> None:
    """Switch a part off, and print what that costs."""
    where = ids.parse("biz", business_id) if business_id else None
    with context.item(actor=OPERATOR):
        switch_off.switch_off(where, switch_off.SwitchCommand(kind, minutes, reason))
    click.echo(COSTS[SwitchKind(kind)])


@switch.command("on", cls=Plain)
@click.argument("kind", type=KIND)
@click.option("--business", "business_id", help="Only in this one (biz_…).")
def on(kind: str, business_id: str | None) -> None:
    """End a switch before its time."""
    with context.item(actor=OPERATOR):
        switch_off.switch_on(ids.parse("biz", business_id) if business_id else None, kind)


@switch.command("list", cls=Plain)
@click.option("--business", "business_id", help="Also those of this one (biz_…).")
def list_(business_id: str | None) -> None:
    """Print what is off: kind, where, until when, who and why."""
    for each in switch_off.states(ids.parse("biz", business_id) if business_id else None):
        where = "everywhere" if each.is_everywhere else business_id
        click.echo(f"{each.kind:<17}  {where}  until {each.until:%Y-%m-%d %H:%M} UTC  {each.set_by}  {each.reason}")
