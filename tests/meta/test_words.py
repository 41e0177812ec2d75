"""One word a meaning: the glossary names the words that names and texts may not hold, and none holds them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import PurePosixPath

import pytest
from flask import Flask

from app.core.db import Base
from ops.paths import ROOT
from tests.meta import source

pytestmark = source.ON_ONE_WORKER

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
Name = tuple[str, ...]


def _parts(name: str) -> Name:
    """`IllegalMove`, `illegal_move` and `illegal-move` are the same name."""
    return tuple(part.lower() for part in PART.findall(name))


def _not(glossary: str) -> list[tuple[str, str]]:
    """What stands in the column *Not*, as it is written there, each with the word that is used instead."""
    rows = re.findall(r"^\| \*\*(.+?)\*\* \|.*\| ([^|]*) \|$", glossary, re.MULTILINE)
    return [(word.strip(), used) for used, words in rows for word in re.split(r",(?![^(]*\))", words) if word.strip()]


def _kept_out(glossary: str) -> dict[Name, str]:
    """What no name holds, for it stands in code letters or in quotation marks, with the word that is used instead."""
    return {_parts(word): used for word, used in _not(glossary) if word[0] in '`"'}


def _unsaid(glossary: str) -> dict[str, str]:
    """What no text says either, for it stands in quotation marks, with the word that is used instead."""
    return {word.strip('"').lower(): used for word, used in _not(glossary) if word[0] == '"'}


KEPT_OUT, UNSAID = _kept_out(GLOSSARY), _unsaid(GLOSSARY)


def _holds(name: str, word: Name) -> bool:
    parts = _parts(name)
    return any(parts[at : at + len(word)] == word for at in range(len(parts) - len(word) + 1))


def _wrong(names: Iterator[tuple[str, str]]) -> list[str]:
    """The names that hold a word that is kept out, each with its place."""
    return [
        f"{place} {name!r}: say {KEPT_OUT[word]!r}, not {'_'.join(word)!r}"
        for place, name in names
        for word in _kept_out_in(name)
    ]


@cache
def _kept_out_in(name: str) -> list[Name]:
    return [word for word in KEPT_OUT if _holds(name, word)]


def _defined(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """Every name that a file makes: what it only uses is made elsewhere."""
    for node in nodes:
        match node:
            case ast.FunctionDef(decorator_list=[*_, ast.Name(id="override")]):
                pass  # a library's name
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
            case ast.alias(asname=str(bound)):
                yield node.lineno, bound
            case _:
                pass


def test_names_in_code_hold_no_word_that_is_kept_out() -> None:
    names = ((f"{file.path}:{line}", name) for file in source.python() for line, name in _defined(file.nodes))

    assert _wrong(names) == []


def test_files_and_folders_hold_none() -> None:
    files = source.files("app/**/*.py", "ops/**/*.py", "bench/**/*.py", "sandbox/**/*.py", "templates/**/*.html")
    paths = [PurePosixPath(file.relative_to(ROOT).as_posix()) for file in files]
    names = ((str(path), part) for path in paths for part in (*path.parent.parts, path.stem))

    assert _wrong(names) == []


def test_tables_and_columns_hold_none() -> None:
    names = [(table.name, table.name) for table in Base.metadata.tables.values()]
    names += [(table.name, column.name) for table in Base.metadata.tables.values() for column in table.columns]
    names += [(table.name, str(rule.name)) for table in Base.metadata.tables.values() for rule in table.constraints]
    names += [(table.name, str(index.name)) for table in Base.metadata.tables.values() for index in table.indexes]

    assert _wrong(iter(names)) == []


def test_addresses_hold_none(app: Flask) -> None:
    assert _wrong((str(rule), str(rule)) for rule in app.url_map.iter_rules()) == []


def test_templates_and_docs_say_nothing_that_stands_in_quotation_marks() -> None:
    texts = [file for file in source.files("templates/**/*", "docs/**/*.md", "*.md") if file.name != "glossary.md"]
    texts = [file for file in texts if "decisions" not in file.parts]  # they say what was said then
    said = {file.relative_to(ROOT).as_posix(): " ".join(file.read_text().lower().split()) for file in texts}

    found = [
        f"{path}: say {used!r}, not {word!r}" for path in said for word, used in UNSAID.items() if word in said[path]
    ]

    assert found == []


def test_any_other_word_says_what_it_means_here() -> None:
    plain = [word for word, _ in _not(GLOSSARY) if word[0] not in '`"' and not re.fullmatch(r"[\w ]+ \(.+\)", word)]

    assert plain == []


@pytest.mark.parametrize("name", ["thaw_wallet", "ThawWallet", "is_thawed", "THAW"])
def test_a_word_is_found_in_every_way_of_writing(name: str) -> None:
    kept_out = _kept_out(
        "| **hold** | Money that cannot be spent. | `wallet_holds` | `thaw`, `thawed`, cold (to touch, or not) |"
    )

    assert set(kept_out.values()) == {"hold"}
    assert any(_holds(name, word) for word in kept_out)
    assert not any(_holds("cold_room", word) for word in kept_out)


def test_words_in_quotation_marks_are_in_no_name_and_no_text() -> None:
    row = '| **hold** | Money that cannot be spent. | `wallet_holds` | `thaw`, "on Ice" |'

    assert _kept_out(row) == {("thaw",): "hold", ("on", "ice"): "hold"}
    assert _unsaid(row) == {"on ice": "hold"}


def test_words_of_more_than_one_part_are_kept_out_as_a_whole() -> None:
    assert _holds("can_move_by_hand", _parts("move by hand"))
    assert not _holds("move_hand", _parts("move by hand"))


def test_words_are_kept_out_once_and_never_used_by_the_glossary_itself() -> None:
    rows = re.findall(r"^\| \*\*(.+?)\*\* \|", GLOSSARY, re.MULTILINE)

    assert len(KEPT_OUT) > 60
    assert len(rows) == len(set(rows))
    assert rows == sorted(rows, key=str.casefold)
    assert {word for word in KEPT_OUT if word in {_parts(row) for row in rows}} == set()
