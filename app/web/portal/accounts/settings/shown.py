"""Settings in words: as they are, and what a version changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import url_for

from app.core.i18n.marks import N_
from app.domain.accounts.business.settings.declared import BY_KEY
from app.domain.accounts.business.settings.types import Changes, Setting, Value
from app.web.checkout.locale import translate
from app.web.portal.access import Actor

# Rules that have a page of their own: title, what it is about, icon, section of the portal, permission.
_ELSEWHERE = (
    (N_("Brand"), N_("Logo and contact on pages and emails"), "tag", "brand", "checkout.read"),
    (N_("Appearance"), N_("Colours and shapes of the checkout"), "palette", "appearance", "checkout.read"),
    (N_("Allowed origins"), N_("Sites that open the checkout, and where buyers return"), "link", "origins",
     "checkout.read"),
    (N_("Tax rates"), N_("Taxes that prices include"), "book", "tax_rates", "settings.read"),
    (N_("Sub-orders"), N_("How orders are split"), "orders", "splitting", "orders.read"),
    (N_("Limits"), N_("Amounts that need a second person"), "check", "approvals", "approvals.read"),
    (N_("Alerts"), N_("Who is notified of what"), "alert", "alerts", "home.read"),
    (N_("Personal data"), N_("How long data is kept"), "lock", "privacy", "settings.write"),
    (N_("Security"), N_("Two-step sign-in"), "keys", "security", "home.read"),
)  # fmt: skip


@dataclass(frozen=True)
class Elsewhere:
    """A page with rules of its own."""

    title: str
    does: str
    icon: str
    url: str


@dataclass(frozen=True)
class Difference:
    """One setting of a version, in words."""

    title: str
    before: str
    after: str


def elsewhere(who: Actor) -> list[Elsewhere]:
    """The pages that this person may open."""
    return [
        Elsewhere(translate(title), translate(does), icon, url_for(f"portal.{section}.index"))
        for title, does, icon, section, permission in _ELSEWHERE
        if who.may(permission)
    ]


def differences(changes: Changes) -> list[Difference]:
    """What changed, setting by setting."""
    return [
        Difference(
            translate(BY_KEY[key].title) if key in BY_KEY else key,
            in_words(BY_KEY.get(key), change["before"]),
            in_words(BY_KEY.get(key), change["after"]),
        )
        for key, change in changes.items()
    ]


def summary(settings: Iterable[Setting], values: Mapping[str, Value]) -> list[tuple[str, str]]:
    """Title and value of each setting."""
    return [(translate(each.title), in_words(each, values[each.key])) for each in settings]


def in_words(setting: Setting | None, value: Value) -> str:
    """A value as people read it."""
    if value is None or value in ("", []):
        return translate(setting.empty).capitalize() if setting and setting.empty else "–"
    if isinstance(value, bool):
        return translate("On") if value else translate("Off")
    if setting is None:
        return ", ".join(value) if isinstance(value, list) else str(value)
    titles = dict(setting.choices()) if setting.choices and setting.kind != "codes" else {}
    if isinstance(value, list):
        return ", ".join(titles.get(each, each) for each in value)
    if isinstance(value, int):
        return _number(setting, value)
    return titles.get(value, value)


def _number(setting: Setting, value: int) -> str:
    whole = value / setting.per
    return f"{whole:g} {translate(setting.unit)}".strip()
