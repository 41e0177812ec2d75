"""Our own Markdown as pages: headings that can be linked to, links between files as addresses, tables that scroll."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from app.api.docs import shelf

IMAGES = shelf.FOLDER / "images"
_READER = MarkdownIt("commonmark", {"html": False}).enable("table")
_COMMENT = re.compile(r"^<!-- .* -->\n", re.MULTILINE)  # what `make docs` fills in between
_SECTION_LENGTH = 800  # characters of a section that the search looks through


@dataclass(frozen=True)
class Heading:
    """A section of a page."""

    anchor: str
    title: str


@dataclass(frozen=True)
class Page:
    """A page of the documentation, ready to be shown."""

    slug: str
    title: str
    body: Markup
    sections: tuple[Heading, ...]


@dataclass(frozen=True)
class Section:
    """What the search finds: a part of a page, and its words."""

    anchor: str
    title: str
    text: str


def page(slug: str, file: Path) -> Page:
    """The page that this file holds."""
    tokens = _tokens(file)
    headings = tuple(Heading(anchor, title) for level, anchor, title in _headings(tokens) if level == "h2")
    # Files of ours, in which markup is text.
    html = Markup(_READER.renderer.render(tokens, _READER.options, {}))  # nosec B704
    return Page(slug, shelf.title_of(slug), html, headings)


def sections(file: Path) -> list[Section]:
    """The parts of a file, each below its heading."""
    found: list[tuple[str, str, list[str]]] = [("", "", [])]
    tokens = _tokens(file)
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            found.append((str(token.attrs["id"]), _plain(tokens[at + 1]), []))
        elif token.type == "inline" and tokens[at - 1].type != "heading_open":
            found[-1][2].append(_plain(token))
    return [Section(anchor, title, " ".join(words)[:_SECTION_LENGTH]) for anchor, title, words in found if title]


def inline(text: str) -> Markup:
    """Paragraphs and `code`, the only marks that the descriptions of the API use."""
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(_code(part)) for part in paragraphs)


def _code(text: str) -> Markup:
    parts = text.split("`")
    marked = [
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    ]
    return Markup("").join(marked)


def _tokens(file: Path) -> list[Token]:
    tokens = _READER.parse(_COMMENT.sub("", file.read_text(encoding="utf-8")))
    taken: dict[str, int] = {}
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _anchor(_plain(tokens[at + 1]), taken))
        elif token.type in ("table_open", "fence"):
            token.attrSet("tabindex", "0")
        elif token.type == "inline":
            token.children = list(_relinked(token.children or [], file))
    return tokens


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[str, str, str]]:
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            yield token.tag, str(token.attrs["id"]), _plain(tokens[at + 1])


def _plain(token: Token) -> str:
    return "".join(child.content or (" " if child.type == "softbreak" else "") for child in token.children or [])


def _anchor(title: str, taken: dict[str, int]) -> str:
    """As the repository's own pages are linked: small letters, spaces as hyphens, a number where one is there."""
    name = re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
    taken[name] = taken.get(name, -1) + 1
    return f"{name}-{taken[name]}" if taken[name] else name


def _relinked(children: Sequence[Token], file: Path) -> Iterator[Token]:
    """Links and pictures by their addresses here. A link to a file that is no page stays as words."""
    is_dropped = False
    for child in children:
        if child.type == "link_open":
            address = address_of(str(child.attrs["href"]), file)
            is_dropped = address is None
            if address is None:
                continue
            child.attrSet("href", address)
        elif child.type == "link_close" and is_dropped:
            is_dropped = False
            continue
        elif child.type == "image":
            picture = (file.parent / str(child.attrs["src"])).resolve()
            child.attrSet("src", f"/docs/images/{picture.relative_to(IMAGES)}")
            child.attrSet("loading", "lazy")
        yield child


def address_of(link: str, file: Path) -> str | None:
    """The address of what a link in this file leads to; None if it is not shown here."""
    if re.match(r"[a-z]+:", link):
        return link
    path, _, anchor = link.partition("#")
    if not path:
        return link
    slug = shelf.slug_of((file.parent / path).resolve())
    if slug is None:
        return None
    return f"/docs/{slug}" + (f"#{anchor}" if anchor else "")
