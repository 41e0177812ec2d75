"""Links to join a team: of two kinds, and none that somebody made up."""

from __future__ import annotations

import pytest

from app.core.errors import NotFound
from app.core.ids import new_id
from app.workflow.accounts.people.link_invitation import Named, link_of, read_token
from tests.factories.shop import Shop


@pytest.mark.parametrize("by_mail", [False, True])
def test_a_link_names_its_invitation_and_how_it_came(shop: Shop, by_mail: bool) -> None:
    invitation_id = new_id()

    link = link_of(shop.business_id, invitation_id, 3, by_mail=by_mail)

    assert "/portal/join/" in link
    assert read_token(link.rpartition("/")[2]) == Named(shop.business_id, invitation_id, 3, by_mail)


def test_the_link_that_is_shown_does_not_become_the_one_by_mail(shop: Shop) -> None:
    invitation_id = new_id()
    shown, mailed = (
        link_of(shop.business_id, invitation_id, 1, by_mail=each).rpartition("/")[2] for each in (False, True)
    )
    (content, _, signature), (_, _, other) = shown.rpartition("."), mailed.rpartition(".")

    assert signature != other
    assert read_token(f"{content}.{signature}").by_mail is False
    for text in (f"{content}.", f"x{content}.{other}", shown[:-1], f"{shown}x", "", "nonsense"):
        with pytest.raises(NotFound):
            read_token(text)
