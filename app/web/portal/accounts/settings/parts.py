"""What can be copied from test besides settings, as the page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.i18n.marks import N_
from app.workflow.accounts.copy_from_test import NEEDS, CopyItem

PARTS = {
    "appearance": N_("Appearance"),
    "approval_limits": N_("Approval limits"),
    "roles": N_("Roles"),
    "categories": N_("Categories"),
    "agreements": N_("Agreements"),
    "routing_rules": N_("Routing rules"),
    "checkout_configurations": N_("Checkout configurations"),
    "webhook_endpoints": N_("Webhook endpoints"),
    "tax_rates": N_("Tax rates"),
    "risk_rules": N_("Risk rules"),
}


@dataclass(frozen=True)
class ShownPart:
    """A part with what would be copied of it, and what is left out."""

    key: str
    title: str
    needs: str
    moving: tuple[CopyItem, ...]
    left_out: tuple[CopyItem, ...]


def parts_of(items: Sequence[CopyItem]) -> tuple[ShownPart, ...]:
    """The parts of which something is new, changed or left out."""
    shown = (
        ShownPart(
            key,
            title,
            NEEDS[key],
            tuple(each for each in items if each.part == key and each.outcome in ("new", "changed")),
            tuple(each for each in items if each.part == key and each.outcome == "left_out"),
        )
        for key, title in PARTS.items()
    )
    return tuple(part for part in shown if part.moving or part.left_out)
