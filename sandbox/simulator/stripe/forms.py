"""Stripe's form fields: `a[b][0][c]=value` as nested objects, names checked against what an address knows."""

import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.simulator.stripe.objects import Refused

NAME = re.compile(r"([a-z_]+)((?:\[[A-Za-z0-9_-]*\])*)")
MAX_FIELDS = 200


def read(encoded: str, known: frozenset[str]) -> dict[str, Any]:
    """The fields by name, lists as objects by position. `known` names them all, with `#` for a position and `*` for
    any name below.

    Raises: Refused for a field that they do not know, or that comes twice.
    """
    pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    found: dict[str, Any] = {}
    for name, value in pairs:
        path = _path(name)
        if not _is_known(path, known):
            raise Refused(400, "parameter_unknown", f"Received unknown parameter: {name}")
        _put(found, path, value, name)
    return found


def part(data: dict[str, Any], name: str) -> dict[str, Any]:
    """The object below `name`, an empty one when there is none. Raises: Refused."""
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise Refused(400, "parameter_invalid_empty", f"Invalid object: {name}")
    return value


def text(data: dict[str, Any], name: str, *, longest: int = 500) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(400, "parameter_missing", f"Missing required param: {name}.")
    if len(value) > longest:
        raise Refused(400, None, f"Invalid string: {name} must be at most {longest} characters")
    return value


def whole(data: dict[str, Any], name: str) -> int:
    value = text(data, name)
    if not re.fullmatch(r"-?[0-9]{1,15}", value):
        raise Refused(400, "parameter_invalid_integer", f"Invalid integer: {value[:30]}")
    return int(value)


def choice(data: dict[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = text(data, name)
    if value not in allowed:
        raise Refused(400, None, f"Invalid {name}: must be one of {', '.join(allowed)}")
    return value


def address(data: dict[str, Any], name: str) -> str:
    value = text(data, name, longest=5000)
    if not re.match(r"https?://[^\s/]", value):
        raise Refused(400, "url_invalid", f"Not a valid URL: {name}")
    return value


def _path(name: str) -> list[str]:
    shape = NAME.fullmatch(name)
    if shape is None:
        raise Refused(400, "parameter_unknown", f"Received unknown parameter: {name[:60]}")
    return [shape[1], *re.findall(r"\[([^\]]*)\]", shape[2])]


def _is_known(path: list[str], known: frozenset[str]) -> bool:
    shown = ".".join("#" if step.isdigit() else step for step in path)
    return shown in known or f"{shown.rpartition('.')[0]}.*" in known


def _put(found: dict[str, Any], path: list[str], value: str, name: str) -> None:
    holder = found
    for step in path[:-1]:
        holder = holder.setdefault(step, {})
        if not isinstance(holder, dict):
            raise Refused(400, None, f"Invalid object: {name}")
    if path[-1] in holder:
        raise Refused(400, None, f"Received {name} twice")
    holder[path[-1]] = value
