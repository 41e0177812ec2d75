"""The dated versions of the API: what was different before, and how it is still said to those who ask for it.

The code answers and reads the newest version only. A program of an older one is told what it was told then, by the
changes since, newest first; what it sends is read as it was meant then, oldest change first. Additions need no change
here: programs bear new members. What does: a member that goes away, is renamed or means something else.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, g, request

from app.core.errors import BadRequest
from app.domain.accounts.business.api_versions import NEWEST, VERSIONS

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Change:
    """Since `version` these operations are as the document says. `told_before` makes of a new answer what it was,
    `meant_before` of an old body what it is."""

    version: str
    operations: frozenset[str]
    says: str
    told_before: Callable[[Document], Document] = lambda told: told
    meant_before: Callable[[Document], Document] = lambda sent: sent


def _each_uploaded_at(document: Document) -> Document:
    files = [_uploaded_at(each) for each in document["data"]]
    return {**document, "data": files}


def _uploaded_at(document: Document) -> Document:
    return {("uploaded_at" if name == "created_at" else name): value for name, value in document.items()}


# Oldest first.
CHANGES = (
    Change(
        version="2026-11-22",
        operations=frozenset({"add_file", "add_file_version"}),
        says="`uploaded_at` of a file is called `created_at`, as everywhere else.",
        told_before=_uploaded_at,
    ),
    Change(
        version="2026-11-22",
        operations=frozenset({"list_files"}),
        says="`uploaded_at` of a file is called `created_at`, as everywhere else.",
        told_before=_each_uploaded_at,
    ),
)


def choose(pinned: str) -> str:
    """The version of this request: what its header says, or what its key is pinned to. Raises BadRequest."""
    requested = request.headers.get("Bursar-Version", pinned)
    if requested not in VERSIONS:
        detail = f"There is no version {requested[:40]!r}; there are {', '.join(VERSIONS)}."
        raise BadRequest("unknown_version", detail)
    g.api_version = requested
    return requested


def since(version: str, operation: str) -> list[Change]:
    """What changed about an operation after this version, oldest first."""
    if version == NEWEST:
        return []
    return [each for each in CHANGES if each.version > version and operation in each.operations]


def as_told_then(response: Response, operation: str, version: str) -> Response:
    """The answer as this version has it."""
    changes = since(version, operation)
    if changes and response.status_code < 300 and response.mimetype == "application/json":
        document = json.loads(response.get_data())
        for change in reversed(changes):
            document = change.told_before(document)
        response.set_data(json.dumps(document, separators=(",", ":"), ensure_ascii=False))
    return response


def as_meant_now(content: bytes, operation: str, version: str) -> bytes:
    """The body as the newest version has it; what is no JSON object is left for the reader to refuse."""
    changes = since(version, operation)
    if not changes:
        return content
    try:
        sent = json.loads(content)
    except (ValueError, RecursionError):
        return content
    if not isinstance(sent, dict):
        return content
    for change in changes:
        sent = change.meant_before(sent)
    return json.dumps(sent).encode()
