"""Cases in the portal: support's day."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from sqlalchemy import select

from app.core.ids import show
from app.domain.accounts.business.models import Membership
from app.domain.reconciliation.models import Case
from app.workflow.accounts.change_settings import change_settings
from tests.factories.cases import open_case
from tests.factories.shop import Shop
from tests.pages import Page, Visitor
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


def test_many_cases_are_worked_on_after_a_look(shop: Shop, owner: Visitor) -> None:
    ticked = [open_case(shop) for _ in range(2)]
    left, (order_id, mended) = open_case(shop), mismatched(shop)

    silent = _choose(owner, "resolve", ticked).form("/cases/bulk").send()
    done = silent.form("/cases/bulk").send(reason="Settled elsewhere.")
    look = _choose(owner, "mend", [mended, left])
    refunded = look.form("/cases/bulk/mend").send(mend="refund_rest", reason="duplicate")
    none = owner.get("/portal/cases/bulk?action=assign")

    assert silent.status == 422
    assert done.text.count("Done") == 2
    statuses = {row.id: row.status for row in shop.many(select(Case.id, Case.status))}
    assert [statuses[each] for each in (*ticked, left)] == ["resolved", "resolved", "open"]
    assert "Asks simulator" in look.text or "Refunds" in look.text or "Skipped" in look.text
    assert "Refund started." in refunded.text
    assert [refund.amount_minor for refund in shop.refunds(order_id)] == [1000]
    assert "Select at least one case." in none.text


def test_all_of_a_list_is_assigned(shop: Shop, owner: Visitor) -> None:
    for _ in range(3):
        open_case(shop)
    look = owner.get("/portal/cases/bulk?action=assign&every=1&kind=late_payment")
    me = show("usr", shop.one(select(Membership.user_id).where(Membership.role == "owner")).user_id)

    done = look.form("/cases/bulk").send(assignee=me)

    assert look.heading == "Assign: 3 cases"
    assert done.text.count("Done") == 3
    assert len({row.assignee_id for row in shop.many(select(Case.assignee_id))} - {None}) == 1


def test_the_business_says_which_cases_are_urgent(shop: Shop, owner: Visitor) -> None:
    open_case(shop, "late_payment")
    before = owner.get("/portal/cases?view=urgent").text

    change_settings(shop.business_id, {"urgent_cases": ["late_payment"]}, actor="usr_x")

    assert "$5.00" not in before
    assert "$5.00" in owner.get("/portal/cases?view=urgent").text


def test_a_case_leads_to_what_it_is_about(shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]) -> None:
    support, subject = signed_in(shop, "support"), uuid.uuid4()
    event = open_case(shop, "coupons_not_issued", details={"event_id": show("evt", subject)})
    for kind, path in {
        "endpoint_paused": f"/portal/webhooks/{show('whe', subject)}",
        "reservation_stuck": f"/portal/reservations/{show('rsv', subject)}",
        "balance_negative": "/portal/reports/balances",
        "cannot_sell": "/portal/go-live",
    }.items():
        case_id = open_case(shop, kind, subject)
        assert path in owner.get(f"/portal/cases/{show('case', case_id)}").links

    assert "Failed event" in owner.get(f"/portal/cases/{show('case', event)}").text
    assert "Failed event" not in support.get(f"/portal/cases/{show('case', event)}").text


def _choose(visitor: Visitor, action: str, case_ids: list[uuid.UUID]) -> Page:
    ids = "&".join(f"ids={show('case', each)}" for each in case_ids)
    return visitor.get(f"/portal/cases/bulk?action={action}&{ids}")


def _token(visitor: Visitor) -> dict[str, str]:
    return {"csrf_token": visitor.get("/portal").form("/logout").values()["csrf_token"]}
