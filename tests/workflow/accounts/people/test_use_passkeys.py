"""What a passkey's answer has to be: for this site, for this challenge, once, by somebody the device knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import pytest

from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.accounts.people import rules
from app.read.accounts.second_factors import factors_of
from app.workflow.accounts.people import use_passkeys
from tests.factories.passkeys import PRESENT, VERIFIED, Device
from tests.factories.people import Login, make_user
from tests.factories.shop import Shop

HERE = new_id()  # the session in which it is done


@pytest.fixture
def login(shop: Shop) -> Login:
    return make_user(shop.business_id)


@pytest.fixture
def device(login: Login) -> Device:
    """A device with a passkey of the person's."""
    made = Device()
    use_passkeys.register(login.user_id, made.create(challenge_of(login)), name="Mine", session_id=HERE)
    return made


def challenge_of(login: Login) -> str:
    return use_passkeys.begin_registration(login.user_id, email=login.email, name="Pat")


def test_a_passkey_signs_its_person_in_and_each_answer_once(login: Login, device: Device) -> None:
    answer = device.get(use_passkeys.begin_authentication())

    assert use_passkeys.sign_in(answer) == login.user_id
    assert factors_of(login.user_id).passkeys[0].last_used_at is not None
    with pytest.raises(Invalid):
        use_passkeys.sign_in(answer)
    assert use_passkeys.sign_in(device.get(use_passkeys.begin_authentication(login.user_id))) == login.user_id


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda device: replace(device, origin="https://evil.example"),
        lambda device: replace(device, flags=PRESENT),
        lambda device: replace(device, flags=VERIFIED),
        lambda device: replace(device, key=Device().key),
        lambda device: replace(device, credential_id=b"unknown"),
    ],
    ids=["another site", "nobody known", "nobody there", "another key", "unknown"],
)
def test_what_is_not_as_it_should_be_is_refused(device: Device, spoilt: Callable[[Device], Device]) -> None:
    with pytest.raises(Invalid):
        use_passkeys.sign_in(spoilt(device).get(use_passkeys.begin_authentication()))


def test_a_challenge_is_for_one_purpose_one_person_and_an_hour(login: Login, device: Device, clock: ModuleType) -> None:
    other, fresh = new_id(), Device()
    with pytest.raises(Invalid):
        use_passkeys.register(other, fresh.create(challenge_of(login)), name="x", session_id=HERE)
    request = challenge_of(login).replace('"rp": {"id": "localhost"', '"rpId": "localhost", "rp": {"id": "localhost"')
    with pytest.raises(Invalid):
        use_passkeys.sign_in(device.get(request))
    with pytest.raises(Invalid):
        use_passkeys.sign_in(device.get(use_passkeys.begin_authentication()), user_id=other)
    late = device.get(use_passkeys.begin_authentication())
    clock.move(rules.CHALLENGE_LASTS.total_seconds() + 1)
    with pytest.raises(Invalid, match="has expired"):
        use_passkeys.sign_in(late)


def test_a_copy_that_counts_behind_is_refused(device: Device) -> None:
    copy = replace(device)
    for _ in range(2):
        use_passkeys.sign_in(device.get(use_passkeys.begin_authentication()))

    with pytest.raises(Invalid):
        use_passkeys.sign_in(copy.get(use_passkeys.begin_authentication()))


@pytest.mark.parametrize("answer", ["", "{}", "[]", '"x"', '{"response": {"clientDataJSON": "e30"}}', "null"])
def test_nonsense_is_refused(answer: str) -> None:
    with pytest.raises(Invalid):
        use_passkeys.sign_in(answer)


def test_a_passkey_belongs_to_one_person_who_alone_removes_it(login: Login, device: Device, shop: Shop) -> None:
    somebody = make_user(shop.business_id, "viewer")
    answer = device.create(challenge_of(somebody))
    with pytest.raises(Conflict):
        use_passkeys.register(somebody.user_id, answer, name="x", session_id=HERE)
    [passkey] = factors_of(login.user_id).passkeys
    with pytest.raises(NotFound):
        use_passkeys.remove(somebody.user_id, passkey.id, session_id=HERE)

    use_passkeys.remove(login.user_id, passkey.id, session_id=HERE)

    assert not factors_of(login.user_id).any
    with pytest.raises(Invalid):
        use_passkeys.sign_in(device.get(use_passkeys.begin_authentication()))
