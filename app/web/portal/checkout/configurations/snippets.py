"""The code that a merchant copies into a page."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app

from app.core import settings
from app.core.ids import show
from app.read.accounts.keys import publishable_key
from app.web.checkout.sdk_files import MOVING


@dataclass(frozen=True)
class Snippet:
    """One way to sell, and its code."""

    title: str
    lead: str
    code: str


def snippets_for(business_id: uuid.UUID, configuration_id: uuid.UUID, *, mode: str) -> tuple[Snippet, ...]:
    """A button, a panel in the page and a module. The files are those of this version, which never change, with their
    hashes: a browser runs nothing else."""
    key = publishable_key(business_id) or f"pk_{mode}_…"
    own_id = show("cfg", configuration_id)
    at, loader = sdk_at(), loader_tag(key)
    return (
        Snippet(
            "A button that opens the checkout over your page",
            "Loads the checkout when the buyer is about to press the button.",
            f'{loader}\n\n<button type="button" data-bursar-configuration="{own_id}">Buy now</button>',
        ),
        Snippet(
            "The checkout inside your page",
            "Appears in place of the element.",
            f'{loader}\n\n<div data-bursar-configuration="{own_id}"></div>',
        ),
        Snippet(
            "From your JavaScript",
            "For pages that control when and where the checkout opens.",
            f'<link rel="modulepreload" href="{at}/bursar.mjs"\n'
            f'  integrity="{_hash("bursar.mjs")}" crossorigin="anonymous">\n'
            f'<div id="checkout"></div>\n<script type="module">\n  import {{ Bursar }} from "{at}/bursar.mjs";\n'
            f'  Bursar("{key}")\n    .checkout({{ configuration: "{own_id}" }})\n    .mount("#checkout");\n</script>',
        ),
    )


def sdk_at() -> str:
    """Where the files of this version are, which never change."""
    version, _ = sdk_files(str(current_app.static_folder))
    return f"{settings.current().public_url}/static/sdk/{version}"


def loader_tag(key: str) -> str:
    """The script tag that every page needs once."""
    return (
        f'<script src="{sdk_at()}/loader.js"\n  integrity="{_hash("loader.js")}"\n'
        f'  crossorigin="anonymous" data-key="{key}" defer></script>'
    )


def _hash(filename: str) -> str:
    return str(sdk_files(str(current_app.static_folder))[1][filename])


@cache
def sdk_files(static_folder: str) -> tuple[str, dict[str, Any]]:
    """The version of the SDK that is served, and the hashes of its files."""
    kept = json.loads((Path(static_folder) / "sdk" / MOVING / "integrity.json").read_text())
    return kept["version"], kept["files"]
