"""What is wrong with the catalogues: texts missing, untranslated, fuzzy or obsolete, and broken placeholders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from babel.messages.catalog import Catalog, Message

from app.core.i18n.language import DEFAULT, LOCALES
from ops.paths import ROOT
from ops.texts import catalogues
from ops.texts.bare import bare_texts
from ops.texts.extract import COMPLETE, DOMAINS, Text, extract

PLACEHOLDERS = re.compile(r"%\(\w+\)s|\{\w+\}")
MAY_LACK = {"%(count)s"}  # in a form that says the number itself, such as "two"
AGAIN = "run `make texts`"


def problems() -> list[str]:
    """One line for each; none when every catalogue is as it should be."""
    found = [str(unclear) for unclear in bare_texts()]
    for domain in DOMAINS:
        texts, unclear = extract(domain)
        found += map(str, unclear)
        texts_by_key = {tag.replace("-", "_") for tag in LOCALES if tag != DEFAULT} if domain in COMPLETE else set()
        for language in sorted(texts_by_key | set(catalogues.languages())):
            path = catalogues.path_of(language, domain)
            if path.exists():
                catalog = catalogues.read(language, domain)
                name = path.relative_to(ROOT).as_posix()
                found += [f"{name}: {each}" for each in of(catalog, texts, is_complete=domain in COMPLETE)]
            elif language in texts_by_key:
                found.append(f'{path.relative_to(ROOT)} is missing: run `make texts ARGS="{domain} {language}"`')
    return found


def of(catalog: Catalog, texts: Sequence[Text], *, is_complete: bool) -> Iterator[str]:
    """What is wrong with one catalogue of these texts."""
    known = {(message.context or "", _one(message)): message for message in catalog if message.id}
    locales = {text.key: text for text in texts}
    for key in locales.keys() - known.keys():
        yield f"{key[1]!r} is missing; {AGAIN}"
    for key in known.keys() - locales.keys():
        yield f"{key[1]!r} is obsolete; {AGAIN}"
    for obsolete in catalog.obsolete.values():
        yield f"{_one(obsolete)!r} is obsolete; {AGAIN}"
    for key, message in known.items():
        if key in locales and bool(locales[key].many) != message.pluralizable:
            yield f"{key[1]!r} has other plurals in the code; {AGAIN}"
        if message.fuzzy:
            yield f"{key[1]!r} is fuzzy: mend the translation and take the mark away"
        elif all(forms_of(message)):
            yield from _broken(message)
        elif is_complete or any(forms_of(message)):
            yield f"{key[1]!r} is not translated"


def forms_of(message: Message) -> tuple[str, ...]:
    """The translations of a message: one, or one for each plural form."""
    text = message.string
    return (text or "",) if isinstance(text, str | None) else tuple(form or "" for form in text)


def _broken(message: Message) -> Iterator[str]:
    one = _one(message)
    expected = Counter(PLACEHOLDERS.findall(one))
    may_lack = MAY_LACK if message.pluralizable else set()
    for form in forms_of(message):
        found = Counter(PLACEHOLDERS.findall(form))
        if found.keys() - expected.keys() or expected.keys() - found.keys() - may_lack:
            yield f"{one!r} has other placeholders in {form!r}"
        elif "%(" in one and re.search(r"%(?!\(\w+\)s|%)", form):
            yield f"{form!r} has a stray %"


def _one(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]
