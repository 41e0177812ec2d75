"""`/v1/disputes`."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from app.core.ids import show
from tests.factories.disputes import Disputes, paid_attempt


def test_disputes_are_listed_and_read(merchant: Any) -> None:
    disputes = Disputes(merchant.shop)
    order_id, attempt_id = paid_attempt(merchant.shop)
    number = disputes.open(attempt_id, fee=1500, reason="fraudulent", due_at="2027-01-15T12:00:00+00:00")
    dispute_id = show("dsp", disputes.one(number).id)

    [listed] = merchant.get("/v1/disputes").json["data"]
    read = merchant.get(f"/v1/disputes/{dispute_id}").json

    assert listed == read
    assert (read["id"], read["status"], read["channel_ref"]) == (dispute_id, "needs_response", number)
    assert (read["order_id"], read["attempt_id"]) == (show("ord", order_id), show("att", attempt_id))
    assert (read["amount_minor"], read["held_minor"], read["fee_minor"]) == (1000, 1000, 1500)
    assert (read["reason_code"], read["channel"]) == ("fraudulent", "simulator")
    of_order = f"/v1/disputes?order_id={show('ord', order_id)}"
    assert [each["id"] for each in merchant.get(of_order).json["data"]] == [dispute_id]
    assert merchant.get("/v1/disputes?status=won").json["data"] == []
    assert merchant.get("/v1/disputes?status=x").status_code == 422
    assert merchant.get("/v1/disputes/dsp_01jd3w8n2q4zt5b7yk2hc5e4rv").status_code == 404


def test_evidence_is_submitted_once(merchant: Any) -> None:
    disputes = Disputes(merchant.shop)
    path = f"/v1/disputes/{show('dsp', disputes.one(disputes.open(paid_attempt(merchant.shop)[1])).id)}"

    empty = merchant.post(f"{path}/submit", {"explanation": ""})
    done = merchant.post(f"{path}/submit", {"explanation": "It was used."})
    again = merchant.post(f"{path}/submit", {"explanation": "Again."})

    assert empty.status_code == 422
    assert (done.status_code, done.json["status"], done.json["explanation"]) == (200, "under_review", "It was used.")
    assert (again.status_code, again.json["code"]) == (409, "dispute_not_open")


def test_an_accepted_dispute_refuses_a_refund(merchant: Any) -> None:
    disputes = Disputes(merchant.shop)
    order_id, attempt_id = paid_attempt(merchant.shop)
    path = f"/v1/disputes/{show('dsp', disputes.one(disputes.open(attempt_id)).id)}"

    done = merchant.post(f"{path}/accept")
    refund = merchant.post("/v1/refunds", {"order_id": show("ord", order_id), "reason": "x"})

    assert (done.status_code, done.json["status"], done.json["lost_minor"]) == (200, "accepted", 1000)
    assert (refund.status_code, refund.json["code"]) == (409, "payment_disputed")


def test_the_evidence_pack_is_a_zip_file(merchant: Any) -> None:
    disputes = Disputes(merchant.shop)
    order_id, attempt_id = paid_attempt(merchant.shop)
    dispute_id = show("dsp", disputes.one(disputes.open(attempt_id)).id)

    answer = merchant.get(f"/v1/disputes/{dispute_id}/evidence")

    assert answer.content_type == "application/zip"
    about = json.loads(zipfile.ZipFile(io.BytesIO(answer.data)).read("evidence.json"))
    assert (about["dispute_id"], about["order_id"]) == (dispute_id, show("ord", order_id))
