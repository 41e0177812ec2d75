"""Pending and abandoned work, and what people decide about it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from app.core.db.models import OutboxEvent
from app.core.ids import show
from app.core.process import heartbeats
from app.domain.notifications.mails.models import Mail
from app.worker import jobs
from tests.factories.dead_letters import dead_event, unsent_mail
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_work_that_waits_is_counted(shop: Shop, owner: Visitor) -> None:
    shop.pay(shop.place())

    page = owner.get("/portal/jobs")

    rows = {row.all("td")[0].text: row.all("td")[1].text for row in page.document.all("tbody")[0].all("tr")}
    counts = {title.partition(" ")[0]: number for title, number in rows.items()}
    assert (counts["Pending"], counts["Orders"], counts["Deliveries"]) == ("1", "1", "0")
    assert "No dead letters" in page.text


def test_what_was_abandoned_is_retried_or_discarded_with_a_reason(shop: Shop, owner: Visitor) -> None:
    again, left = dead_event(shop.business_id), dead_event(shop.business_id, error="never mind")
    mail_id = unsent_mail(shop.business_id, shop.paid_order())
    left_mail = unsent_mail(shop.business_id, shop.paid_order())
    page = owner.get("/portal/jobs")
    assert "handler: boom" in page.text
    assert "SMTPException: full" in page.text

    page.form(f"{show('evt', again)}/retry").send()
    owner.get("/portal/jobs").form(f"{show('mail', mail_id)}/retry").send()
    owner.get("/portal/jobs").form(f"{show('mail', left_mail)}/discard").send(reason="the address is wrong")
    slip = owner.get("/portal/jobs").form(f"{show('evt', left)}/discard").send(reason="")
    page = owner.get("/portal/jobs").form(f"{show('evt', left)}/discard").send(reason="the product is gone")

    assert "Enter a reason" in slip.text
    assert "No dead letters" in page.text
    assert (_event(shop, again).status, _event(shop, again).attempts) == ("pending", 0)
    assert (_event(shop, left).status, _event(shop, left).error) == ("done", "discarded: the product is gone")
    assert shop.one(select(Mail.__table__).where(Mail.id == mail_id)).next_attempt_at is not None
    unsent = shop.one(select(Mail.__table__).where(Mail.id == left_mail))
    assert (unsent.next_attempt_at, unsent.error) == (None, "discarded: the address is wrong")
    assert "Receipt email discarded" in owner.get(f"/portal/orders/{show('ord', unsent.order_id)}").text
    log = owner.get("/portal/audit-log").text
    assert "discarded: the product is gone" in log
    assert "discarded: the address is wrong" in log
    assert owner.post(page.path + f"/dead/{show('evt', again)}/retry", _token(page)).status == 404


def test_only_who_may_decides(shop: Shop, new_shop: Callable[..., Shop], signed_in: Callable[..., Visitor]) -> None:
    event_id, shown = dead_event(shop.business_id), "/portal/jobs/dead"
    other = signed_in(new_shop()).get("/portal/jobs")
    for decision in ("retry", "discard"):
        sent = {**_token(other), "reason": "x"}
        assert other.visitor.post(f"{shown}/{show('evt', event_id)}/{decision}", sent).status == 404

    finance = signed_in(shop, "finance").get("/portal/jobs")

    assert show("evt", event_id) in finance.source
    assert not finance.has_form("/retry")
    assert finance.visitor.post(f"/portal/jobs/dead/{show('evt', event_id)}/retry", _token(finance)).status == 403
    assert signed_in(shop, "viewer").get("/portal/jobs").status == 403
    signed_in(shop, "developer").get("/portal/jobs").form("/retry").send()


def test_the_page_says_when_each_job_last_ran(owner: Visitor) -> None:
    jobs.run("complete_due")

    found = heartbeats.read()
    page = owner.get("/portal/jobs")

    assert found is not None
    [heartbeat] = [each for each in found.heartbeats if each.job == "complete_due"]
    assert (heartbeat.queue, heartbeat.error, heartbeat.is_late) == ("periodic", "", False)
    assert "Complete due" in page.text


def _event(shop: Shop, event_id: object) -> OutboxEvent:
    found: OutboxEvent = shop.one(select(OutboxEvent.__table__).where(OutboxEvent.id == event_id))
    return found


def _token(page: object) -> dict[str, str]:
    return {"csrf_token": page.form("/logout").values()["csrf_token"]}
