"""Files as people send them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from PIL import Image


def image(color: int = 9, size: tuple[int, int] = (400, 200)) -> bytes:
    """A PNG of one shade."""
    written = io.BytesIO()
    Image.new("L", size, color).save(written, "PNG")
    return written.getvalue()


def packed(table: str, pictures: Mapping[str, bytes], folder: str = "") -> bytes:
    """A zip file as a person makes it."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(f"{folder}products.csv", table)
        archive.writestr("__MACOSX/._products.csv", "rubbish")
        for name, content in pictures.items():
            archive.writestr(folder + name, content)
    return written.getvalue()
