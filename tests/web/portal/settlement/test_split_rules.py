"""Split rules in the portal: written, tried, approved by another person, and revised."""

from __future__ import annotations

from collections.abc import Callable

from app.core.ids import show
from app.domain.settlement.clearing.types import ShareTerms
from tests.factories.partners import sharer_of
from tests.factories.shop import Shop, make_shop
from tests.pages import Visitor


def test_one_writes_another_approves(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    sharer = sharer_of(shop)
    ada = show("par", sharer.partner("Ada"))
    maker, checker = signed_in(shop, "finance"), signed_in(shop)
    empty = maker.get("/portal/split-rules")
    form = maker.get("/portal/split-rules/new").form("/split-rules/new")

    wrong = form.send(name="Authors", party_1=ada, percent_1="101")
    nobody = wrong.form("/split-rules/new").send(party_1="", percent_1="70")
    drafted = nobody.form("/split-rules/new").send(party_1=ada, percent_1="70", fixed_1="0.30", reason="Agreed")
    path = drafted.path
    tried = maker.get(f"{path}?amount=10.00&currency=USD&quantity=1")
    requested = maker.get(path).form("/request").send()
    approved = checker.get(requested.path).form("/decide").send(reason="Agreed", decision="approve")
    listed = checker.get("/portal/split-rules")

    assert "No split rules yet" in empty.text
    assert (wrong.status, "Enter a percentage from 0 to 100" in wrong.text) == (422, True)
    assert (nobody.status, "Choose who gets each share." in nobody.text) == (422, True)
    assert "70% + $0.30 each" in drafted.text
    assert "$7.30" in tried.text
    assert "$2.70" in tried.text
    assert "Approval requested." in requested.text
    assert approved.status == 200
    assert "70% + $0.30 each" in listed.text
    assert "Version 1, for orders placed from" in checker.get(path).text


def test_a_version_keeps_what_the_form_does_not_show(shop: Shop, owner: Visitor) -> None:
    from app.domain.settlement.clearing.types import Tier
    from app.read.settlement import split_rules

    sharer = sharer_of(shop)
    ada = sharer.partner("Ada")
    tiers = (Tier(from_minor=1000, bps=2000),)
    rule_id = sharer.rule(ShareTerms(party=str(ada), bps=1000, tiers=tiers, fixed={"USD": 30, "EUR": 25}))
    path = f"/portal/split-rules/{show('spr', rule_id)}"

    owner.get(path).form(path).send(percent_1="15", currency="USD", fixed_1="0.40")
    owner.get(path).form("/rename").send(name="Writers")

    found = split_rules.get_rule(shop.business_id, rule_id)
    assert found.open is not None
    [share] = found.open.terms.shares
    assert (share.bps, share.tiers, dict(share.fixed)) == (1500, tiers, {"USD": 40, "EUR": 25})
    assert found.row.name == "Writers"
    assert "Draft discarded." in owner.get(path).form("/discard").send().text


def test_past_orders_show_what_a_draft_would_have_given(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    sharer = sharer_of(shop)
    ada = sharer.partner("Ada")
    rule_id = sharer.rule(ShareTerms(party=str(ada), bps=7000))
    sharer.refund(sharer.sold(), 200)
    sharer.revise_draft(rule_id, ShareTerms(party=str(ada), bps=6000))
    reader = signed_in(shop, "finance")
    page = reader.get(f"/portal/split-rules/{show('spr', rule_id)}")

    tried = reader.get(f"{page.path}/what-if")
    first = reader.get(f"{page.path}/what-if?days=7&version={show('spv', sharer.version_id(rule_id, 1))}")

    assert f"{page.path}/what-if" in page.source
    # 70% and 60% of the $8.00 that are left.
    for text in ("1 of 1 lines change", "$5.60", "$4.80", "\u2212$0.80", "+$0.80", "70% of $10.00", "60% of $10.00"):
        assert text in tried.text
    assert "0 of 1 lines change" in first.text
    assert "60% of $10.00" not in first.text


def test_whoever_may_read_settlement_tries_rules_of_the_own_business(
    shop: Shop, signed_in: Callable[..., Visitor]
) -> None:
    sharer, theirs = sharer_of(shop), sharer_of(make_shop(shop.simulator))
    own, other = (
        f"/portal/split-rules/{show('spr', each.rule(ShareTerms(party=str(each.partner()), bps=7000)))}/what-if"
        for each in (sharer, theirs)
    )
    reader = signed_in(shop, "developer")

    assert "No order was completed" in reader.get(own).text
    assert reader.get(f"{own}?version=spv_01jd3w8n2q4zt5b7yk2hc5e4rv").status == 404
    assert reader.get(other).status == 404
    assert signed_in(shop, "viewer").get(own).status == 403
