"""Whatever a list is filtered by: nothing falls over, and no answer comes that the document does not name."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from app.api.kit.openapi import PREFIXES
from app.api.v1.api import v1

LISTS = {
    operation.name: (v1.prefix + operation.path, sorted(operation.query.model_json_schema().get("properties", {})))
    for operation in v1.operations
    if operation.method == "GET" and operation.query is not None and not operation.path_names
}
ODD = (
    "",
    "zzz",
    "x" * 300,
    "\x00",
    "é",
    *(f"{each}_01jd3w8n2q4zt5b7yk2hc5e4rv" for each in sorted(set(PREFIXES.values()))),
)


@pytest.mark.parametrize("name", LISTS)
def test_a_filter_with_an_odd_value_is_answered_as_documented(merchant, name: str) -> None:
    """The document is held against every answer: see `every_error_is_documented`."""
    path, filters = LISTS[name]

    answers = [merchant.get(f"{path}?{urlencode({each: value})}") for each in filters for value in ODD]

    assert {answer.status_code for answer in answers} <= {200, 400, 404, 422}
