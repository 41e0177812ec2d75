"""The operator's commands: flask audit, flask seed-demo, flask move-clock."""

from __future__ import annotations

import json
import sys

import click
from flask import Flask

from app.core import clock
from app.read import audit as audits
from app.workflow.seed_demo import seed_demo


def register(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(audit)
    app.cli.add_command(seed)
    app.cli.add_command(move_clock)


@click.command("audit")
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


@click.command("seed-demo")
def seed() -> None:
    """Make the demo business, once; prints its keys and login as JSON (again only what can be shown again)."""
    click.echo(json.dumps(seed_demo()))


@click.command("move-clock")
@click.argument("seconds", type=float)
def move_clock(seconds: float) -> None:
    """Move the clock of this installation on (test mode only)."""
    clock.move(seconds)
    click.echo(clock.now().isoformat())
