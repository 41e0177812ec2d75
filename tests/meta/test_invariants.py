"""Every id of an invariant in code and docs is one that the audit runs, and docs/invariants.md explains it."""

from __future__ import annotations

import re
from collections import Counter

from app.read.operations.audit import CHECKS
from ops import reference
from ops.paths import ROOT
from tests.meta import source

ID = re.compile(r"(?<![\w-])I\d+[a-z]?(?:-[a-z]+)?(?![\w-])")
IDS = {check.id for check in CHECKS}
PLACES = ("app/**/*.py", "ops/**/*.py", "tests/**/*.py", "bench/**/*.py", "docs/**/*.md", "*.md")
# Machines' histories have an id each, and what they have in common one: `replayed` in core/invariants.py.
FAMILIES = {"I20"}


def test_every_invariant_has_an_id_of_its_own() -> None:
    assert [check_id for check_id, times in Counter(check.id for check in CHECKS).items() if times > 1] == []
    assert [check_id for check_id in IDS if not ID.fullmatch(check_id)] == []


def test_every_documented_id_is_one_that_the_audit_runs() -> None:
    unknown = {
        f"{file.relative_to(ROOT)}: {found}"
        for file in source.files(*PLACES)
        for found in ID.findall(file.read_text())
        if found not in IDS | FAMILIES
    }

    assert unknown == set()


def test_every_declared_check_is_run() -> None:
    declared = {check.id for checks in reference.declared_checks().values() for check in checks}

    assert declared == IDS


def test_the_page_lists_each_invariant_and_no_other() -> None:
    listed = re.findall(r"^\| `(I[^`]+)` \|", reference.INVARIANTS.read_text(), re.MULTILINE)

    assert sorted(listed) == sorted(IDS)
