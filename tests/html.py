"""A page as a test reads it: its elements in order, and what is wrong with it whatever it shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
DRAWING = {"rect", "path", "circle", "line", "polyline", "polygon", "use"}
LABELLED = {"input", "select", "textarea"}
NEEDS_NO_LABEL = {"hidden", "submit", "button", "reset", "image"}


@dataclass
class Element:
    """One element, with everything inside it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What it says, with single blanks."""
        return " ".join(" ".join(self.texts).split())

    def get(self, name: str) -> str:
        """An attribute, or nothing."""
        return self.attributes.get(name, "")

    def walk(self) -> Iterator[Element]:
        """Itself and everything inside."""
        left = [self]
        while left:
            each = left.pop()
            yield each
            left += reversed(each.children)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements of this tag with these attributes; `class_` and `name` as in HTML."""
        return [
            each
            for each in self.walk()
            if each.tag == tag and all(each.get(name.rstrip("_")) == value for name, value in attributes.items())
        ]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("#document", {})
        self.stack = [self.root]
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].children.append(element)
        if tag not in VOID:
            self.stack.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.stack[-1].tag == tag:
            self.stack.pop()
        else:
            self.wrong.append(f"</{tag}> closes <{self.stack[-1].tag}>")

    def handle_data(self, data: str) -> None:
        for element in self.stack:
            element.texts.append(data)


def read(html: str) -> tuple[Element, list[str]]:
    """The document, and which tags do not close as they should."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    left = [f"<{element.tag}> is never closed" for element in reader.stack[1:]]
    return reader.root, reader.wrong + left


def faults(document: Element, *, policy: str) -> list[str]:
    """What no page may do: see the messages."""
    elements = list(document.walk())
    found: list[str] = []
    heads = document.all("h1")
    title = next((each.text for each in document.all("title")), "")
    if len(heads) != 1:
        found.append(f"{len(heads)} h1")
    if not title or " · " not in title:
        found.append(f"no title: {title!r}")
    if not (document.all("html") and document.all("html")[0].get("lang")):
        found.append("no language")
    ids = Counter(each.get("id") for each in elements if each.get("id"))
    found += [f"id {name!r} stands {times} times" for name, times in ids.items() if times > 1]
    found += [f"style attribute on {each.tag}" for each in elements if "style" in each.attributes]
    found += [f"{name} on {each.tag}" for each in elements for name in each.attributes if name.startswith("on")]
    found += _label_faults(document, set(ids))
    found += _form_faults(document)
    found += _script_faults(document, policy)
    found += [f"image without alt: {each.get('src')}" for each in document.all("img") if "alt" not in each.attributes]
    found += [f"link to nowhere: {each.text!r}" for each in document.all("a") if each.get("href") in ("", "#")]
    found += [f"unnamed {each.tag}" for each in elements if each.tag in ("a", "button", "summary") and not _name(each)]
    return found


def _label_faults(document: Element, ids: set[str]) -> list[str]:
    labels = {each.get("for") for each in document.all("label")}
    found = [f"label for nothing: {name!r}" for name in labels if name and name not in ids]
    for each in document.walk():
        if each.tag in LABELLED and each.get("type") not in NEEDS_NO_LABEL:
            named = each.get("id") in labels or each.get("aria-label") or each.get("aria-labelledby")
            if not named:
                found.append(f"no label on {each.tag} {each.get('name')!r}")
        for name in ("aria-describedby", "aria-labelledby", "aria-controls"):
            found += [f"{name} names no element: {part!r}" for part in each.get(name).split() if part not in ids]
    return found


def _form_faults(document: Element) -> list[str]:
    found = []
    for form in document.all("form"):
        if not form.get("action"):
            found.append("form without action")
        tokens = form.all("input", name="csrf_token")
        if form.get("method").lower() == "post" and not (tokens and tokens[0].get("value")):
            found.append(f"no CSRF token in the form to {form.get('action')}")
        if form.get("method").lower() != "post" and tokens:
            found.append(f"CSRF token in an address: {form.get('action')}")
    return found


def _script_faults(document: Element, policy: str) -> list[str]:
    found = []
    for script in document.all("script"):
        nonce = script.get("nonce")
        if not nonce or f"'nonce-{nonce}'" not in policy:
            found.append(f"script without the nonce of its answer: {script.get('src')}")
    found += ["style element" for _ in document.all("style")]
    if "unsafe" in policy or "default-src 'none'" not in policy:
        found.append(f"weak policy: {policy}")
    return found


def _name(element: Element) -> str:
    inner = [each.get("aria-label") or each.get("alt") for each in element.walk()]
    return element.text or "".join(inner)


def shown_money(text: str) -> list[str]:
    """Amounts in dollars, in order."""
    return re.findall(r"−?\$[\d,]+\.\d\d", text)
