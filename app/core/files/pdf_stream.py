"""PDF documents of any length, written page by page: nothing of a page is kept once the next one begins, but for which
letters it used."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.files.pdf import PAGE_HEIGHT, PAGE_WIDTH, Document
from app.core.files.pdf_fonts import LATIN_NAME, Embedded

_HEAD = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"
_CATALOG, _PAGES, _FONTS = 1, 2, 3  # the first objects are written last
_KNOWN_TEXTS = 5_000


class StreamedDocument(Document):
    """A document whose `taken` hands out what is finished of it. Draw a page, take it, go on with `new_page`; `rest`
    is the end, after which nothing can be drawn. The same drawing makes the same bytes."""

    _packing = 3  # half as fast and a tenth smaller otherwise

    def __init__(self, title: str, language: str = "en") -> None:
        super().__init__(title, language)
        if isinstance(self._lettering, Embedded):
            self._lettering.count_as_drawn()
        self._written: list[bytes] = [_HEAD]
        self._places: dict[int, int] = {}
        self._kids: list[int] = []
        self._size, self._last = len(_HEAD), _FONTS
        self._ready: dict[tuple[str, float, bool], tuple[str, float]] = {}
        self._letters: dict[str, tuple[str, float]] = {}

    def taken(self) -> bytes:
        """What was finished since the last question."""
        found, self._written = b"".join(self._written), []
        return found

    def text(self, x: float, y: float, text: str, *, size: float = 10, bold: bool = False, end: bool = False) -> None:
        """As of any document, but drawn at once: what stands in many lines is shaped once."""
        key = (text, size, bold)
        found = self._ready.get(key)
        if found is None:
            found = self._ready[key] = self._spelled(text, size) if not bold and _is_plain(text) else self._shaped(*key)
        operators, width = found
        if self._is_mirrored:
            x, end = PAGE_WIDTH - x, not end
        left = x - width if end else x
        self._pages[-1].append(f"BT 1 0 0 1 {left:.2f} {PAGE_HEIGHT - y:.2f} Tm {operators} ET")

    def new_page(self) -> None:
        """The page is finished; go on with a fresh one."""
        [page] = self._pages
        self._kids.append(self._page(page, f"{_FONTS} 0 R", self._add))
        self._pages = [[]]
        for known in (self._known, self._ready):
            if len(known) > _KNOWN_TEXTS:
                known.clear()

    def rest(self) -> Iterator[bytes]:
        """The last page, and what holds the pages together."""
        self.new_page()
        yield self.taken()
        fonts = (
            self._lettering.embed_drawn(self._add)
            if isinstance(self._lettering, Embedded)
            else self._lettering.embed([], self._add)
        )
        info = self._add(self._info())
        named = " ".join(f"/{name} {number} 0 R" for name, number in fonts.items())
        self._put(_FONTS, f"<< {named} >>".encode())
        self._put(_PAGES, self._tree(self._kids))
        self._put(_CATALOG, self._catalog())
        yield self.taken()
        start = self._size
        places = b"".join(f"{self._places[number]:010d} 00000 n \n".encode() for number in range(1, self._last + 1))
        yield f"xref\n0 {self._last + 1}\n0000000000 65535 f \n".encode() + places
        yield self._trailer(self._last, info, start)

    def _shaped(self, text: str, size: float, bold: bool) -> tuple[str, float]:
        runs, thousandths = self._set(text, bold=bold)
        return " ".join(self._lettering.drawn(run, size) for run in runs), thousandths * size / 1000

    def _spelled(self, text: str, size: float) -> tuple[str, float]:
        """Ids and numbers, of which hardly two are alike, letter by letter: fifty times as fast as shaping each."""
        if not isinstance(self._lettering, Embedded):
            return self._shaped(text, size, bold=False)
        found = [self._letters.get(letter) or self._letter(letter) for letter in text]
        codes = "".join(code for code, _ in found)
        return f"/{LATIN_NAME} {size:g} Tf <{codes}> Tj", sum(width for _, width in found) * size / 1000

    def _letter(self, letter: str) -> tuple[str, float]:
        assert isinstance(self._lettering, Embedded)
        self._letters[letter] = found = self._lettering.spelled(letter)
        return found

    def _add(self, content: bytes) -> int:
        self._last += 1
        self._put(self._last, content)
        return self._last

    def _put(self, number: int, content: bytes) -> None:
        self._places[number] = self._size
        written = f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
        self._written.append(written)
        self._size += len(written)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
