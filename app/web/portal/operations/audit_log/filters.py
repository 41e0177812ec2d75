"""The list's state, all of it in the address: who, what, action, id, dates, cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from app.core import ids
from app.read.operations.audit_log import ACTIONS, SUBJECTS, LogFilter
from app.web.portal.days import day_of, midnight


@dataclass(frozen=True)
class ListState:
    """What the address asks for."""

    who: str
    what: str
    action: str
    subject: str
    since: str
    until: str
    cursor: str

    @classmethod
    def from_request(cls) -> ListState:
        """The state in the address; what makes no sense in it is left out."""
        values = {name: text.replace("\x00", "").strip()[:200] for name, text in request.args.items()}
        since, until = (text if day_of(text) else "" for text in (values.get("from", ""), values.get("to", "")))
        what, action = values.get("what", ""), values.get("action", "")
        return cls(
            who=values.get("who", ""),
            what=what if what in SUBJECTS else "",
            action=action if action in ACTIONS else "",
            subject=values.get("id", ""),
            since=since,
            until=until,
            cursor=values.get("cursor", ""),
        )

    @property
    def is_unreadable(self) -> bool:
        """Whether the id asked for is none."""
        return bool(self.subject) and ids.try_parse(self.subject) is None

    def wanted(self, time_zone: str) -> LogFilter:
        """The filter for reading; days are the business's."""
        return LogFilter(
            actor=self.who,
            table=self.what,
            action=self.action,
            subject_id=ids.try_parse(self.subject),
            since=midnight(day_of(self.since), time_zone),
            until=midnight(day_of(self.until), time_zone, days=1),
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.who or self.what or self.action or self.subject or self.since or self.until)

    def url(self, endpoint: str = "portal.audit_log.index", **changes: Any) -> str:
        """The list's address with changes; the cursor is left out unless it is one of them."""
        named = {"who": self.who, "what": self.what, "action": self.action, "id": self.subject}
        named |= {"from": self.since, "to": self.until}
        return url_for(endpoint, **{key: value for key, value in (named | changes).items() if value})

    @property
    def csv_url(self) -> str:
        """Exactly this list as a file."""
        return self.url("portal.audit_log.export")
