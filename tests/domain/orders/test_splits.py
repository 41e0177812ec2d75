"""Strategies of other packages: found by their entry point, refused when they cannot be one."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.errors import Unavailable
from app.core.money import Money
from app.domain.orders import rules
from app.domain.orders.rules import PricedOrderLine
from app.domain.orders.splits import registry
from app.domain.orders.splits.types import Split
from app.lib.plugins import PluginRefused

WAREHOUSES = """
class ByWarehouse:
    name, title, description = "warehouse", "By warehouse", "One part for each warehouse."

    def value(self, line):
        return line.title[0]

class Nameless(ByWarehouse):
    name = "other"

class Untitled(ByWarehouse):
    title = None

class Mute:
    name, title, description = "warehouse", "Mute", ""

class Greedy(ByWarehouse):
    def value(self, line, more):
        return ""

class Broken(ByWarehouse):
    def __init__(self):
        raise OSError("no licence")

class Empty(ByWarehouse):
    def value(self, line):
        return None
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., dict[str, Split]]]:
    """A function that installs the package with this class in its entry point; the strategies there are then."""

    def put(class_name: str, *, name: str = "warehouse") -> dict[str, Split]:
        facts = tmp_path / "bursar_warehouses-1.0.dist-info"
        facts.mkdir()
        (tmp_path / "bursar_warehouses.py").write_text(WAREHOUSES)
        (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: bursar-warehouses\nVersion: 1.0\n")
        (facts / "entry_points.txt").write_text(f"[bursar.splits]\n{name} = bursar_warehouses:{class_name}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        return registry.load()

    yield put
    sys.modules.pop("bursar_warehouses", None)


def line(title: str) -> PricedOrderLine:
    return PricedOrderLine(
        id=uuid.uuid4(),
        sku_id=uuid.uuid4(),
        product_id=uuid.uuid4(),
        title=title,
        specification={},
        unit_price=Money(100, "USD"),
        quantity=1,
        delivery_kind="entitlement",
    )


def test_a_package_may_split_orders_its_own_way(install: Callable[..., dict[str, Split]]) -> None:
    first, second, third = line("North"), line("South"), line("Nothing")

    parts = rules.split([first, second, third], install("ByWarehouse")["warehouse"])

    assert parts == {"N": [first, third], "S": [second]}


@pytest.mark.parametrize(
    ("class_name", "name", "why"),
    [
        ("ByWarehouse", "seller", "there is a strategy of this name already"),
        ("Nameless", "warehouse", "its class calls itself 'other'"),
        ("Untitled", "warehouse", "it has no title and description"),
        ("Mute", "warehouse", "it has no method value"),
        ("Greedy", "warehouse", "its method value does not take 1 argument"),
        ("Broken", "warehouse", "no licence"),
        ("Absent", "warehouse", "cannot be loaded"),
    ],
)
def test_what_cannot_split_is_refused_with_its_package(
    install: Callable[..., dict[str, Split]], class_name: str, name: str, why: str
) -> None:
    with pytest.raises(PluginRefused, match="bursar-warehouses") as refused:
        install(class_name, name=name)

    assert why in str(refused.value)


def test_a_line_without_a_value_and_a_missing_strategy_place_no_order(
    install: Callable[..., dict[str, Split]],
) -> None:
    with pytest.raises(Unavailable, match="unknown_split_strategy"):
        rules.split([line("North")], install("Empty")["warehouse"])
    with pytest.raises(Unavailable, match="unknown_split_strategy"):
        registry.split("gone")
