"""What a setting of a business is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Value = str | int | bool | list[str] | None
"""What a setting is set to, as JSON has it."""
Kind = Literal["text", "lines", "choice", "flag", "number", "codes", "choices", "texts"]
"""`text` and `lines` are one line and several; `choice` is one of a list, `choices` are some of it; `codes` are some of
a list too long to show; `texts` are several short texts."""

SEVERAL = ("codes", "choices", "texts")  # kinds whose value is a list


@dataclass(frozen=True)
class Section:
    """Settings that stand on one page."""

    key: str
    title: str
    does: str
    icon: str


@dataclass(frozen=True)
class Bounds:
    """What a number may be in this installation; `does` says so."""

    least: int
    most: int
    does: str


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting: a column of `businesses`, a member of `/v1/business`, a field of the form of its section.

    `least` and `most` bound a number, the length of a text, or how many there are of a list; `now` says what bounds a
    number in this installation, where that may be narrower. People type a number in `unit`, each of which is `per` of
    what is stored. Where `may_be_empty`, null means what `empty` says. `choices` are (value, title). What `page` names
    is changed on a page of its own, and by its own operation.
    """

    key: str
    section: str
    title: str
    kind: Kind
    does: str
    default: Value
    least: int = 0
    most: int = 0
    per: int = 1
    unit: str = ""
    may_be_empty: bool = False
    empty: str = ""
    choices: Callable[[], Sequence[tuple[str, str]]] | None = None
    check: Callable[[str], str] | None = None
    page: str = ""
    now: Callable[[], Bounds] | None = None
    example: Value = None

    @property
    def here(self) -> Bounds:
        """What bounds a number in this installation."""
        return self.now() if self.now else Bounds(self.least, self.most, self.does)

    @property
    def bounds(self) -> str:
        """The bounds in words."""
        least, most = self.here.least // self.per, self.here.most // self.per
        if self.kind == "number":
            return f"{least:,} to {most:,}{f' {self.unit}' if self.unit else ''}"
        if self.kind in ("text", "lines"):
            return f"up to {most} characters" if self.may_be_empty else f"{least} to {most} characters"
        if self.kind == "texts":
            return f"up to {most}, of {LONGEST_TEXT} characters each"
        return {"flag": "on or off", "choice": "one of a list"}.get(self.kind, "any of a list")


LONGEST_TEXT = 60  # characters of one text of a list of them

Change = Mapping[str, Value]
"""`before` and `after` of one setting."""
Changes = Mapping[str, Change]
"""By the key of the setting."""


@dataclass(frozen=True)
class Effect:
    """What a change would do to so many rows that are there already."""

    key: str
    count: int
    text: str
