"""A small writer of PDF documents: text and lines on A4 pages, with the fonts that every reader of PDF has.

No font is shipped or embedded. Latin letters are in Helvetica; Chinese, Japanese and Korean ones in the character
collections of the PDF standard (ISO 32000-1, 9.7.5.2), for which readers take a font of the system. Letters outside
both – Arabic, Hebrew, Thai, Cyrillic – cannot be shown: see `can_show`.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

PAGE_WIDTH, PAGE_HEIGHT = 595, 842  # points; A4

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


def can_show(text: str) -> bool:
    """Whether every letter of the text can be shown."""
    return all(_is_latin(letter) or _is_eastern(letter) for letter in text.translate(_AS))


def _is_latin(letter: str) -> bool:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _is_eastern(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in ("W", "F") and ord(letter) < 0x1F000


@dataclass
class Document:
    """Pages that are drawn upon from the top down; `language` says which eastern font is meant. What cannot be shown
    becomes a question mark."""

    title: str
    language: str = "en"
    _pages: list[list[str]] = field(default_factory=lambda: [[]])

    def new_page(self) -> None:
        """Go on with a fresh page."""
        self._pages.append([])

    def text(self, x: float, y: float, text: str, *, size: float = 10, bold: bool = False, end: bool = False) -> None:
        """One line of text whose foot is `y` points below the page's head; with `end` it ends at `x`."""
        if end:
            x -= width_of(text, size=size, bold=bold)
        parts = [f"BT 1 0 0 1 {x:.2f} {PAGE_HEIGHT - y:.2f} Tm"]
        for is_eastern, run in _runs(text):
            font = "F3" if is_eastern else "F2" if bold else "F1"
            parts.append(f"/{font} {size:g} Tf <{_encoded(run, is_eastern)}> Tj")
        self._pages[-1].append(" ".join((*parts, "ET")))

    def line(self, x: float, y: float, to_x: float, *, gray: float = 0.85) -> None:
        """A thin line across."""
        self._pages[-1].append(f"{gray:g} G 0.6 w {x:.2f} {PAGE_HEIGHT - y:.2f} m {to_x:.2f} {PAGE_HEIGHT - y:.2f} l S")

    def content(self) -> bytes:
        """The document as a file. The same drawing makes the same bytes."""
        font, ordering, mapping = _EASTERN.get(self.language, _EASTERN["zh-Hans"])
        first = 9  # objects before the pages
        kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(self._pages)))
        objects = [
            "<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /DisplayDocTitle true >>"
            f" /Lang ({self.language}) >>".encode(),
            f"<< /Type /Pages /Kids [{kids}] /Count {len(self._pages)} >>".encode(),
            *(
                f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()
                for name in ("Helvetica", "Helvetica-Bold")
            ),
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{font}-{mapping} /Encoding /{mapping}"
            " /DescendantFonts [6 0 R] >>".encode(),
            f"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /{font} /CIDSystemInfo << /Registry (Adobe)"
            f" /Ordering ({ordering}) /Supplement 2 >> /DW 1000 /FontDescriptor 7 0 R >>".encode(),
            f"<< /Type /FontDescriptor /FontName /{font} /Flags 4 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
            " /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>".encode(),
            f"<< /Title <{('FEFF' + self.title.encode('utf-16-be').hex().upper())}> /Producer (Bursar) >>".encode(),
        ]
        fonts = "<< /Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R >> >>"
        for number, page in enumerate(self._pages):
            stream = zlib.compress("\n".join(page).encode("ascii"), 9)
            objects.append(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}] /Resources {fonts}"
                f" /Contents {first + 2 * number + 1} 0 R >>".encode()
            )
            head = f"<< /Length {len(stream)} /Filter /FlateDecode >>\nstream\n".encode()
            objects.append(head + stream + b"\nendstream")
        return _file(objects)


def width_of(text: str, *, size: float = 10, bold: bool = False) -> float:
    """How wide the text is, in points."""
    return sum(_width(letter, bold) for letter in text.translate(_AS)) * size / 1000


def cut(text: str, most: float, *, size: float = 10, bold: bool = False) -> str:
    """The text, or as much of it as fits into so many points, with an ellipsis."""
    if width_of(text, size=size, bold=bold) <= most:
        return text
    while text and width_of(text + "…", size=size, bold=bold) > most:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, most: float, *, size: float = 10) -> list[str]:
    """The text in lines no wider than that; eastern scripts break anywhere."""
    lines, line = [], ""
    for word in _words(text):
        if line and width_of((line + word).rstrip(), size=size) > most:
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line += word
    return [*lines, line.rstrip()] if line.strip() else lines


def _words(text: str) -> Iterator[str]:
    word = ""
    for letter in text:
        word += letter
        if letter == " " or _is_eastern(letter):
            yield word
            word = ""
    if word:
        yield word


def _width(letter: str, bold: bool) -> int:
    if letter in _OTHERS:
        return _OTHERS[letter]
    if not _is_latin(letter):
        return 1000 if _is_eastern(letter) else 556
    base = unicodedata.normalize("NFKD", letter)[0]
    return _WIDTHS[bold][ord(base) - 32] if 32 <= ord(base) <= 126 else 556


def _runs(text: str) -> list[tuple[bool, str]]:
    """The text cut where the font changes."""
    return [
        (is_eastern, "".join(run))
        for is_eastern, run in groupby(text.translate(_AS), lambda each: not _is_latin(each) and _is_eastern(each))
    ]


def _encoded(run: str, is_eastern: bool) -> str:
    return (run.encode("utf-16-be") if is_eastern else run.encode("cp1252", "replace")).hex().upper()


def _file(objects: list[bytes]) -> bytes:
    body = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    body += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    body += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 8 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(body)
