"""Options and the SKUs they make: each SKU names one value of every option of its product. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from app.core.errors import Invalid
from app.domain.catalog.types import MAX_SKUS, Option, Specification

MAX_OPTIONS, MAX_VALUES, MAX_NAME = 5, 50, 60


@dataclass(frozen=True)
class Cell:
    """A SKU as far as options are concerned."""

    id: uuid.UUID
    name: str
    specification: Specification


def read_options(kept: Iterable[dict[str, Any]]) -> tuple[Option, ...]:
    """Options as `products.options` keeps them."""
    return tuple(Option(each["name"], tuple(each["values"])) for each in kept)


def write_options(options: Iterable[Option]) -> list[dict[str, Any]]:
    """Options as `products.options` keeps them."""
    return [{"name": option.name, "values": list(option.values)} for option in options]


def checked(options: Iterable[Option]) -> tuple[Option, ...]:
    """The options with their texts put in order.

    Raises:
        Invalid: too many, a name or a value twice, an empty or a long one, more combinations than MAX_SKUS.
    """
    tidy = tuple(Option(_tidy(each.name), tuple(map(_tidy, each.values))) for each in options)
    if len(tidy) > MAX_OPTIONS:
        raise _bad(f"A product can have at most {MAX_OPTIONS} options.")
    for option in tidy:
        if not 1 <= len(option.values) <= MAX_VALUES:
            raise _bad(f"“{option.name}” needs 1 to {MAX_VALUES} values.")
        if _has_twice(option.values):
            raise _bad(f"“{option.name}” has a duplicate value.")
    if _has_twice(option.name for option in tidy):
        raise _bad("Two options have the same name.")
    if prod(len(option.values) for option in tidy) > MAX_SKUS:
        raise _bad(f"These options make more than {MAX_SKUS} combinations, the maximum for a product.")
    return tidy


def combinations(options: Sequence[Option]) -> list[Specification]:
    """Every specification there can be, in the order of the options and their values; none without options."""
    if not options:
        return []
    names = [option.name for option in options]
    return [dict(zip(names, values, strict=True)) for values in product(*(option.values for option in options))]


def fits(options: Sequence[Option], specification: Specification) -> bool:
    """Whether the specification names one value of every option, and nothing else."""
    return specification.keys() == {option.name for option in options} and all(
        specification[option.name] in option.values for option in options
    )


def missing(options: Sequence[Option], cells: Iterable[Cell]) -> list[Specification]:
    """The specifications that no SKU has."""
    had = [cell.specification for cell in cells]
    return [each for each in combinations(options) if each not in had]


def name_of(options: Sequence[Option], specification: Specification) -> str:
    """The name of a SKU from its values: "1 year / Team"."""
    return " / ".join(specification[option.name] for option in options if option.name in specification)


def place_of(options: Sequence[Option], specification: Specification) -> tuple[int, ...]:
    """Where a SKU stands in the matrix, for sorting; one that does not fit stands last."""
    if not fits(options, specification):
        return (MAX_VALUES,)
    return tuple(option.values.index(specification[option.name]) for option in options)


def refit(options: Sequence[Option], cells: Iterable[Cell]) -> dict[uuid.UUID, Specification | None]:
    """What each SKU becomes under new options; None for one that has no place in them any more.

    A value that is still there is kept. For an option that is new, a SKU that is called like one of its values gets
    that, any other the first. Of two SKUs that become the same the earlier one stays.
    """
    refitted: dict[uuid.UUID, Specification | None] = {}
    taken: list[Specification] = []
    for cell in cells:
        found = {option.name: _value(option, cell) for option in options}
        whole = {name: value for name, value in found.items() if value is not None}
        placed = len(whole) == len(options) and whole not in taken
        refitted[cell.id] = whole if placed else None
        if placed and options:
            taken.append(whole)
    return refitted


def _value(option: Option, cell: Cell) -> str | None:
    had = cell.specification.get(option.name)
    if had is not None:
        return had if had in option.values else None
    called = (value for value in option.values if value.casefold() == cell.name.casefold())
    return next(called, option.values[0])


def _has_twice(texts: Iterable[str]) -> bool:
    folded = [text.casefold() for text in texts]
    return len(set(folded)) < len(folded)


def _tidy(text: str) -> str:
    tidy = " ".join(text.split())
    if not 1 <= len(tidy) <= MAX_NAME or not tidy.isprintable():
        raise _bad(f"Option names and values must have 1 to {MAX_NAME} characters.")
    return tidy


def _bad(message: str) -> Invalid:
    return Invalid("invalid_options", message, details={"param": "options"})
