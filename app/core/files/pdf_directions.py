"""Which way letters run on a line, and in which order its parts follow each other (Unicode's rules, UAX 9)."""

from __future__ import annotations

import unicodedata
from functools import partial
from itertools import groupby

JOINERS = "\u200c\u200d"
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_MARKS = ("\u200e", "\u200f")  # of a way to write: to the right, to the left


def stretches(text: str, *, leftward: bool) -> list[tuple[bool, str]]:
    """(whether it runs to the right, letters) as they follow each other on the page, by Unicode's rules."""
    kinds = [unicodedata.bidirectional(letter) for letter in text]
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), None)
    base = int(leftward) if first is None else int(first != "L")
    if not base and not any(kind in ("R", "AL", "AN", "RLE", "RLO") for kind in kinds):
        return [(True, text)] if text else []
    from bidi import algorithm

    text = _paired(text, base)
    storage = algorithm.get_empty_storage()
    storage["base_level"], storage["base_dir"] = base, ("L", "R")[base]
    algorithm.get_embedding_levels(text, storage)
    algorithm.explicit_embed_and_overrides(storage)
    for resolve in (algorithm.resolve_weak_types, algorithm.resolve_neutral_types, algorithm.resolve_implicit_levels):
        resolve(storage, False)
    levels = [(each["ch"], each["level"]) for each in storage["chars"]]
    runs = [(level, [ch for ch, _ in run]) for level, run in groupby(levels, lambda each: each[1])]
    for least in range(max((level for level, _ in runs), default=0), 0, -1):
        turned: list[tuple[int, list[str]]] = []
        for is_in, part in groupby(runs, partial(_is_at, least)):
            found = list(part)
            turned += reversed(found) if is_in else found
        runs = turned
    unwritten = {letter for letter in text if unicodedata.category(letter) == "Cf"} - set(JOINERS)
    shown = [(level % 2 == 0, "".join(each for each in letters if each not in unwritten)) for level, letters in runs]
    return [(rightward, letters) for rightward, letters in shown if letters]


def _is_at(least: int, run: tuple[int, list[str]]) -> bool:
    return run[0] >= least


def _paired(text: str, base: int) -> str:
    """The text with marks that make the two of a pair of brackets run the same way (rule N0 of UAX 9, which the
    library leaves out)."""
    marked, opened = list(text), list[int]()
    last, seen = list[int | None]([None]), [(0, 0)]  # before each place: the last letter's way, and how many have each
    for letter in text:
        way = _is_leftward(letter)
        last.append(last[-1] if way is None else way)
        seen.append((seen[-1][0] + (way == 0), seen[-1][1] + (way == 1)))
    for place, letter in enumerate(text):
        if letter in _BRACKETS:
            opened.append(place)
        elif opened and letter == _BRACKETS[text[opened[-1]]]:
            start = opened.pop()
            inside = {way for way in (0, 1) if seen[place][way] > seen[start][way]}
            if inside:
                way = base if base in inside or last[start] in (None, base) else 1 - base
                mark = _MARKS[way]
                marked[start], marked[place] = mark + text[start] + mark, mark + letter + mark
    return "".join(marked)


def _is_leftward(letter: str) -> int | None:
    return {"L": 0, "R": 1, "AL": 1, "AN": 1, "EN": 1}.get(unicodedata.bidirectional(letter))
