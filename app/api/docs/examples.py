"""An example value for any schema of our document, so that the pages can show one."""

import json
from typing import Any

_BY_NAME: dict[str, Any] = {
    "currency": "USD", "quantity": 2, "quantity_max": 10, "email": "ada@example.com", "reference": "customer-41",
    "contact_email": "help@shop.example",
    "buyer_reference": "customer-41", "locale": "en", "return_url": "https://shop.example/thanks", "total_minor": 2598,
    "amount_minor": 1299, "unit_price_minor": 1299, "currency_exponent": 2, "reason": "requested_by_customer",
    "title": "Pro membership", "name": "Pro membership", "limit": 20, "has_more": False, "next_cursor": None,
    "version": 3, "mode": "test",
}  # fmt: skip


def example(schema: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A plausible value: the schema's own example, its constant, or one made from its type and name."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, name, depth + 1)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return example(schema[choice][0], schemas, name, depth)
    if name in _BY_NAME:
        return _BY_NAME[name]
    return _by_type(schema, schemas, name, depth)


def _by_type(schema: dict[str, Any], schemas: dict[str, Any], name: str, depth: int) -> Any:
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        if depth > 6 or not properties:
            return {}
        return {key: example(value, schemas, key, depth + 1) for key, value in properties.items()}
    if kind == "array":
        return [example(schema.get("items", {}), schemas, name, depth + 1)]
    if kind == "integer":
        return max(1, int(schema.get("minimum", 1)))
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    if schema.get("format") == "date-time":
        return "2026-03-01T09:30:00.000Z"
    return f"{name or 'text'}"


def as_json(value: Any) -> str:
    """Indented JSON for a page."""
    return json.dumps(value, indent=2, ensure_ascii=False)
