"""`make docs`: write the tables of docs/ that the code knows best; a test finds them stale."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.console import print_line
from ops.paths import ROOT

if TYPE_CHECKING:
    from app.core.invariants import Check
    from app.core.states import Machine
    from app.domain.accounts.business.settings.types import Setting
    from app.domain.accounts.privacy.types import Kind

FOLDER = ROOT / "docs" / "reference"
INVARIANTS = ROOT / "docs" / "invariants.md"
BLOCK = re.compile(r"(<!-- from the code: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: list[str]) -> int:
    del arguments
    for page in pages():
        written = page.read_text()
        if (now := filled(written)) != written:
            page.write_text(now)
            print_line(f"  {page.relative_to(ROOT)}")
    return 0


def pages() -> list[Path]:
    """The pages with a table from the code."""
    return [page for page in (*sorted(FOLDER.glob("*.md")), INVARIANTS) if BLOCK.search(page.read_text())]


def filled(text: str) -> str:
    """The page with its tables as the code has them now."""
    return BLOCK.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n{found[3]}", text)


def _templates() -> str:
    from app.domain.ledger.rules import TEMPLATES

    rows = ((f"`{name}`", f"`{one.debit}`", f"`{one.credit}`") for name, one in TEMPLATES.items())
    return _table(("Posting", "Debit", "Credit"), rows)


def _discounts() -> str:
    from app.domain.marketing.kinds import DISCOUNTS, LAYERS, NAMES

    ordered = sorted((layer, NAMES[kind]) for kind, layer in LAYERS.items())
    return _table(("Order", "Kind", "Discount"), ((str(at), f"`{name}`", DISCOUNTS[name]) for at, name in ordered))


def _verdicts() -> str:
    from app.domain.marketing.types import REASONS

    return _table(("Reason", "Meaning"), ((f"`{reason}`", says) for reason, says in REASONS.items()))


def _journals() -> str:
    from app.domain.ledger.rules import JOURNALS

    rows = ((f"`{name}`", ", ".join(f"`{kind}`" for kind in kinds)) for name, kinds in JOURNALS.items())
    return _table(("Posting", "Accounts"), rows)


def _risk_facts() -> str:
    from app.domain.risk.facts import FACTS

    return _table(("Fact", "Kind", "Says"), ((f"`{name}`", fact.kind, fact.says) for name, fact in FACTS.items()))


def _refund_facts() -> str:
    from app.domain.risk.facts import REFUND_FACTS

    return _table(
        ("Fact", "Kind", "Says"), ((f"`{name}`", fact.kind, fact.says) for name, fact in REFUND_FACTS.items())
    )


def _errors() -> str:
    from app.api.kit.catalogue import CATALOGUE

    kinds = sorted(CATALOGUE.values(), key=lambda kind: (kind.status, kind.code))
    rows = ((str(kind.status), f"`{kind.code}`", kind.title, kind.advice) for kind in kinds)
    return _table(("Status", "Code", "Title", "What to do"), rows)


def _personal() -> str:
    from app.domain.accounts.privacy.kinds import KINDS

    rows = (
        (f"**{each.title}** (`{each.key}`): {each.what}", each.why, _how_long(each), each.how, each.stored)
        for each in KINDS
    )
    return _table(("What", "Why", "Kept for", "How it goes", "Storage"), rows)


def _archive() -> str:
    import app.domain
    from app.domain.accounts.privacy import archive

    for module in pkgutil.walk_packages(app.domain.__path__, "app.domain."):
        importlib.import_module(module.name)  # tables are known once their models are loaded
    without = {
        name: ", ".join(f"`{each}`" for each in archive.SECRET.get(name, ())) or "–" for name in archive.tables()
    }
    whole = _table(("File", "Columns left out"), ((f"`{name}.jsonl`", hidden) for name, hidden in without.items()))
    left_out = _table(("Table", "Why"), ((f"`{name}`", why) for name, why in archive.LEFT_OUT.items()))
    return f"{whole}\n## Left out\n\n{left_out}"


def _how_long(kind: Kind) -> str:
    if kind.keep is None or not kind.keep.may_change:
        return kind.how_long
    return f"{kind.how_long}; {kind.keep.least} to {kind.keep.most} can be chosen. {kind.keep.bounds}"


def _business_settings() -> str:
    from app.domain.accounts.business.settings.declared import SECTIONS, SETTINGS

    return "\n\n".join(
        f"## {section.title}\n\n"
        + _table(
            ("Setting", "Member", "Bounds", "Default", "What it does"),
            (
                (each.title, f"`{each.key}`", each.bounds, _default(each), each.does)
                for each in SETTINGS
                if each.section == section.key
            ),
        )
        for section in SECTIONS
    )


def _cases() -> str:
    from app.domain.reconciliation.kinds import KINDS
    from app.workflow.reconciliation.mends import MENDS

    return _table(
        ("Case", "Kind", "What happened", "Closes by itself when", "Actions"),
        (
            (
                f"**{each.title}**" if each.level == "urgent" else each.title,
                f"`{each.key}`",
                each.says,
                each.closes,
                ", ".join(MENDS[mend].title for mend in each.mends) or "–",
            )
            for each in KINDS.values()
        ),
    )


def _default(setting: Setting) -> str:
    if setting.may_be_empty and not setting.default:
        return setting.empty
    if isinstance(setting.default, bool):
        return "on" if setting.default else "off"
    if isinstance(setting.default, int):
        return f"{setting.default // setting.per:,} {setting.unit}"
    return f"`{setting.default}`" if setting.default else "none"


def _events() -> str:
    from app.domain.webhooks.events import EVENT_TYPES

    rows = ((f"`{each.topic}`", each.says, _members(each.members)) for each in EVENT_TYPES.values())
    return _table(("Type", "When", "`data`"), rows)


def _metrics() -> str:
    from app.domain.insights.metrics.types import DEFINITIONS

    return "\n".join(f"## {each.title}\n\n{each.says}\n\n*Counted:* {each.counted}\n" for each in DEFINITIONS)


def _jobs() -> str:
    from app.worker.jobs import JOBS

    rows = (
        (f"`{job.name}`", "when asked" if job.every_s is None else f"{job.every_s:g} s", f"`{job.queue}`", job.does)
        for job in JOBS
    )
    return _table(("Job", "Every", "Queue", "What it does"), rows)


def _members(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name.rstrip('?')}`{' (or none)' if name.endswith('?') else ''}" for name in names)


def _invariants() -> str:
    from app.read.operations.audit import CHECKS

    declared = {check.id: name for name, checks in declared_checks().items() for check in checks}
    tests = {
        file.relative_to(ROOT).as_posix(): file.read_text() for file in sorted((ROOT / "tests").rglob("test_*.py"))
    }
    rows = (
        (f"`{check.id}`", check.name, f"`{declared[check.id]}`", ", ".join(_naming(check.id, tests)))
        for check in sorted(CHECKS, key=lambda check: _by_number(check.id))
    )
    return _table(("Id", "What holds", "Asked in", "Tests that name it"), rows)


def declared_checks() -> dict[str, tuple[Check, ...]]:
    """The checks by the module that declares them."""
    import app.domain
    import app.read.operations
    from app.read.operations import audit

    found: dict[str, tuple[Check, ...]] = {"read/operations/audit.py": audit.BETWEEN_NOUNS}
    for module in pkgutil.iter_modules(app.read.operations.__path__, "app.read.operations."):
        declared = getattr(importlib.import_module(module.name), "CHECKS", None) if ".audit_" in module.name else None
        if declared is not None:
            found[f"read/operations/{module.name.rpartition('.')[2]}.py"] = declared
    for module in pkgutil.walk_packages(app.domain.__path__, "app.domain."):
        if module.name.endswith(".checks"):
            path = module.name.removeprefix("app.").replace(".", "/")
            found[f"{path}.py"] = importlib.import_module(module.name).CHECKS
    return found


def _naming(check_id: str, tests: Mapping[str, str]) -> list[str]:
    """The tests that name the check: most damage data and expect it to be found."""
    return [f"`{name}`" for name, text in tests.items() if f'"{check_id}"' in text]


def _by_number(check_id: str) -> tuple[int, str]:
    number = re.match(r"I(\d+)", check_id)
    assert number is not None  # tests/meta/test_invariants.py holds ids to this form
    return int(number[1]), check_id


def _machines() -> str:
    return "\n".join(_machine(machine) for machine in every_machine())


def _machine(machine: Machine[Any]) -> str:
    edges = ((f"`{old}`", f"`{new}`", f"`{event}`" if event else "") for (old, new), event in machine.edges.items())
    ends = ", ".join(f"`{state}`" for state in sorted(machine.terminal))
    head = f"## {machine.name.replace('_', ' ').capitalize()}\n\nBegins `{machine.initial}`; nothing leaves {ends}.\n"
    return f"{head}\n{_table(('From', 'To', 'Event'), edges)}"


def every_machine() -> list[Machine[Any]]:
    """All machines of all areas, by name."""
    import app.domain
    from app.core.states import Machine

    found: dict[str, Machine[Any]] = {}
    for module in pkgutil.walk_packages(app.domain.__path__, "app.domain."):
        if module.name.endswith(".states"):
            values = vars(importlib.import_module(module.name)).values()
            found |= {value.name: value for value in values if isinstance(value, Machine)}
    return [found[name] for name in sorted(found)]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, *rows]
    head_line, *rest = [f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in lines]
    return head_line + "|---" * len(head) + "|\n" + "".join(rest)


TABLES: dict[str, Callable[[], str]] = {
    "archive": _archive,
    "jobs": _jobs,
    "templates": _templates,
    "journals": _journals,
    "machines": _machines,
    "business_settings": _business_settings,
    "cases": _cases,
    "errors": _errors,
    "events": _events,
    "invariants": _invariants,
    "metrics": _metrics,
    "personal": _personal,
    "risk_facts": _risk_facts,
    "refund_facts": _refund_facts,
    "discounts": _discounts,
    "verdicts": _verdicts,
}
