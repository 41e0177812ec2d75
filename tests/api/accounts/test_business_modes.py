"""The checklist, and settings copied from test, by key."""

from __future__ import annotations

from app.core.ids import show
from app.workflow.accounts.change_settings import change_settings
from app.workflow.accounts.manage_keys import create_key
from tests.api.conftest import Merchant
from tests.factories.live import make_live


def test_the_checklist_says_what_is_missing(merchant: Merchant) -> None:
    test = merchant.get("/v1/business/checklist").json
    live_id = make_live(merchant.shop.business_id)
    linked = merchant.get("/v1/business/checklist").json

    assert (test["mode"], test["active"], test["complete"], test["broken"], test["twin"]) == (
        "test", True, False, [], None,
    )  # fmt: skip
    assert {"key": "legal_name", "done": False} in test["points"]
    assert linked["twin"] == show("biz", live_id)


def test_settings_are_looked_at_and_copied(merchant: Merchant) -> None:
    refused = merchant.get("/v1/business/copy")
    live_id = make_live(merchant.shop.business_id)
    key = create_key(live_id, name="Live", kind="secret").secret
    live = Merchant(merchant.shop, merchant.client, merchant.document, key)
    change_settings(merchant.shop.business_id, {"tax_number": "T"}, actor="test")

    seen = live.get("/v1/business/copy").json
    versions = {"version": seen["version"], "test_version": seen["test_version"]}
    copied = live.call("POST", "/v1/business/copy", {"settings": ["tax_number"], **versions})
    unknown = live.call("POST", "/v1/business/copy", {"settings": ["mode"]})

    assert (refused.status_code, refused.json["code"]) == (409, "no_twin")
    assert {"setting": "tax_number", "before": None, "after": "T"} in seen["changes"]
    assert (copied.status_code, copied.json["tax_number"], copied.json["version"]) == (200, "T", 1)
    assert (unknown.status_code, unknown.json["code"]) == (422, "unknown_setting")
