"""No list ends without saying so: it pages by key, or what it can hold is limited where it is written."""

from __future__ import annotations

import ast
import importlib
import pkgutil

from app.api.kit.operation import Operation
from app.api.kit.pagination import ListQuery, Page
from app.api.v1.api import v1
from tests.meta import source

pytestmark = source.ON_ONE_WORKER

# What can be in these has a limit, which is refused to be passed where it is written.
LIMITED = {
    "/roles": "too_many_roles",
    "/categories": "too_many_categories",
    "/checkout/origins": "too_many_origins",
    "/products/{product_id}/files": "too_many_files",
    "/routing_rules": "too_many_rules",
}
# These have as many items as the installation's code, one object or its accounts at payment companies have parts.
FIXED = {
    "/orders/{order_id}/agreements",
    "/business/limits",
    "/large_refunds",
    "/jobs",
    "/channel_accounts/{account_id}/terms",
    "/channels",
    "/channel_health",
    "/route_preview",
    "/event_types",
}
# What waits for people, the oldest first: the rest comes up as these are done, and the reference says how many come.
QUEUES = {"/stuck_items"}
# These go on by something else than a moment: the sequence of events, the line of a file.
OWN_KEYS = {
    "/events": "after",
    "/product-imports/{import_id}/rows": "behind",
    "/buyer-imports/{buyer_import_id}/rows": "behind",
    "/membership-imports/{membership_import_id}/rows": "behind",
}
WRITTEN_IN = ("app/workflow/", "app/domain/")
# Wallets come by their owner and currency: an account has no moment.
OTHER_KEYS = {"app/core/paging.py", "app/read/wallets/wallets.py"}


def test_every_list_of_the_api_pages_or_is_limited_where_it_is_written() -> None:
    lists = {each.path: each for each in _operations() if each.method == "GET" and _has_items(each)}
    paged = {path for path, each in lists.items() if _pages(each)}

    assert set(lists) - paged == {*LIMITED, *FIXED, *QUEUES, *OWN_KEYS}
    written = "".join(file.text for file in source.python("app") if file.path.startswith(WRITTEN_IN))
    assert not {code for code in LIMITED.values() if f'"{code}"' not in written}
    assert all("at most" in str(getattr(lists[path].answer, "__doc__", "")) for path in QUEUES)
    for path, name in OWN_KEYS.items():
        query = lists[path].query
        assert query is not None
        assert {name, "limit"} <= set(query.model_fields)


def test_rows_are_compared_by_key_in_one_place() -> None:
    found = {
        file.path
        for file in source.python("app")
        if file.path.startswith(("app/core/", "app/read/"))
        for node in file.nodes
        if isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.Lt | ast.Gt)
        and any(_is_key(side) for side in (node.left, *node.comparators))
    }

    assert found <= OTHER_KEYS


def _is_key(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and source.dotted(node.func) == "tuple_"


def _operations() -> list[Operation]:
    for module in pkgutil.walk_packages(["app/api/v1"], "app.api.v1."):
        importlib.import_module(module.name)
    return list(v1.operations)


def _has_items(operation: Operation) -> bool:
    answer = operation.answer
    return answer is not None and str(getattr(answer.model_fields.get("data"), "annotation", "")).startswith("list[")


def _pages(operation: Operation) -> bool:
    assert operation.answer is not None
    takes = operation.query is not None and issubclass(operation.query, ListQuery)
    return issubclass(operation.answer, Page) and takes
