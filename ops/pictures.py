"""`python -m ops pictures [name…]`: the pictures that the docs and the README show, taken from the running application.

The stories of the browser tests keep them on their way (`pictures.keep` in tests/e2e); what no document shows is not
kept. With names, only those pictures and the stories that take them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ops import browser
from ops.console import OpsError, print_line
from ops.paths import ROOT

TARGET = ROOT / "docs" / "images"
STORIES = ROOT / "tests" / "e2e"
COLORS = 192
_SHOWN = re.compile(r"\((?:\.\./|docs/)?images/([\w-]+)\.png\)")
_KEPT = re.compile(r'pictures\.keep\([^"]*"([\w{}-]+)"')
_VARIABLE = re.compile(r"\{[^}]*\}")


def main(arguments: list[str]) -> int:
    """1 when a story failed or a picture is missing."""
    wanted = set(arguments) or shown()
    unknown = wanted - shown()
    if unknown:
        raise OpsError(f"no document shows {', '.join(sorted(unknown))}.")
    browser.find()
    with tempfile.TemporaryDirectory() as folder:
        files = sorted({str(file.relative_to(ROOT)) for name in wanted for file in stories_of(name)})
        command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-n0", "-q", *files]
        status = subprocess.run(command, cwd=ROOT, env={**os.environ, "PICTURES": folder}, check=False).returncode
        taken = {file.stem: file for file in Path(folder).glob("*.png")}
        for name in sorted(wanted & taken.keys()):
            _write(taken[name], TARGET / f"{name}.png")
    missing = sorted(wanted - taken.keys())
    print_line(f"{len(wanted) - len(missing)} pictures in {TARGET.relative_to(ROOT)}")
    if missing:
        print_line(f"  not taken: {', '.join(missing)}")
    return 1 if status or missing else 0


def shown() -> set[str]:
    """The names of the pictures that documents show; the panel's are taken by `python -m ops gallery`."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    return {name for page in pages for name in _SHOWN.findall(page.read_text())}


def stories_of(name: str) -> Iterator[Path]:
    """The tests that take this picture."""
    for file in sorted(STORIES.glob("test_*.py")):
        kept = [map(re.escape, _VARIABLE.split(each)) for each in _KEPT.findall(file.read_text())]
        if any(re.fullmatch(r"\w+".join(parts), name) for parts in kept):
            yield file


def _write(source: Path, target: Path) -> None:
    """A palette is enough for a page, and a third of the size."""
    from PIL import Image

    with Image.open(source) as image:
        image.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE).save(target, optimize=True)
