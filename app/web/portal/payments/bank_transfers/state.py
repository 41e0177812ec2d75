"""The queue's state, all of it in the address: view, text and place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, get_args

from flask import request, url_for

from app.core.i18n.marks import N_
from app.read.payments.bank_transfers import View
from app.web.checkout.locale import translate
from app.web.portal.address import Tab, typed

TITLES: dict[View, str] = {
    "confirm": N_("To confirm"),
    "incoming": N_("Awaiting payment"),
    "outgoing": N_("To send"),
    "done": N_("Done"),
}


@dataclass(frozen=True)
class QueueState:
    """What the address asks for."""

    view: View
    text: str
    cursor: str

    @classmethod
    def from_request(cls) -> QueueState:
        """The state in the address; what makes no sense in it is left out."""
        view = request.args.get("view", "confirm")
        return cls(cast("View", view) if view in get_args(View) else "confirm", typed("q"), typed("cursor"))

    def url(self, view: View | None = None, cursor: str | None = None) -> str:
        """A view from its beginning, or from behind a place in it."""
        return url_for("portal.bank_transfers.index", view=view or self.view, cursor=cursor)

    def tabs(self, counts: dict[View, int]) -> list[Tab]:
        """Every view, with how many wait in it."""
        return [
            Tab(
                f"{translate(title)} ({counts[view]})" if counts.get(view) else title,
                self.url(view),
                view == self.view and not self.text,
            )
            for view, title in TITLES.items()
        ]
