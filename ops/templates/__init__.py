"""The form of templates: no line over 120 characters (`make fmt` breaks them, `make check` names what is left)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ops.paths import ROOT
from ops.templates.expressions import WIDTH

# Jinja takes the whitespace around statements away in these; the demo shop's are broken by hand.
OURS = ("templates", "sandbox/simulator/templates")
BY_HAND = ("sandbox/demo/templates",)


def fix() -> None:
    """Break the long lines of every template, as far as its page stays the same."""
    from ops.templates.layout import formatted
    from ops.templates.same import is_same

    for file in _files(*OURS):
        source = file.read_text()
        now = formatted(source)
        if now != source and is_same(source, now):
            file.write_text(now)


def problems() -> list[str]:
    """The lines that are still too long."""
    return [
        f"{file.relative_to(ROOT)}:{number}: {len(line)} characters; `make fmt` breaks most lines over {WIDTH}"
        for file in _files(*OURS, *BY_HAND)
        for number, line in enumerate(file.read_text().split("\n"), 1)
        if len(line) > WIDTH
    ]


def _files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.html"))
