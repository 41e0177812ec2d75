"""Images from outside: looked at, then drawn anew in a few widths, in a process of their own. Nothing of the file
that came in is kept: not its format, not its metadata, not what may be hidden behind or inside it.
"""

from __future__ import annotations

import base64
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

from app.core.errors import Invalid, Unavailable
from app.core.files import isolated
from app.lib.file_errors import BadFile

MAX_BYTES = 8_000_000
MEDIA_TYPE = "image/webp"
LIMITS = isolated.ResourceLimits(memory_bytes=900_000_000, cpu_s=30, silent_s=30.0, line_bytes=12_000_000)
AT_ONCE, WAIT_S = 2, 5.0  # images drawn by this process, and how long one more waits for its turn
_drawing = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Drawing:
    """An image in one width, as WebP."""

    width: int
    height: int
    content: bytes


def redraw(content: bytes) -> tuple[Drawing, ...]:
    """The image in a few widths (see image_rendering.drawn), the widest last.

    Raises:
        Invalid: image_too_large (bytes or pixels), image_type (no format that we take), image_damaged.
        Unavailable: others are being drawn.
    """
    if len(content) > MAX_BYTES:
        raise Invalid("image_too_large", f"An image may have {MAX_BYTES // 1_000_000} MB at most.")
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        return _drawings(_drawn(file))


def redraw_member(file: BinaryIO, name: str) -> tuple[str, tuple[Drawing, ...]]:
    """The image of that name in a zip file, as `redraw` does it, behind its SHA-256 in hex.

    Raises:
        Invalid, Unavailable: as `redraw`; image_missing if there is none.
    """
    digest, *found = _drawn(file, member=name, most_bytes=MAX_BYTES)
    return digest["sha256"], _drawings(found)


def _drawn(file: BinaryIO, **told: Any) -> list[dict[str, Any]]:
    if not _drawing.acquire(timeout=WAIT_S):
        raise Unavailable("unavailable", "Other images are being looked at; try again in a moment.")
    try:
        found = list(isolated.read("app.core.files.image_rendering:draw", file, limits=LIMITS, **told))
    except BadFile as error:
        raise Invalid("image_damaged", "The image takes more memory or time than an image may.") from error
    finally:
        _drawing.release()
    for each in found:
        if "code" in each:
            raise Invalid(each["code"], each["message"])
    return found


def _drawings(found: Iterable[dict[str, Any]]) -> tuple[Drawing, ...]:
    return tuple(Drawing(each["width"], each["height"], base64.b64decode(each["content"])) for each in found)
