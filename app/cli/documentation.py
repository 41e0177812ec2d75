"""flask docs: the documentation as files that any web server can show."""

from __future__ import annotations

import re
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from app.cli.plain import Plain

# Requests are tried at the server itself only: without this script the forms stay hidden.
_LEFT_OUT = {"/static/docs/try.js"}
_LINKS = re.compile(r'(?:href|src|data-index)="(/[^"#?]*)')
_IMPORTS = re.compile(r"from '\./([\w.]+)'")


@click.command("docs", cls=Plain)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@with_appcontext
def documentation(folder: Path) -> None:
    """Write the documentation to FOLDER, for the root of a web server: all that /docs leads to."""
    client = current_app.test_client()
    found, pages = ["/docs"], 0
    for address in found:  # it grows on the way
        answer = client.get(address)
        if answer.status_code != 200:
            raise click.ClickException(f"{address} answered {answer.status_code}.")
        links: list[str] = []
        if answer.mimetype == "text/html":
            pages += 1
            links = _LINKS.findall(answer.text)
        elif address.endswith(".js"):
            links = [f"{address.rpartition('/')[0]}/{name}" for name in _IMPORTS.findall(answer.text)]
        _write(folder / address[1:] / ("index.html" if answer.mimetype == "text/html" else ""), answer.data)
        found += [link for link in dict.fromkeys(links) if link not in found and link not in _LEFT_OUT]
    click.echo(f"{pages} pages in {folder}.")


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
