"""The fonts that every reader of PDF has, for where the fonts to embed are not installed (see `pdf_fonts`).

Latin letters are in Helvetica; Chinese, Japanese and Korean ones in the character collections of the PDF standard
(ISO 32000-1, 9.7.5.2), for which readers take a font of the system. Letters outside both – Arabic, Hebrew, Thai,
Cyrillic – become question marks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

# Widths of Helvetica in thousandths of its size, from Adobe's font metrics; first those of the letters from 32 to 126.
_PLAIN = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 "
    "556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 "
    "722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 "
    "500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584 "
)
_BOLD = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 "
    "556 333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 667 778 "
    "722 667 611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 "
    "556 278 889 611 611 611 611 389 556 333 611 556 778 556 556 500 389 280 389 584 "
)
_WIDTHS = tuple(tuple(int(width) for width in widths.split()) for widths in (_PLAIN, _BOLD))
_OTHERS = {
    "ß": 611,
    "—": 1000,
    "…": 1000,
    "’": 222,
    "‘": 222,
    "•": 350,
    "·": 278,
    "¡": 333,
    "°": 400,
    "×": 584,
    "−": 584,
}
# Spaces and signs that Windows' Latin letters lack, as near as they come.
_AS = str.maketrans(
    {"\u202f": "\u00a0", "\u2009": "\u00a0", "−": "-", "\u200e": "", "\u200f": "", "\u2068": "", "\u2069": ""}
)

# Language → the font that its readers have, its character collection, and how UTF-16 leads to it.
_EASTERN = {
    "zh-Hans": ("STSong-Light", "GB1", "UniGB-UTF16-H"),
    "zh-Hant": ("MSung-Light", "CNS1", "UniCNS-UTF16-H"),
    "ja": ("HeiseiKakuGo-W5", "Japan1", "UniJIS-UTF16-H"),
    "ko": ("HYGothic-Medium", "Korea1", "UniKS-UTF16-H"),
}


@dataclass(frozen=True)
class Run:
    """Letters of one font."""

    font: str
    letters: str
    width: float


class Standard:
    """Lettering in fonts that the reader brings."""

    def __init__(self, language: str) -> None:
        self.language = language

    def can_show(self, text: str) -> bool:
        """Whether there is a letter for each."""
        return all(_is_latin(letter) or _is_eastern(letter) for letter in text.translate(_AS))

    def runs(self, text: str, *, bold: bool) -> list[Run]:
        """The text cut where the font changes, from left to right."""
        found = []
        for eastern, run in groupby(text.translate(_AS), lambda each: not _is_latin(each) and _is_eastern(each)):
            letters = "".join(run)
            width = sum(_width(letter, bold) for letter in letters)
            found.append(Run("F3" if eastern else "F2" if bold else "F1", letters, width))
        return found

    def embed(self, runs: Sequence[Run], add: Callable[[bytes], int]) -> dict[str, int]:
        """Name the fonts; name → number of the object."""
        _used = runs
        font, ordering, mapping = _EASTERN.get(self.language, _EASTERN["zh-Hans"])
        latin = (
            add(f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode())
            for name in ("Helvetica", "Helvetica-Bold")
        )
        plain, bold = latin
        form = add(
            f"<< /Type /FontDescriptor /FontName /{font} /Flags 4 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
            " /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>".encode()
        )
        letters = add(
            f"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{font} /CIDSystemInfo << /Registry (Adobe)"
            f" /Ordering ({ordering}) /Supplement 2 >> /DW 1000 /FontDescriptor {form} 0 R >>".encode()
        )
        eastern = add(
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{font}-{mapping} /Encoding /{mapping}"
            f" /DescendantFonts [{letters} 0 R] >>".encode()
        )
        return {"F1": plain, "F2": bold, "F3": eastern}

    def drawn(self, run: Run, size: float) -> str:
        """The operators that write a run where the last one ended."""
        code = run.letters.encode("utf-16-be") if run.font == "F3" else run.letters.encode("cp1252", "replace")
        return f"/{run.font} {size:g} Tf <{code.hex().upper()}> Tj"


def _is_latin(letter: str) -> bool:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _is_eastern(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in ("W", "F") and ord(letter) < 0x1F000


def _width(letter: str, bold: bool) -> int:
    if letter in _OTHERS:
        return _OTHERS[letter]
    if not _is_latin(letter):
        return 1000 if _is_eastern(letter) else 556
    base = unicodedata.normalize("NFKD", letter)[0]
    return _WIDTHS[bold][ord(base) - 32] if 32 <= ord(base) <= 126 else 556
