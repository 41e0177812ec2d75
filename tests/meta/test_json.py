"""JSON without a type of its own is JSON that others shape; what we make has names that mypy knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ops.paths import ROOT

# Where JSON comes from, or goes to, whose members others decide.
FOREIGN = (
    "app/lib/json_types.py",
    "app/lib/strict_json.py",
    "app/core/http/",
    "app/domain/payments/channels/",
    "app/domain/notifications/alerts/chats.py",
    "app/api/kit/openapi.py",
    "app/api/docs/",
)
# How often a floor says `dict[str, Any]` at most. It only becomes less: give what you make a dataclass or a TypedDict.
MOST = {"api": 40, "core": 62, "domain": 112, "lib": 4, "read": 32, "web": 45, "workflow": 87, "worker": 0, "cli": 0}


def test_free_json_stands_where_others_shape_it() -> None:
    users = [path for path in _files() if re.search(r"\bJson\b", path.read_text())]
    elsewhere = [str(path.relative_to(ROOT)) for path in users if not _is_foreign(path)]

    assert elsewhere == [], "this JSON is ours: give it a dataclass or a TypedDict"


@pytest.mark.parametrize("floor", MOST)
def test_dicts_of_anything_become_fewer(floor: str) -> None:
    found = sum(path.read_text().count("dict[str, Any]") for path in _files(floor))

    assert found <= MOST[floor]


def _files(floor: str = "") -> list[Path]:
    return sorted((ROOT / "app" / floor).rglob("*.py"))


def _is_foreign(path: Path) -> bool:
    return str(path.relative_to(ROOT)).startswith(FOREIGN)
