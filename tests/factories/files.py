"""Files as people send them."""

from __future__ import annotations

import io

from PIL import Image


def image(color: int = 9, size: tuple[int, int] = (400, 200)) -> bytes:
    """A PNG of one shade."""
    written = io.BytesIO()
    Image.new("L", size, color).save(written, "PNG")
    return written.getvalue()
