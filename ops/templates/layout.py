"""Breaks long lines of templates where a page looks the same afterwards: between tags around which whitespace is not
seen, where whitespace stands already, inside tags and expressions, and elsewhere with Jinja's own `-`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ops.templates import expressions
from ops.templates.expressions import STEP, WIDTH
from ops.templates.nodes import Broken, Node, parse


def formatted(source: str) -> str:
    """The template, its long lines broken."""
    lines = source.split("\n")
    masked = _fixed_lines(source)
    return "\n".join(
        _line(line, lines[number - 1] if number else "", lines[number + 1] if number + 1 < len(lines) else "")
        if len(line) > WIDTH and number not in masked
        else line
        for number, line in enumerate(lines)
    )


def _fixed_lines(source: str) -> set[int]:
    """The lines that something goes over that began on another."""
    found: set[int] = set()
    line = 0
    for node in parse(source):
        found |= _inside(node, line)
        line += node.source.count("\n")
    return found


def _inside(node: Node, line: int) -> set[int]:
    if node.kind == "space":
        return set()
    count = node.source.count("\n")
    if not node.branches or node.is_exact:
        return set(range(line, line + count + 1)) if count else set()
    found: set[int] = set()
    for opening, children in node.branches:
        for each in (opening, *children):
            found |= _inside(each, line)
            line += each.source.count("\n")
    return found


def _line(line: str, before: str, after: str) -> str:
    indent = len(line) - len(line.lstrip())
    try:
        nodes = parse(line.strip())
    except Broken:
        return line
    # Whitespace stands before and after the line, unless statements of Jinja take it away.
    lead = bool(before.strip()) and not before.rstrip().endswith("%}") and bool(nodes) and not nodes[0].is_statement
    trail = not line.rstrip().endswith("%}") and bool(after.strip()) and not after.lstrip().startswith("{%")
    writer = Writer(indent)
    writer.sequence(nodes, indent, lead=lead, trail=trail)
    return "\n".join(each.rstrip() for each in writer.lines)


_DASH = "\x00"  # what comes next begins with a dash


class Writer:
    """The lines that were written; the last one goes on."""

    def __init__(self, indent: int) -> None:
        self.lines = [" " * indent]

    @property
    def used(self) -> int:
        return len(self.lines[-1])

    def put(self, text: str) -> None:
        if self.lines[-1].endswith(_DASH):
            self.lines[-1] = self.lines[-1].removesuffix(_DASH)
            text = _dashed_begin(text)
        first, *more = text.split("\n")
        self.lines[-1] += first
        self.lines += more

    def newline(self, indent: int) -> None:
        if self.lines[-1].strip():
            self.lines.append(" " * indent)
        else:
            self.lines[-1] = " " * indent

    def sequence(self, nodes: Sequence[Node], indent: int, *, lead: bool, trail: bool, room: int = 0) -> None:
        """Nodes one after the other; `lead` and `trail` say that whitespace at the ends is not seen."""
        if self.used + len(_flat(nodes)) + room <= WIDTH:
            self.put(_flat(nodes))
            return
        seen = [(number, node) for number, node in enumerate(nodes) if node.kind != "space"]
        for place, (number, node) in enumerate(seen):
            previous = seen[place - 1][1] if place else None
            spaced = number > 0 and nodes[number - 1].kind == "space"
            ahead, behind = _glued(nodes, number), nodes[number + 1] if number + 1 < len(nodes) else None
            if previous is not None:
                self._between(previous, node, ahead, indent, spaced, room)
            self._node(
                node,
                indent,
                lead=spaced or (previous.is_block if previous else lead),
                trail=(behind.kind == "space" or behind.is_block) if behind else trail,
                room=len(ahead) - len(node.source) if place + 1 < len(seen) else room,
            )

    def _between(self, left: Node, right: Node, ahead: str, indent: int, spaced: bool, room: int) -> None:
        """A new line between two nodes, a space, or nothing."""
        fits = self.used + spaced + len(ahead) + room <= WIDTH
        own_lines = left.is_block or right.is_block or left.kind == "control" or right.kind == "control"
        if spaced:
            eaten = left.is_statement and right.is_statement or (left.is_statement and indent == 0)
            if eaten or (fits and not own_lines):
                self.put(" ")
            else:
                self.newline(indent)
        elif left.is_block or right.is_block or (left.is_statement and right.is_statement):
            if not (fits and left.kind == "tag" and right.kind == "tag"):
                self.newline(indent)
        elif (not fits or own_lines) and left.is_jinja and self.lines[-1].endswith("}"):
            self.lines[-1] = _dashed_end(self.lines[-1])
            self.newline(indent)
        elif (not fits or own_lines) and right.is_jinja:
            self.newline(indent)
            self.lines[-1] += _DASH

    def _node(self, node: Node, indent: int, *, lead: bool, trail: bool, room: int) -> None:
        room += node.is_jinja  # a dash may have to be added
        if self.used + len(node.source) + room <= WIDTH:
            self.put(node.source)
        elif node.kind == "element":
            self._element(node, indent, room)
        elif node.kind == "control":
            self._control(node, indent, lead=lead, trail=trail)
        elif node.is_jinja:
            self.put(expressions.jinja(node.source, indent, self.used, room))
        elif node.kind == "tag":
            self.put(expressions.tag(node.source, indent, self.used, room))
        else:
            self.put(node.source)

    def _element(self, node: Node, indent: int, room: int) -> None:
        (opening, children), end = node.branches[0], node.end
        assert end is not None
        self.put(expressions.tag(opening.source, indent, self.used, 0))
        if node.is_exact or not children:
            self.put(_flat(children) + end.source)
            return
        free = node.is_block
        whole = _flat(children) + end.source
        if self.used + len(whole) + room <= WIDTH:
            self.put(whole)
            return
        self._open(children, indent + STEP, free=free)
        self.sequence(children, indent + STEP, lead=free, trail=free, room=0 if free else len(end.source))
        if free or children[-1].kind == "space":
            self.newline(indent)
        elif children[-1].is_jinja and self.used + len(end.source) + room > WIDTH:
            self.lines[-1] = _dashed_end(self.lines[-1])
            self.newline(indent)
        self.put(end.source)

    def _open(self, children: Sequence[Node], indent: int, *, free: bool) -> None:
        """Behind a beginning: a new line where that is not seen."""
        first = children[0]
        if free or first.kind == "space" or first.is_block:
            self.newline(indent)
        elif first.is_jinja:
            self.newline(indent)
            self.lines[-1] += _DASH

    def _control(self, node: Node, indent: int, *, lead: bool, trail: bool) -> None:
        assert node.end is not None
        inherits = node.name in {"if", "for"}
        for number, (statement, children) in enumerate(node.branches):
            if number:
                before = node.branches[number - 1][1]
                self._before_end(before, indent, trail=trail and _repeats_well(node, before))
            self.put(expressions.jinja(statement.source, indent, self.used, 1))
            if not children:
                continue
            free = _is_free(children[0]) or (inherits and lead and _repeats_well(node, children))
            if not free and children[0].kind != "space":
                self.lines[-1] = _dashed_end(self.lines[-1])
            if children[0].kind == "space" and len(children) > 1 and children[1].is_statement:
                self.put(" ")
            else:
                self.newline(indent + STEP)
            ends_free = _is_free(children[-1]) or (inherits and trail and _repeats_well(node, children))
            self.sequence(children, indent + STEP, lead=free, trail=ends_free)
        body = node.branches[-1][1]
        self._before_end(body, indent, trail=trail and inherits and _repeats_well(node, body))
        self.put(node.end.source)

    def _before_end(self, children: Sequence[Node], indent: int, *, trail: bool) -> None:
        """A new line before `{% else %}` or `{% endif %}`; with a dash where whitespace would be seen."""
        if not children:
            self.newline(indent)
            return
        last = children[-1]
        if last.kind == "space" and len(children) > 1 and children[-2].is_statement:
            self.put(" ")
            return
        self.newline(indent)
        if not (last.kind == "space" or _is_free(last) or trail or last.is_statement):
            self.lines[-1] += _DASH


def _is_free(node: Node) -> bool:
    return node.is_block


def _repeats_well(node: Node, children: Sequence[Node]) -> bool:
    """Whether whitespace at the ends of this body is not seen between its repetitions either."""
    if not children or node.name != "for":
        return True
    return _is_free(children[0]) or _is_free(children[-1]) or children[-1].kind == "space"


def _glued(nodes: Sequence[Node], number: int) -> str:
    """The node with what stands right behind it without a place to break."""
    found = nodes[number].source
    for left, right in zip(nodes[number:], nodes[number + 1 :], strict=False):
        if right.kind == "space" or left.is_block or right.is_block or left.is_jinja or right.is_jinja:
            break
        found += right.source
    return found


def _flat(nodes: Sequence[Node]) -> str:
    return "".join(node.source for node in nodes)


def _dashed_begin(source: str) -> str:
    return re.sub(r"^(\{[{%#])(?![-+])", r"\1-", source)


def _dashed_end(source: str) -> str:
    return re.sub(r"(?<![-+])([}%#]\})$", r"-\1", source)
