"""What the address of the list of codes asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.core import ids
from app.read.coupons import Filter
from app.web.portal.address import Tab, typed

STATUSES = {"": "All", "active": "Active", "draft": "Draft", "paused": "Paused", "ended": "Ended"}
STATES = {
    "": "All",
    "issued": "Issued",
    "held": "Held",
    "used": "Used",
    "expired": "Expired",
    "withdrawn": "Withdrawn",
}


@dataclass(frozen=True)
class CodesState:
    """A code, a buyer, a template, a state; what makes no sense is left out."""

    code: str
    buyer: str
    template: str
    status: str
    cursor: str

    @classmethod
    def from_request(cls) -> CodesState:
        """The state in the address."""
        status, template = typed("status"), typed("template")
        return cls(
            typed("code"),
            typed("buyer"),
            template if ids.try_parse(template, "cpt") else "",
            status if status in STATES else "",
            typed("cursor"),
        )

    def filter(self) -> Filter:
        """As the list is asked for."""
        return Filter(
            template_id=ids.try_parse(self.template, "cpt"),
            buyer_reference=self.buyer,
            status=self.status,
            code=self.code,
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.code or self.buyer or self.template or self.status)

    def url(self, **changes: Any) -> str:
        """The list's address with changes; the cursor is left out unless it is one of them."""
        named = {"code": self.code, "buyer": self.buyer, "template": self.template, "status": self.status}
        return url_for("portal.coupons.codes", **{key: value for key, value in (named | changes).items() if value})

    def tabs(self) -> list[Tab]:
        """Every state as a link that keeps the other filters."""
        return [Tab(title, self.url(status=key), key == self.status) for key, title in STATES.items()]
