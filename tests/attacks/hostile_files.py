"""Small files that are a lot of work: bombs of every kind that a table or an image can be, made when asked for."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

from ops.testing.run import is_long

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_HEAD = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("sku", "product"))


def workbook(
    rows: Iterator[str] | str = "", *, texts: str = "", before: str = "", level: int = 6, **more: bytes
) -> bytes:
    """An XLSX file with these rows below a head, these shared strings, and a prolog before its sheet."""
    sheet = f"{before}<worksheet {_MAIN}><sheetData><row>{_HEAD}</row>{''.join(rows)}</sheetData></worksheet>"
    book = f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>'
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS.format(
            f'<Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(
            f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        ),
        "xl/sharedStrings.xml": f"<sst {_MAIN}>{texts}</sst>",
        "xl/worksheets/sheet1.xml": sheet,
        **more,
    }  # fmt: skip
    return packed(parts, level)


def packed(parts: dict[str, str | bytes], level: int = 6) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def _laughs() -> str:
    every = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{every}]>'


def _quadratic() -> str:
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]>'


def _row(inside: str = "", number: int | None = None) -> str:
    return f'<row r="{number}">{inside}</row>' if number else f"<row>{inside}</row>"


def _many_members() -> bytes:
    return packed({f"{number}.xml": b"" for number in range(100_000 if is_long() else 5_000)})


def _different_texts() -> str:
    """More of them than may be, and each another, so that they pack badly."""
    return "".join(f"<si><t>{zlib.crc32(str(number).encode()):x}</t></si>" for number in range(1_000_001))


def _noise(length: int) -> bytes:
    """What packs no better than a sheet does."""
    return b"".join(b"%x" % zlib.crc32(b"%d" % number) for number in range(length // 7))


def _many_rows() -> bytes:
    return b"sku\n" + b"".join(b"%d\n" % number for number in range(300_000))


def _text(entity: str) -> str:
    return _row(f'<c t="inlineStr"><is><t>{entity}</t></is></c>')


# Name, the file, and what is said of it.
SHEETS: tuple[tuple[str, Callable[[], bytes], str], ...] = (
    ("5.5 million texts", lambda: workbook(texts="<si><t/></si>" * 5_500_000), "grows to more than 250 times"),
    ("a million texts", lambda: workbook(texts=_different_texts(), level=1), "more than 1,000,000 different"),
    ("ratio of 1,000", lambda: workbook(" " * 20_000_000), "grows to more than 250 times"),
    ("much when unpacked", lambda: _lying(160_000_000), "more than 150 MB when it is unpacked"),
    ("styles of 20 MB", lambda: workbook(**{"xl/styles.xml": _noise(20_000_000)}, level=1), "holds no rows"),
    ("billion laughs", lambda: workbook(_text("&l9;"), before=_laughs()), "declares entities"),
    ("quadratic entities", lambda: workbook(_text("&a;" * 100_000), before=_quadratic()), "declares entities"),
    ("many members", _many_members, "packed from more than 1,000 parts"),
    ("a zip in a zip in a zip", lambda: packed({"a.zip": packed({"b.zip": workbook()})}), "XLSX file cannot be read"),
    ("16,000 columns", lambda: workbook(_row("<c><v>1</v></c>" * 16_000)), "more than 50 columns"),
    ("300,000 empty rows", lambda: workbook(_row(number=n) for n in range(2, 300_000)), "more than 200,000 rows"),
    ("a row numbered 2,000,000,000", lambda: workbook(_row(number=2_000_000_000)), "XLSX file cannot be read"),
    ("deep nesting", lambda: workbook("<row>" * 100_000), "XLSX file cannot be read"),
    ("cut off", lambda: workbook(_row("<c><v>1</v></c>") * 1000)[:-400], "XLSX file cannot be read"),
    ("a lying size", lambda: _lying(10), "XLSX file cannot be read"),
    ("a line of 19 MB", lambda: b"sku,product\n" + b"a" * 19_000_000, "Line 2 has more than 1,000,000 characters"),
    ("a million cells in a line", lambda: b"sku\n" + b"a," * 499_000, "Line 2 has more than 50 columns"),
    ("ten million empty lines", lambda: b"sku\n" + b"\n" * 10_000_000, "more than 1,048,576 lines"),
    ("a quote that never ends", lambda: b'sku\n"' + b"a\n" * 400_000, "The CSV file cannot be read"),
    ("300,000 lines", _many_rows, "more than 200,000 rows"),
    ("NUL", lambda: b"sku,product\na,b\0c\n", "contains a NUL character"),
    ("UTF-16", lambda: "sku,product\na,b\n".encode("utf-16"), "not UTF-8"),
    ("Latin-1", lambda: "sku,product\na,\xfc\n".encode("latin-1"), "not UTF-8"),
)  # fmt: skip


def _lying(length: int) -> bytes:
    """A member that says it has so many bytes, and has a million."""
    made = bytearray(packed({"xl/workbook.xml": b"<a>" + _noise(1_000_000) + b"</a>"}))
    at = made.rindex(b"PK\x01\x02")
    struct.pack_into("<I", made, at + 24, length)
    return bytes(made)


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG that says it is so large, and is as large as it says when its chunks bring the pixels."""
    head = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    every = (head, *(chunks or ((b"IDAT", zlib.compress(b"\0" * 100)),)), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in every
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _full(side: int) -> tuple[bytes, bytes]:
    return b"IDAT", zlib.compress(bytes(side * (side * 3 + 1)), 9)


def _long_text() -> tuple[bytes, bytes]:
    return b"zTXt", b"x\0\0" + zlib.compress(bytes(80_000_000))


IMAGES: tuple[tuple[str, Callable[[], bytes], str], ...] = (
    ("50,000 × 50,000", lambda: png(50_000, 50_000), "image_too_large"),
    ("49 million pixels that are there", lambda: png(7_000, 7_000, _full(7_000)), "image_too_large"),
    ("texts that unpack to 80 MB", lambda: png(9, 9, _long_text()), "image_damaged"),
    ("a page that is an image", lambda: b"GIF89a/*<script>alert(1)</script>*/", "image_type"),
    ("a program of PostScript", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(a) run\n", "image_type"),
)  # fmt: skip
