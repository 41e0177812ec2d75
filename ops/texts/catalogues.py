"""Reads and writes `locales/<language>/LC_MESSAGES/<domain>.po`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from ops.paths import ROOT
from ops.texts.extract import Text

LOCALES = ROOT / "locales"
WIDTH = 100


def languages() -> list[str]:
    """The languages there are, as their folders are called: `pt_BR`."""
    return sorted(folder.parent.name for folder in LOCALES.glob("*/LC_MESSAGES"))


def path_of(language: str, domain: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{domain}.po"


def read(language: str, domain: str) -> Catalog:
    """The catalogue as it is on the disk; an empty one when there is none."""
    path = path_of(language, domain)
    if not path.exists():
        return Catalog(locale=language, domain=domain)
    with path.open("rb") as opened:
        return read_po(opened, locale=language, domain=domain)


def template_of(texts: Sequence[Text]) -> Catalog:
    """What there is to translate."""
    catalog = Catalog()
    for text in texts:
        catalog.add(
            (text.text, text.many) if text.many else text.text,
            context=text.context or None,
            locations=[(file, 0) for file in sorted(text.files)],
            auto_comments=text.comments,
        )
    return catalog


def updated(language: str, domain: str, texts: Sequence[Text]) -> Catalog:
    """The catalogue with exactly these texts. One that was reworded keeps its old translation, marked as fuzzy: it is
    shown again when a translator has looked at it."""
    catalog = read(language, domain)
    catalog.update(template_of(texts), update_header_comment=False)
    catalog.obsolete.clear()
    return catalog


def write(catalog: Catalog) -> bool:
    """Write it; whether it changed."""
    path = path_of(str(catalog.locale_identifier), str(catalog.domain))
    text = written(catalog)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def written(catalog: Catalog) -> str:
    """The file: a short head without dates, which would change with every run, then the texts."""
    head = [
        f"# {catalog.locale.english_name if catalog.locale else ''}: {catalog.domain}",
        'msgid ""',
        'msgstr ""',
        f'"Language: {catalog.locale_identifier}\\n"',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Plural-Forms: {catalog.plural_forms}\\n"',
    ]
    body = io.BytesIO()
    write_po(body, catalog, width=WIDTH, omit_header=True, include_lineno=False)
    return "\n".join(head) + "\n\n" + body.getvalue().decode().strip("\n") + "\n"
