"""Whether two forms of a template make the same page: what their Jinja trees write on several ways through the
branches, without the whitespace that nobody sees."""

from __future__ import annotations

import random
import re
from functools import cache
from typing import Any

from jinja2 import Environment, nodes

from ops.templates.nodes import BLOCK_TAGS, EXACT_CLASS, EXACT_TAGS

WAYS = 12
# Signs that stand for what Jinja does: a statement, and something that it writes.
_MARK = re.compile("[\x01\x03](\\d+)[\x02\x04]")
_TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_NAME = re.compile(r"^(</?[\w-]+)")
_EXACT = re.compile(rf"<({'|'.join(EXACT_TAGS)})\b.*?</\1>|<(\w+)\b[^<>]*{EXACT_CLASS}.*?</\2>", re.DOTALL)
_BLOCK = rf"</?(?:{'|'.join(sorted(BLOCK_TAGS))})(?![\w-])[^<>]*>"
_AFTER_BLOCK = "\x05"
_WHITE = "(?:\x01\\d+\x02|\\s)+"
_WHITE_BEFORE = re.compile(rf"{_WHITE}(?={_BLOCK}|$)")
_WHITE_AFTER = re.compile(rf"(?:(?<={_AFTER_BLOCK})|^){_WHITE}")
_SPACED = re.compile("\\s*((?:\x01\\d+\x02\\s*)*\\s)\\s*")


@cache
def _environment() -> Environment:
    return Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)


def is_same(one: str, other: str) -> bool:
    """Whether both make the same page."""
    before, after = _environment().parse(one), _environment().parse(other)
    return all(_seen(_Way(way).written(before)) == _seen(_Way(way).written(after)) for way in range(WAYS))


class _Way:
    """One way through a template: which branch each `if` takes, and loops that go round twice."""

    def __init__(self, number: int) -> None:
        self._dice = random.Random(number)  # noqa: S311 (the same each time)

    def written(self, node: Any) -> str:
        """What is written, as one text: data as it is, all else between signs."""
        if isinstance(node, list):
            return "".join(map(self.written, node))
        match node:
            case nodes.Output():
                return "".join(
                    each.data if isinstance(each, nodes.TemplateData) else f"\x03{each!r}\x04" for each in node.nodes
                )
            case nodes.If():
                branches = [(each.test, each.body) for each in (node, *node.elif_)] + [(None, node.else_)]
                test, body = self._dice.choice(branches)
                return f"\x01if {test!r}\x02{self.written(body)}\x01endif\x02"
            case nodes.For():
                once = self.written(node.body)
                rest = f"\x01else\x02{self.written(node.else_)}" if node.else_ else ""
                return f"\x01for {node.target!r} {node.iter!r} {node.test!r}\x02{once}{once}{rest}\x01endfor\x02"
            case nodes.Node():
                text = f"\x01{type(node).__name__}\x02"
                for name, value in node.iter_fields():
                    is_body = isinstance(value, list) and value and isinstance(value[0], nodes.Stmt)
                    text += f"\x01{name}\x02{self.written(value)}" if is_body else f"\x01{name}={value!r}\x02"
                return f"{text}\x01end\x02"
        return repr(node)


def _seen(text: str) -> str:
    marks: list[str] = []

    def keep(match: re.Match[str]) -> str:
        marks.append(match.group())
        return f"{match.group()[0]}{len(marks) - 1}{match.group()[-1]}"

    stored = re.sub("\x01[^\x02]*\x02|\x03[^\x04]*\x04", keep, text)
    seen, place = "", 0
    for exact in _EXACT.finditer(stored):
        seen += _collapsed(_tight(stored[place : exact.start()])) + _tight(exact.group())
        place = exact.end()
    seen += _collapsed(_tight(stored[place:]))
    return _MARK.sub(lambda mark: marks[int(mark.group(1))], seen)


def _tight(text: str) -> str:
    """Without the whitespace inside tags."""
    return _TAG.sub(lambda tag: re.sub(r"\s+", "", _NAME.sub("\\1\x06", tag.group())), text)


def _collapsed(text: str) -> str:
    def bare(found: re.Match[str]) -> str:
        return re.sub(r"\s+", "", found.group())

    # Of the whitespace between two things one space is seen, whichever statements stand in it.
    text = _SPACED.sub(lambda found: " " + bare(found), text)
    text = _WHITE_BEFORE.sub(bare, re.sub(f"({_BLOCK})", f"\\1{_AFTER_BLOCK}", text))
    return _WHITE_AFTER.sub(bare, text).replace(_AFTER_BLOCK, "")
