"""Finds the texts of code, templates and SDK, for each domain of `locales/`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jinja2.ext import babel_extract

from ops.paths import ROOT

# Who reads them: buyers, at the checkout and in mails and receipts; merchants; buyers in the panel of the SDK.
DOMAINS = ("checkout", "portal", "sdk")
COMPLETE = ("checkout", "sdk")  # the domains that every language has in full
TRANSLATORS = "Translators:"  # begins a comment for them: `{# Translators: … #}`

TEMPLATES = ROOT / "templates"
BUYERS_TEMPLATES = ("checkout/", "components/checkout.html", "errors/", "layouts/alone.html")
MERCHANTS_CODE = (
    *("app/web/portal/", "app/web/auth/", "app/web/console/", "app/read/periods.py"),
    "app/domain/accounts/business/resources.py",
    "app/domain/accounts/business/settings/",
    "app/domain/risk/",
)
LISTS_CODE = "app/read/"  # what lists and reports say is read by merchants alone
SDK_ENGLISH = ("sdk/src/locales/en.js", "sdk/src/deferred_parts/locales/en.js")
SDK_ERRORS = "sdk/src/core/errors.js"

KEYWORDS = ("_", "gettext", "ngettext", "pgettext", "npgettext")
_SDK_TEXT = re.compile(r"^\s+(?:'([\w.]+)'|(\w+)): '((?:[^'\\]|\\.)*)',$", re.MULTILINE)


@dataclass
class Text:
    """One text in English, what is said of more than one, and where it stands."""

    text: str
    many: str = ""
    context: str = ""
    files: set[str] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        """What a catalogue knows it by."""
        return self.context, self.text


@dataclass(frozen=True)
class Unclear:
    """A text that cannot be found because it is not written out where it is marked."""

    file: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}"


Found = Text | Unclear


def extract(domain: str) -> tuple[list[Text], list[Unclear]]:
    """The texts of a domain, each once (the SDK's in their order, others by the alphabet), and what cannot be read."""
    texts: dict[tuple[str, str], Text] = {}
    unclear: list[Unclear] = []
    for found in _of(domain):
        if isinstance(found, Unclear):
            unclear.append(found)
            continue
        known = texts.setdefault(found.key, found)
        if known.many and found.many and known.many != found.many:
            unclear.append(Unclear(min(found.files), 0, f"{found.text!r} has two plurals"))
        known.many = known.many or found.many
        known.files |= found.files
        known.comments += [each for each in found.comments if each not in known.comments]
    if domain == "portal":  # reads the checkout's too
        for key in {text.key for text in extract("checkout")[0]} & texts.keys():
            del texts[key]
    found_texts = list(texts.values())
    return (found_texts if domain == "sdk" else sorted(found_texts, key=lambda text: text.key)), unclear


def _of(domain: str) -> Iterator[Found]:
    if domain == "sdk":
        yield from _sdk()
        return
    for file in sorted((ROOT / "app").rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        if name.startswith(MERCHANTS_CODE) == (domain == "portal"):
            yield from python(file.read_text(), name)
        if domain == "portal" and name.startswith(LISTS_CODE):
            yield from lists(file.read_text(), name)
    for file in sorted(TEMPLATES.rglob("*.html")):
        is_portal = not file.relative_to(TEMPLATES).as_posix().startswith(BUYERS_TEMPLATES)
        if is_portal == (domain == "portal"):
            yield from template(file)


def python(source: str, name: str) -> Iterator[Found]:
    """What stands in `N_("…")`, `translate("…", …)` and `Translatable("…", many="…")`."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name.startswith(MERCHANTS_CODE):
            yield from _of_forms(node, called, name)
        if not node.args:
            continue
        if called not in {"N_", "Translatable", "translate", "_translate"}:
            continue
        many = next((word.value for word in node.keywords if word.arg == "many"), None)
        one = list(_written(node.args[0]))
        more = list(_written(many)) if many is not None else []
        if called in {"N_", "Translatable"} and (None in one or None in more) and name != "app/core/i18n/language.py":
            yield Unclear(name, node.lineno, f"{called}() needs its text written out, so that it can be found")
            continue
        for text in one:
            if text:
                yield Text(text, (more[0] or "") if more else "", files={name})


def _of_forms(node: ast.Call, called: str, name: str) -> Iterator[Found]:
    """What a form or a view of the portal says: labels, hints, choices, messages of validators, and what is flashed."""
    values = [word.value for word in node.keywords if word.arg in {"description", "message"}]
    if called.endswith("Field") or called in {"flash", "DataRequired", "InputRequired", "ValidationError"}:
        values += node.args[:1]
    if called == "SelectChoice":
        values += node.args[1:2]
    for argument in values:
        for text in _written(argument):
            if text:
                yield Text(text, files={name})


def lists(source: str, name: str) -> Iterator[Found]:
    """What a list or a report says: titles, hints, views, labels of states, and what is said of an empty cell."""
    tree = ast.parse(source)
    named = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if not isinstance(node, ast.Call) or called not in {"Column", "Filter", "Listing", "Report"}:
            continue
        arguments = node.args[1:3] if called == "Report" else node.args[1:2]
        for word in node.keywords:
            if word.arg in {"title", "says", "hint", "nothing", "views", "labels"}:
                value = named.get(word.value.id, word.value) if isinstance(word.value, ast.Name) else word.value
                arguments += value.values if isinstance(value, ast.Dict) else [value]
        for text in (text for argument in arguments for text in _written(argument)):
            if text:
                yield Text(text, files={name})


def _written(node: ast.expr) -> Iterator[str | None]:
    """The texts that an argument can be; None where it is not written out."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _written(body)
            yield from _written(other)
        case _:
            yield None


def template(file: Path) -> Iterator[Found]:
    """What stands in `_("…")`, `ngettext("…", "…", …)` and `pgettext("context", "…")` of a template."""
    name = file.relative_to(ROOT).as_posix()
    options = {"newstyle_gettext": "true", "trimmed": "true", "silent": "false", "encoding": "utf-8"}
    with file.open("rb") as opened:
        for line, called, message, comments in babel_extract(opened, KEYWORDS, [TRANSLATORS], options):
            parts = _texts(message)
            context = parts.pop(0) if called in {"pgettext", "npgettext"} and parts else ""
            if not parts or None in parts[: 2 if called.startswith("n") else 1] or context is None:
                yield Unclear(name, line, f"{called}() needs its text written out, so that it can be found")
                continue
            text, many = parts[0], parts[1] if called.startswith("n") else ""
            yield Text(text or "", many or "", context, {name}, list(comments))


def _texts(message: str | None | Iterable[str | None]) -> list[str | None]:
    return [message] if message is None or isinstance(message, str) else list(message)


def _sdk() -> Iterator[Text]:
    """The panel's texts: a text's key is its context."""
    first, more = SDK_ENGLISH
    errors = (ROOT / SDK_ERRORS).read_text().partition("export const MESSAGES = {")[2].partition("\n};")[0]
    sources = [(first, "", (ROOT / first).read_text()), (SDK_ERRORS, "error.", errors)]
    for name, prefix, source in (*sources, (more, "", (ROOT / more).read_text())):
        for quoted, bare, text in _SDK_TEXT.findall(source):
            yield Text(text.replace("\\'", "'"), context=prefix + (quoted or bare), files={name})
