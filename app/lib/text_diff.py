"""What changed between two texts, paragraph by paragraph and, inside a changed one, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Change = Literal["same", "added", "removed"]

CONTEXT = 2  # unchanged lines shown around a change
MAX_WORDS = 1500  # of one pair of lines; comparing takes their product
# Words, and single characters of scripts that put no spaces between words.
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Part:
    """A stretch of a line."""

    change: Change
    text: str


@dataclass(frozen=True)
class Line:
    """One line; `skipped` counts unchanged lines that stand here and are not shown (then it has no parts)."""

    change: Change
    parts: tuple[Part, ...] = ()
    skipped: int = 0


def compare(old: str, new: str) -> tuple[Line, ...]:
    """The way from the old text to the new one; nothing when they are the same."""
    if old == new:
        return ()
    before, after = old.split("\n"), new.split("\n")
    return tuple(_lines(before, after))


def _lines(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    groups = SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT)
    shown = 0
    for group in groups:
        yield from _skipped(group[0][1] - shown)
        for name, old_start, old_end, new_start, new_end in group:
            if name == "equal":
                yield from (Line("same", (Part("same", line),)) for line in before[old_start:old_end])
            else:
                yield from _changed(before[old_start:old_end], after[new_start:new_end])
        shown = group[-1][2]
    yield from _skipped(len(before) - shown)


def _skipped(count: int) -> Iterator[Line]:
    if count > 0:
        yield Line("same", skipped=count)


def _changed(removed: Sequence[str], added: Sequence[str]) -> Iterator[Line]:
    pairs = min(len(removed), len(added))
    for old, new in zip(removed[:pairs], added[:pairs], strict=True):
        yield from _words(old, new)
    yield from (Line("removed", (Part("removed", line),)) for line in removed[pairs:])
    yield from (Line("added", (Part("added", line),)) for line in added[pairs:])


def _words(old: str, new: str) -> Iterator[Line]:
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(before), len(after)) > MAX_WORDS:
        yield Line("removed", (Part("removed", old),))
        yield Line("added", (Part("added", new),))
        return
    removed: list[Part] = []
    added: list[Part] = []
    for name, old_start, old_end, new_start, new_end in SequenceMatcher(None, before, after, False).get_opcodes():
        kinds: tuple[Change, Change] = ("same", "same") if name == "equal" else ("removed", "added")
        for into, kind, words in (
            (removed, kinds[0], before[old_start:old_end]),
            (added, kinds[1], after[new_start:new_end]),
        ):
            if words:
                into.append(Part(kind, "".join(words)))
    yield Line("removed", tuple(removed))
    yield Line("added", tuple(added))
