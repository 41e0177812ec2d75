"""XLSX files from outside: weighed before anything is made of them. To be read in a process of its own (see isolated).

A workbook is a zip of XML: 228 kB can hold five million texts, and a kilobyte a row with the number 2,000,000,000. So
the directory of the zip is looked at before it is read, what the members say of their size before they are unpacked,
and every member goes through a scanner that keeps nothing, before the library that keeps a lot.
"""

from __future__ import annotations

import importlib
import re
import struct
import xml.parsers.expat
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, BinaryIO

from app.lib.file_errors import BadFile

MAX_MEMBERS = 1_000
MAX_DIRECTORY_BYTES = 200_000
MAX_UNPACKED = 150_000_000
MAX_SMALL_MEMBER = 10_000_000  # styles, names, relations: what is not rows or texts
MAX_RATIO = 250  # a sheet of one word again and again packs 1:150
RATIO_FROM_BYTES = 1_000_000
MAX_TEXTS = 1_000_000
MAX_ROWS = 200_000
MAX_ROW_NUMBER = 1_048_576
MAX_COLUMNS = 50
MAX_DEPTH = 64
_END, _END_BYTES = b"PK\x05\x06", 22
_PIECE = 65_536
_DAMAGED = "The XLSX file cannot be read."
_BIG = re.compile(r"xl/(worksheets/|sharedStrings)", re.I)


def rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet with their numbers from 1, as text.

    Raises:
        BadFile: while reading, too.
    """
    check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            _check_members(archive.infolist())
            for entry in archive.infolist():
                if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                    with archive.open(entry) as member:
                        _scan(entry.filename, member)
        file.seek(0)
        yield from _read(file)
    except (BadFile, MemoryError):
        raise
    except Exception as error:  # the library raises whatever the file makes it stumble over
        raise BadFile(_DAMAGED) from error


def load() -> None:
    """Load the library, as long as files can be opened."""
    importlib.import_module("openpyxl")


def check_directory(file: BinaryIO, *, most_members: int = MAX_MEMBERS, most_bytes: int = MAX_DIRECTORY_BYTES) -> None:
    """Look at the end of a zip file, where it says how many members it has, before a library makes an object of each.

    Raises:
        BadFile: more of them, or no zip file.
    """
    length = file.seek(0, 2)
    file.seek(max(0, length - _END_BYTES - 65_535))
    tail = file.read()
    at = tail.rfind(_END)
    file.seek(0)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise BadFile(_DAMAGED)
    members, directory_bytes = struct.unpack_from("<HI", tail, at + 10)
    if members > most_members or directory_bytes > most_bytes:
        raise BadFile(f"The file is packed from more than {most_members:,} parts.")


def _check_members(entries: list[zipfile.ZipInfo]) -> None:
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise BadFile(f"The file has more than {MAX_UNPACKED // 1_000_000} MB when it is unpacked.")
    for entry in entries:
        if entry.file_size > RATIO_FROM_BYTES and entry.file_size > entry.compress_size * MAX_RATIO:
            raise BadFile(f"A part of the file grows to more than {MAX_RATIO} times its size when it is unpacked.")
        if entry.file_size > MAX_SMALL_MEMBER and not _BIG.match(entry.filename):
            raise BadFile(f"A part of the file that holds no rows has more than {MAX_SMALL_MEMBER // 1_000_000} MB.")
        if entry.flag_bits & 1:
            raise BadFile("The file is protected by a password.")


class _Scan:
    """Counts what a member of the zip holds."""

    def __init__(self, name: str) -> None:
        self.is_sheet = name.lower().startswith("xl/worksheets/")
        self.texts = self.rows = self.depth = self.column = 0
        self.in_cell_beyond = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BadFile(_DAMAGED)
        plain = name.rpartition(":")[2]
        if plain == "si":
            self.texts += 1
            if self.texts > MAX_TEXTS:
                raise BadFile(f"The file has more than {MAX_TEXTS:,} different texts.")
        elif self.is_sheet:
            self._in_sheet(plain, attributes)

    def _in_sheet(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self.rows, self.column = self.rows + 1, 0
            number = attributes.get("r", "1")
            if not number.isascii() or not number.isdecimal() or len(number) > 7 or int(number) > MAX_ROW_NUMBER:
                raise BadFile(_DAMAGED)
            if self.rows > MAX_ROWS + 1:
                raise BadFile(f"The file has more than {MAX_ROWS:,} rows; send it in parts.")
        elif name == "c":
            self.column = _column(attributes.get("r", "")) or self.column + 1
        elif name in ("v", "is", "f") and self.column > MAX_COLUMNS:
            raise BadFile(f"The file has more than {MAX_COLUMNS} columns.")

    def end(self, _name: str) -> None:
        self.depth -= 1


def _column(reference: str) -> int:
    number = 0
    for letter in reference[:4]:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number


def _scan(name: str, member: IO[bytes]) -> None:
    scan, parser = _Scan(name), xml.parsers.expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = scan.begin, scan.end
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.EntityDeclHandler = _no_doctype
    try:
        while piece := member.read(_PIECE):
            parser.Parse(piece)
        parser.Parse(b"", True)
    except (xml.parsers.expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadFile(_DAMAGED) from error


def _no_doctype(*_: Any) -> None:
    raise BadFile("The file declares entities of its own, which no spreadsheet does.")


def _read(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook

    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        for number, row in enumerate(book.worksheets[0].iter_rows(max_col=MAX_COLUMNS, values_only=True), 1):
            cells = [_cell(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            yield number, cells
    finally:
        book.close()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)
