"""Commands whose refusals are sentences."""

from __future__ import annotations

from typing import Any

import click

from app.core.errors import AppError


class Plain(click.Command):
    """A command that ends in a sentence, and not in a traceback, when what it was asked cannot be done."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command.

        Raises:
            ClickException: with the words of the refusal.
        """
        try:
            return super().invoke(ctx)
        except AppError as error:
            raise click.ClickException(error.message) from error
