"""What looks like a key or a password in this repository's files: a check of `make check` without network access.

The detectors are detect-secrets' own. What it may find is named here, each with its reason.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from ops.paths import ROOT

# Bytes and names that the detectors cannot tell from secrets: built files, locks and pictures.
LEFT_OUT = (
    "static/",
    "sandbox/demo/static/",
    "docs/images/",
    "tests/contracts/files/",
    "requirements",
    "sdk/package-lock.json",
)
# Tests make up keys and addresses with passwords by the hundred, and words say "secret" in ten languages: there only
# the forms of real keys are looked for.
MADE_UP = ("tests/", "sdk/tests/", "sdk/src/deferred_parts/locales/", "locales/")
LOOSE = {"KeywordDetector", "BasicAuthDetector"}
# Too many words look random, and addresses are no secrets.
UNUSED = {"Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector"}
KNOWN = {
    "app/api/v1/payments/channel_accounts.py": "an example of settings in the document",
    "app/domain/accounts/privacy/columns.py": "the names of columns",
    "app/read/fulfilment/licence_keys.py": "the name of a text for sealing",
    "app/web/portal/accounts/password/views.py": "the names of a form's fields",
    "app/workflow/accounts/manage_keys.py": "the beginnings of keys",
    "bench/targets.py": "made-up settings of accounts that hang",
    "docs/how-to/build-against-the-api.md": "a made-up key",
    "docs/how-to/deploy.md": "a made-up address of a database",
    "docs/reference/settings.md": "a made-up address of a mail server",
    "ops/gallery.py": "the password of the people in pictures, on a throw-away database",
    "ops/testing/env.py": "the settings of tests",
    "sdk/src/diagnostics/index.js": "the names of options",
    "sdk/src/core/client.js": "the scheme before a secret that the caller gives",
}


def found() -> str:
    """A line for each find that is not known; nothing when all is well."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import transient_settings

    kinds: dict[str, Any] = get_mapping_from_secret_type_to_class()
    every: set[str] = {plugin.__name__ for plugin in kinds.values()}
    lines = []
    for plugins, files in ((every - UNUSED - LOOSE, _files()), (LOOSE, _files(*MADE_UP, *KNOWN))):
        with transient_settings({"plugins_used": [{"name": each} for each in sorted(plugins)], "filters_used": []}):
            finds = [find for file in files for find in scan_file(str(ROOT / file))]
        lines += [f"{Path(each.filename).relative_to(ROOT)}:{each.line_number} {each.type}" for each in finds]
    return "\n".join(sorted(lines))


def _files(*without: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    return [name for name in listed if name and not name.startswith((*LEFT_OUT, *without)) and (ROOT / name).is_file()]
