"""What changed between two texts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.lib.text_diff import Line, compare

LINES = st.lists(st.sampled_from(["", "one two", "one three", "四五六", "四七六", "x" * 40]), max_size=12)


def test_a_changed_word_is_marked_inside_its_line() -> None:
    removed, added = [
        line for line in compare("a\nback in 14 days\nb", "a\nback in 30 days\nb") if line.change != "same"
    ]

    assert [(part.change, part.text) for part in removed.parts] == [
        ("same", "back in "), ("removed", "14"), ("same", " days")
    ]  # fmt: skip
    assert [part.text for part in added.parts if part.change == "added"] == ["30"]


def test_what_stays_the_same_is_counted_and_not_repeated() -> None:
    before = "\n".join(str(number) for number in range(50))

    changes = compare(before, before.replace("25", "changed"))

    assert [line.skipped for line in changes if line.skipped] == [23, 22]
    assert compare(before, before) == ()


@settings(max_examples=60)
@given(LINES, LINES)
def test_both_texts_can_be_read_from_the_way_between_them(before: list[str], after: list[str]) -> None:
    old, new = "\n".join(before), "\n".join(after)

    changes = compare(old, new)

    if old != new:
        assert _side(changes, "removed", old.split("\n")) == old.split("\n")
        assert _side(changes, "added", new.split("\n")) == new.split("\n")


def _side(changes: tuple[Line, ...], side: str, whole: list[str]) -> list[str]:
    """The lines of one side, those that were left out taken from the whole."""
    lines: list[str] = []
    for line in changes:
        if line.skipped:
            lines += whole[len(lines) : len(lines) + line.skipped]
        elif line.change in ("same", side):
            lines.append("".join(part.text for part in line.parts))
    return lines
