"""The catalogues of `locales/`: each language is read when somebody first reads in it, once a process."""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from app.core.i18n.language import LOCALES

FOLDER = Path(__file__).resolve().parents[2] / "locales"
DOMAINS = ("checkout", "portal")  # the first that has a text is taken; the SDK's are built into its own files


def find(language: str, text: str, count: int | None = None, *, context: str = "") -> str | None:
    """The text in this language, in the form for `count` when it has several; None when it is not translated."""
    if not text:
        return None  # gettext keeps a catalogue's head under it
    found = catalogue(language)
    if count is not None:
        translation = found.npgettext(context, text, text, count) if context else found.ngettext(text, text, count)
    else:
        translation = found.pgettext(context, text) if context else found.gettext(text)
    return None if translation is text else translation  # gettext hands back the very object it knows nothing of


@cache
def translated(domain: str) -> tuple[str, ...]:
    """The languages that a domain is translated to, English first."""
    found = (tag for tag in LOCALES if (FOLDER / tag.replace("-", "_") / "LC_MESSAGES" / f"{domain}.po").exists())
    return ("en", *found)


@cache
def catalogue(language: str) -> NullTranslations:
    """All texts of one of `LOCALES`; English has none, it is the source."""
    found: NullTranslations | None = None
    for domain in reversed(DOMAINS):
        path = FOLDER / language.replace("-", "_") / "LC_MESSAGES" / f"{domain}.po"
        if language in LOCALES and path.exists():
            read = _read(path)
            if found is not None:
                read.add_fallback(found)
            found = read
    return found or NullTranslations()


def _read(path: Path) -> GNUTranslations:
    """The file as `gettext` wants it, fuzzy texts left out."""
    # Imported here since it takes a moment, and most processes never speak anything but English.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with path.open("rb") as opened:
        write_mo(compiled, read_po(opened))
    compiled.seek(0)
    return GNUTranslations(compiled)
