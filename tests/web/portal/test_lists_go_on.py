"""Lists of the portal end with their last row: whatever is on no page is on the next one."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType

import pytest

from app.core.ids import new_id, show
from app.read.accounts import erasures, keys, second_factors, team
from app.read.checkout import agreements
from app.read.fulfilment import licence_keys
from app.read.marketing import coupons, promotions
from app.read.operations import flows
from app.read.payments import bank_transfers
from app.workflow.accounts import erase_buyer, manage_keys
from app.workflow.accounts.people import manage_team
from app.workflow.checkout import manage_agreements
from app.workflow.checkout.manage_agreements import AgreementCommand
from app.workflow.marketing import make_coupon_batch
from tests.factories.coupons import active_template
from tests.factories.people import make_user
from tests.factories.promotions import active_promotion
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def walked(page: Page, pattern: str, *, more: str = "Older") -> list[list[str]]:
    """What the pattern finds on each page, from this one to the last; pages say the way on, or they are the last."""
    found = [re.findall(pattern, page.source)]
    while more in [each.text.strip() for each in page.document.all("a")]:
        page = page.follow(more)
        found.append(re.findall(pattern, page.source))
    return found


def test_erased_buyers_go_on(shop: Shop, owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasures, "PAGE", 2)
    for number in range(3):
        shop.paid_order(buyer=f"customer-{number}")
        buyer = erase_buyer.find_buyer(shop.business_id, reference=f"customer-{number}")
        said = {"reason": f"Case {number}.", "requested_by": "operator", "agreed": "operator"}
        erase_buyer.erase_buyer(shop.business_id, buyer, **said)

    assert walked(owner.get("/portal/privacy"), r"Case \d") == [["Case 2", "Case 1"], ["Case 0"]]


def test_batches_of_codes_go_on(shop: Shop, owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coupons, "BATCHES", 2)
    template_id = active_template(shop.business_id)
    for number in range(3):
        make_coupon_batch.make_batch(
            shop.business_id, template_id, quantity=1, note=f"Fair {number}", actor="test", batch_id=new_id()
        )

    page = owner.get(f"/portal/coupons/{show('cpt', template_id)}")

    assert walked(page, r"Fair \d") == [["Fair 2", "Fair 1"], ["Fair 0"]]


def test_licence_keys_go_on(owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licence_keys, "PAGE", 2)
    made = owner.get("/portal/products/new").form("/products/new").send(name="Font", delivery_kind="licence_key")
    priced = made.form("/skus").send(name="Desktop", code="FONT-1", price="20.00", currency="USD")
    page = priced.follow("Manage").form("/keys").send(keys="\n".join(f"AAAA-000{number}" for number in range(3)))

    pages = walked(page, r"…000\d")

    assert [len(each) for each in pages] == [2, 1]
    assert len({key for each in pages for key in each}) == 3


def test_agreements_go_on(shop: Shop, owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreements, "PAGE", 2)
    for name in ("Privacy", "Terms", "Withdrawal"):
        command = AgreementCommand(name=name)
        manage_agreements.create_agreement(shop.business_id, code=name.lower(), command=command)

    pages = walked(owner.get("/portal/agreements"), r"<code>(privacy|terms|withdrawal)</code>")

    assert pages == [["withdrawal", "terms"], ["privacy"]]


def test_versions_of_an_agreement_go_on_in_their_language(
    shop: Shop, owner: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreements, "PAGE", 2)
    text = {"code": "terms", "title": "Terms"}
    for number in range(3):
        manage_agreements.publish_agreement(shop.business_id, **text, locale="en", body=f"Be kind {number}.")
    manage_agreements.publish_agreement(shop.business_id, **text, locale="de", body="Sei nett.")
    pattern = r"Version \d|>Current<"

    page = owner.get("/portal/agreements").follow("Terms")

    assert walked(page.follow("English"), pattern) == [["Version 3", ">Current<", "Version 2"], ["Version 1"]]
    assert walked(page.follow("German"), pattern) == [["Version 1", ">Current<"]]
    assert "Write the next version" in page.follow("English").follow("Older").text


def test_members_go_on_as_do_those_without_a_second_factor(
    shop: Shop, owner: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(team, "PAGE", 2)
    monkeypatch.setattr(second_factors, "PAGE", 2)
    made = [make_user(shop.business_id, "support").email for _ in range(2)]

    for address in ("/portal/team", "/portal/account/security/rule"):
        pages = walked(owner.get(address), r">(\w+@people\.example)</(?:td|dd)>")
        assert (pages[0], [len(each) for each in pages]) == (made[::-1], [2, 1])


def test_invitations_go_on(shop: Shop, owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "PAGE", 2)
    for number in range(3):
        invitation = {"email": f"new-{number}@shop.example", "role": "support", "inviter": "Ada"}
        manage_team.invite(shop.business_id, **invitation, actor="test")

    pages = walked(owner.get("/portal/team"), r">(new-\d)@")

    assert pages == [["new-2", "new-1"], ["new-0"]]


def test_promotions_go_on(shop: Shop, owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promotions, "SHOWN", 2)
    made = [show("prm", active_promotion(shop.business_id)) for _ in range(3)]

    pages = walked(owner.get("/portal/promotions", query={"status": "active"}), r"/portal/promotions/(prm_\w+)")

    assert pages == [[made[2], made[1]], [made[0]]]


def test_revoked_keys_go_on_behind_those_in_use(shop: Shop, owner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "PAGE", 2)
    for number in range(4):
        made = manage_keys.create_key(shop.business_id, name=f"Server {number}", kind="secret")
        if number:
            manage_keys.revoke_key(shop.business_id, made.id)

    pages = walked(owner.get("/portal/keys"), r"Server \d")

    assert pages == [["Server 0", "Server 3", "Server 2"], ["Server 1"]]


def test_what_is_stuck_goes_on(shop: Shop, owner: Visitor, clock: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "MAX_ROWS", 2)
    pending = [show("att", shop.pay(shop.place())) for _ in range(3)]
    clock.move(11 * 60)

    pages = walked(owner.get("/portal/flows"), r"/portal/flows/transition/(att_\w+)", more="Newer")

    assert pages == [pending[:2], pending[2:]]


def test_the_queue_of_bank_transfers_goes_on(
    shop: Shop, signed_in: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank_transfers, "PAGE", 2)
    shop.take_transfers()
    paid = [show("att", shop.pay(shop.place(), channel="offline")) for _ in range(3)]
    visitor = signed_in(shop, "finance")

    queue = visitor.get("/portal/bank-transfers", query={"view": "incoming"})
    waiting = walked(queue, r"/portal/bank-transfers/(att_\w+)", more="Newer")
    for number, each in enumerate(paid):
        form = visitor.get(f"/portal/bank-transfers/{each}").form("/record")
        form.send(amount="10.00", bank_reference=f"BANK-{number}", counterparty="Ada, DE11")
    said = walked(visitor.get("/portal/bank-transfers"), r"/portal/bank-transfers/(att_\w+)", more="Newer")

    assert "Awaiting payment (3)" in queue.text
    assert waiting == said == [paid[:2], paid[2:]]
