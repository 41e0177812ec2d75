"""The operator's commands: flask audit, flask seed-demo, flask seed-history, flask test-clock, flask rotate-secrets,
flask verify-audit-log, flask metrics recount, flask make-logins, flask business, flask operator-keys, flask switch,
flask backup, flask restore, flask verify, flask docs; and for developers, flask webhooks listen."""

from __future__ import annotations

import json
import os
import sys

import click
from flask import Flask

from app import listen as listening
from app.cli import backups
from app.cli.businesses import business
from app.cli.documentation import documentation
from app.cli.operator_keys import operator_keys
from app.cli.plain import Plain
from app.cli.privacy import privacy
from app.cli.switches import switch
from app.cli.test_clock import test_clock
from app.core import clock, ids, settings
from app.core.db import roles
from app.core.errors import NotFound
from app.core.http import merchant_call
from app.read.accounts import team
from app.read.operations import audit as audits
from app.read.operations import audit_log
from app.workflow.accounts.people import change_password, set_operators
from app.workflow.accounts.people.link_invitation import link_of
from app.workflow.insights import count_metrics
from app.workflow.operations import rotate_secrets
from app.workflow.operations.seed_demo import seed_demo
from app.workflow.operations.seed_history import seed_history


def register(app: Flask) -> None:
    """Add the commands to the application."""
    backups.register(app)
    app.cli.add_command(audit)
    app.cli.add_command(seed)
    app.cli.add_command(history)
    app.cli.add_command(test_clock)
    app.cli.add_command(rotate)
    app.cli.add_command(verify_log)
    app.cli.add_command(webhooks)
    app.cli.add_command(people)
    app.cli.add_command(operators)
    app.cli.add_command(metrics)
    app.cli.add_command(make_logins)
    app.cli.add_command(privacy)
    app.cli.add_command(business)
    app.cli.add_command(operator_keys)
    app.cli.add_command(documentation)
    app.cli.add_command(switch)


_WRONG = {
    "entries": "does not match the entries it seals",
    "signature": "has a signature from another installation",
    "unknown_key": "is signed with an unknown key",
}


@click.command("audit", cls=Plain)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def audit(as_json: bool) -> None:
    """Check every invariant of the books, orders, payments and stock; exit 1 when one does not hold."""
    found = audits.run()
    broken = [check for check in found if check.rows]
    if as_json:
        rows = [{"id": check.id, "name": check.name, "violations": check.rows} for check in found]
        click.echo(json.dumps({"ok": not broken, "checks": rows}, default=str))
    else:
        for check in found:
            click.echo(f"{'ok ' if not check.rows else 'BAD'}  {check.id:<8} {check.name}")
            for row in check.rows[:5]:
                click.echo(f"              {row}")
        click.echo(f"{len(found) - len(broken)} of {len(found)} invariants hold.")
    sys.exit(1 if broken else 0)


@click.command("verify-audit-log", cls=Plain)
def verify_log() -> None:
    """Compute the chain of the audit log anew and check its signatures; exit 1 when something was changed."""
    looked, wrong = audit_log.verify()
    for finding in wrong:
        click.echo(f"BAD  {ids.show('biz', finding.business_id)}: seal {finding.number} {_WRONG[finding.problem]}")
    click.echo(f"{looked} seals checked, {len(wrong)} businesses with errors.")
    sys.exit(1 if wrong else 0)


@click.command("seed-demo", cls=Plain)
def seed() -> None:
    """Make the demo business, once; prints its keys and login as JSON (again only what can be shown again)."""
    click.echo(json.dumps(seed_demo()))


@click.command("seed-history", cls=Plain)
def history() -> None:
    """Give the demo business a quarter of sales, once; the simulator must be running. Prints how many orders."""
    click.echo(json.dumps(seed_history()))


@click.command("rotate-secrets", cls=Plain)
@click.option("--check", is_flag=True, help="Only count what is encrypted under which key.")
def rotate(check: bool) -> None:
    """Seal every secret under the first key of ENCRYPTION_KEY; exit 1 when one cannot be opened by any key here.
    Safe while everything runs; when it was stopped, run it again."""
    if not check:
        done = rotate_secrets.rotate_secrets()
        click.echo(f"{done.reencrypted} secrets encrypted anew.")
        for place in done.lost:
            click.echo(f"BAD  {place} is encrypted under a key that is not here", err=True)
    counted = rotate_secrets.count_by_key()
    newest = rotate_secrets.newest_key()
    for key, count in sorted(counted.items()):
        click.echo(f"key {key}: {count} secrets{' (this one seals)' if key == newest else ''}")
    if set(counted) <= {newest}:
        click.echo("You can remove all other keys.")
    sys.exit(1 if not check and done.lost else 0)


@click.command("make-logins", cls=Plain)
def make_logins() -> None:
    """Make the logins that DATABASE_URL and DATABASE_SYSTEM_URL name, as the owner of the tables
    (DATABASE_OWNER_URL); they own nothing, and each may become one role. Run `flask db upgrade` before."""
    using = settings.current()
    addresses = {"app": using.database_url, "system": using.database_system_url}
    try:
        made = roles.make_logins(using.database_owner_url, **addresses)
    except roles.NotAllowed as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Made: {', '.join(made)}.")


@click.group("metrics")
def metrics() -> None:
    """The metrics of Home and the reports."""


@metrics.command("recount", cls=Plain)
@click.argument("business")
def recount_metrics(business: str) -> None:
    """Forget the metrics of BUSINESS (biz_…) and count them from the beginning."""
    count_metrics.count_again(ids.parse("biz", business))
    click.echo("Counted.")


@click.group("people")
def people() -> None:
    """People who sign in to the portal."""


@click.group("operators")
def operators() -> None:
    """Those who run the installation: they see every business, and visit it."""


@operators.command("add", cls=Plain)
@click.argument("email")
def add_operator(email: str) -> None:
    """Make somebody who signs in with this address an operator."""
    _set_operator(email, is_operator=True)


@operators.command("remove", cls=Plain)
@click.argument("email")
def remove_operator(email: str) -> None:
    """Make them an operator no more; their visits end at once."""
    _set_operator(email, is_operator=False)


@operators.command("list", cls=Plain)
def list_operators() -> None:
    """Print the addresses of all operators."""
    for email in set_operators.operators():
        click.echo(email)


def _set_operator(email: str, *, is_operator: bool) -> None:
    try:
        set_operators.set_operator(email, is_operator=is_operator)
    except NotFound as error:
        raise click.ClickException(error.message) from error
    click.echo(f"{email} is {'an operator' if is_operator else 'no longer an operator'}.")


@people.command("reset-link", cls=Plain)
@click.argument("email")
def reset_link(email: str) -> None:
    """Print a link by which somebody chooses a new password: works once, for an hour."""
    link = change_password.link_for(email)
    if link is None:
        raise click.ClickException("No account uses this email address.")
    click.echo(link)


@people.command("join-link", cls=Plain)
@click.argument("email")
def join_link(email: str) -> None:
    """Print the links that an invited address would get by mail, where no mail is sent."""
    found = team.invited_as(email)
    if not found:
        raise click.ClickException("There is no pending invitation for this address.")
    for named in found:
        click.echo(link_of(*named, by_mail=True))


@click.group("webhooks")
def webhooks() -> None:
    """Webhooks, for those who build what receives them."""


@webhooks.command("listen", cls=Plain)
@click.option("--forward", required=True, help="URL to POST each event to, such as http://127.0.0.1:3000/hook.")
@click.option("--url", default="", help="Bursar’s URL. Defaults to this installation.")
@click.option("--key", default=lambda: os.environ.get("BURSAR_SECRET_KEY", ""), help="A secret key.")
@click.option("--secret", default="", help="whsec_… to sign with. Defaults to a new one, which is printed.")
@click.option(
    "--type", "types", multiple=True, help="Only events of this type, such as order.paid or order.*; can be repeated."
)
@click.option("--after", default="", help="Start after this event. Defaults to new events only.")
def listen(forward: str, url: str, key: str, secret: str, types: tuple[str, ...], after: str) -> None:
    """Pass events on to a program on this machine, signed as webhooks are, until stopped. No endpoint is needed."""
    if not key.startswith(("sk_", "rk_")):
        raise click.UsageError("Pass a secret key with --key sk_test_… or BURSAR_SECRET_KEY.")
    if not secret:
        secret = merchant_call.new_secret()
        click.echo(f"Signing with {secret}")
    source = (url or settings.current().public_url).rstrip("/")
    listener = listening.Listener(source, key, forward, secret, types)
    click.echo(f"Listening to {source}, forwarding to {forward}")
    try:
        for topic, taken in listener.follow(after or listening.now()):
            click.echo(f"{clock.now():%H:%M:%S}  {topic:<32} {taken}")
    except listening.ListenFailed as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("Stopped.")
