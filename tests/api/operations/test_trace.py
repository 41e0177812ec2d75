"""The chain of an id by the API."""

from __future__ import annotations

from app.core.ids import show


def test_a_program_gets_the_chain_of_any_id(merchant) -> None:
    order_id = merchant.shop.paid_order(2)
    [charge] = [
        step for step in merchant.get(f"/v1/trace/{show('ord', order_id)}").json["steps"] if step["type"] == "charge"
    ]

    answer = merchant.get(f"/v1/trace/{charge['id']}")

    assert answer.status_code == 200
    assert (answer.json["id"], answer.json["order_id"]) == (charge["id"], show("ord", order_id))
    assert [link["amount_minor"] for link in charge["came_from"]] == [2000]
    assert merchant.get("/v1/trace/nonsense").status_code == 404
