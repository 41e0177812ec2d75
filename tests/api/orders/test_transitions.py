"""Manual transitions over the API: a key requests, a person decides."""

from __future__ import annotations

from app.core.ids import show


def test_a_key_asks_for_a_move_and_sees_what_stands_still(merchant, clock) -> None:
    attempt_id = show("att", merchant.shop.pay(merchant.shop.place()))
    body = {"id": attempt_id, "to": "failed", "reason": "declined on their page"}

    response = merchant.post("/v1/transitions", body)
    again = merchant.post("/v1/transitions", body)
    clock.move(700)
    stuck = merchant.get("/v1/stuck_items").json["data"]

    assert response.status_code == 202
    assert (again.status_code, again.json["code"]) == (409, "already_requested")
    assert [(each["id"], each["status"]) for each in stuck] == [(attempt_id, "pending")]
    approval = merchant.get(f"/v1/approvals/{response.json['approval_id']}").json
    assert (approval["kind"], approval["status"], approval["movement_id"]) == ("transition", "requested", None)
    refused = merchant.post("/v1/transitions", {**body, "to": "revocation_failed"})
    assert (refused.status_code, refused.json["code"]) == (409, "illegal_state")
