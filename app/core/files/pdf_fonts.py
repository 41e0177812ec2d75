"""Fonts that go into a PDF: only the letters it uses, shaped as their scripts ask, so that it looks alike everywhere.

The fonts are Noto (SIL Open Font License), which come as packages; HarfBuzz shapes and cuts them. It maps the files
into memory and leaves them on disk: a receipt costs some milliseconds, and nothing of it stays. Where a package is
missing, `embedded` finds nothing and documents take the reader's own fonts (see `pdf_standard`).
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from app.core.files.pdf_directions import JOINERS, stretches
from app.core.i18n.language import direction
from app.core.log import get_logger

LATIN_NAME = "L"
# Package → the font in it.
LATIN = ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf")  # Greek, Cyrillic and Vietnamese too
ARABIC = ("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf")
EASTERN = ("noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc")
# Which of the fonts of the eastern collection has the letters' forms of a language.
_FORMS = {"ja": 0, "ko": 1, "zh-Hans": 2, "zh-Hant": 3}
# Eastern fonts come without bold letters: large ones get a line around them, so thick in parts of their size. Screens
# draw no line thinner than a dot, which would fill the small ones.
_STROKE, _LEAST_BOLD = 0.02, 12
_UNUSED = ("BASE", "GDEF", "GPOS", "GSUB", "OS/2", "STAT", "VORG", "cmap", "gasp", "name", "post", "vhea", "vmtx")


def embedded(language: str) -> Embedded | None:
    """Lettering of this language; None where a package is missing."""
    paths = [_path(*font) for font in (LATIN, ARABIC, EASTERN)]
    if any(path is None for path in paths) or not (find_spec("uharfbuzz") and find_spec("bidi")):
        get_logger().warning("pdf.fonts_missing", found=[str(path) for path in paths])
        return None
    latin, arabic, eastern = (str(path) for path in paths)
    return Embedded(language, latin, arabic, eastern)


def _path(package: str, file: str) -> Path | None:
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(found.submodule_search_locations[0]) / file
    return path if path.is_file() else None


@dataclass(frozen=True)
class Glyph:
    """One form of a font, and the letters it stands for; lengths in thousandths of the size."""

    number: int
    letters: str
    advance: float
    x: float
    y: float


@dataclass(frozen=True)
class Run:
    """Forms of one font, from left to right."""

    font: str
    glyphs: tuple[Glyph, ...]

    @property
    def width(self) -> float:
        return sum(glyph.advance for glyph in self.glyphs)


class Face:
    """A font that lies in a file, at one weight."""

    def __init__(self, path: str, *, index: int = 0, weight: int = 0, stroke: float = 0) -> None:
        self._place, self._weight, self.stroke = (path, index), weight, stroke
        self.codes: dict[tuple[int, str], int] = {}
        self.keeps_numbers = False

    @cached_property
    def font(self) -> Any:
        """The font as HarfBuzz has it, opened when it is first asked for."""
        import uharfbuzz

        path, index = self._place
        font = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(path), index))
        if self._weight:
            font.set_variations({"wght": self._weight})
        return font

    def has(self, letter: str) -> bool:
        """Whether the font has a form of this letter."""
        return bool(self.font.get_nominal_glyph(ord(letter)))

    def shaped(self, text: str, *, rightward: bool, language: str) -> tuple[Glyph, ...]:
        """The forms of letters that run one way."""
        import uharfbuzz

        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.direction = "ltr" if rightward else "rtl"
        buffer.language = language
        buffer.guess_segment_properties()
        uharfbuzz.shape(self.font, buffer)
        scale = 1000 / self.font.face.upem
        starts = sorted({info.cluster for info in buffer.glyph_infos})
        letters = {start: text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)}
        return tuple(
            Glyph(
                info.codepoint,
                letters.pop(info.cluster, ""),  # the first form of a cluster stands for its letters
                place.x_advance * scale,
                place.x_offset * scale,
                place.y_offset * scale,
            )
            for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        )

    def width(self, glyph: int) -> int:
        """How wide the font says that this form is."""
        thousandths: float = self.font.get_glyph_h_advance(glyph) * 1000 / self.font.face.upem
        return round(thousandths)

    def cut(self, glyphs: Iterable[int]) -> tuple[Any, dict[int, int]]:
        """The font with these forms alone, and their numbers in it."""
        import uharfbuzz

        whole, command = self.font.face, uharfbuzz.SubsetInput()
        command.glyph_set.update({0, *glyphs})
        command.drop_table_tag_set.update({int.from_bytes(tag.encode(), "big") for tag in _UNUSED})
        flags = uharfbuzz.SubsetFlags
        command.flags = flags.NO_HINTING | flags.NO_LAYOUT_CLOSURE | flags.CFF_IDENTITY_CHARSET
        if self.keeps_numbers and "CFF " in whole.table_tags:
            command.flags |= flags.RETAIN_GIDS
        for axis in whole.axis_infos:
            command.pin_axis_location(whole, axis.tag, self._weight if axis.tag == "wght" else axis.default_value)
        plan = uharfbuzz.SubsetPlan(whole, command)
        return plan.execute(), dict(plan.old_to_new_glyph_mapping)


class _Drawn(dict[tuple[int, str], int]):
    """Numbers of forms that are given when a form is first asked for, as `_embed` will give them."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self._face = face

    def __missing__(self, each: tuple[int, str]) -> int:
        is_outline = "CFF " in self._face.font.face.table_tags
        self[each] = each[0] if is_outline else len(self) + 1
        return self[each]


class Embedded:
    """Lettering in fonts of ours."""

    def __init__(self, language: str, latin: str, arabic: str, eastern: str) -> None:
        self.language = language
        self._faces = {
            LATIN_NAME: Face(latin, weight=400),
            "LB": Face(latin, weight=700),
            "A": Face(arabic, weight=400),
            "AB": Face(arabic, weight=700),
        }
        for index in _FORMS.values():
            self._faces[f"E{index}"] = Face(eastern, index=index)
            self._faces[f"E{index}B"] = Face(eastern, index=index, stroke=_STROKE)

    def can_show(self, text: str) -> bool:
        """Whether there is a form of each letter."""
        return all(self._name(letter, self._order(text, bold=False)) for letter in _clean(text))

    def runs(self, text: str, *, bold: bool) -> list[Run]:
        """The text cut where the font or the way of writing changes, from left to right."""
        order = self._order(text, bold=bold)
        found: list[Run] = []
        for rightward, stretch in stretches(_clean(text), leftward=direction(self.language) == "rtl"):
            parts = [
                Run(name, self._faces[name].shaped(letters, rightward=rightward, language=self.language))
                for name, letters in self._fonts(stretch, order)
            ]
            found += parts if rightward else reversed(parts)
        return found

    def embed(self, runs: Sequence[Run], add: Callable[[bytes], int]) -> dict[str, int]:
        """Write the forms of these runs into the file; name → number of the object."""
        named = {}
        for name in dict.fromkeys(run.font for run in runs):
            glyphs = dict.fromkeys(
                (glyph.number, glyph.letters) for run in runs if run.font == name for glyph in run.glyphs
            )
            named[name] = _embed(self._faces[name], list(glyphs), add)
        return named

    def count_as_drawn(self) -> None:
        """Give numbers to forms as they are drawn, for a document whose pages leave before its fonts do."""
        for face in self._faces.values():
            face.codes, face.keeps_numbers = _Drawn(face), True

    def embed_drawn(self, add: Callable[[bytes], int]) -> dict[str, int]:
        """Write the forms that were drawn since; name → number of the object."""
        return {name: _embed(face, list(face.codes), add) for name, face in self._faces.items() if face.codes}

    def spelled(self, letter: str) -> tuple[str, float]:
        """A letter of ASCII by itself: its number in LATIN_NAME as it is drawn, and its width."""
        face = self._faces[LATIN_NAME]
        run = Run(LATIN_NAME, face.shaped(letter, rightward=True, language="en"))
        return "".join(f"{face.codes[glyph.number, glyph.letters]:04X}" for glyph in run.glyphs), run.width

    def drawn(self, run: Run, size: float) -> str:
        """The operators that write a run where the last one ended."""
        face, owed = self._faces[run.font], 0.0
        parts, row, rise = [f"/{run.font} {size:g} Tf"], "", 0

        def finish() -> None:
            nonlocal row
            parts.extend([f"[{row}] TJ"] if row else [])
            row = ""

        for cluster in _clusters(run.glyphs):
            if len(cluster) > 1:  # A letter and its signs, which no reader could put together again.
                finish()
                parts.append(
                    f"/Span << /ActualText <FEFF{cluster[0].letters.encode('utf-16-be').hex().upper()}> >> BDC"
                )
            for glyph in cluster:
                if round(glyph.y) != rise:
                    finish()
                    rise = round(glyph.y)
                    parts.append(f"{rise * size / 1000:.3f} Ts")
                # The font moves on by its width; what the shaping wants besides is moved by hand.
                row += _moved(owed + glyph.x) + f"<{face.codes[glyph.number, glyph.letters]:04X}>"
                owed = glyph.advance - face.width(glyph.number) - glyph.x
            if len(cluster) > 1:
                finish()
                parts.append("EMC")
        row += _moved(owed)
        finish()
        drawn = " ".join(parts) + (" 0 Ts" if rise else "")
        if face.stroke and size >= _LEAST_BOLD:
            return f"0 G {face.stroke * size:.3f} w 2 Tr {drawn} 0 Tr"
        return drawn

    def _order(self, text: str, *, bold: bool) -> list[str]:
        """The names of the fonts, the one to try first at the head."""
        end = "B" if bold else ""
        latin, arabic = f"L{end}", f"A{end}"
        first = [arabic, latin] if self.language == "ar" else [latin, arabic]
        return [*first, f"E{_FORMS[_eastern(self.language, text)]}{end}"]

    def _name(self, letter: str, order: list[str]) -> str | None:
        return next((name for name in order if self._faces[name].has(letter)), None)

    def _fonts(self, stretch: str, order: list[str]) -> list[tuple[str, str]]:
        parts: list[tuple[str, str]] = []
        for each in stretch:
            before = parts[-1][0] if parts else None
            if before and (each in JOINERS or (not each.isalnum() and self._faces[before].has(each))):
                name, letter = before, each
            else:
                name, letter = self._name(each, order) or order[0], each
                letter = each if self._faces[name].has(each) else "?"
            if name == before:
                parts[-1] = (name, parts[-1][1] + letter)
            else:
                parts.append((name, letter))
        return parts


def _clusters(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    """The forms that stand for the same letters, the one that names them first."""
    found: list[list[Glyph]] = []
    for glyph in glyphs:
        if glyph.letters or not found:
            found.append([glyph])
        else:
            found[-1].append(glyph)
    return found


def _clean(text: str) -> str:
    """The text without what is not written; marks of direction stay, for they say how to write."""
    kept = "".join(letter for letter in text if letter not in "\u2066\u2067\u2068\u2069\ufeff")
    return unicodedata.normalize("NFC", "".join(" " if unicodedata.category(each) == "Cc" else each for each in kept))


def _eastern(language: str, text: str) -> str:
    """Whose forms of the shared letters are meant: the document's, or those of the script they stand in."""
    if language in _FORMS:
        return language
    names = " ".join(unicodedata.name(letter, "") for letter in text if ord(letter) > 0x1100)
    return "ja" if "HIRAGANA" in names or "KATAKANA" in names else "ko" if "HANGUL" in names else "zh-Hans"


def _moved(thousandths: float) -> str:
    return f" {-round(thousandths, 1):g} " if abs(thousandths) >= 0.1 else ""


def _embed(face: Face, glyphs: list[tuple[int, str]], add: Callable[[bytes], int]) -> int:
    """The objects of one font; the number of the first."""
    cut, numbers = face.cut(number for number, _ in glyphs)
    is_outline = "CFF " in cut.table_tags
    if is_outline:  # The letters of such a font have the font's own numbers.
        face.codes = {each: numbers[each[0]] for each in glyphs}
        file = add(_stream(cut.reference_table("CFF ").data, "/Subtype /CIDFontType0C"))
        kind, key, places = "CIDFontType0", "FontFile3", ""
    else:  # Here each pair of a form and its letters gets a number, so that copied text says what was meant.
        face.codes = {each: code for code, each in enumerate(glyphs, 1)}
        file = add(_stream(cut.blob.data, f"/Length1 {len(cut.blob.data)}"))
        table = b"\0\0" + b"".join(numbers[number].to_bytes(2, "big") for number, _ in glyphs)
        kind, key, places = "CIDFontType2", "FontFile2", f" /CIDToGIDMap {add(_stream(table))} 0 R"
    name = _name_of(face, cut)
    extents, scale = face.font.get_font_extents("ltr"), 1000 / face.font.face.upem
    top, foot = round(extents.ascender * scale), round(extents.descender * scale)
    form = add(
        f"<< /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [-1000 {foot} 3000 {top}] /ItalicAngle 0"
        f" /Ascent {top} /Descent {foot} /CapHeight 714 /StemV 80 /{key} {file} 0 R >>".encode()
    )
    widths = " ".join(f"{code} [{face.width(number)}]" for (number, _), code in _in_order(face.codes))
    letters = add(
        f"<< /Type /Font /Subtype /{kind} /BaseFont /{name} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity)"
        f" /Supplement 0 >> /DW 1000 /W [{widths}]{places} /FontDescriptor {form} 0 R >>".encode()
    )
    meaning = add(_stream(_meaning(face.codes)))
    return add(
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H /DescendantFonts [{letters} 0 R]"
        f" /ToUnicode {meaning} 0 R >>".encode()
    )


def _in_order(codes: dict[tuple[int, str], int]) -> list[tuple[tuple[int, str], int]]:
    """The numbers that stand in a document, once each, in their order."""
    return sorted({code: (each, code) for each, code in reversed(codes.items())}.values(), key=lambda pair: pair[1])


def _name_of(face: Face, cut: Any) -> str:
    import uharfbuzz

    name = face.font.face.get_name(uharfbuzz.OTNameIdPredefined.POSTSCRIPT_NAME)
    # Six letters before the name say that it is a part of the font, and which (ISO 32000-1, 9.6.4).
    digest = sha256(cut.blob.data).digest()
    return "".join(chr(65 + byte % 26) for byte in digest[:6]) + "+" + "".join(filter(str.isalnum, name))


def _meaning(codes: dict[tuple[int, str], int]) -> bytes:
    """Which letters the numbers stand for, so that text can be found and copied."""
    rows = [
        f"<{code:04X}> <{letters.encode('utf-16-be').hex().upper()}>"
        for (_, letters), code in _in_order(codes)
        if letters
    ]
    blocks = [rows[start : start + 100] for start in range(0, len(rows), 100)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe)"
        " /Ordering (UCS) /Supplement 0 >> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{body}\nendcmap\n"
        "CMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode()


def _stream(content: bytes, keys: str = "") -> bytes:
    packed = zlib.compress(content, 9)
    return f"<< /Length {len(packed)} /Filter /FlateDecode {keys} >>\nstream\n".encode() + packed + b"\nendstream"
