"""Cases in the portal: support's day."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from app.core.ids import show
from app.domain.reconciliation.models import Case
from tests.factories.cases import open_case
from tests.factories.shop import Shop
from tests.pages import Visitor
from tests.workflow.reconciliation.test_mend_case import mismatched


def test_support_works_a_case_from_the_inbox_to_its_end(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    support = signed_in(shop, "support")
    assert "No open cases" in support.get("/portal/cases").text
    _, case_id = mismatched(shop)
    url = f"/portal/cases/{show('case', case_id)}"

    assert "Amount differs" in support.get("/portal/cases").text
    found = support.get(url)
    assert "they reported $9.99" in found.text
    assert "Refunds $10.00 to the buyer" in found.text
    support.post(f"{url}/comment", {**_token(support), "body": "The bank says 10."})
    support.post(f"{url}/snooze", {**_token(support), "days": "7"})
    assert "No open cases" in support.get("/portal/cases").text
    support.post(f"{url}/resolve", {**_token(support), "reason": "The notice was wrong."})

    ended = support.get(url).text
    assert "The notice was wrong." in ended
    assert "The bank says 10." in ended
    assert shop.one(select(Case.status).where(Case.id == case_id)).status == "resolved"


def test_a_case_needs_a_reason_and_its_permission(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    url = f"/portal/cases/{show('case', open_case(shop))}"
    support, viewer = signed_in(shop, "support"), signed_in(shop, "viewer")

    assert support.post(f"{url}/resolve", {**_token(support), "reason": ""}).status == 422
    assert viewer.get(url).status == 403


def _token(visitor: Visitor) -> dict[str, str]:
    return {"csrf_token": visitor.get("/portal").form("/logout").values()["csrf_token"]}
