"""Split rules: drafts, a second person, and versions that take each other's place."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock as clocks
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.accounts.business.errors import OwnRequest
from app.domain.settlement.clearing.types import BUSINESS, ShareTerms, SplitTerms
from app.read.settlement import split_rules
from app.workflow.accounts.approvals import decide_approval
from app.workflow.settlement import manage_partners, manage_split_rules
from app.workflow.settlement.manage_split_rules import RuleCommand, VersionCommand
from tests.factories.partners import Sharer, sharer_of
from tests.factories.shop import Shop


@pytest.fixture
def sharer(shop: Shop) -> Sharer:
    return sharer_of(shop)


def _version(*shares: ShareTerms, **more: Any) -> VersionCommand:
    return VersionCommand(terms=SplitTerms(shares=shares), **more)


def _share(partner_id: uuid.UUID, bps: int) -> ShareTerms:
    return ShareTerms(party=str(partner_id), bps=bps)


def _draft(sharer: Sharer, version: VersionCommand, **about: Any) -> uuid.UUID:
    command = RuleCommand(**{"name": "Authors"} | about)
    return manage_split_rules.create(sharer.shop.business_id, command, version, actor=sharer.maker)


def _statuses(sharer: Sharer, rule_id: uuid.UUID) -> list[str]:
    return [each.row.status for each in split_rules.get_rule(sharer.shop.business_id, rule_id).versions]


def test_a_draft_counts_once_somebody_else_approves_it(sharer: Sharer) -> None:
    ada = sharer.partner()
    rule_id = _draft(sharer, _version(_share(ada, 7000)))
    under_draft = sharer.sold()
    approval_id = manage_split_rules.request(sharer.shop.business_id, rule_id, actor=sharer.maker)
    again = manage_split_rules.request(sharer.shop.business_id, rule_id, actor=sharer.maker)

    with pytest.raises(OwnRequest):
        decide_approval.approve(sharer.shop.business_id, approval_id, actor=sharer.maker)
    done = decide_approval.approve(sharer.shop.business_id, approval_id, actor=sharer.checker)

    assert (again, done, _statuses(sharer, rule_id)) == (approval_id, "done", ["in_force"])
    assert sharer.sums(under_draft) == {BUSINESS: 1000}
    assert sharer.sums(sharer.sold()) == {str(ada): 700, BUSINESS: 300}


def test_one_subject_has_one_rule(sharer: Sharer) -> None:
    version = _version(_share(sharer.partner(), 1))
    _draft(sharer, version)
    _draft(sharer, version, scope="sku", subject_id=sharer.shop.sku_id)

    for about in ({}, {"scope": "sku", "subject_id": sharer.shop.sku_id}):
        with pytest.raises(Conflict) as taken:
            _draft(sharer, version, **about)
        assert taken.value.code == "split_rule_exists"


def test_what_a_rule_is_about_and_names_must_be_there(sharer: Sharer) -> None:
    ada, closed = sharer.partner(), sharer.partner("Old")
    manage_partners.close(sharer.shop.business_id, closed, reason="", actor=sharer.maker)

    with pytest.raises(NotFound):
        _draft(sharer, _version(_share(ada, 1)), scope="product", subject_id=new_id())
    with pytest.raises(NotFound):
        _draft(sharer, _version(_share(new_id(), 1)))
    with pytest.raises(NotFound):
        _draft(sharer, _version(_share(closed, 1)))
    for about in ({"scope": "moon"}, {"scope": "sku"}, {"subject_id": sharer.shop.sku_id}, {"name": " "}):
        with pytest.raises(Invalid):
            _draft(sharer, _version(_share(ada, 1)), **about)
    with pytest.raises(Invalid):
        _draft(sharer, _version(_share(ada, 10_001)))
    with pytest.raises(Invalid):
        _draft(sharer, _version(_share(ada, 1), begins_at=clocks.now() - timedelta(seconds=1)))


def test_a_draft_is_written_again_until_it_is_requested(sharer: Sharer) -> None:
    business_id, ada = sharer.shop.business_id, sharer.partner()
    rule_id = _draft(sharer, _version(_share(ada, 7000)))
    manage_split_rules.save_draft(business_id, rule_id, _version(_share(ada, 6000)), actor=sharer.maker)
    manage_split_rules.request(business_id, rule_id, actor=sharer.maker)

    with pytest.raises(Conflict) as waits:
        manage_split_rules.save_draft(business_id, rule_id, _version(_share(ada, 1)), actor=sharer.maker)

    [version] = split_rules.get_rule(business_id, rule_id).versions
    assert (waits.value.code, version.terms.shares[0].bps) == ("version_requested", 6000)


def test_what_was_taken_back_is_not_put_in_force(sharer: Sharer) -> None:
    business_id, ada = sharer.shop.business_id, sharer.partner()
    rule_id = _draft(sharer, _version(_share(ada, 7000)))
    approval_id = manage_split_rules.request(business_id, rule_id, actor=sharer.maker)
    manage_split_rules.discard_draft(business_id, rule_id, actor=sharer.maker)
    manage_split_rules.save_draft(business_id, rule_id, _version(_share(ada, 9000)), actor=sharer.maker)

    ended = decide_approval.approve(business_id, approval_id, actor=sharer.checker)

    assert (ended, _statuses(sharer, rule_id)) == ("failed", ["draft", "discarded"])


def test_a_rejected_draft_can_be_written_again(sharer: Sharer) -> None:
    business_id, ada = sharer.shop.business_id, sharer.partner()
    rule_id = _draft(sharer, _version(_share(ada, 7000)))
    approval_id = manage_split_rules.request(business_id, rule_id, actor=sharer.maker)

    decide_approval.reject(business_id, approval_id, actor=sharer.checker, reason="too much")
    manage_split_rules.save_draft(business_id, rule_id, _version(_share(ada, 6000)), actor=sharer.maker)

    assert sharer.approve(rule_id) == "done"


def test_a_version_takes_the_place_of_the_one_before_at_its_time(sharer: Sharer) -> None:
    business_id, ada = sharer.shop.business_id, sharer.partner()
    rule_id = sharer.rule(_share(ada, 7000))
    later = clocks.now() + timedelta(hours=1)
    version = _version(_share(ada, 1000), begins_at=later)
    manage_split_rules.save_draft(business_id, rule_id, version, actor=sharer.maker)
    sharer.approve(rule_id)
    before = sharer.sold()
    sharer.shop.advance(3601)

    after = sharer.sold()

    newest, oldest = split_rules.get_rule(business_id, rule_id).versions
    assert (newest.row.starts_at, oldest.row.ends_at) == (later, later)
    assert [sharer.sums(each)[str(ada)] for each in (before, after)] == [700, 100]


def test_a_rule_is_renamed(sharer: Sharer) -> None:
    rule_id = sharer.rule(_share(sharer.partner(), 1))

    manage_split_rules.rename(sharer.shop.business_id, rule_id, name=" Authors of 2026 ")

    assert split_rules.get_rule(sharer.shop.business_id, rule_id).row.name == "Authors of 2026"
