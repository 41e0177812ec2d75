"""Pending and abandoned work over the API."""

from __future__ import annotations

from app.core.ids import show
from tests.factories.dead_letters import dead_event, unsent_mail


def test_a_program_sees_what_waits_and_decides_what_was_abandoned(merchant) -> None:
    shop = merchant.shop
    again, left = dead_event(shop.business_id), dead_event(shop.business_id)
    shop.pay(shop.place())

    waiting = {each["name"]: each["count"] for each in merchant.get("/v1/jobs").json["data"]}
    listed = [each["id"] for each in merchant.get("/v1/dead_letters?limit=10").json["data"]]
    retried = merchant.post(f"/v1/dead_letters/{show('evt', again)}/retry", None)
    mail = show("mail", unsent_mail(shop.business_id, shop.paid_order()))
    unsent = merchant.post(f"/v1/dead_letters/{mail}/discard", {"reason": "gone"})
    discarded = merchant.post(f"/v1/dead_letters/{show('evt', left)}/discard", {"reason": "gone"})

    assert (waiting["payments"], waiting["deadlines"]) == (1, 1)
    assert listed == [show("evt", left), show("evt", again)]
    assert (retried.status_code, discarded.status_code, unsent.status_code) == (200, 200, 200)
    assert merchant.get("/v1/dead_letters").json["data"] == []
    for abandoned in (show("evt", left), mail):
        assert merchant.post(f"/v1/dead_letters/{abandoned}/retry", None).status_code == 404
