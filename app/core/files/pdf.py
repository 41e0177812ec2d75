"""A small writer of PDF documents: text and lines on A4 pages, with the letters it needs embedded (see `pdf_fonts`)."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from app.core.files.pdf_fonts import embedded
from app.core.files.pdf_standard import Standard
from app.core.i18n.language import direction

PAGE_WIDTH, PAGE_HEIGHT = 595, 842  # points; A4


class Lettering(Protocol):
    """Where letters come from; runs are letters of one font, as wide as they say in thousandths of their size."""

    def can_show(self, text: str) -> bool:
        """Whether there is a form of each letter."""

    def runs(self, text: str, *, bold: bool) -> Sequence[Any]:
        """The text cut where the font changes, from left to right."""

    def embed(self, runs: Sequence[Any], add: Callable[[bytes], int]) -> dict[str, int]:
        """Write what these runs need into the file; name of a font → number of its object."""

    def drawn(self, run: Any, size: float) -> str:
        """The operators that write a run where the last one ended."""


def writes(language: str) -> bool:
    """Whether documents can be written in this language; not from right to left without fonts of our own."""
    return direction(language) == "ltr" or embedded(language) is not None


@dataclass(frozen=True)
class _Text:
    x: float
    y: float
    size: float
    runs: Sequence[Any]


class Document:
    """Pages that are drawn upon from the top down. In a language that runs to the left everything is mirrored: places
    are counted from the right edge, and what ends somewhere ends to its left. What cannot be shown becomes a question
    mark."""

    _packing = 9

    def __init__(self, title: str, language: str = "en") -> None:
        self.title, self.language = title, language
        self._lettering: Lettering = embedded(language) or Standard(language)
        self._is_mirrored = direction(language) == "rtl"
        self._pages: list[list[_Text | str]] = [[]]
        self._known: dict[tuple[str, bool], tuple[Sequence[Any], float]] = {}

    def can_show(self, text: str) -> bool:
        """Whether every letter of the text can be shown."""
        return self._lettering.can_show(text)

    def new_page(self) -> None:
        """Go on with a fresh page."""
        self._pages.append([])

    def text(self, x: float, y: float, text: str, *, size: float = 10, bold: bool = False, end: bool = False) -> None:
        """One line of text whose foot is `y` points below the page's head; with `end` it ends at `x`."""
        runs, thousandths = self._set(text, bold=bold)
        if self._is_mirrored:
            x, end = PAGE_WIDTH - x, not end
        left = x - thousandths * size / 1000 if end else x
        self._pages[-1].append(_Text(left, PAGE_HEIGHT - y, size, runs))

    def line(self, x: float, y: float, to_x: float, *, gray: float = 0.85) -> None:
        """A thin line across."""
        left, right = (PAGE_WIDTH - to_x, PAGE_WIDTH - x) if self._is_mirrored else (x, to_x)
        self._pages[-1].append(
            f"{gray:g} G 0.6 w {left:.2f} {PAGE_HEIGHT - y:.2f} m {right:.2f} {PAGE_HEIGHT - y:.2f} l S"
        )

    def width_of(self, text: str, *, size: float = 10, bold: bool = False) -> float:
        """How wide the text is, in points."""
        _, thousandths = self._set(text, bold=bold)
        return thousandths * size / 1000

    def cut(self, text: str, most: float, *, size: float = 10, bold: bool = False) -> str:
        """The text, or as much of it as fits into so many points, with an ellipsis."""
        if self.width_of(text, size=size, bold=bold) <= most:
            return text
        fitting = _most(len(text), lambda n: self.width_of(text[:n] + "…", size=size, bold=bold) <= most)
        return text[:fitting].rstrip() + "…"

    def wrapped(self, text: str, most: float, *, size: float = 10) -> list[str]:
        """The text in lines no wider than that; eastern scripts break anywhere, and so do words wider than a line. A
        word is measured once: what letters of two words do to each other's width is too little to be seen."""
        lines, line, width = list[str](), "", 0.0
        for word in _words(text):
            if line and width + self.width_of(word.rstrip(), size=size) > most:
                lines.append(line.rstrip())
                line, width, word = "", 0.0, word.lstrip()
            line, width = line + word, width + self.width_of(word, size=size)
            while width > most and len(line) > 1 and not self._fits(line.rstrip(), most, size):
                fitting = max(1, _most(len(line), partial(self._begins, line, most, size)))
                lines.append(line[:fitting])
                line = line[fitting:]
                width = self.width_of(line, size=size)
        return [*lines, line.rstrip()] if line.strip() else lines

    def _set(self, text: str, *, bold: bool) -> tuple[Sequence[Any], float]:
        """The text's runs, and their width in thousandths of the size."""
        known = self._known.get((text, bold))
        if known is None:
            runs = self._lettering.runs(text, bold=bold)
            known = self._known[text, bold] = runs, sum(run.width for run in runs)
        return known

    def _begins(self, line: str, most: float, size: float, length: int) -> bool:
        return self._fits(line[:length], most, size)

    def _fits(self, text: str, most: float, size: float) -> bool:
        return self.width_of(text, size=size) <= most

    def content(self) -> bytes:
        """The document as a file. The same drawing makes the same bytes."""
        objects: list[bytes] = [b"", b""]

        def add(content: bytes) -> int:
            objects.append(content)
            return len(objects)

        used = [run for page in self._pages for drawn in page if isinstance(drawn, _Text) for run in drawn.runs]
        fonts = self._lettering.embed(used, add)
        named = " ".join(f"/{name} {number} 0 R" for name, number in fonts.items())
        kids = [self._page(page, f"<< {named} >>", add) for page in self._pages]
        info = add(self._info())
        objects[0], objects[1] = self._catalog(), self._tree(kids)
        return _file(objects, self._trailer, info)

    def _info(self) -> bytes:
        title = "FEFF" + self.title.encode("utf-16-be").hex().upper()
        return f"<< /Title <{title}> /Producer (Bursar) >>".encode()

    def _catalog(self) -> bytes:
        reading = " /Direction /R2L" if self._is_mirrored else ""
        return (
            f"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /DisplayDocTitle true{reading} >>"
            f" /Lang ({self.language}) >>"
        ).encode()

    def _tree(self, kids: Sequence[int]) -> bytes:
        listed = " ".join(f"{kid} 0 R" for kid in kids)
        return f"<< /Type /Pages /Kids [{listed}] /Count {len(kids)} >>".encode()

    def _trailer(self, count: int, info: int, start: int) -> bytes:
        root = f"<< /Size {count + 1} /Root 1 0 R /Info {info} 0 R >>"
        return f"trailer\n{root}\nstartxref\n{start}\n%%EOF\n".encode()

    def _page(self, page: list[_Text | str], fonts: str, add: Callable[[bytes], int]) -> int:
        drawn = "\n".join(each if isinstance(each, str) else self._drawn(each) for each in page)
        stream = zlib.compress(drawn.encode("ascii"), self._packing)
        content = add(f"<< /Length {len(stream)} /Filter /FlateDecode >>\nstream\n".encode() + stream + b"\nendstream")
        return add(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}]"
            f" /Resources << /Font {fonts} >> /Contents {content} 0 R >>".encode()
        )

    def _drawn(self, text: _Text) -> str:
        runs = " ".join(self._lettering.drawn(run, text.size) for run in text.runs)
        return f"BT 1 0 0 1 {text.x:.2f} {text.y:.2f} Tm {runs} ET"


def _most(length: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `length` that fits, when every smaller one does too; 0 when none does."""
    least, beyond = 0, length + 1
    while beyond - least > 1:
        middle = (least + beyond) // 2
        least, beyond = (middle, beyond) if fits(middle) else (least, middle)
    return least


def _words(text: str) -> Iterator[str]:
    word = ""
    for letter in text:
        word += letter
        if letter == " " or unicodedata.east_asian_width(letter) in ("W", "F"):
            yield word
            word = ""
    if word:
        yield word


def _file(objects: list[bytes], trailer: Callable[[int, int, int], bytes], info: int) -> bytes:
    body = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    body += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    return bytes(body + trailer(len(objects), info, start))
