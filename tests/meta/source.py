"""The project's own files, parsed once by whichever worker runs the tests that read them (`ON_ONE_WORKER`)."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

from ops.paths import ROOT

PACKAGES = ("app", "bench", "ops", "sandbox")
ON_ONE_WORKER = pytest.mark.xdist_group("source")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    path: str  # from the root, with slashes
    text: str
    tree: ast.Module

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All of the tree, as `ast.walk` comes to them: it takes ten times as long, and many tests look at each."""
        return tuple(ast.walk(self.tree))

    def functions(self) -> Iterator[Function]:
        return (node for node in self.nodes if isinstance(node, Function))


@cache
def python(*folders: str) -> tuple[Source, ...]:
    """The Python files under these folders of the project (the application's packages by default)."""
    gc.disable()  # millions of objects, all of which stay: a search for rubbish among them finds none and takes longer
    try:
        return tuple(_read(file) for folder in folders or PACKAGES for file in sorted((ROOT / folder).rglob("*.py")))
    finally:
        gc.freeze()
        gc.enable()


@cache
def _read(file: Path) -> Source:
    text = file.read_text()
    return Source(file.relative_to(ROOT).as_posix(), text, ast.parse(text))


def dotted(node: ast.expr) -> str:
    """`time.sleep` of the expression that says so; empty of one that is no such name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def files(*patterns: str) -> Iterator[Path]:
    """Files of the project that match, without what is installed or made."""
    skipped = {".venv", "node_modules", ".cache", "var", ".git"}
    for pattern in patterns:
        for file in sorted(ROOT.glob(pattern)):
            if file.is_file() and skipped.isdisjoint(file.relative_to(ROOT).parts):
                yield file
