"""The forms of API keys: what they are for, what they may do, from where and until when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from wtforms import DateField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.core.errors import Invalid
from app.core.money import parse_minor, plain
from app.core.web.forms import QUIET, Form
from app.domain.accounts.business.scopes import RESOURCES, Resource, by_resource
from app.domain.accounts.business.types import UNIT_TITLES, UNITS, Access, ApprovalLimits
from app.read.accounts.keys import KeyRow
from app.workflow.accounts.manage_keys import KINDS_OF_LIMITS, KeyCommand, may_make

_WORDS = {"none": "None", "read": "Read", "write": "Write"}


def _choices(levels: Iterable[str]) -> list[Any]:
    return [SelectChoice(level, _WORDS[level]) for level in ("none", *levels)]


class RulesForm(Form):
    """What a key is called and how far it goes; the base of making and changing one."""

    name = StringField(
        "Name", description="Where it will be used.", validators=[DataRequired("Enter a name."), Length(max=80)]
    )
    expires_on = DateField(
        "Expires", description="At the end of this day. Leave empty for no expiry.", validators=[Optional()]
    )
    addresses = TextAreaField(
        "Allowed addresses",
        description="IP addresses or networks that may use it, such as 203.0.113.0/24. Leave empty to allow all.",
        validators=[Optional(), Length(max=2000)],
    )

    approval_limits = TextAreaField(
        "May approve up to",
        description="What others request, in a day. One per line, such as refund USD 100.00 or points 500. Leave empty "
        "for nothing. Restricted keys also need Approvals: Write.",
        validators=[Optional(), Length(max=2000)],
    )

    def scope_fields(self) -> list[tuple[Resource, Any]]:
        """Each resource that can be given, with the field that says how much of it."""
        fields = [(resource, self[f"scope_{name}"]) for name, resource in RESOURCES.items()]
        return [(resource, field) for resource, field in fields if len(field.choices) > 1]

    def offered_to(self, own: Access, *, now: Mapping[str, str] | None = None) -> Self:
        """Offer what somebody with these powers may give, and the levels that the key has now."""
        for name, resource in RESOURCES.items():
            levels = [each for each in resource.levels if may_make(own, "restricted", (f"{name}.{each}",))]
            kept = (now or {}).get(name)
            offered = [each for each in resource.levels if each in levels or each == kept]
            self[f"scope_{name}"].choices = _choices(offered)
        if "approval_limits" in self and "settings.write" not in own.permissions:
            del self.approval_limits
        return self

    def command(self, kind: str, time_zone: str, *, known: KeyRow | None = None) -> KeyCommand:
        """What was typed; days in the business's time zone. An end that nobody touched stays to the second."""
        levels = {name: self[f"scope_{name}"].data for name in RESOURCES} if kind == "restricted" else {}
        return KeyCommand(
            self.name.data or "",
            [f"{name}.{level}" for name, level in levels.items() if level != "none"],
            [text for text in re.split(r"[\s,;]+", self.addresses.data or "") if text],
            self._end(time_zone, known.expires_at if known is not None else None),
            approval_limits=self._limits() if kind != "publishable" else None,
        )

    def show(self, key: KeyRow, time_zone: str) -> None:
        """Fill the form with a key."""
        self.name.data, self.addresses.data = key.name, "\n".join(key.addresses)
        self.expires_on.data = _day(key.expires_at, time_zone)
        self.approval_limits.data = lines_of(key.approval_limits)
        for name, level in by_resource(key.scopes).items():
            self[f"scope_{name}"].data = level

    def _limits(self) -> dict[str, dict[str, int]] | None:
        """Raises Invalid where a line cannot be read; None where they were not offered."""
        if "approval_limits" not in self:
            return None
        found: dict[str, dict[str, int]] = {}
        for line in filter(None, map(str.strip, (self.approval_limits.data or "").splitlines())):
            kind, currency, minor = _limit(line)
            found.setdefault(kind, {})[currency] = minor
        return found

    def _end(self, time_zone: str, was: datetime | None) -> datetime | None:
        if self.expires_on.data is None or self.expires_on.data == _day(was, time_zone):
            return None if self.expires_on.data is None else was
        next_day = self.expires_on.data + timedelta(days=1)
        return datetime.combine(next_day, time(), ZoneInfo(time_zone)).astimezone(UTC)


for _name, _resource in RESOURCES.items():
    setattr(
        RulesForm,
        f"scope_{_name}",
        RadioField(_resource.title, choices=_choices(_resource.levels), default="none", validators=[QUIET]),
    )


class KeyForm(RulesForm):
    """A key to be made; its kinds and levels are those that whoever asks may give."""

    kind = RadioField(
        "Kind",
        choices=[
            SelectChoice("secret", "Secret, for your servers: full API access"),
            SelectChoice("restricted", "Restricted, for your servers: only the permissions you choose"),
            SelectChoice("publishable", "Publishable, for web pages"),
        ],
        default="secret",
    )

    def offered_to(self, own: Access, *, now: Mapping[str, str] | None = None) -> Self:
        """As its base does, and a secret key to those alone who may do all that it does."""
        if not may_make(own, "secret"):
            self.kind.choices = [each for each in self.kind.choices if each.value != "secret"]
            if not self.is_submitted():
                self.kind.data = "restricted"
        return super().offered_to(own, now=now)


class RollForm(Form):
    """How long the old key counts."""

    overlap = SelectField(
        "Keep the old key valid for",
        choices=[
            SelectChoice("0", "no time (revoke now)"),
            SelectChoice("3600", "an hour"),
            SelectChoice("86400", "a day"),
            SelectChoice("604800", "a week"),
        ],
        default="86400",
        validators=[QUIET],
    )


def lines_of(limits: ApprovalLimits) -> str:
    """Approval limits, one a line, as they are typed."""
    return "\n".join(
        f"{kind} {minor}" if currency in UNIT_TITLES else f"{kind} {currency} {plain(minor, currency)}"
        for kind, of_kind in limits.items()
        for currency, minor in of_kind.items()
    )


def _limit(line: str) -> tuple[str, str, int]:
    kind, _, rest = line.partition(" ")
    if kind in UNITS and rest.strip().isascii() and rest.strip().isdigit():
        return kind, UNITS[kind], int(rest)
    currency, _, amount = rest.strip().partition(" ")
    if kind not in KINDS_OF_LIMITS or not amount:
        text = f"Enter lines such as refund USD 100.00; kinds are {', '.join(KINDS_OF_LIMITS)}."
        raise Invalid("invalid_limit", text)
    return kind, currency.upper(), parse_minor(amount, currency.upper())


def _day(moment: datetime | None, time_zone: str) -> Any:
    """The last day on which something with this end counts."""
    if moment is None:
        return None
    return (moment - timedelta(microseconds=1)).astimezone(ZoneInfo(time_zone)).date()
