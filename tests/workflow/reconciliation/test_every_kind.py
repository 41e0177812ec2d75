"""Every kind of cases, in a real situation: it ends by itself, it ends by a person, and what is offered for it fits."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.reconciliation.kinds import KINDS
from app.domain.reconciliation.models import Case
from app.read.reconciliation import cases as read
from app.workflow.reconciliation import manage_cases, mend_case, sweep_cases
from tests.factories.merchant import MerchantSystem
from tests.factories.shop import Shop
from tests.factories.situations import SITUATIONS, Scene

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def scene(shop: Shop, clock: Any, system: MerchantSystem, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(shop, clock, system, monkeypatch)


def test_every_kind_has_a_situation() -> None:
    assert SITUATIONS.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", sorted(SITUATIONS))
def test_it_ends_by_itself(scene: Scene, kind: str) -> None:
    end = SITUATIONS[kind](scene)
    sweep_cases.sweep_due()
    sweep_cases.sweep_due()
    assert [case.status for case in _cases(scene, kind)] == ["open"]

    end()
    sweep_cases.sweep_due()

    [case] = _cases(scene, kind)
    assert (case.status, case.resolved_by) == ("resolved", "system")
    assert case.cleared_at is not None


@pytest.mark.parametrize("kind", sorted(SITUATIONS))
def test_it_ends_by_a_person_and_stays_ended(scene: Scene, kind: str) -> None:
    end = SITUATIONS[kind](scene)
    sweep_cases.sweep_due()
    [case] = _cases(scene, kind)
    offers, page = mend_case.offers(scene.shop.business_id, case.id), read.case_page(scene.shop.business_id, case.id)

    manage_cases.resolve(scene.shop.business_id, case.id, reason="Settled elsewhere.", actor="usr_somebody")
    sweep_cases.sweep_due()

    [case] = _cases(scene, kind)
    assert (case.status, case.resolved_by, case.resolution) == ("resolved", "usr_somebody", "Settled elsewhere.")
    end()
    sweep_cases.sweep_due()
    assert [each.resolved_by for each in _cases(scene, kind)] == ["usr_somebody"]
    assert tuple(each.mend.key for each in offers) == KINDS[kind].mends
    assert not offers or any(each.look.is_possible for each in offers)
    assert page.row.id == case.id


def _cases(scene: Scene, kind: str) -> list[Any]:
    return list(scene.shop.many(select(Case.__table__).where(Case.kind == kind)))
