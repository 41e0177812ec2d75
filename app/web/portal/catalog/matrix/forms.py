"""Forms of the matrix: options, what missing SKUs shall be, and the cells as they were typed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Regexp
from wtforms.validators import Optional as Maybe

from app.core import ids
from app.core.errors import Invalid
from app.core.money import parse_minor, plain
from app.core.web.forms import Form, MoneyField
from app.domain.catalog.types import Option
from app.read.catalog.sku_rows import ListedSku
from app.workflow.catalog.manage_catalog import SkuCommand
from app.workflow.catalog.manage_options import CellChange

ROWS = 5  # options of one product


class FillForm(Form):
    """What the SKUs that are missing shall be."""

    code = StringField(
        "Code prefix",
        validators=[DataRequired("Enter a code prefix."), Length(max=30), Regexp(r"^[\w.\-]+$")],
    )
    price = MoneyField("Price", validators=[DataRequired("Enter a price.")], render_kw={"inputmode": "decimal"})
    stock = IntegerField("Stock", description="Empty: unlimited.", validators=[Maybe(), NumberRange(min=0, max=10**9)])

    def command(self, currency: str, delivery_days: int) -> SkuCommand:
        """What was asked for, in the currency and with the days of the SKUs there are."""
        return SkuCommand(
            code=self.code.data,
            name="",
            price_minor=self.price.minor or 0,
            currency=currency,
            delivery_days=delivery_days,
            stock=self.stock.data,
        )


def options_of(typed: Mapping[str, str]) -> list[Option]:
    """Options as they were typed: a name and its values with commas between them, a row each."""
    found = []
    for number in range(1, ROWS + 1):
        name = typed.get(f"name_{number}", "").strip()
        values = tuple(filter(None, (value.strip() for value in typed.get(f"values_{number}", "").split(","))))
        if name or values:
            found.append(Option(name, values))
    return found


@dataclass(frozen=True)
class Cell:
    """A SKU's row of the matrix, with what its fields show."""

    sku: ListedSku
    code: str
    price: str
    stock: str
    active: bool


def cells_of(skus: Sequence[ListedSku], typed: Mapping[str, str] | None = None) -> list[Cell]:
    """The rows, as the SKUs are or as they were typed."""
    shown = []
    for sku in skus:
        key = ids.show("sku", sku.id)
        now = Cell(sku, sku.code, plain(sku.price_minor, sku.currency), str(sku.stock or ""), sku.active)
        if typed is not None and f"code_{key}" in typed:
            now = Cell(
                sku,
                typed[f"code_{key}"].strip(),
                typed.get(f"price_{key}", "").strip(),
                typed.get(f"stock_{key}", "").strip(),
                f"active_{key}" in typed,
            )
        elif sku.stock == 0:
            now = Cell(sku, now.code, now.price, "0", now.active)
        shown.append(now)
    return shown


def changes_of(cells: Sequence[Cell]) -> dict[uuid.UUID, CellChange]:
    """What the rows ask for.

    Raises:
        Invalid: a price or a stock cannot be read, or a code is empty; `details.sku_id` names the row.
    """
    return {cell.sku.id: _change(cell) for cell in cells}


def fill_of(options: Sequence[Any], skus: Sequence[ListedSku], typed: Mapping[str, str]) -> dict[uuid.UUID, CellChange]:
    """What filling asks for: a price, a stock or whether they can be bought, for the SKUs of one value, or for all.

    Raises:
        Invalid: the price or the stock cannot be read.
    """
    name, value = _chosen(options, typed.get("which", ""))
    found = [sku for sku in skus if name is None or sku.specification.get(name) == value]
    price, stock, active = (typed.get(field, "").strip() for field in ("price", "stock", "active"))
    return {
        sku.id: CellChange(
            price_minor=parse_minor(price, sku.currency) if price else None,
            stock=_whole(stock, sku) if stock and stock != "∞" else None,
            counts_stock=stock != "∞",
            active={"yes": True, "no": False}.get(active),
        )
        for sku in found
    }


def _chosen(options: Sequence[Any], which: str) -> tuple[str | None, str | None]:
    """The value that `1.2` names, the third of the second option; None for all."""
    for number, option in enumerate(options):
        for place, value in enumerate(option["values"]):
            if which == f"{number}.{place}":
                return option["name"], value
    return None, None


def _change(cell: Cell) -> CellChange:
    if not cell.code or len(cell.code) > 64 or not cell.code.replace(".", "").replace("-", "").replace("/", "").strip():
        raise Invalid("invalid_code", "Enter a code.", details={"sku_id": ids.show("sku", cell.sku.id)})
    try:
        price_minor = parse_minor(cell.price, cell.sku.currency)
    except Invalid as error:
        error.details = {**error.details, "sku_id": ids.show("sku", cell.sku.id)}
        raise
    return CellChange(
        code=cell.code,
        price_minor=price_minor,
        stock=_whole(cell.stock, cell.sku) if cell.stock else None,
        counts_stock=bool(cell.stock),
        active=cell.active,
    )


def _whole(text: str, sku: ListedSku) -> int:
    if not text.isdecimal() or len(text) > 10:
        message = "Enter stock as a whole number. Leave empty for unlimited."
        raise Invalid("invalid_stock", message, details={"sku_id": ids.show("sku", sku.id)})
    return int(text)
