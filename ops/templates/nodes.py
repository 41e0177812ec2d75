"""Takes a piece of a template apart: text, tags, and what Jinja fills in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

# Whitespace beside these is not seen.
BLOCK_TAGS = frozenset(
    {
        *("html", "head", "body", "title", "meta", "link", "div", "p", "ul", "ol", "li", "dl", "dt", "dd", "hr"),
        *("table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "td", "th", "template", "noscript"),
        *("section", "article", "header", "footer", "main", "nav", "aside", "address", "blockquote"),
        *("form", "fieldset", "legend", "option", "optgroup", "datalist", "details", "figure", "figcaption"),
        *("h1", "h2", "h3", "h4", "h5", "h6"),
        *("rect", "line", "path", "circle", "polyline", "polygon", "g", "text", "defs", "use"),
    }
)
VOID_TAGS = frozenset(
    {
        *("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"),
        *("rect", "line", "path", "circle", "use"),
    }
)
# Every space in these is seen: by their tag, or by their class (`white-space` in our styles).
EXACT_TAGS = frozenset(("pre", "textarea", "script", "style"))
EXACT_CLASS = r"""class=["'][^"']*\b(?:note|diff|prewrap|checkout-text|document-text)\b"""
OPENERS = frozenset(("if", "for", "call", "macro", "block", "filter", "with", "set"))
MIDDLES = frozenset(("else", "elif"))
_JINJA = re.compile(r"\{[{%#]")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_WORD = re.compile(r"\{%[-+]?\s*(\w+)")
_TAG = re.compile(r"</?([a-zA-Z][\w-]*)")
_TEXT_ENDS = re.compile(r"\s|\{[{%#]|</?[a-zA-Z]|<!")


@dataclass
class Node:
    """A token, or what stands between two that belong together.

    `kind` is one of: space, text, expression, statement, comment, tag, element, control.
    """

    kind: str
    source: str
    name: str = ""
    branches: list[tuple[Node, list[Node]]] = field(default_factory=list)  # of an element: its tag and children
    end: Node | None = None

    @property
    def is_statement(self) -> bool:
        return self.kind in {"statement", "control"}

    @property
    def is_jinja(self) -> bool:
        return self.kind in {"statement", "control", "expression", "comment"}

    @property
    def is_block(self) -> bool:
        """Whether whitespace around it is not seen."""
        return self.kind in {"tag", "element"} and self.name in BLOCK_TAGS

    @property
    def is_exact(self) -> bool:
        return self.kind == "element" and (
            self.name in EXACT_TAGS or re.search(EXACT_CLASS, self.branches[0][0].source) is not None
        )


class Broken(ValueError):
    """Something begins here and ends on another line."""


def end_of_jinja(text: str, start: int) -> int:
    """Where the `{{ … }}`, `{% … %}` or `{# … #}` that begins at `start` ends."""
    closing = {"{": "}}", "%": "%}", "#": "#}"}[text[start + 1]]
    place = start + 2
    while place < len(text):
        if text.startswith(closing, place):
            return place + 2
        string = _STRING.match(text, place) if closing != "#}" else None
        place = string.end() if string else place + 1
    raise Broken(text[start : start + 20])


def end_of_tag(text: str, start: int) -> int:
    """Where the tag that begins at `start` ends; what Jinja fills in may stand in it."""
    place, quote = start + 1, ""
    while place < len(text):
        if _JINJA.match(text, place):
            place = end_of_jinja(text, place)
            continue
        letter = text[place]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == ">":
            return place + 1
        place += 1
    raise Broken(text[start : start + 20])


def tokens(text: str) -> list[Node]:
    """The text, one node after the other; their sources together are the text."""
    found: list[Node] = []
    place = 0
    while place < len(text):
        if _JINJA.match(text, place):
            end = end_of_jinja(text, place)
            kind = {"{": "expression", "%": "statement", "#": "comment"}[text[place + 1]]
            word = _WORD.match(text, place)
            found.append(Node(kind, text[place:end], word.group(1) if word else ""))
        elif tag := _TAG.match(text, place):
            end = end_of_tag(text, place)
            found.append(Node("tag", text[place:end], tag.group(1).lower()))
        elif text[place].isspace():
            end = place + len(text[place:]) - len(text[place:].lstrip())
            found.append(Node("space", text[place:end]))
        else:
            ends = _TEXT_ENDS.search(text, place + 1)
            end = ends.start() if ends else len(text)
            found.append(Node("text", text[place:end]))
        place = end
    return found


def parse(text: str) -> list[Node]:
    """The same as a tree. What has no partner in the text stays a single token."""
    items = tokens(text)
    found, place = _until(items, 0, None)
    assert place == len(items)
    return found


def _until(nodes: Sequence[Node], place: int, partner: str | None) -> tuple[list[Node], int]:
    """Nodes up to `partner` (`/div`, `endif`), whose place is given back; all that are left when there is none."""
    found: list[Node] = []
    while place < len(nodes):
        node = nodes[place]
        if partner is not None and _closes(node) in _ends(partner):
            return found, place
        whole = _whole(nodes, place)
        if whole is None:
            found.append(node)
            place += 1
        else:
            found.append(whole[0])
            place = whole[1]
    return found, place


def _whole(nodes: Sequence[Node], place: int) -> tuple[Node, int] | None:
    """The element or statement that begins here, to its end; None when it is no such thing or ends elsewhere."""
    first = nodes[place]
    partner = _opens(first)
    if partner is None or not _has_end(nodes, place):
        return None
    head, branches = first, []
    while True:
        children, place = _until(nodes, place + 1, partner)
        branches.append((head, children))
        head = nodes[place]
        if head.kind == "tag" or head.name not in MIDDLES:
            break
    kind = "element" if first.kind == "tag" else "control"
    whole = Node(kind, "", first.name, branches, head)
    whole.source = "".join(b[0].source + "".join(child.source for child in b[1]) for b in branches) + head.source
    return whole, place + 1


def _opens(node: Node) -> str | None:
    if node.kind == "tag" and not node.source.startswith("</"):
        is_alone = node.name in VOID_TAGS or node.source.endswith("/>")
        return None if is_alone else f"/{node.name}"
    if node.kind == "statement" and node.name in OPENERS:
        is_value = node.name == "set" and "=" in _STRING.sub("", node.source)
        return None if is_value else f"end{node.name}"
    return None


def _closes(node: Node) -> str | None:
    if node.kind == "tag":
        return f"/{node.name}" if node.source.startswith("</") else None
    return node.name if node.kind == "statement" else None


def _ends(partner: str) -> frozenset[str]:
    return frozenset({partner} | (MIDDLES if partner in {"endif", "endfor"} else set()))


def _has_end(nodes: Sequence[Node], place: int) -> bool:
    """Whether its partner stands further on, with nothing of the other kind cut in two."""
    depth: list[str] = []
    for node in nodes[place:]:
        if opened := _opens(node):
            depth.append(opened)
        elif (closed := _closes(node)) in {*depth}:
            if depth[-1] != closed:
                return False
            depth.pop()
            if not depth:
                return True
        elif closed is not None and closed.startswith(("/", "end")):
            return False
    return False
