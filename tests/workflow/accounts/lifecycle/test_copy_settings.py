"""Settings chosen from those of the test business become the live one's, as one version."""

from __future__ import annotations

import pytest

from app.core.errors import Conflict, Invalid
from app.domain.accounts.business.settings.errors import SettingsConflict
from app.read.accounts.settings import settings
from app.read.accounts.settings_copy import copyable
from app.workflow.accounts.change_settings import change_settings
from app.workflow.accounts.lifecycle.copy_settings import copy_settings
from tests.factories.live import make_live
from tests.factories.shop import Shop


def test_what_is_chosen_is_copied_as_one_version_and_the_rest_stays(shop: Shop) -> None:
    live_id = make_live(shop.business_id, tax_number="LIVE")
    change_settings(shop.business_id, {"tax_number": "TEST", "refund_window_days": 9}, actor="test")
    before = copyable(live_id)

    made = copy_settings(live_id, ["refund_window_days"], actor="test", seen=before.version, seen_in_test=1)
    again = copy_settings(live_id, ["refund_window_days"], actor="test")

    assert before.changes["tax_number"] == {"before": "LIVE", "after": "TEST"}
    assert before.changes["refund_window_days"] == {"before": None, "after": 9}
    assert (before.version, before.test_version) == (0, 1)
    assert (made, again) == (1, None)
    kept = settings(live_id).values
    assert (kept["refund_window_days"], kept["tax_number"]) == (9, "LIVE")
    assert "refund_window_days" not in copyable(live_id).changes


def test_what_moved_since_it_was_looked_at_is_not_copied(shop: Shop) -> None:
    live_id = make_live(shop.business_id)
    seen = copyable(live_id)
    change_settings(shop.business_id, {"tax_number": "TEST"}, actor="test")

    with pytest.raises(SettingsConflict):
        copy_settings(live_id, ["tax_number"], actor="test", seen_in_test=seen.test_version)
    change_settings(live_id, {"tax_number": "LIVE"}, actor="test")
    with pytest.raises(SettingsConflict):
        copy_settings(live_id, ["tax_number"], actor="test", seen=seen.version, seen_in_test=1)

    assert settings(live_id).values["tax_number"] == "LIVE"


def test_only_into_live_and_only_settings(shop: Shop) -> None:
    with pytest.raises(Conflict):
        copy_settings(shop.business_id, ["tax_number"], actor="test")
    live_id = make_live(shop.business_id)
    for keys in ([], ["suspended"], ["mode"]):
        with pytest.raises(Invalid):
            copy_settings(live_id, keys, actor="test")
    with pytest.raises(Conflict):
        copyable(shop.business_id)
