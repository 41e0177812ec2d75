"""A code of the second factor: somebody's own, and good once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest

from app.core import db
from app.domain.accounts.people import queries, totp
from app.workflow.accounts.people.check_second_factor import check_second_factor, use_app_code
from app.workflow.accounts.people.manage_second_factor import begin_app, renew_codes
from tests.factories.people import Login, code_now, make_user, set_up_app
from tests.factories.shop import Shop
from tests.factories.user_mails import told


@pytest.fixture
def login(shop: Shop) -> Login:
    return make_user(shop.business_id)


def test_a_code_of_the_app_is_good_once_and_for_its_person_alone(login: Login, shop: Shop) -> None:
    secret, other = set_up_app(login), make_user(shop.business_id)
    set_up_app(other)
    code = code_now(secret)

    assert not check_second_factor(other.user_id, code)
    assert check_second_factor(login.user_id, f" {code[:3]} {code[3:]} ")
    assert not check_second_factor(login.user_id, code)


def test_codes_that_the_app_no_longer_shows_and_older_ones_than_the_last_are_refused(
    login: Login, clock: ModuleType
) -> None:
    secret = set_up_app(login)
    before, code, following = (code_now(secret, later=later) for later in (-1, 0, 1))

    assert check_second_factor(login.user_id, following), "the app's clock may be ahead"
    assert not check_second_factor(login.user_id, code)
    assert not check_second_factor(login.user_id, before)
    late = code_now(secret, later=2)
    clock.move((totp.DRIFT + 4) * totp.STEP_S)
    assert not check_second_factor(login.user_id, late)


def test_an_app_that_is_not_confirmed_lets_nobody_in(login: Login) -> None:
    begin_app(login.user_id)

    assert not check_second_factor(login.user_id, "123456")
    assert not use_app_code(login.user_id, "123456", confirmed=True)


@pytest.mark.usefixtures("mail_on")
def test_a_recovery_code_is_good_once_and_its_person_hears_of_it(login: Login) -> None:
    codes = renew_codes(login.user_id, is_required=False)

    right = check_second_factor(login.user_id, codes[3].upper().replace("-", " "))
    again = check_second_factor(login.user_id, codes[3])

    assert (right, again) == (True, False)
    assert told(login.email) == ["code_used"]
    with db.system_reading():
        assert queries.codes_left(login.user_id) == len(codes) - 1


@pytest.mark.usefixtures("mail_on")
def test_of_many_who_use_a_recovery_code_at_once_one_gets_in(login: Login) -> None:
    code = renew_codes(login.user_id, is_required=False)[0]

    with ThreadPoolExecutor(4) as pool:
        right = list(pool.map(lambda _: check_second_factor(login.user_id, code), range(4)))

    assert sorted(right) == [False, False, False, True]
    assert told(login.email) == ["code_used"]


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "١٢٣٤٥٦", "3-k7m2p", "x-k7m2p-9xq4t", "9-00000-00000"])
def test_what_is_no_code_is_refused(login: Login, typed: str) -> None:
    set_up_app(login)
    renew_codes(login.user_id, is_required=False)

    assert not check_second_factor(login.user_id, typed)
    with db.system_reading():
        assert queries.codes_left(login.user_id) == 10
