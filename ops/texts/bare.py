"""Finds what templates say without `_()`: such a text cannot be translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from jinja2 import Environment

from ops.paths import ROOT
from ops.texts.extract import TEMPLATES, Unclear

# Pages that are English throughout: the documents of the API, for programmers.
ENGLISH_PAGES = ("docs/",)
# Names, units and signs, which are the same in each language.
NAMES = re.compile(
    r"\b(?:Bursar|PDF|CSV|XLSX|JSON|JSONL|HTML|SDK|API|URL|SKU|UTC|HTTP|HTTPS|TLS|SHA|IP|ID|OK|KB|MB|ms|px|Aa)\b|&#?\w+;|\b[a-z]+_…"
)
_HIDDEN = re.compile(r"<(script|style|code|pre|kbd)\b.*?</\1>|<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
_READ_ALOUD = re.compile(r"\b(?:title|alt|placeholder|aria-label|aria-description)=(\"[^\"]*\"|'[^']*')")
_CLASSES = re.compile(r"{% block (?:\w+_)?(?:class|classes|width)\b.*?endblock %}")  # blocks inside an attribute
_ATTRIBUTES = re.compile(r"[\w-]+=[\"']|^[\"']|^data-")  # what a macro puts into a tag elsewhere
_HOLE = "\x00"


@cache
def _environment() -> Environment:
    return Environment(extensions=["jinja2.ext.i18n"])


def bare_texts() -> Iterator[Unclear]:
    """Each text of a template that stands there as it is."""
    for file in sorted(TEMPLATES.rglob("*.html")):
        if not file.relative_to(TEMPLATES).as_posix().startswith(ENGLISH_PAGES):
            name = file.relative_to(ROOT).as_posix()
            for line, text in bare(file.read_text()):
                yield Unclear(name, line, f"put _() around {text!r}")


def bare(source: str) -> list[tuple[int, str]]:
    """Line and text of what stands in the HTML, or in an attribute that is read, as it is."""
    html = _html(source)
    seen = _HIDDEN.sub(_blank, html)
    found = [(match.start(1), match.group(1)[1:-1]) for match in _READ_ALOUD.finditer(seen)]
    found += [(match.start(), match.group()) for match in re.finditer(r"[^\x00\n]+", _TAG.sub(_blank, seen))]
    return sorted(
        (html.count("\n", 0, place) + 1, text.strip())
        for place, text in found
        for part in [NAMES.sub("", text.replace(_HOLE, ""))]
        if re.search(r"[^\W\d_]{2}", part) and not _ATTRIBUTES.search(text.strip())
    )


def _html(source: str) -> str:
    """The template's HTML, with a sign in the place of everything that Jinja fills in."""
    parts = []
    for _line, kind, value in _environment().lex(_CLASSES.sub("", source)):
        parts.append(value if kind == "data" else _HOLE * kind.endswith("_begin") + "\n" * value.count("\n"))
    return "".join(parts)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", _HOLE, match.group())
