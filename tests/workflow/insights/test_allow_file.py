"""Files that a page writes by itself are refused while exports are off, in one business or in all."""

from __future__ import annotations

import pytest

from app.domain.accounts.business.errors import SwitchedOff
from app.workflow.accounts.lifecycle.switch_off import SwitchCommand, switch_off, switch_on
from app.workflow.insights.allow_file import allow_file
from tests.factories.shop import Shop


@pytest.mark.parametrize("everywhere", [False, True])
def test_it_goes_on_only_while_exports_are_on(shop: Shop, *, everywhere: bool) -> None:
    where = None if everywhere else shop.business_id

    allow_file(shop.business_id)
    switch_off(where, SwitchCommand("exports_off", 5, "Slow"))
    try:
        with pytest.raises(SwitchedOff, match="Exports are switched off"):
            allow_file(shop.business_id)
    finally:
        switch_on(where, "exports_off")
    allow_file(shop.business_id)
