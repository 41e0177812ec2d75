"""Documents that every reader of PDF can open: offsets that fit, letters as they are."""

from __future__ import annotations

import re
import zlib

import pytest

from app.core.pdf import Document, can_show, cut, width_of, wrapped


def test_a_document_is_found_by_its_offsets() -> None:
    page = Document("Beleg – 月", "zh-Hans")
    page.text(50, 50, "Größe (1) \\ 月光 €5", bold=True)
    page.new_page()
    page.text(545, 50, "end", end=True)
    page.line(50, 60, 545)

    content = page.content()

    start = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    rows = content[start:].split(b"\n")[3:]
    places = [int(row[:10]) for row in rows if row.endswith(b" n ")]
    for number, place in enumerate(places, 1):
        assert content[place:].startswith(f"{number} 0 obj\n".encode())
    assert content[start:].startswith(b"xref\n")
    streams = re.findall(rb"/Length \d+ /Filter /FlateDecode >>\nstream\n", content)
    assert len(streams) == 2
    assert content == page.content()


def test_letters_go_to_the_font_that_has_them() -> None:
    page = Document("x", "ja")
    page.text(50, 50, "Größe 月光 €")

    [drawn] = re.findall(rb"stream\n(.*?)\nendstream", page.content(), re.DOTALL)

    said = zlib.decompress(drawn).decode()
    assert f"/F1 10 Tf <{'Größe '.encode('cp1252').hex().upper()}> Tj" in said
    assert f"/F3 10 Tf <{'月光'.encode('utf-16-be').hex().upper()}> Tj" in said
    assert b"UniJIS-UTF16-H" in page.content()


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Café €5 – “x”", True), ("会员 멤버십 ムーン", True), ("عضوية", False), ("Ж", False), ("₩5", False)],
)
def test_what_cannot_be_shown_is_known(text: str, shown: bool) -> None:
    assert can_show(text) is shown


def test_text_is_measured_cut_and_broken() -> None:
    assert width_of("Hello", size=10) == pytest.approx(22.78)
    assert width_of("é月", size=10) == pytest.approx(15.56)
    assert cut("Hello", 100) == "Hello"
    assert cut("Hello world", 40).endswith("…")
    assert wrapped("one two three", 40) == ["one two", "three"]
    assert wrapped("月" * 9, 40) == ["月" * 4, "月" * 4, "月"]
