"""What the documentation for contributors names is there (its links: tests/ops/test_reference.py)."""

from __future__ import annotations

import re
from pathlib import Path

from ops.paths import ROOT
from tests.meta import source

PAGES = tuple(source.files("*.md", "docs/**/*.md", ".github/*.md"))
# A file or folder of ours that is named in text, as far as it has no placeholder in it.
NAMED = re.compile(r"`((?:app|ops|tests|templates|migrations|sdk|bench|docs)/[\w./-]*)`")
KEPT_CURRENT = ("CONTRIBUTING.md", "docs/architecture/", "docs/glossary.md", "docs/invariants.md")


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def test_files_that_pages_for_contributors_name_exist() -> None:
    missing = {
        f"{_name(page)}: {named}"
        for page in PAGES
        if _name(page).startswith(KEPT_CURRENT)
        for named in NAMED.findall(page.read_text())
        if not (ROOT / named).exists()
    }

    assert missing == set()
