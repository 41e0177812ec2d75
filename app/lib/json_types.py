"""JSON whose shape is not ours to say."""

from __future__ import annotations

from typing import Any, TypeAlias

# An object of JSON with members that somebody else decides: what a payment company sends and wants, a merchant's
# metadata, a document of OpenAPI. What we make ourselves has a type of its own (a dataclass, a TypedDict, a row).
Json: TypeAlias = dict[str, Any]
