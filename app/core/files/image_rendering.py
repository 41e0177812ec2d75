"""Drawing an image from outside anew. To be done in a process of its own (see images): what unpacks the formats is
large, old and written in C.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from app.core.errors import Invalid

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
WIDTHS = (160, 320, 640, 1280)
MAX_PIXELS = 30_000_000  # unpacked, an image of this size takes 120 MB for a moment
MAX_SIDE = 16_000
QUALITY = 82

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = False
_WHEN_NEEDED = (
    "copy", "random", "PIL.ImageColor", "PIL.ImageFilter", "PIL.ImagePalette", "PIL.MpoImagePlugin",
    "PIL.TiffImagePlugin",
)  # fmt: skip
_DAMAGED = (OSError, ValueError, SyntaxError, IndexError, KeyError, TypeError, EOFError, OverflowError)


def prepare(_file: BinaryIO) -> None:
    """Load what the library would load when it needs it (see isolated)."""
    Image.init()
    for each in _WHEN_NEEDED:
        importlib.import_module(each)


def draw(file: BinaryIO, *, member: str = "", most_bytes: int = 0) -> Iterator[dict[str, Any]]:
    """The drawings of the image, the widest last; or the code and the message of why there are none. With `member` it
    is in a zip file, and its digest comes first."""
    try:
        source = _member(file, member, most_bytes) if member else file.read()
        if member:
            yield {"sha256": hashlib.sha256(source).hexdigest()}
        for width, height, content in drawn(source):
            yield {"width": width, "height": height, "content": base64.b64encode(content).decode()}
    except Invalid as refusal:
        yield {"code": refusal.code, "message": refusal.message}


def _member(file: BinaryIO, name: str, most_bytes: int) -> bytes:
    try:
        with zipfile.ZipFile(file) as archive, archive.open(name) as member:
            content = member.read(most_bytes + 1)
    except KeyError as error:
        raise Invalid("image_missing", "It is not in the file.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise Invalid("image_damaged", "The image is damaged or incomplete.") from error
    if len(content) > most_bytes:
        raise Invalid("image_too_large", f"An image may have {most_bytes // 1_000_000} MB at most.")
    return content


def drawn(content: bytes) -> list[tuple[int, int, bytes]]:
    """The image in each of WIDTHS that is narrower than itself, and in its own width unless that is beyond them all;
    the widest last, as width, height and WebP. Of a moving image, the first frame.

    Raises:
        Invalid: image_too_large (pixels), image_type (none of FORMATS), image_damaged.
    """
    with _refused(), warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(content), formats=FORMATS) as looked_at:
            _check_size(looked_at)
            looked_at.verify()
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            opened.draft("RGB", (WIDTHS[-1] * 2, WIDTHS[-1] * 2))  # a JPEG is unpacked no larger than it is needed
            whole = _plain(opened)
        return [_in_width(whole, width) for width in _widths(whole.width)]


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise Invalid(
            "image_too_large",
            f"An image may have {MAX_PIXELS // 1_000_000} million pixels and sides of {MAX_SIDE:,} at most.",
        )


def _plain(opened: Image.Image) -> Image.Image:
    """Upright, in sRGB, and without anything that is not a pixel."""
    has_holes = opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info
    profile = opened.info.get("icc_profile")
    upright = ImageOps.exif_transpose(opened)
    image = upright.convert("RGBA" if has_holes else "RGB")
    if profile and upright.mode in ("RGB", "RGBA"):
        image = _in_srgb(image, profile)
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    return bare


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB")) or image
    except (ImageCms.PyCMSError, *_DAMAGED):
        return image  # an unusable profile: the colours are a little off, the image is not


def _widths(own: int) -> list[int]:
    return [*(width for width in WIDTHS if width < own), *([own] if own <= WIDTHS[-1] else [])]


def _in_width(whole: Image.Image, width: int) -> tuple[int, int, bytes]:
    height = max(1, round(whole.height * width / whole.width))
    resized = whole.resize((width, height), Image.Resampling.LANCZOS) if width != whole.width else whole
    written = io.BytesIO()
    resized.save(written, "WEBP", quality=QUALITY, method=4)
    return width, height, written.getvalue()


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except UnidentifiedImageError as error:
        raise Invalid("image_type", "Send an image as JPEG, PNG, WebP or GIF.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Invalid("image_too_large", f"An image may have {MAX_PIXELS // 1_000_000} million pixels.") from error
    except _DAMAGED as error:
        raise Invalid("image_damaged", "The image is damaged or cut off.") from error
