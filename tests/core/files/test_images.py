"""Images from outside, honest and not."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from app.core.errors import Invalid
from app.core.files import image_rendering, images

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def encoded(kind: str = "PNG", size: tuple[int, int] = (900, 300), mode: str = "RGB", **more: object) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, more.pop("color", 90)).save(written, kind, **more)
    return written.getvalue()


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG that says it is so large, whatever it holds."""
    head = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    every = (head, *chunks, (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in every
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def zipped() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("image.png", b"\0" * 1_000_000)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_drawn_in_the_widths_it_has(kind: str) -> None:
    drawn = images.redraw(encoded(kind))

    assert [(each.width, each.height) for each in drawn] == [(160, 53), (320, 107), (640, 213), (900, 300)]
    assert all(Image.open(io.BytesIO(each.content)).format == "WEBP" for each in drawn)


def test_a_narrow_picture_keeps_its_own_width() -> None:
    assert [(each.width, each.height) for each in images.redraw(encoded(size=(7, 900)))] == [(7, 900)]


def test_nothing_but_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    exif[0x0112] = 6  # lies on its side

    [drawn] = images.redraw(encoded("JPEG", (80, 40), exif=exif, comment=b"<script>alert(1)</script>"))

    stored = Image.open(io.BytesIO(drawn.content))
    assert (drawn.width, drawn.height) == (40, 80)
    assert not stored.getexif()
    assert b"script" not in drawn.content
    assert b"camera" not in drawn.content


def test_what_is_see_through_stays_so() -> None:
    [drawn] = images.redraw(encoded(mode="RGBA", size=(10, 10), color=(1, 2, 3, 0)))

    assert Image.open(io.BytesIO(drawn.content)).mode == "RGBA"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_kind_of_pixel_is_read(mode: str) -> None:
    assert image_rendering.drawn(encoded("JPEG" if mode == "CMYK" else "PNG", (10, 10), mode, color=0))


def test_what_hides_behind_a_picture_is_not_kept() -> None:
    drawn = images.redraw(encoded("GIF", (10, 10)) + zipped() + HTML)

    assert not any(hidden in drawn[0].content for hidden in (b"PK\x03\x04", b"script"))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (SVG, "image_type"),
        (b'<?xml version="1.0"?>' + SVG, "image_type"),
        (HTML, "image_type"),
        (b"", "image_type"),
        (zipped(), "image_type"),
        (b"GIF89a/*" + HTML, "image_type"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "image_type"),
        (encoded("TIFF"), "image_type"),
        (encoded("BMP"), "image_type"),
        (encoded()[:-40], "image_damaged"),
        (encoded("JPEG")[:400], "image_damaged"),
        (encoded("WEBP")[:40], "image_damaged"),
        (png(100, 100), "image_damaged"),
        (png(60_000, 60_000), "image_too_large"),
        (png(20_000, 2), "image_too_large"),
        (png(2**31 - 1, 2**31 - 1), "image_too_large"),
        (png(9, 9, (b"zTXt", b"bomb\0\0" + zlib.compress(b"\0" * 80_000_000, 9))), "image_damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value[:8]!r}{len(value)}",
)
def test_what_is_no_usable_picture_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        image_rendering.drawn(content)

    assert refused.value.code == code


def test_what_is_too_large_is_not_looked_at() -> None:
    with pytest.raises(Invalid) as refused:
        images.redraw(b"\0" * (images.MAX_BYTES + 1))

    assert refused.value.code == "image_too_large"
