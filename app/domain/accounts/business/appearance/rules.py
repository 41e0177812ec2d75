"""Whether an appearance may be kept. What passes here can be written into a style sheet as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from app.core.errors import Invalid
from app.domain.accounts.business.appearance import tables
from app.domain.accounts.business.appearance.types import Appearance, Variables
from app.lib import contrast

MAX_BYTES = 8_000
"""Every snapshot carries it."""
MAX_VALUE = 200

_CHOICES = {"theme": tables.THEMES, "density": tables.DENSITIES, "labels": tables.LABELS}
_MEMBERS = (*_CHOICES, "disableAnimations", "variables", "variablesDark", "rules")
_FUNCTIONS = frozenset(
    ("rgb", "rgba", "hsl", "hsla", "oklch", "color-mix", "light-dark", "calc", "var", "min", "max", "clamp")
    + ("cubic-bezier",)
)  # fmt: skip
_FAMILY = re.compile(r"""\s*(?:"[\w .-]+"|'[\w .-]+'|[A-Za-z_][\w -]*)\s*""", re.ASCII)
_VALUE = re.compile(r"[A-Za-z0-9#%.,()\s/+*_-]+", re.ASCII)
_PLAIN = {
    "length": re.compile(r"\d{1,4}(\.\d{1,3})?(px|em|rem)|0", re.ASCII),
    "number": re.compile(r"\d(\.\d{1,3})?", re.ASCII),
    "weight": re.compile(r"[1-9]\d\d", re.ASCII),
}
_HELP = {
    "colour": "a colour such as #2348d6",
    "length": "a length such as 12px",
    "number": "a number such as 1.5",
    "weight": "a weight such as 600",
    "font": "font names with commas between",
    "value": "a value without quotes or addresses",
}
_NAME = re.compile(r"\s*\.(\w+?)(|--\w+|::?\w+)\s*", re.ASCII)


def cleaned(raw: object) -> Appearance:
    """What was given, checked, without what is empty.

    Raises:
        Invalid: it is not an appearance, too large, or says what is not known or not safe; `param` says where.
    """
    if not isinstance(raw, Mapping):
        raise _refused("appearance", "Give an object.")
    unknown = set(raw) - set(_MEMBERS)
    if unknown:
        raise _refused(min(map(str, unknown)), f"Unknown field. Valid fields: {', '.join(_MEMBERS)}.")
    clean: dict[str, Any] = {}
    for name, choices in _CHOICES.items():
        if raw.get(name) not in (None, "", choices[0]):
            if raw[name] not in choices:
                raise _refused(name, f"Must be one of {', '.join(choices)}.")
            clean[name] = raw[name]
    if raw.get("disableAnimations"):
        clean["disableAnimations"] = True
    clean["variables"] = _variables(raw.get("variables"), "variables")
    clean["variablesDark"] = _variables(raw.get("variablesDark"), "variablesDark")
    clean["rules"] = _rules(raw.get("rules"))
    clean = {name: value for name, value in clean.items() if value}
    if len(json.dumps(clean).encode()) > MAX_BYTES:
        raise _refused("appearance", f"It is longer than {MAX_BYTES} bytes.")
    return cast(Appearance, clean)


def merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> Appearance:
    """Of two appearances the second one's wishes come first, variable by variable."""
    both = {**first, **second}
    for name in ("variables", "variablesDark", "rules"):
        joined = {**first.get(name, {}), **second.get(name, {})}
        if joined:
            both[name] = joined
    return cast(Appearance, both)


def _variables(raw: object, where: str) -> Variables:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise _refused(where, "Give an object.")
    clean = {}
    for name, value in raw.items():
        kind = tables.VARIABLES.get(name)
        if kind is None:
            raise _refused(f"{where}.{name}"[:80], "There is no such variable.")
        if value in ("", None):
            continue
        if not isinstance(value, str) or not _is(kind, value):
            raise _refused(f"{where}.{name}", f"It has to be {_HELP[kind]}.")
        clean[name] = value.strip()
    return clean


def _is(kind: str, value: str) -> bool:
    value = value.strip()
    if kind == "colour":
        return _is_colour(value)
    if kind == "font":
        return len(value) <= MAX_VALUE and all(_FAMILY.fullmatch(each) for each in value.split(","))
    if kind == "value":
        return _is_value(value)
    return _PLAIN[kind].fullmatch(value) is not None


def _is_colour(value: str) -> bool:
    try:
        contrast.parse(value)
    except ValueError:
        return False
    return True


def _is_value(value: str) -> bool:
    """Words, numbers, colours and known functions: nothing that fetches, quotes, ends a rule or begins another."""
    if not value or len(value) > MAX_VALUE or not _VALUE.fullmatch(value) or "/*" in value or "*/" in value:
        return False
    depth = 0
    for letter in value:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return depth == 0 and all(name.lower() in _FUNCTIONS for name in re.findall(r"([\w-]*)\(", value) if name)


def _rules(raw: object) -> dict[str, dict[str, str]]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise _refused("rules", "Give an object.")
    clean = {}
    for names, declarations in raw.items():
        if selector(str(names), "") is None:
            raise _refused(f"rules.{names}"[:80], "There is no such part.")
        if not isinstance(declarations, Mapping):
            raise _refused(f"rules.{names}", "Give an object of properties.")
        for name, value in declarations.items():
            kind = "font" if name == "fontFamily" else "value"
            if name not in tables.PROPERTIES:
                raise _refused(f"rules.{names}.{name}"[:80], "A rule cannot set this.")
            if not isinstance(value, str) or not _is(kind, value):
                raise _refused(f"rules.{names}.{name}", f"It has to be {_HELP[kind]}.")
        if declarations:
            clean[str(names)] = {name: value.strip() for name, value in declarations.items()}
    return clean


def selector(names: str, scope: str) -> str | None:
    """The selector of named parts, such as `.Option--selected, .PaymentMethod:hover`; None when one is not known."""
    found = []
    for each in names.split(","):
        match = _NAME.fullmatch(each)
        if match is None or match[1] not in tables.PARTS or (match[2] and match[2] not in tables.STATES):
            return None
        where = tables.PARTS[match[1]]
        found.append(f"{scope}{' ' + where if where else ''}{tables.STATES.get(match[2], '')}")
    return ",".join(found)


def _refused(param: str, why: str) -> Invalid:
    return Invalid("invalid_appearance", why, details={"param": param})
