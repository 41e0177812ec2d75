"""People set up their second factor and put it away; each change ends their other sessions."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import Conflict, Invalid
from app.core.security import crypto
from app.domain.accounts.people import queries, totp
from app.domain.accounts.people.models import PortalSession, TotpSecret
from app.workflow.accounts.people import manage_second_factor
from app.workflow.accounts.people.begin_session import Browser, begin_session
from app.workflow.accounts.people.check_second_factor import check_second_factor
from tests.factories.people import Login, code_now, make_user
from tests.factories.shop import Shop
from tests.factories.user_mails import told

pytestmark = pytest.mark.usefixtures("mail_on")


@pytest.fixture
def login(shop: Shop) -> Login:
    return make_user(shop.business_id)


def test_the_first_code_confirms_the_app_and_leaves_this_session_alone(login: Login) -> None:
    here, _ = _begin(login), _begin(login)
    manage_second_factor.begin_app(login.user_id)

    codes = manage_second_factor.confirm_app(login.user_id, f" {code_now(_secret(login))}", session_id=here)

    assert len(codes) == 10
    assert _sessions(login) == {here: True}
    assert told(login.email) == ["app_added"]
    assert check_second_factor(login.user_id, codes[0])


def test_a_wrong_code_confirms_nothing_and_ends_no_session(login: Login) -> None:
    sessions = _begin(login), _begin(login)
    manage_second_factor.begin_app(login.user_id)
    wrong = code_now(_secret(login), later=20)

    with pytest.raises(Invalid):
        manage_second_factor.confirm_app(login.user_id, wrong, session_id=sessions[0])

    assert _sessions(login) == dict.fromkeys(sessions, False)
    assert _factors(login) == (False, 0)
    assert told(login.email) == []


def test_beginning_again_replaces_the_secret_until_an_app_is_in_use(login: Login) -> None:
    session_id = _begin(login)
    manage_second_factor.begin_app(login.user_id)
    first = _secret(login)
    manage_second_factor.begin_app(login.user_id)

    with pytest.raises(Invalid):
        manage_second_factor.confirm_app(login.user_id, code_now(first), session_id=session_id)
    manage_second_factor.confirm_app(login.user_id, code_now(second := _secret(login)), session_id=session_id)
    with pytest.raises(Conflict):
        manage_second_factor.begin_app(login.user_id)

    assert _secret(login) == second != first


def test_the_last_factor_takes_the_recovery_codes_and_the_other_sessions_along(login: Login) -> None:
    here = _begin(login)
    manage_second_factor.begin_app(login.user_id)
    codes = manage_second_factor.confirm_app(login.user_id, code_now(_secret(login)), session_id=here)
    _begin(login)

    manage_second_factor.remove_app(login.user_id, session_id=here)

    assert _factors(login) == (False, 0)
    assert _sessions(login) == {here: False}
    assert not check_second_factor(login.user_id, codes[0])
    assert told(login.email) == ["app_added", "app_removed"]


def test_new_recovery_codes_replace_the_old_ones_and_a_new_factor_leaves_them(login: Login) -> None:
    here = _begin(login)
    old = manage_second_factor.renew_codes(login.user_id)
    new = manage_second_factor.renew_codes(login.user_id)
    manage_second_factor.begin_app(login.user_id)

    added = manage_second_factor.confirm_app(login.user_id, code_now(_secret(login)), session_id=here)

    assert added == []
    assert not check_second_factor(login.user_id, old[0])
    assert check_second_factor(login.user_id, new[0])
    assert told(login.email) == ["codes_renewed", "codes_renewed", "app_added", "code_used"]


def _begin(login: Login) -> uuid.UUID:
    token = begin_session(login.user_id, Browser("203.0.113.9", "Test browser"), second_factor=False)
    with db.system_reading():
        found = db.scalar(select(PortalSession.id).where(PortalSession.token_hash == crypto.hash_secret(token)))
    assert isinstance(found, uuid.UUID)
    return found


def _sessions(login: Login) -> dict[uuid.UUID, bool]:
    """The person's sessions, and whether a second factor was part of them."""
    with db.system_reading():
        rows = db.rows(select(db.table(PortalSession)).where(PortalSession.user_id == login.user_id))
    return {row.id: row.second_factor for row in rows}


def _factors(login: Login) -> tuple[bool, int]:
    with db.system_reading():
        return queries.has_factor(login.user_id), queries.codes_left(login.user_id)


def _secret(login: Login) -> str:
    with db.system_reading():
        row = db.first(select(db.table(TotpSecret)).where(TotpSecret.user_id == login.user_id))
    assert row is not None
    return crypto.decrypt(row.ciphertext, context=totp.encryption_context(row.id))
