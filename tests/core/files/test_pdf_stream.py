"""Documents of any length: pages leave as they are drawn, and every reader finds what is in them."""

from __future__ import annotations

import re

import pytest

from app.core.files import pdf_fonts
from app.core.files.pdf_stream import StreamedDocument
from tests.core.files.test_pdf import drawn, streams

_OTHERS = {f"{ord(letter):04X}" for letter in " o(2)-.50"} | {"FFFF"}  # the range of codes


def _made(language: str, *texts: str) -> bytes:
    page = StreamedDocument("Settlement – 月", language)
    pieces = []
    for number, text in enumerate(texts):
        if number:
            page.new_page()
            pieces.append(page.taken())
        page.text(50, 50, text, bold=number % 2 == 0)
        page.text(545, 80, "ord_1 (2) -12.50", end=True)
    return b"".join([*pieces, *page.rest()])


def _objects(content: bytes) -> dict[int, bytes]:
    """The objects by number, as the table at the end says where they are."""
    start = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    assert content[start:].startswith(b"xref\n")
    places = [int(row[:10]) for row in content[start:].split(b"\n")[3:] if row.endswith(b" n ")]
    found = {}
    for number, place in enumerate(places, 1):
        assert content[place:].startswith(f"{number} 0 obj\n".encode())
        found[number] = content[place : content.index(b"\nendobj", place)]
    return found


@pytest.mark.parametrize("with_fonts", [True, False])
@pytest.mark.parametrize("language", ["en", "de", "ja", "ko", "zh-Hans", "zh-Hant", "ar"])
def test_every_object_is_where_the_table_says(language: str, with_fonts: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not with_fonts:
        monkeypatch.setattr(pdf_fonts, "_path", lambda *_: None)

    content = _made(language, "Größe 月光", "سوق 12", "直の")
    found = _objects(content)

    assert found[2].count(b" 0 R") == 3
    assert [int(each) for each in re.findall(rb"/Kids \[([\d R]+)\]", found[2])[0].replace(b" 0 R", b"").split()]
    assert b"/Count 3" in found[2]
    assert content == _made(language, "Größe 月光", "سوق 12", "直の")


def test_what_is_drawn_is_in_the_fonts_and_means_what_it_says() -> None:
    content = _made("ja", "Größe 月光")

    meanings = "".join(text for text in streams(content) if "beginbfchar" in text)
    pages = drawn(content)
    codes = {code for row in re.findall(r"<([0-9A-F]{4,})>", pages) for code in re.findall("....", row)}
    known = re.findall(r"<([0-9A-F]{4})> <([0-9A-F]+)>", meanings)  # of each font its own
    assert codes <= {code for code, _ in known}
    assert {f"{ord(letter):04X}" for letter in "Größe月光rd_1"} == {letters for _, letters in known} - _OTHERS


def test_a_page_is_gone_once_the_next_one_begins() -> None:
    page = StreamedDocument("x")
    sizes = []
    for number in range(200):
        page.text(50, 50, f"ord_{number:026}")
        page.new_page()
        sizes.append(len(page.taken()))
        assert page.taken() == b""

    assert max(sizes) < 1_000
    assert b"".join(page.rest()).endswith(b"%%EOF\n")
