"""Pure decisions about agreement texts: what a text is, its fingerprint, which language a buyer gets."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Protocol, TypeVar

from app.domain.checkout.agreements.errors import BadAgreement

MAX_TITLE, MAX_BODY = 120, 60_000
FALLBACK_LOCALE = "en"
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


class Version(Protocol):
    """What the choice of a language looks at."""

    code: str
    locale: str


AnyVersion = TypeVar("AnyVersion", bound=Version)


def text_hash(title: str, body: str) -> str:
    """The fingerprint of exactly this text: SHA-256 over title, line feed and body in UTF-8, in hex. The database
    holds every version to it."""
    return hashlib.sha256(f"{title}\n{body}".encode()).hexdigest()


def clean(title: str, body: str) -> tuple[str, str]:
    """Title and body as they are kept: line ends are line feeds, and nothing in them is invisible.

    Raises:
        BadAgreement: one is empty, too long, or has control characters.
    """
    title = " ".join(title.split())
    body = body.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not title or len(title) > MAX_TITLE:
        raise BadAgreement(
            "invalid_agreement", f"The title must have 1 to {MAX_TITLE} characters.", details={"param": "title"}
        )
    if not body or len(body) > MAX_BODY:
        raise BadAgreement(
            "invalid_agreement", f"The text must have 1 to {MAX_BODY:,} characters.", details={"param": "body"}
        )
    if _hidden(title) or _hidden(body):
        message = "The text contains control characters. Paste it as plain text."
        raise BadAgreement("invalid_agreement", message, details={"param": "body"})
    return title, body


def clean_locale(locale: str) -> str:
    """The locale in its usual spelling: `zh-hans` is zh-Hans.

    Raises:
        BadAgreement: it is none.
    """
    if not _LOCALE.fullmatch(locale):
        raise BadAgreement(
            "invalid_agreement", "Enter a language tag such as en, zh-Hans or pt-BR.", details={"param": "locale"}
        )
    language, *rest = locale.split("-")
    return "-".join([language.lower(), *(part.title() if len(part) == 4 else part.upper() for part in rest)])


def in_language(versions: Iterable[AnyVersion], locale: str) -> list[AnyVersion]:
    """One version per code, in the order in which the codes first appear: in the buyer's locale, else in its language,
    else in English, else the first there is."""
    best: dict[str, AnyVersion] = {}
    for version in versions:
        known = best.get(version.code)
        if known is None or _fit(version.locale, locale) < _fit(known.locale, locale):
            best[version.code] = version
    return list(best.values())


def _fit(has: str, requested: str) -> int:
    if has.lower() == requested.lower():
        return 0
    if has.split("-")[0].lower() == requested.split("-")[0].lower():
        return 1
    return 2 if has == FALLBACK_LOCALE else 3


def _hidden(text: str) -> bool:
    """Control, bidirectional-override and private characters: what is read must be what is hashed."""
    return any(
        unicodedata.category(letter) in ("Cc", "Co", "Cs") or letter in _OVERRIDES
        for letter in text
        if letter not in "\n\t"
    )


_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
