"""The pages of the documentation: which files of `docs/` they are, in which order, and how an address finds one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs"
# Pages that are kept where a reader of the repository looks for them.
ELSEWHERE = {
    "sdk": ROOT / "sdk" / "README.md",
    "changelog": ROOT / "CHANGELOG.md",
    "readme": ROOT / "README.md",
    "contributing": ROOT / "CONTRIBUTING.md",
    "security": ROOT / "SECURITY.md",
}

# The navigation: groups of pages by their addresses. What stands in no group is found by links and by the search.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Start",
        (
            "tutorial",
            "how-to/open-a-business",
            "how-to/sell-without-a-server",
            "how-to/build-against-the-api",
            "how-to/receive-webhooks",
            "how-to/customise-appearance",
            "how-to/frame-the-checkout",
        ),
    ),
    (
        "Sell",
        (
            "how-to/sell-in-sizes-and-prices",
            "how-to/import-products",
            "how-to/import-buyers",
            "how-to/sell-to-guests",
            "how-to/sell-a-membership-that-renews",
            "how-to/change-prices-of-running-contracts",
            "how-to/read-what-contracts-are-worth",
            "how-to/manage-members",
            "how-to/run-a-campaign",
            "how-to/ship",
            "how-to/deliver-slowly",
            "how-to/reserve-in-your-own-system",
            "how-to/sell-for-others",
        ),
    ),
    (
        "Orders and money",
        (
            "how-to/handle-an-order",
            "how-to/issue-receipts-and-invoices",
            "how-to/split-orders",
            "how-to/work-with-lists",
            "how-to/answer-a-dispute",
            "how-to/accept-bank-transfers",
            "how-to/pay-out",
            "how-to/share-revenue",
            "how-to/settle-partners",
            "how-to/book-a-settlement",
            "how-to/reconcile-with-bills",
            "how-to/adjust-the-ledger",
        ),
    ),
    (
        "Run your business",
        (
            "how-to/change-settings",
            "how-to/go-live-with-stripe",
            "how-to/go-live-with-alipay",
            "how-to/go-live-with-wechat-pay",
            "how-to/work-the-cases",
            "how-to/stop-fraud",
            "how-to/set-up-alerts",
            "how-to/manage-roles",
            "how-to/require-approval",
            "how-to/work-alone",
            "how-to/secure-sign-in",
            "how-to/rotate-keys",
            "how-to/manage-personal-data",
            "how-to/move-time",
        ),
    ),
    (
        "Operate and extend",
        (
            "how-to/deploy",
            "how-to/back-up-and-restore",
            "how-to/support-a-business",
            "how-to/add-a-channel",
            "how-to/add-a-portal-page",
            "how-to/translate",
        ),
    ),
    (
        "Reference",
        (
            "reference/api",
            "reference/api-versions",
            "reference/events",
            "sdk",
            "reference/panel",
            "reference/sdk-snapshot",
            "reference/states",
            "reference/deliveries",
            "reference/contracts",
            "reference/promotions",
            "reference/coupons",
            "reference/ledger",
            "reference/cases",
            "reference/risk-facts",
            "reference/metrics",
            "reference/business-settings",
            "reference/business-archive",
            "reference/personal-data",
            "reference/files",
            "reference/images",
            "reference/mail",
            "reference/jobs",
            "reference/settings",
            "reference/simulator",
            "reference/security",
            "reference/threat-model",
            "reference/errors",
            "glossary",
            "changelog",
        ),
    ),
)


@dataclass(frozen=True)
class Entry:
    """A page in the navigation."""

    slug: str
    title: str


def file_of(slug: str) -> Path | None:
    """The file behind an address below `/docs/`; None if there is none."""
    return _files().get(slug)


def slug_of(file: Path) -> str | None:
    """The address of a file; None if it is no page."""
    return _slugs().get(file)


@cache
def title_of(slug: str) -> str:
    """A page's first heading."""
    for line in _files()[slug].read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            return line[2:].replace("`", "").strip()
    return slug


@cache
def navigation() -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    """Every group with its pages."""
    return tuple((title, tuple(Entry(slug, title_of(slug)) for slug in slugs)) for title, slugs in GROUPS)


def slugs() -> Iterator[str]:
    """Every page there is."""
    return iter(_files())


def beside(slug: str) -> tuple[Entry | None, Entry | None]:
    """The pages before and after one in its group."""
    for _, entries in navigation():
        for at, entry in enumerate(entries):
            if entry.slug == slug:
                before = entries[at - 1] if at else None
                return before, entries[at + 1] if at + 1 < len(entries) else None
    return None, None


@cache
def _files() -> dict[str, Path]:
    found = {str(path.relative_to(FOLDER).with_suffix("")): path for path in sorted(FOLDER.rglob("*.md"))}
    return found | {slug: path for slug, path in ELSEWHERE.items() if path.exists()}


@cache
def _slugs() -> dict[Path, str]:
    return {path: slug for slug, path in _files().items()}
