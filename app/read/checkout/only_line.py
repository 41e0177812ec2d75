"""The only line of a session, which its snapshot tells once more at the top."""

from __future__ import annotations

from collections.abc import Sequence

from app.lib import rich_text
from app.read.checkout.checkout_lines import Lines
from app.read.checkout.snapshot_types import OnlyLine, ShownLine


def only_line(cart: Lines, lines: Sequence[ShownLine]) -> OnlyLine:
    """What a session with one line tells of it at the top; with several there is no such thing."""
    if len(lines) > 1:
        return {
            "product": None,
            "sku_id": None,
            "quantity": None,
            "quantity_min": None,
            "quantity_max": None,
            "unit_price_minor": None,
            "skus": [],
        }
    [line] = lines
    sku = cart.lines[0].sku
    return {
        "product": {
            **line["product"],
            "description": sku.description,
            "description_content": list(rich_text.tree(sku.description)),
            "attributes": sku.attributes,
        },
        "skus": line["skus"],
        "sku_id": line["sku_id"],
        "quantity": line["quantity"],
        "quantity_min": line["quantity_min"],
        "quantity_max": line["quantity_max"],
        "unit_price_minor": line["unit_price_minor"],
    }
