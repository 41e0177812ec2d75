"""Cases over HTTP: found, assigned, snoozed, commented, mended and resolved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.core import clock
from app.core.ids import show
from tests.api.conftest import Merchant
from tests.factories.cases import open_case
from tests.factories.people import make_user


def test_a_case_is_found_worked_on_and_resolved_once(merchant: Merchant) -> None:
    case_id = show("case", open_case(merchant.shop))
    person = show("usr", make_user(merchant.shop.business_id, "support").user_id)
    until = (clock.now() + timedelta(days=1)).isoformat().replace("+00:00", "Z")

    [listed] = merchant.get("/v1/cases?status=open&kind=late_payment").json["data"]
    _do(merchant, case_id, "assign", {"assignee": person})
    _do(merchant, case_id, "snooze", {"until": until})
    _do(merchant, case_id, "comments", {"body": "The bank confirms it."}, status=201)
    mine = merchant.get(f"/v1/cases?assignee={person}").json["data"]
    resolved = _do(merchant, case_id, "resolve", {"reason": "Returned by hand."})
    again = merchant.post(f"/v1/cases/{case_id}/resolve", {"reason": "Again."}, once=None)

    assert (listed["id"], listed["status"], listed["amount_minor"], listed["currency"]) == (case_id, "open", 500, "USD")
    assert [each["id"] for each in mine] == [case_id]
    assert (resolved["status"], resolved["resolution"], resolved["assignee"]) == (
        "resolved", "Returned by hand.", person,
    )  # fmt: skip
    assert [each["action"] for each in resolved["activities"]] == ["comment", "snoozed", "assigned"]
    assert (again.status_code, again.json["code"]) == (409, "case_resolved")
    assert merchant.get("/v1/cases?status=open").json["data"] == []


def test_what_cannot_be_changes_nothing(merchant: Merchant) -> None:
    case_id = show("case", open_case(merchant.shop))
    stranger = show("usr", make_user(merchant.shop.business_id).user_id)[:-4] + "0000"
    past = (clock.now() - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    refused = {
        action: merchant.post(f"/v1/cases/{case_id}/{action}", body, once=None).json["code"]
        for action, body in (("assign", {"assignee": stranger}), ("snooze", {"until": past}))
    }
    mend = {"mend": "refund_surplus", "reason": "The buyer asked.", "dry_run": True}

    looked = merchant.post(f"/v1/cases/{case_id}/mends", mend).json
    case = merchant.get(f"/v1/cases/{case_id}").json

    assert refused == {"assign": "unknown_member", "snooze": "invalid_time"}
    assert (looked["mend"], looked["is_possible"]) == ("refund_surplus", True)
    assert (case["status"], case["assignee"], case["snoozed_until"], case["activities"]) == ("open", None, None, [])


def test_many_cases_are_changed_at_once_and_only_once(merchant: Merchant) -> None:
    meant = [show("case", open_case(merchant.shop)) for _ in range(2)]
    body = {"action": "resolve", "case_ids": meant, "text": "Settled elsewhere."}

    looked = merchant.post("/v1/cases/bulk", {**body, "dry_run": True}).json
    before = merchant.get("/v1/cases?status=open").json["data"]
    made = merchant.post("/v1/cases/bulk", body)
    listed = merchant.post("/v1/cases/bulk", {"action": "comment", "filters": {"view": "resolved"}, "text": "Seen."})

    results = [
        {"case_id": each, "result": "done", "message": "", "amount_minor": None, "currency": None} for each in meant
    ]
    assert (looked["cases"], made.json["cases"]) == (results, results)
    assert len(before) == 2
    assert sorted(each["case_id"] for each in listed.json["cases"]) == sorted(meant)
    assert merchant.get("/v1/cases?status=open").json["data"] == []


def test_what_fits_no_case_is_refused(merchant: Merchant) -> None:
    case_id = show("case", open_case(merchant.shop))

    missing = merchant.post("/v1/cases/bulk", {"action": "resolve", "case_ids": [case_id[:-4] + "0000"], "text": "why"})
    silent = merchant.post("/v1/cases/bulk", {"action": "resolve", "case_ids": [case_id]})
    both = merchant.post("/v1/cases/bulk", {"action": "snooze", "case_ids": [case_id], "filters": {}})

    assert [each.status_code for each in (missing, silent, both)] == [404, 422, 422]
    assert silent.json["code"] == "reason_needed"


def _do(merchant: Merchant, case_id: str, action: str, body: dict[str, Any], *, status: int = 200) -> dict[str, Any]:
    answer = merchant.post(f"/v1/cases/{case_id}/{action}", body, once=None)
    assert answer.status_code == status, answer.text
    return dict(answer.json)
