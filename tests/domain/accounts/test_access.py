"""What roles of a business's own may do."""

from __future__ import annotations

from app.domain.accounts.business.types import CUSTOM, access_of_role


def test_a_role_that_changes_settings_sees_them_and_nothing_else_is_added() -> None:
    before_there_were_pages = access_of_role(CUSTOM, ["home.read", "settings.write", "gone.write"])

    assert before_there_were_pages.permissions == {"home.read", "settings.write", "settings.read"}
    assert access_of_role(CUSTOM, ["home.read"]).permissions == {"home.read"}
    assert access_of_role(CUSTOM, []).permissions == frozenset()
