"""QR codes as path data of squares: drawn here, so that a page needs neither a script nor an image for them."""

from __future__ import annotations

from dataclasses import dataclass

import segno


@dataclass(frozen=True)
class Code:
    """SVG path data in a square of `size` units, without the quiet zone of four units around it."""

    path: str
    size: int


def draw(content: str) -> Code:
    """The code for a text, with medium error correction; runs of dark squares are one stroke each."""
    matrix = segno.make(content, error="m", micro=False).matrix
    strokes = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            length = 0
            while x + length < len(row) and row[x + length]:
                length += 1
            if length:
                strokes.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length or 1
    return Code("".join(strokes), len(matrix))
