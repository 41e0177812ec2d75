"""The only ways in which templates write money, time and ids."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal
from flask import Flask, current_app, g, url_for
from markupsafe import Markup

from app.core import ids
from app.core.clock import now
from app.core.money import format_money, plain
from app.lib.masking import masked
from app.lib.rich_text import html
from app.web.buyers import buyer_for_url, sees_buyers


def money(minor: int | Decimal, currency: str) -> str:
    """`1250|money("USD")` → $12.50; a sum by the database, which is a whole decimal, as well."""
    return format_money(int(minor), currency, g.get("locale", "en"))


def number(count: int) -> str:
    """`28576|number` → 28,576"""
    return format_decimal(count, locale=_locale(), numbering_system="default")


def when(moment: datetime | None) -> str:
    """The moment in the business's time zone; the exact one in UTC as its title."""
    if moment is None:
        return "–"
    there = moment.astimezone(_zone())
    locale = _locale()
    if there.date() == now().astimezone(_zone()).date():
        text = format_time(there, "HH:mm:ss", locale=locale)
    else:
        pattern = "d MMM, HH:mm" if there.year == now().year else "d MMM y, HH:mm"
        text = format_datetime(there, pattern, locale=locale)
    utc = moment.astimezone(UTC)
    tag = Markup('<time datetime="{}" title="{}">{}</time>')
    return tag.format(utc.isoformat(timespec="seconds"), utc.strftime("%Y-%m-%d %H:%M:%S UTC"), text)


def in_full(moment: datetime) -> str:
    """Date and time in the business's time zone, today's date too: 31 May 2026, 14:03."""
    return format_datetime(moment.astimezone(_zone()), "d MMM y, HH:mm", locale=_locale())


def from_now(seconds: int) -> str:
    """How far off something is, in the words of the page: `in 2 minutes`."""
    return format_timedelta(timedelta(seconds=seconds), add_direction=True, threshold=1.5, locale=_locale())


def utc(moment: datetime) -> str:
    """The exact moment, for documents: 2026-05-31 14:03:59 UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def day(moment: datetime) -> str:
    """The date in the business's time zone."""
    there = moment.astimezone(_zone())
    return format_date(there, "d MMM y" if _locale() == "en" else "medium", locale=_locale())


def iso_day(moment: datetime) -> str:
    """The date for a form field or an address: 2026-05-31."""
    return moment.astimezone(_zone()).date().isoformat()


def shown(value: UUID, prefix: str) -> str:
    """`order.id|shown("ord")` → ord_01h…"""
    return ids.show(prefix, value)


def uuid_shown(text: str, prefix: str) -> str:
    """As `shown`, of an id that is kept as a text."""
    return ids.show(prefix, UUID(text))


def short(value: UUID, prefix: str) -> str:
    """The head and the tail of an id, for tight columns: both ends, since ids of one hour share their heads."""
    return ends(ids.show(prefix, value))


def ends(text: str) -> str:
    """The same of an id as it is shown."""
    prefix = text.partition("_")[0]
    return f"{text[: len(prefix) + 5]}…{text[-6:]}"


def rich(text: str) -> Markup:
    """A merchant's text with its little Markdown drawn; tags in it are text."""
    return html(text)


def buyer(text: str | None) -> str | None:
    """A buyer's name or address; masked for who may not read them."""
    return text if not text or sees_buyers() else masked(text)


def _locale() -> str:
    """The page's language, as CLDR's data is called."""
    return str(g.get("locale", "en")).replace("-", "_")


def _zone() -> ZoneInfo:
    return _zone_called(g.get("time_zone", "UTC"))


@lru_cache(maxsize=64)
def _zone_called(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def asset(filename: str) -> str:
    """The address of a static file, changed whenever its content does, so that it can be cached for good."""
    return url_for("static", filename=filename, v=_digest(Path(str(current_app.static_folder)) / filename))


def _digest(path: Path) -> str:
    return _digest_at(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _digest_at(path: str, changed: int) -> str:  # noqa: ARG001 (part of the cache's key)
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def init_filters(app: Flask) -> None:
    """Make them known to every template."""
    app.jinja_env.filters.update(
        money=money,
        number=number,
        when=when,
        utc=utc,
        rich=rich,
        day=day,
        from_now=from_now,
        in_full=in_full,
        iso_day=iso_day,
        shown=shown,
        uuid_shown=uuid_shown,
        short=short,
        ends=ends,
        plain=plain,
        buyer=buyer,
        buyer_key=buyer_for_url,
    )
    app.jinja_env.globals["asset"] = asset
