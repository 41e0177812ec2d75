"""Settings in words: as they are, and what a version changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import url_for

from app.core.i18n.marks import N_
from app.domain.accounts.business.settings.declared import BY_KEY, DAY_S, HOUR_S
from app.domain.accounts.business.settings.types import Changes, Setting, Value
from app.web.checkout.locale import translate
from app.web.portal.access import Actor

# Rules that have a page of their own: title, what it is about, page of the portal, permission.
_ELSEWHERE = (
    (N_("Tax rates"), N_("Taxes that prices include"), "tax_rates.index", "settings.read"),
    (N_("Brand"), N_("Logo and contact on pages and emails"), "brand.index", "checkout.read"),
    (N_("Appearance"), N_("Colours and shapes of the checkout"), "appearance.index", "checkout.read"),
    (N_("Allowed origins"), N_("Sites that open the checkout, and where buyers return"), "origins.index",
     "checkout.read"),
    (N_("Sub-orders"), N_("How orders are split"), "splitting.index", "orders.read"),
    (N_("Limits"), N_("Amounts that need a second person"), "approvals.limits", "settings.write"),
    (N_("Test clock"), N_("The time of a test business"), "test_clock.index", "settings.read"),
    (N_("Routing"), N_("Which channel takes a payment"), "routing.index", "channels.read"),
    (N_("Alerts"), N_("Who is notified of what"), "alerts.settings", "home.read"),
    (N_("Personal data"), N_("What is stored; export and erase a buyer"), "privacy.index", "settings.write"),
    (N_("Export or close"), N_("Get all data, or stop selling for good"), "closing.index", "settings.write"),
    (N_("Two-step sign-in"), N_("What your team signs in with"), "security.index", "home.read"),
)  # fmt: skip

_UNITS = ((DAY_S, N_("day"), N_("days")), (HOUR_S, N_("hour"), N_("hours")), (60, N_("minute"), N_("minutes")))
_ONE = {
    "days": N_("day"), "failures": N_("failure"), "accounts": N_("account"), "attempts": N_("attempt")
}  # fmt: skip
_ORDER = {key: place for place, key in enumerate(BY_KEY)}


@dataclass(frozen=True)
class Elsewhere:
    """A page with rules of its own."""

    title: str
    does: str
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
        Elsewhere(translate(title), translate(does), url_for(f"portal.{place}"))
        for title, does, place, permission in _ELSEWHERE
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
        for key, change in sorted(changes.items(), key=lambda each: _ORDER.get(each[0], len(_ORDER)))
    ]


def summary(settings: Iterable[Setting], values: Mapping[str, Value]) -> list[tuple[str, str]]:
    """Title and value of each setting."""
    return [(translate(each.title), in_words(each, values[each.key])) for each in settings]


def in_words(setting: Setting | None, value: Value) -> str:
    """A value as people read it."""
    if value is None or value in ("", []):
        return _sentence(translate(setting.empty)) if setting and setting.empty else "–"
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
    if not setting.key.endswith("_s"):
        return f"{value:,} {translate(_ONE.get(setting.unit, setting.unit) if value == 1 else setting.unit)}".strip()
    for seconds, one, many in _UNITS:
        if value % seconds == 0:
            return f"{value // seconds:,} {translate(one if value == seconds else many)}"
    return f"{value:,} {translate('seconds')}"


def _sentence(text: str) -> str:
    """The text with a capital at its beginning; the others stay."""
    return text[:1].upper() + text[1:]
