"""Campaigns in the portal: built by a form, looked at before they start, and read afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.ids import parse, show
from app.web.portal.marketing.campaigns.forms import TRIGGERS
from app.workflow.marketing import run_campaigns
from tests.factories.campaigns import make_buyer, make_campaign
from tests.factories.coupons import active_template
from tests.factories.shop import Shop
from tests.pages import Visitor


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_each_trigger_has_a_form_that_makes_a_campaign(shop: Shop, owner: Visitor, trigger: str) -> None:
    active_template(shop.business_id)
    typed = {"references": "ann\n\nbob", "source": "news"}
    form = owner.get(f"/portal/campaigns/new/{trigger}").form(f"/new/{trigger}")
    own = {name: value for name, value in typed.items() if f'name="{name}"' in form.page.source}

    made = form.send(name="Try", **own)

    assert made.status == 200, made.text
    assert "Try" in made.heading
    assert TRIGGERS[trigger][0] in owner.get("/portal/campaigns").text


def test_marketing_builds_starts_and_reads_a_campaign(shop: Shop, owner: Visitor) -> None:
    make_buyer(shop, "ann", groups=("gold",))
    active_template(shop.business_id)
    wrong = owner.get("/portal/campaigns/new/segment").form("/new/segment").send(name="", holdout="60")
    made = wrong.form("/new/segment").send(name="Gold", holdout="0", groups="gold")
    edited = made.follow("Edit").form("/edit").send(name="Gold members")
    started = edited.form("/move").send(to="running")
    campaign = edited.path.rpartition("/")[2]

    run_campaigns.run(shop.business_id, parse("cmp", campaign))
    page = owner.get(f"/portal/campaigns/{campaign}")
    entries = owner.get(f"/portal/campaigns/{campaign}/entries?outcome=issued")
    copy = page.form("/duplicate").send()

    assert "Enter a name." in wrong.text
    assert "1 buyers" in made.text
    assert "ann" in made.text
    assert "Started." in started.text
    assert "Coupons issued 1" in page.text
    assert "ann" in entries.text
    assert ("Gold members Draft", "Duplicated." in copy.text) == (copy.heading, True)
    shop.audit()


def test_viewers_see_results_and_no_names(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    make_buyer(shop, "ann-secret")
    campaign_id = make_campaign(shop, "segment")

    page = signed_in(shop, "viewer").get(f"/portal/campaigns/{show('cmp', campaign_id)}")

    assert "Results" in page.text
    assert not page.has_form("/move")
    assert "ann-secret" not in page.source
