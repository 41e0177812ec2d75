"""Breaks what stands between `{{` and `}}`, and the attributes of a tag, into lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ops.templates.nodes import _STRING, end_of_jinja

WIDTH = 120
STEP = 2
# Attributes that stand there on a condition.
_CONDITIONAL = re.compile(r"(\{%-? *if (?:(?!%\}).)*%\}) *((?:(?!\{%).)*?) *(\{%-? *endif *-?%\}[^{}]*)")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_OPERATORS = re.compile(r" (?=(?:if|else|and|or|~|in|not in|is|==) )")


def broken(code: str, indent: int, used: int, room: int = 0) -> str:
    """The expression in lines; the first stands behind `used` characters, behind the last `room` are wanted."""
    if used + len(code) + room <= WIDTH:
        return code
    opened = _outermost(code)
    pieces = _at_depth_0(code, _OPERATORS)
    if len(pieces) > 1 and (opened is None or opened[1] - opened[0] < len(code) * 0.6):
        return _lined(pieces, indent, used, room)
    if opened is not None:
        start, end = opened
        items = _at_depth_0(code[start + 1 : end], re.compile(r"(?<=,) "))
        inner = indent + STEP
        filled = _filled([item.strip() for item in items], inner)
        rest = code[end:]
        return f"{code[: start + 1]}\n{filled}\n{' ' * indent}" + broken(rest, indent, indent, room)
    if len(pieces) > 1:
        return _lined(pieces, indent, used, room)
    string = re.fullmatch(r"(?:(\w+)=)?(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')", code)
    return _split_string(string.group(1), string.group(2), indent) if string else code


def _filled(items: Sequence[str], indent: int) -> str:
    """As many items on a line as fit; one that does not fit is broken again."""
    lines: list[str] = []
    for item in items:
        if lines and "\n" not in lines[-1] and len(lines[-1]) + 1 + len(item) <= WIDTH:
            lines[-1] += f" {item}"
            continue
        comma = "," * item.endswith(",")
        lines.append(" " * indent + broken(item.removesuffix(","), indent, indent, 1) + comma)
    return "\n".join(lines)


def _lined(pieces: Sequence[str], indent: int, used: int, room: int) -> str:
    """Broken before operators."""
    inner = indent + STEP
    lines = [broken(pieces[0], indent, used, 0)]
    for number, piece in enumerate(pieces[1:], 1):
        last = room if number == len(pieces) - 1 else 0
        end = len(lines[-1].rsplit("\n", 1)[-1]) + (used if len(lines) == 1 and "\n" not in lines[0] else 0)
        if end + 1 + len(piece) + last <= WIDTH:
            lines[-1] += f" {piece}"
        else:
            lines.append(" " * inner + broken(piece, inner, inner, last))
    return "\n".join(lines)


def _split_string(name: str | None, string: str, indent: int) -> str:
    """A long string in parts, which Jinja puts together again."""
    quote, inner = string[0], " " * (indent + (len(name) + 1 if name else 0))
    most = WIDTH - len(inner) - 4
    parts, line = [], ""
    for word in re.findall(r"\S*\s*", string[1:-1]):
        if line and len(line) + len(word) > most:
            parts.append(line)
            line = ""
        line += word
    parts.append(line)
    body = f"\n{inner}".join(f"{quote}{part}{quote}" for part in parts if part)
    return f"{name}={body}" if name else body


def _outermost(code: str) -> tuple[int, int] | None:
    """The longest pair of brackets that stands in no other."""
    best: tuple[int, int] | None = None
    depth: list[int] = []
    place = 0
    while place < len(code):
        string = _STRING.match(code, place)
        if string:
            place = string.end()
            continue
        if code[place] in _PAIRS:
            depth.append(place)
        elif code[place] in _PAIRS.values() and depth:
            start = depth.pop()
            if not depth and place > start + 1 and (best is None or place - start > best[1] - best[0]):
                best = start, place
        place += 1
    return best


def _at_depth_0(code: str, between: re.Pattern[str]) -> list[str]:
    """The code cut at single spaces that match, outside brackets and strings."""
    pieces, depth, begin, place = [], 0, 0, 0
    while place < len(code):
        string = _STRING.match(code, place)
        if string:
            place = string.end()
            continue
        depth += (code[place] in _PAIRS) - (code[place] in _PAIRS.values())
        if depth == 0 and between.match(code, place):
            pieces.append(code[begin:place])
            begin = place + 1
        place += 1
    return [*pieces, code[begin:]]


def jinja(source: str, indent: int, used: int, room: int) -> str:
    """`{{ … }}` or `{% … %}` in lines."""
    if used + len(source) + room <= WIDTH:
        return source
    begin = 3 if source[2] in "-+" else 2
    end = len(source) - (3 if source[-3] in "-+" else 2)
    code = source[begin:end].strip()
    head, tail = source[:begin] + " ", " " + source[end:]
    if source.startswith("{#"):
        return head + _words(code, indent + STEP, used + len(head), len(tail) + room) + tail
    return head + broken(code, indent, used + len(head), len(tail) + room) + tail


def _words(text: str, indent: int, used: int, room: int) -> str:
    lines, length = [""], used
    for word in text.split():
        if lines[-1] and length + 1 + len(word) + room > WIDTH:
            lines.append(" " * indent + word)
            length = indent + len(word)
        else:
            lines[-1] += (" " if lines[-1] else "") + word
            length += 1 + len(word)
    return "\n".join(lines)


def tag(source: str, indent: int, used: int, room: int) -> str:
    """A tag with its attributes in lines."""
    if used + len(source) + room <= WIDTH:
        return source
    parts = _attributes(source)
    inner = indent + STEP
    lines = [parts[0]]
    for number, part in enumerate(parts[1:], 1):
        last = room if number == len(parts) - 1 else 0
        here = (used if len(lines) == 1 else 0) + len(lines[-1].rsplit("\n", 1)[-1])
        if here + 1 + len(part) + last <= WIDTH:
            lines[-1] += f" {part}"
        else:
            lines.append(" " * inner + _attribute(part, inner, last))
    return "\n".join(lines)


def _attribute(part: str, indent: int, room: int) -> str:
    """One attribute; what Jinja fills in is broken when it is too long."""
    if indent + len(part) + room <= WIDTH:
        return part
    if whole := _CONDITIONAL.fullmatch(part):
        head, inside, end = whole.groups()
        inner = indent + STEP
        lines = "\n".join(" " * inner + _attribute(each, inner, 0) for each in _attributes(inside))
        return f"{head}\n{lines}\n{' ' * indent}{end}"
    found, place, used = "", 0, indent
    while place < len(part):
        opened = re.compile(r"\{[{%]").search(part, place)
        if opened is None:
            found += part[place:]
            break
        found += part[place : opened.start()]
        end = end_of_jinja(part, opened.start())
        used = len(found.rsplit("\n", 1)[-1]) + (indent if "\n" not in found else 0)
        ahead = re.compile(r"\{[{%]|$").search(part, end)
        next_ = (ahead.start() if ahead else len(part)) - end
        found += jinja(part[opened.start() : end], indent, used, next_ + room)
        place = end
    return found


def _attributes(source: str) -> list[str]:
    """The tag's name and attributes; what stands between two statements of Jinja is kept together."""
    parts, begin, place, quote, depth = [], 0, 1, "", 0
    while place < len(source):
        if re.compile(r"\{[{%#]").match(source, place):
            end = end_of_jinja(source, place)
            word = re.match(r"\{%[-+]?\s*(\w+)", source[place:end])
            if word and not quote:
                depth += (word.group(1) in {"if", "for"}) - word.group(1).startswith("end")
            place = end
            continue
        letter = source[place]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == " " and depth == 0:
            if source[begin:place].strip():
                parts.append(source[begin:place])
            begin = place + 1
        place += 1
    return [*parts, source[begin:]]
