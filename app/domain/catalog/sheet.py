"""What a row of a product file asks for, compared with what there is. Pure: the same row and the same rows in the
database give the same verdict, in the preview and when it is applied."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core import ids
from app.core.errors import AppError
from app.core.money import MAX_MINOR, known_currencies, parse_minor, plain
from app.domain.catalog import matrix, sheet_cells
from app.domain.catalog.sellers.service import NamedSellers
from app.domain.catalog.sheet_cells import BadCell, Family, PriceCell
from app.domain.catalog.states import PRODUCT, ProductStatus

COLUMNS = (
    *("product_id", "product", "description", "status", "categories", "delivery", "seller"),
    *("sku", "name", "options", "price", "currency", "prices", "stock", "days", "active"),
    "images",
)
TABLE_COLUMNS = tuple(name for name in COLUMNS if name != "images")  # of a file without images
NO_SELLERS = NamedSellers()
STATUSES = (ProductStatus.DRAFT, ProductStatus.ON_SALE, ProductStatus.OFF_SALE, ProductStatus.ARCHIVED)
SOLD_BY_FILE = ("entitlement", "licence_key")  # kinds that can go on sale without anything a file cannot say
MAX_STOCK, MAX_DAYS = 10**9, 36_500
MAX_SUBJECT = 120  # of what a row is about
_CODE = re.compile(r"[\w.\-/]{1,64}", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufeff\ufffe\uffff]")
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


@dataclass(frozen=True)
class Known:
    """What a row is compared with: rows of `products` and `skus` as they are now, where there are any. `prices` are the
    SKU's beside its base price that hold now and have no end, `other_prices` is how many more it has. `seller` is what
    files call who sells it, empty for the business itself."""

    product: Any
    sku: Any
    categories: tuple[str, ...] = ()
    prices: Collection[PriceCell] = ()
    other_prices: int = 0
    seller: str = ""


@dataclass
class Verdict:
    """`kind` is create, change, unchanged or refused. `errors` by column, `changes` as column → [before, after];
    `wanted` is what the row comes to, with amounts in minor units."""

    kind: str = "unchanged"
    errors: dict[str, str] = field(default_factory=dict)
    changes: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


def product_key(values: Mapping[str, str], run_id: uuid.UUID) -> uuid.UUID:
    """The id that the product of a row has when the row is for a new one: rows of one file with one product's name
    are for one product."""
    return ids.derive(run_id, values.get("product", ""))


def judge(
    values: Mapping[str, str],
    known: Known | None,
    categories: Collection[str],
    kinds: Collection[str],
    family: Family,
    sellers: NamedSellers = NO_SELLERS,
) -> Verdict:
    """What this row would do. `values` has the file's columns; an absent one leaves things as they are. `kinds` are
    the kinds of delivery there are, `family` is the product with the rows before this one."""
    verdict = Verdict()
    for name, value in values.items():
        if _UNPRINTABLE.search(value):
            verdict.errors[name] = "has control characters"
    if not _CODE.fullmatch(values.get("sku", "")):
        verdict.errors["sku"] = "1 to 64 letters, digits, . - _ /"
    product, sku = (known.product, known.sku) if known else (None, None)
    _read_product(values, verdict, known, categories, kinds)
    _read_seller(values, verdict, known, sellers)
    _read_options(values, verdict, sku, family)
    _read_sku(values, verdict, sku)
    _read_prices(values, verdict, known)
    if sku is not None and verdict.values["active"] and not matrix.fits(_options(product), sku.specification):
        verdict.errors["active"] = "set its option values on the product page"
    if verdict.errors:
        return Verdict("refused", verdict.errors)
    verdict.kind = "create" if sku is None else "change" if verdict.changes else "unchanged"
    return verdict


def _options(product: Any) -> Any:
    return matrix.read_options(product.options)


def _read_product(
    values: Mapping[str, str],
    verdict: Verdict,
    known: Known | None,
    categories: Collection[str],
    kinds: Collection[str],
) -> None:
    product = known.product if known else None
    wanted, errors = verdict.values, verdict.errors
    if values.get("product_id") and (product is None or ids.try_parse(values["product_id"]) != product.id):
        errors["product_id"] = "unknown product, or the SKU belongs to another product"
    given = {name: values[name] for name in ("product", "description", "status", "delivery") if name in values}
    if not given.get("status"):
        given.pop("status", None)
    if not given.get("delivery"):
        given.pop("delivery", None)
    name = given.get("product", product.name if product else "")
    if not 1 <= len(name) <= 200:
        errors["product"] = "1 to 200 characters"
    description = given.get("description", product.description if product else "")
    if len(description) > 4000:
        errors["description"] = "at most 4,000 characters"
    delivery = given.get("delivery", product.delivery_kind if product else "entitlement")
    if delivery not in kinds:
        errors["delivery"] = f"one of {', '.join(kinds)}"
    elif product and delivery != product.delivery_kind:
        errors["delivery"] = "set when the product is created"
    status = given.get("status", product.status if product else ProductStatus.DRAFT)
    problem = _status_problem(status, product, delivery)
    if problem:
        errors["status"] = problem
    codes = _codes(values, known)
    unknown = [code for code in codes if code not in categories]
    if unknown:
        errors["categories"] = f"no category {unknown[0][:60]}"
    elif len(codes) > 20:
        errors["categories"] = "at most 20"
    wanted |= {"product": name, "description": description, "status": status, "delivery": delivery, "categories": codes}
    if product is not None:
        before = {"product": product.name, "description": product.description, "status": product.status}
        _compare(verdict, {**before, "categories": " ".join(sorted(known.categories if known else ()))})


def _read_seller(values: Mapping[str, str], verdict: Verdict, known: Known | None, sellers: NamedSellers) -> None:
    before, text = known.seller if known else "", values.get("seller", "").strip()
    verdict.values["seller_id"] = known.product.seller_id if known else None
    if "seller" not in values or text == before:
        return
    try:
        verdict.values["seller_id"] = sellers.find(text).id if text else None
    except AppError as error:
        verdict.errors["seller"] = error.message
        return
    if known is not None and verdict.values["seller_id"] != known.product.seller_id:
        verdict.changes["seller"] = [before, text[:200]]


def _codes(values: Mapping[str, str], known: Known | None) -> list[str]:
    if "categories" not in values:
        return sorted(known.categories) if known else []
    return sorted({code for code in re.split(r"[\s,;|]+", values["categories"]) if code})


def _status_problem(status: str, product: Any, delivery: str) -> str:
    now = product.status if product is not None else PRODUCT.initial
    if status == now:
        return ""
    if now not in STATUSES:
        return f"it is {now}; change that on the product page"
    if status not in STATUSES:
        return f"one of {', '.join(STATUSES)}"
    if not steps(now, status):
        return f"a product that is {now} cannot become {status}"
    if status == ProductStatus.ON_SALE and delivery not in SOLD_BY_FILE:
        return "put it on sale on the product page"
    return ""


def steps(now: str, status: str) -> tuple[str, ...]:
    """The states to go through from one to another: one step or two; empty when there is no such way."""
    if PRODUCT.allows(now, status):
        return (status,)
    middle = next((each for each in STATUSES if (now, each) in PRODUCT.edges and (each, status) in PRODUCT.edges), None)
    return (middle, status) if middle else ()


def _read_options(values: Mapping[str, str], verdict: Verdict, sku: Any, family: Family) -> None:
    text = values.get("options", "")
    verdict.values["specification"] = specification = dict(sku.specification) if sku is not None else {}
    try:
        if sku is None:
            verdict.values["specification"] = sheet_cells.read_specification(text, family)
        elif text and sheet_cells.read_specification(text, Family(False, family.options)) != specification:
            verdict.errors["options"] = "set the values of a SKU on the product page"
    except BadCell as error:
        verdict.errors["options"] = str(error)


def _read_prices(values: Mapping[str, str], verdict: Verdict, known: Known | None) -> None:
    before = sorted(known.prices) if known is not None else []
    verdict.values["prices"] = tuple(before)
    if "prices" not in values or "currency" in verdict.errors:
        return
    others = known.other_prices if known is not None else 0
    try:
        found = sheet_cells.read_prices(values["prices"], base_currency=verdict.values["currency"], others=others)
    except BadCell as error:
        verdict.errors["prices"] = str(error)
        return
    verdict.values["prices"] = found
    if known is not None and known.sku is not None and list(found) != before:
        verdict.changes["prices"] = [sheet_cells.prices_text(each)[:200] for each in (before, found)]


def _read_sku(values: Mapping[str, str], verdict: Verdict, sku: Any) -> None:
    errors, wanted = verdict.errors, verdict.values
    own = " / ".join(wanted["specification"].values())[:200] or wanted["product"]
    name = values.get("name", sku.name if sku else "") or (sku.name if sku else own)
    if not 1 <= len(name) <= 200 and "product" not in errors:
        errors["name"] = "1 to 200 characters"
    currency = values.get("currency") or (sku.currency if sku else "")
    if currency not in known_currencies():
        errors["currency"] = "an ISO 4217 code, such as USD"
    elif sku and currency != sku.currency:
        errors["currency"] = f"stays {sku.currency}"
    price = sku.price_minor if sku else None
    if "currency" not in errors and (values.get("price") or sku is None):
        price = _price(values.get("price", ""), currency, errors)
    days = _whole(values, "days", sku.delivery_days if sku else 30, errors, least=1, most=MAX_DAYS)
    stock = sku.stock if sku else (0 if wanted["delivery"] == "licence_key" else None)
    if "stock" in values:
        stock = _stock(values["stock"], wanted["delivery"], sku, errors)
    active = _active(values.get("active", ""), sku, errors)
    wanted |= {"sku": values.get("sku", ""), "name": name, "currency": currency, "price_minor": price, "days": days}
    wanted |= {"stock": stock, "active": active}
    if sku is None and wanted["status"] == ProductStatus.ON_SALE and not active:
        errors["status"] = "not available for sale"
    if sku is not None and not errors:
        _compare(verdict, _of_sku(sku), _shown(wanted))


def _price(text: str, currency: str, errors: dict[str, str]) -> int | None:
    try:
        minor = parse_minor(text, currency)
    except AppError as error:
        errors["price"] = error.message
        return None
    if not 0 <= minor <= MAX_MINOR:
        errors["price"] = "out of range"
    return minor


def _whole(values: Mapping[str, str], name: str, default: int, errors: dict[str, str], *, least: int, most: int) -> int:
    text = values.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
        errors[name] = f"a whole number from {least:,} to {most:,}"
        return default
    return int(text)


def _stock(text: str, delivery: str, sku: Any, errors: dict[str, str]) -> int | None:
    if delivery == "licence_key":
        now = sku.stock if sku else 0
        if text not in ("", str(now)):
            errors["stock"] = "stock is the number of keys in the pool"
        return now
    stock = None if text in ("", "unlimited") else _whole({"stock": text}, "stock", 0, errors, least=0, most=MAX_STOCK)
    held = sku.reserved if sku else 0
    if held and (stock is None or stock < held):
        errors["stock"] = f"open orders reserve {held}"
    return stock


def _active(text: str, sku: Any, errors: dict[str, str]) -> bool:
    if not text:
        return bool(sku.active) if sku else True
    if text.lower() not in (*_YES, *_NO):
        errors["active"] = "yes or no"
    return text.lower() in _YES


def _of_sku(sku: Any) -> dict[str, str]:
    return {
        "name": sku.name,
        "price": plain(sku.price_minor, sku.currency),
        "stock": "" if sku.stock is None else str(sku.stock),
        "days": str(sku.delivery_days),
        "active": "yes" if sku.active else "no",
    }


def _shown(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        **{name: str(values[name]) for name in ("name", "days")},
        "price": plain(values["price_minor"], values["currency"]),
        "stock": "" if values["stock"] is None else str(values["stock"]),
        "active": "yes" if values["active"] else "no",
    }


def _compare(verdict: Verdict, before: Mapping[str, str], after: Mapping[str, str] | None = None) -> None:
    texts = after or {**verdict.values, "categories": " ".join(verdict.values["categories"])}
    for name, was in before.items():
        if texts[name] != was.strip().replace("\r\n", "\n"):
            verdict.changes[name] = [was[:200], texts[name][:200]]


def written(product: Any, sku: Any, categories: Collection[str], prices: Iterable[PriceCell], seller: str) -> list[str]:
    """A SKU as a row of a file, in the order of TABLE_COLUMNS; read again, it changes nothing."""
    values = {
        "product_id": ids.show("prd", product.id),
        "product": product.name,
        "description": product.description,
        "status": product.status,
        "categories": " ".join(sorted(categories)),
        "delivery": product.delivery_kind,
        "seller": seller,
        "sku": sku.code,
        "options": sheet_cells.specification_text(_options(product), sku.specification),
        "currency": sku.currency,
        "prices": sheet_cells.prices_text(prices),
        **_of_sku(sku),
    }
    return [values[name] for name in TABLE_COLUMNS]
