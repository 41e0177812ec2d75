"""Every machine that a noun declares."""

from __future__ import annotations

import importlib
import pkgutil

import app.domain
from app.core.states import Machine


def every_machine() -> list[Machine]:
    """All machines of all nouns, by name."""
    found: dict[str, Machine] = {}
    for noun in pkgutil.iter_modules(app.domain.__path__):
        name = f"app.domain.{noun.name}.states"
        if importlib.util.find_spec(name) is not None:
            module = importlib.import_module(name)
            found |= {value.name: value for value in vars(module).values() if isinstance(value, Machine)}
    return [found[name] for name in sorted(found)]
