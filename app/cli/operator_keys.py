"""flask operator-keys create, list and revoke."""

from __future__ import annotations

import click

from app.cli.plain import Plain
from app.core import ids
from app.workflow.accounts import manage_operator_keys


@click.group("operator-keys")
def operator_keys() -> None:
    """Keys for programs that open businesses and look after them (/v1/businesses)."""


@operator_keys.command("create", cls=Plain)
@click.argument("name")
def create(name: str) -> None:
    """Make a key and print it; it is not shown again."""
    click.echo(manage_operator_keys.create_operator_key(name).secret)


@operator_keys.command("list", cls=Plain)
def list_() -> None:
    """Print the keys that are not revoked: id, end of the key, name."""
    for row in manage_operator_keys.operator_keys():
        click.echo(f"{ids.show('opk', row.id)}  {row.hint}  {row.name}")


@operator_keys.command("revoke", cls=Plain)
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Refuse a key (opk_…) from now on."""
    manage_operator_keys.revoke_operator_key(ids.parse("opk", key_id))
