"""A table alone (CSV or XLSX), or a zip file of one CSV and the files that it names.

To be read in a process of its own (see isolated).
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from app.lib import sheets
from app.lib.file_errors import BadFile
from app.lib.workbooks import check_directory

MAX_BYTES = 200_000_000
MAX_MEMBERS = 5_000
ZIP = b"PK\x03\x04"
_MAX_DIRECTORY_BYTES = 4_000_000
_OF_A_WORKBOOK = ("[Content_Types].xml", "xl/")

prepare = sheets.prepare


def read(file: BinaryIO) -> Iterator[tuple[int, list[str]] | str | None]:
    """The folder of the zip file that the CSV is in (None: the file is a table), then rows as `sheets.read` has them.

    Raises:
        BadFile: while reading, too.
    """
    begin = file.read(4)
    length = file.seek(0, 2)
    file.seek(0)
    if begin == ZIP:
        check_directory(file, most_members=MAX_MEMBERS, most_bytes=_MAX_DIRECTORY_BYTES)
        try:
            with zipfile.ZipFile(file) as archive:
                names = archive.namelist()
                if not any(name.startswith(_OF_A_WORKBOOK) for name in names):
                    table = _table(names)
                    yield table.rpartition("/")[0]
                    yield from sheets.read(_unpacked(archive, table))
                    return
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise BadFile("The zip file is damaged, incomplete or protected by a password.") from error
    if length > sheets.MAX_BYTES:
        raise BadFile(f"A CSV or XLSX file can be at most {sheets.MAX_BYTES // 1_000_000} MB.")
    file.seek(0)
    yield None
    yield from sheets.read(file)


def _table(names: list[str]) -> str:
    shown = [name for name in names if not name.startswith("__MACOSX/") and not name.rpartition("/")[2].startswith(".")]
    tables = [name for name in shown if name.lower().endswith(".csv")]
    if len(tables) != 1:
        raise BadFile(f"The zip file must have one CSV file; it has {len(tables)}.")
    return tables[0]


def _unpacked(archive: zipfile.ZipFile, name: str) -> BinaryIO:
    with archive.open(name) as member:
        content = member.read(sheets.MAX_BYTES + 1)
    if len(content) > sheets.MAX_BYTES:
        raise BadFile(f"The CSV file has more than {sheets.MAX_BYTES // 1_000_000} MB when it is unpacked.")
    return io.BytesIO(content)
