"""A QR code as path data of squares: drawn by the server, so that no script or image is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import segno


@dataclass(frozen=True)
class Code:
    """`path` in a square of `size` units."""

    path: str
    size: int


def code_of(action: dict[str, Any]) -> Code | None:
    """The code of an action that asks for one."""
    content = action.get("content")
    if action.get("type") != "qr" or not content:
        return None
    matrix = segno.make(str(content), error="m", micro=False).matrix
    squares = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark]
    return Code("".join(squares), len(matrix))
