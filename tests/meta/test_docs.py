"""What the documentation leads to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ops.paths import ROOT
from tests.meta import source

PAGES = tuple(source.files("*.md", "docs/**/*.md", ".github/*.md"))
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)(?:#[^)]*)?\)")
# A file or folder of ours that is named in text, as far as it has no placeholder in it.
NAMED = re.compile(r"`((?:app|ops|tests|templates|migrations|sdk|bench|docs)/[\w./-]*)`")
KEPT_CURRENT = ("CONTRIBUTING.md", "docs/architecture/", "docs/invariants.md")


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


def test_files_that_pages_for_contributors_name_exist() -> None:
    missing = {
        f"{_name(page)}: {named}"
        for page in PAGES
        if _name(page).startswith(KEPT_CURRENT)
        for named in NAMED.findall(page.read_text())
        if not (ROOT / named).exists()
    }

    assert missing == set()
