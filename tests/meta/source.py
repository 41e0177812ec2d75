"""The project's own files, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ops.paths import ROOT

PACKAGES = ("app", "bench", "ops", "sandbox")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    path: str  # from the root, with slashes
    text: str
    tree: ast.Module

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


@cache
def python(*folders: str) -> tuple[Source, ...]:
    """The Python files under these folders of the project (the application's packages by default)."""
    found = []
    for folder in folders or PACKAGES:
        for file in sorted((ROOT / folder).rglob("*.py")):
            text = file.read_text()
            found.append(Source(file.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    return tuple(found)


def files(*patterns: str) -> Iterator[Path]:
    """Files of the project that match, without what is installed or made."""
    skipped = {".venv", "node_modules", ".cache", "var", ".git"}
    for pattern in patterns:
        for file in sorted(ROOT.glob(pattern)):
            if file.is_file() and skipped.isdisjoint(file.relative_to(ROOT).parts):
                yield file
