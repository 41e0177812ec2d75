"""The settings of the business by key."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.accounts.business.settings.declared import CHANGEABLE
from app.read.accounts.settings import settings
from tests.api.conftest import Merchant
from tests.factories.request_logs import add_request


def test_every_declared_setting_is_read_and_changed(merchant: Merchant) -> None:
    before = merchant.get("/v1/business").json
    examples = {key: setting.example for key, setting in CHANGEABLE.items()}

    changed = merchant.call("PATCH", "/v1/business", {**examples, "reason": "All of them", "version": 0})

    assert set(before) == {"id", "mode", "version", *CHANGEABLE}
    assert changed.status_code == 200
    assert changed.json == {"id": before["id"], "mode": before["mode"], "version": 1, **examples}
    assert merchant.get("/v1/business").json == changed.json


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": ""}, "invalid_setting"),
        ({"name": None}, "invalid_setting"),
        ({"time_zone": "Mars"}, "invalid_setting"),
        ({"contact_email": "nobody"}, "invalid_email"),
        ({"website": "ftp://x"}, "invalid_url"),
        ({"pay_deadline_s": 1}, "invalid_parameter"),
        ({"currencies": "USD"}, "invalid_parameter"),
        ({"split_by": "seller"}, "invalid_parameter"),
        ({"shoe_size": 9}, "invalid_parameter"),
    ],
)
def test_what_is_wrong_is_refused_by_code(merchant: Merchant, body: dict[str, Any], code: str) -> None:
    refused = merchant.call("PATCH", "/v1/business", {"tax_number": "1", **body})

    assert (refused.status_code, refused.json["code"]) == (422, code)
    assert settings(merchant.shop.business_id).version == 0


def test_two_at_once_are_told_of_the_difference(merchant: Merchant) -> None:
    merchant.call("PATCH", "/v1/business", {"refund_window_days": 14})

    refused = merchant.call("PATCH", "/v1/business", {"refund_window_days": 30, "version": 0})
    again = merchant.call("PATCH", "/v1/business", {"refund_window_days": 30, "version": 1})

    assert (refused.status_code, refused.json["code"]) == (409, "settings_conflict")
    assert refused.json["details"] == {"version": 1, "changes": {"refund_window_days": {"before": None, "after": 14}}}
    assert again.json["refund_window_days"] == 30


def test_a_preview_counts_and_saves_nothing(merchant: Merchant) -> None:
    preview = merchant.post("/v1/business/preview", {"currencies": ["EUR"], "tax_number": "1"}, once=None)

    assert preview.json["changes"] == [
        {"setting": "currencies", "before": [], "after": ["EUR"]},
        {"setting": "tax_number", "before": None, "after": "1"},
    ]
    assert [(each["setting"], each["count"]) for each in preview.json["effects"]] == [("currencies", 1)]
    assert settings(merchant.shop.business_id).version == 0


def test_a_preview_counts_what_shorter_retention_removes(merchant: Merchant) -> None:
    add_request(merchant.shop, days=20)

    preview = merchant.post("/v1/business/preview", {"keep_requests_days": 14}, once=None)
    longer = merchant.post("/v1/business/preview", {"keep_requests_days": 21}, once=None)

    assert [(each["setting"], each["count"]) for each in preview.json["effects"]] == [("keep_requests_days", 1)]
    assert longer.json["effects"] == []
    assert settings(merchant.shop.business_id).version == 0


def test_versions_are_listed_and_put_back(merchant: Merchant) -> None:
    for number in ("1", "2", "3"):
        merchant.call("PATCH", "/v1/business", {"tax_number": number, "reason": f"No. {number}"})

    first = merchant.get("/v1/business/versions?limit=2").json
    second = merchant.get(f"/v1/business/versions?limit=2&cursor={first['next_cursor']}").json
    [oldest] = second["data"]
    one = merchant.get(f"/v1/business/versions/{oldest['id']}").json
    back = merchant.post(f"/v1/business/versions/{oldest['id']}/restore", {"reason": "Typo"}, once=None)
    undone = merchant.post(f"/v1/business/versions/{oldest['id']}/restore", {"undo": True}, once=None)

    assert [row["number"] for row in first["data"]] == [3, 2]
    assert one == oldest
    assert (oldest["reason"], oldest["changes"]) == ("No. 1", [{"setting": "tax_number", "before": None, "after": "1"}])
    assert (back.json["tax_number"], back.json["version"]) == ("1", 4)
    assert undone.json["tax_number"] is None


def test_orders_in_another_currency_are_refused_by_code(merchant: Merchant) -> None:
    merchant.call("PATCH", "/v1/business", {"currencies": ["EUR"]})

    refused = merchant.post("/v1/orders", {"line_items": merchant.session_body()["line_items"],
                                           "buyer": {"reference": "buyer-1"}})  # fmt: skip

    assert (refused.status_code, refused.json["code"]) == (422, "currency_not_accepted")
    assert refused.json["details"] == {"currencies": ["EUR"]}
