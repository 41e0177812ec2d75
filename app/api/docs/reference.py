"""The operations of the OpenAPI document as their pages show them, by area."""

from __future__ import annotations

import re

from app.api.docs.examples import as_json, example
from app.api.docs.samples import key_of, samples, takes_file
from app.lib.json_types import Json

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def areas(shown: Json) -> list[tuple[str, str]]:
    """(address, name) of every area, by name."""
    return sorted((slug_of(tag["name"]), tag["name"]) for tag in shown["tags"])


def slug_of(name: str) -> str:
    """The address of an area."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def operations(shown: Json, tag: str) -> list[Json]:
    """The operations of an area, with all that its page shows of each."""
    listed: list[Json] = []
    for path, methods in shown["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                listed.append(_for_page(shown, method=method.upper(), path=path, operation=operation))
    return sorted(listed, key=lambda each: (each["path"].count("/"), each["path"], METHODS.index(each["method"])))


def _for_page(shown: Json, *, method: str, path: str, operation: Json) -> Json:
    schemas = shown["components"]["schemas"]
    body = _content(operation.get("requestBody"))
    success = next(iter(operation["responses"].values()))
    answer = _content(success)
    sent = example(body, schemas) if body else None
    server = shown["servers"][0]["url"]
    return {
        **operation,
        "method": method,
        "path": path,
        "status": next(iter(operation["responses"])),
        "fields": _fields(body, schemas) if body else [],
        "answer_fields": _fields(answer, schemas) if answer else [],
        "codes": sorted(_codes(shown, operation)),
        "samples": samples(server, method=method, path=path, operation=operation, sent=sent),
        "sent": as_json(sent) if sent is not None else "",
        "takes_file": takes_file(operation),
        "key": key_of(operation),
        "answer": as_json(example(answer, schemas)) if answer else "",
    }


def _content(part: Json | None) -> Json:
    contents = (part or {}).get("content", {})
    return next(iter(contents.values()))["schema"] if contents else {}


def _codes(shown: Json, operation: Json) -> set[str]:
    found: set[str] = set()
    for response in operation["responses"].values():
        if "$ref" in response:
            response = shown["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
        found.update(response.get("x-codes", ()))
    return found


def _fields(schema: Json, schemas: Json, prefix: str = "", depth: int = 0) -> list[Json]:
    """One line per member, the members of members below theirs."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    lines: list[Json] = []
    for name, member in schema.get("properties", {}).items():
        inner, kind = _kind(member, schemas)
        required = name in schema.get("required", ())
        text = member.get("description", "")
        lines.append({"name": f"{prefix}{name}", "kind": kind, "required": required, "description": text})
        if inner and depth < 3:
            mark = "[]." if kind.startswith("list") else "."
            lines += _fields(inner, schemas, f"{prefix}{name}{mark}", depth + 1)
    return lines


def _kind(member: Json, schemas: Json) -> tuple[Json | None, str]:
    """The object behind a member, if there is one, and its type in words."""
    if "anyOf" in member:
        kinds = [_kind(option, schemas) for option in member["anyOf"]]
        inner = next((found for found, _ in kinds if found), None)
        return inner, " or ".join(kind for _, kind in kinds)
    if "$ref" in member:
        target = schemas[member["$ref"].rsplit("/", 1)[1]]
        return (target, "object") if target.get("properties") else (None, target.get("type", "text"))
    if member.get("type") == "array":
        inner, kind = _kind(member.get("items", {}), schemas)
        return inner, f"list of {kind}"
    if "enum" in member:
        return None, " | ".join(map(str, member["enum"]))
    low, high = member.get("minimum"), member.get("maximum")
    bounds = f" {low}–{high}" if low is not None and high is not None else ""
    kind = str(member.get("type", "any"))
    return None, {"string": "text", "integer": "whole number"}.get(kind, kind) + bounds
