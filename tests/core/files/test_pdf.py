"""Documents that every reader of PDF can open: offsets that fit, letters embedded, scripts as they are written."""

from __future__ import annotations

import re
import zlib

import pytest

from app.core.files import pdf_fonts
from app.core.files.pdf import PAGE_WIDTH, Document, writes
from app.core.files.pdf_fonts import Run, embedded

STREAM = re.compile(rb"(\d+) 0 obj\n<< /Length \d+ /Filter /FlateDecode ([^>]*)>>\nstream\n(.*?)\nendstream", re.DOTALL)


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_fonts, "_path", lambda *_: None)


def streams(content: bytes) -> list[str]:
    return [zlib.decompress(packed).decode("latin-1") for _, _, packed in STREAM.findall(content)]


def drawn(content: bytes) -> str:
    """The text of the pages."""
    return "\n".join(text for text in streams(content) if " Tm " in text)


def runs(text: str, language: str, *, bold: bool = False) -> list[Run]:
    letters = embedded(language)
    assert letters is not None
    return letters.runs(text, bold=bold)


def text_of(run: Run) -> str:
    return "".join(glyph.letters for glyph in run.glyphs)


@pytest.mark.parametrize("with_fonts", [True, False])
def test_a_document_is_found_by_its_offsets(with_fonts: bool, request: pytest.FixtureRequest) -> None:
    if not with_fonts:
        request.getfixturevalue("no_fonts")
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
    assert content.count(b"/Type /Page ") == 2
    assert content == page.content()


def test_a_document_holds_the_letters_it_uses_and_says_what_they_mean() -> None:
    page = Document("x", "ja")
    page.text(50, 50, "Größe 月光 €")

    content = page.content()

    assert len(content) < 20_000
    assert (content.count(b"/FontFile2 "), content.count(b"/FontFile3 "), content.count(b"/Type1")) == (1, 1, 0)
    meanings = "".join(text for text in streams(content) if "beginbfchar" in text)
    for letter in "Größe月光€":
        assert f"> <{ord(letter):04X}>" in meanings
    assert f"> <{ord('X'):04X}>" not in meanings


def test_each_language_has_its_own_forms_of_shared_letters() -> None:
    fonts = {language: runs("直", language)[0].font for language in ("ja", "ko", "zh-Hans", "zh-Hant")}
    named = {text: runs(text, "en")[0].font for text in ("直", "直の", "直한")}

    assert len(set(fonts.values())) == 4
    assert named == {"直": fonts["zh-Hans"], "直の": fonts["ja"], "直한": fonts["ko"]}


def test_arabic_letters_join_and_run_to_the_left() -> None:
    [word] = runs("سوق", "ar")
    alone = [runs(letter, "ar")[0].glyphs[0].number for letter in "سوق"]

    assert text_of(word) == "قوس"  # from left to right
    assert word.glyphs[-1].number != alone[0]


def test_other_writing_keeps_its_way_among_arabic() -> None:
    shown = "".join(text_of(run) for run in runs("طلب ord_1 نعم", "ar"))

    assert shown == "معن" + " ord_1 " + "بلط"


def test_a_pair_of_brackets_stays_a_pair() -> None:
    shown = "".join(text_of(run) for run in runs("باي (Alipay), Card", "ar"))

    assert shown.startswith("Card ,)Alipay(")


def test_a_page_in_arabic_is_mirrored() -> None:
    page = Document("x", "ar")
    page.text(50, 50, "سوق")
    page.line(50, 60, 200)

    places = [float(x) for x in re.findall(r"1 0 0 1 ([\d.]+) ", drawn(page.content()))]

    assert places == [pytest.approx(PAGE_WIDTH - 50 - page.width_of("سوق"), abs=0.01)]
    assert "395.00 782.00 m 545.00 782.00 l" in drawn(page.content())


def test_small_eastern_letters_are_never_made_bold_by_a_line() -> None:
    small, large = Document("x", "ja"), Document("x", "ja")
    small.text(50, 50, "月", bold=True, size=9)
    large.text(50, 50, "月", bold=True, size=22)

    assert ("2 Tr" in drawn(small.content()), "2 Tr" in drawn(large.content())) == (False, True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Café €5 – “x”", True),
        ("会员 멤버십 ムーン", True),
        ("عضوية", True),
        ("Ж", True),
        ("₩5", True),
        ("ไทย 🎮", False),
    ],
)
def test_what_cannot_be_shown_is_known(text: str, shown: bool) -> None:
    assert Document("x").can_show(text) is shown


def test_a_letter_without_a_form_becomes_a_question_mark() -> None:
    assert "".join(text_of(run) for run in runs("a🎮b", "en")) == "a?b"


def test_text_is_measured_cut_and_broken() -> None:
    page = Document("x")

    assert page.width_of("月", size=10) == pytest.approx(10)
    assert page.width_of("aa") == pytest.approx(2 * page.width_of("a"))
    assert page.cut("Hello", 100) == "Hello"
    assert page.cut("Hello world", 40).endswith("…")
    assert page.wrapped("one two three", 50) == ["one two", "three"]
    assert page.wrapped("月" * 9, 40) == ["月" * 4, "月" * 4, "月"]
    assert [len(line) > 1 for line in page.wrapped("a" * 50, 100)] == [True] * 3


@pytest.mark.usefixtures("no_fonts")
def test_without_the_fonts_the_readers_own_are_named() -> None:
    page = Document("x", "ja")
    page.text(50, 50, "Größe 月光 €")

    content = page.content()

    assert f"/F1 10 Tf <{'Größe '.encode('cp1252').hex().upper()}> Tj" in drawn(content)
    assert f"/F3 10 Tf <{'月光'.encode('utf-16-be').hex().upper()}> Tj" in drawn(content)
    assert b"UniJIS-UTF16-H" in content
    assert (page.can_show("عضوية"), writes("ar"), writes("ja")) == (False, False, True)
    assert page.width_of("Hello", size=10) == pytest.approx(22.78)


@pytest.mark.parametrize("language", ["en", "zh-Hans", "ar"])
@pytest.mark.parametrize(
    "text", ["W" * 120, "One word after another and so on " * 4, "会员高级一个月 and English " * 6, "a" * 7]
)
def test_lines_are_as_wide_as_they_may_be_and_lose_nothing(text: str, language: str) -> None:
    page = Document("x", language)

    lines = page.wrapped(text, 200)

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(page.width_of(line) <= 201 for line in lines)
    assert all(page.width_of(line) > 120 for line in lines[:-1])


def test_what_is_cut_is_as_long_as_fits() -> None:
    page = Document("x")

    cut = page.cut("abcdefghij" * 20, 100)

    assert cut.endswith("…")
    assert page.width_of(cut) <= 100
    assert page.width_of(cut[:-1] + "ab…") > 100
