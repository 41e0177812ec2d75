"""What may be done to many cases."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.i18n.marks import N_


@dataclass(frozen=True)
class Action:
    """Something done to many cases: what it is called on its button, and what it does."""

    key: str
    title: str
    text: str
    tone: str = "primary"


ACTIONS = {
    each.key: each
    for each in (
        Action("assign", N_("Assign"), N_("Makes the same person responsible for each case.")),
        Action("snooze", N_("Snooze"), N_("Hides each case from the inbox until then.")),
        Action("comment", N_("Comment"), N_("Adds the same comment to each case.")),
        Action("mend", N_("Run an action"), N_("Runs the same suggested action on each case that has it.")),
        Action("resolve", N_("Resolve"), N_("Says that nothing is left to do. The same is not opened again.")),
    )
}
