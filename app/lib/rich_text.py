"""Texts with a little Markdown, as a tree of a few known tags. Markup in the text is text: what is drawn is built from
the tree, so that nothing a merchant types can become a tag, an attribute or a script.

Known: headings (`#`), paragraphs, line breaks as typed, lists, **strong**, *emphasis*, [links](https://…), quotes and
rules. Everything else stays as it was typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

# A text, or [tag, children…]; a link is ["a", address, children…], a numbered list ["ol", first number, items…].
Node = str | list[Any]

_RULES = ("heading", "list", "blockquote", "hr", "emphasis", "link", "escape", "newline")
_LINKS = ("https://", "http://", "mailto:")
_HEADINGS = {"h1": "h4", "h2": "h5"}  # the title of the text stands above; deeper ones are h6


def _reader() -> MarkdownIt:
    reader = MarkdownIt("zero", {"html": False, "breaks": True, "maxNesting": 20}).enable(list(_RULES))
    reader.validateLink = _is_link  # type: ignore[assignment,method-assign]
    return reader


def _is_link(address: str) -> bool:
    return address.lower().startswith(_LINKS)


_READER = _reader()


@lru_cache(maxsize=512)
def tree(text: str) -> tuple[Node, ...]:
    """The text as blocks."""
    root: list[Any] = []
    _grow(root, _READER.parse(text))
    return tuple(root)


@lru_cache(maxsize=512)
def html(text: str) -> Markup:
    """The text as markup that is safe anywhere in a page."""
    return Markup("").join(_drawn(node) for node in tree(text))


def _grow(into: list[Any], tokens: Sequence[Token]) -> None:
    open_nodes = [into]
    for token in tokens:
        if token.type == "inline":
            _grow(open_nodes[-1], token.children or [])
        elif token.nesting == 1:
            node = _opened(token)
            # The paragraphs of a tight list are not drawn.
            open_nodes[-1].extend([node] if node else [])
            open_nodes.append(node or open_nodes[-1])
        elif token.nesting == -1:
            open_nodes.pop()
        elif token.type in ("softbreak", "hardbreak"):
            open_nodes[-1].append(["br"])
        elif token.type == "hr":
            open_nodes[-1].append(["hr"])
        elif token.content:
            open_nodes[-1].append(token.content)


def _opened(token: Token) -> list[Any] | None:
    if token.hidden:
        return None
    if token.tag == "a":
        return ["a", str(token.attrs["href"])]
    if token.tag == "ol":
        return ["ol", int(token.attrs.get("start", 1))]
    if token.type == "heading_open":
        return [_HEADINGS.get(token.tag, "h6")]
    return [token.tag]


_TAGS = {
    "h4": Markup("<h4>%s</h4>"),
    "h5": Markup("<h5>%s</h5>"),
    "h6": Markup("<h6>%s</h6>"),
    "p": Markup("<p>%s</p>"),
    "ul": Markup("<ul>%s</ul>"),
    "li": Markup("<li>%s</li>"),
    "strong": Markup("<strong>%s</strong>"),
    "em": Markup("<em>%s</em>"),
    "blockquote": Markup("<blockquote>%s</blockquote>"),
}
_LINK = Markup('<a href="%s" target="_blank" rel="noopener noreferrer nofollow">%s</a>')
_NUMBERED = Markup('<ol start="%s">%s</ol>')


def _drawn(node: Node) -> Markup:
    if isinstance(node, str):
        return escape(node)
    tag, *rest = node
    if tag in ("br", "hr"):
        return Markup("<br>") if tag == "br" else Markup("<hr>")
    if tag in ("a", "ol"):
        inside = Markup("").join(_drawn(child) for child in rest[1:])
        return (_LINK if tag == "a" else _NUMBERED) % (rest[0], inside)
    return _TAGS[tag] % Markup("").join(_drawn(child) for child in rest)
