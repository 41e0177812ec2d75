"""The registry of mends."""

from __future__ import annotations

from app.domain.accounts.business.settings import choices
from app.domain.accounts.business.types import KNOWN
from app.domain.reconciliation.kinds import KINDS
from app.workflow.reconciliation.mends import MENDS


def test_every_mend_is_offered_by_a_kind_and_every_offer_exists() -> None:
    assert {mend for kind in KINDS.values() for mend in kind.mends} == set(MENDS)


def test_every_mend_takes_a_permission_that_there_is() -> None:
    assert {mend.permission for mend in MENDS.values()} <= KNOWN


def test_settings_know_every_kind_by_its_title() -> None:
    assert choices.case_kinds() == tuple((kind.key, kind.title) for kind in KINDS.values())
