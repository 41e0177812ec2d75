from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.core import db
from app.core.db.lease import LEASE_S
from app.core.db.models import IdempotencyKey
from app.core.db.precondition import Superseded
from app.core.errors import BadRequest, Conflict, Invalid
from app.core.web import idempotency
from app.workflow.operations import prune
from ops import child
from tests.factories.business import make_business

BODY = {"amount_minor": 5, "reason": "asked"}


@pytest.fixture
def business(app: Flask) -> uuid.UUID:
    """A business of this test's own."""
    assert app
    return make_business()


def _claim(
    business_id: uuid.UUID, *, key: str | None = "k-1", body: Any = BODY, route: str = "POST /v1/refunds"
) -> idempotency.Claim:
    return idempotency.claim(business_id, route=route, key=key, body=body)


def test_the_first_request_works_and_the_next_has_its_answer(business: uuid.UUID) -> None:
    first = _claim(business)
    idempotency.answer(business, first, http_status=201, body={"id": "txn_1"})

    again = _claim(business, body=dict(reversed(BODY.items())))

    assert (first.http_status, first.answer) == (None, None)
    assert (again.id, again.http_status, again.answer) == (first.id, 201, {"id": "txn_1"})


def test_a_recorded_answer_stays(business: uuid.UUID) -> None:
    first = _claim(business)
    idempotency.answer(business, first, http_status=201, body={"id": "txn_1"})

    with pytest.raises(Superseded):
        idempotency.answer(business, first, http_status=500, body={})

    assert _claim(business).answer == {"id": "txn_1"}


@pytest.mark.parametrize("key", [None, "", "x" * 256, "tab\there", "nul\x00", "line\n"])
def test_a_missing_or_unusable_key_is_a_bad_request(business: uuid.UUID, key: str | None) -> None:
    with pytest.raises(BadRequest):
        _claim(business, key=key)


@pytest.mark.parametrize("answered", [True, False])
def test_the_same_key_with_another_body_is_refused(business: uuid.UUID, answered: bool) -> None:
    first = _claim(business)
    if answered:
        idempotency.answer(business, first, http_status=201, body={})

    with pytest.raises(Invalid) as refused:
        _claim(business, body={**BODY, "amount_minor": 6})

    assert refused.value.code == "idempotency_key_reused"


def test_a_second_request_while_the_first_runs_is_told_to_wait(business: uuid.UUID) -> None:
    _claim(business)

    with pytest.raises(Conflict) as refused:
        _claim(business)

    assert refused.value.code == "idempotency_in_flight"


def test_a_request_that_died_is_taken_over_under_its_own_id(business: uuid.UUID) -> None:
    first = _claim(business)
    _wait_for_its_end(business)

    taken = _claim(business)

    assert taken.id == first.id
    with pytest.raises(Conflict):
        _claim(business)


def test_a_request_that_lives_keeps_its_claim(business: uuid.UUID) -> None:
    first = _claim(business)
    with idempotency.at_work(business, first):
        began = time.monotonic()
        assert child.wait_until(lambda: time.monotonic() - began > LEASE_S * 1.5, limit_s=9)

        with pytest.raises(Conflict):
            _claim(business)
    _wait_for_its_end(business)

    assert _claim(business).id == first.id


def test_whoever_was_taken_over_can_change_nothing_any_more(business: uuid.UUID) -> None:
    first = _claim(business)
    _wait_for_its_end(business)
    second = _claim(business)

    with idempotency.at_work(business, first):
        with pytest.raises(Superseded), db.phase("test.work", business):
            _ask_and_fail()
        with pytest.raises(Superseded), db.phase("test.nothing", business):
            pass
        for end in (idempotency.pause, idempotency.release):
            with pytest.raises(Superseded):
                end(business, first)
    with pytest.raises(Superseded):
        idempotency.answer(business, first, http_status=500, body={})
    idempotency.pause(business, first)
    idempotency.release(business, first)

    with idempotency.at_work(business, second):
        idempotency.answer(business, second, http_status=201, body={"id": "txn_1"})
    assert _claim(business).answer == {"id": "txn_1"}


def _ask_and_fail() -> None:
    db.scalar(text("SELECT 1"))
    raise AssertionError("this phase must not begin")


def test_nobody_takes_over_while_a_phase_is_open(business: uuid.UUID) -> None:
    first = _claim(business)
    _wait_for_its_end(business)
    with idempotency.at_work(business, first), db.phase("test.work", business), ThreadPoolExecutor(1) as pool:
        db.scalar(text("SELECT 1"))
        refused = pool.submit(_claim, business).exception()

    assert isinstance(refused, Conflict)


def test_a_pause_lets_the_next_go_on_at_once(business: uuid.UUID) -> None:
    first = _claim(business)

    idempotency.pause(business, first)

    assert _claim(business).id == first.id


def test_a_key_is_free_again_when_nothing_was_begun_but_not_once_it_was_answered(business: uuid.UUID) -> None:
    first = _claim(business)
    idempotency.release(business, first)
    second = _claim(business, body={"amount_minor": 6})
    assert second.id != first.id

    idempotency.answer(business, second, http_status=201, body={"id": "txn_2"})
    idempotency.release(business, second)

    assert _claim(business, body={"amount_minor": 6}).answer == {"id": "txn_2"}


def test_keys_of_other_businesses_and_other_routes_are_other_keys(business: uuid.UUID) -> None:
    ids = {
        _claim(business).id,
        _claim(business, route="POST /v1/orders").id,
        _claim(make_business()).id,
    }

    assert len(ids) == 3


def test_of_many_at_once_one_works(business: uuid.UUID) -> None:
    def take(_: int) -> bool:
        try:
            return _claim(business).http_status is None
        except Conflict:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1


def test_answers_are_kept_for_a_day_and_forgotten_after_two(business: uuid.UUID, clock: Any) -> None:
    first = _claim(business)
    idempotency.answer(business, first, http_status=201, body={})
    clock.move(86_400)
    prune.prune_keys()
    assert _claim(business).id == first.id
    clock.move(86_401)

    prune.prune_keys()

    assert _claim(business).id != first.id


def _wait_for_its_end(business_id: uuid.UUID) -> None:
    held = select(func.count()).where(
        IdempotencyKey.business_id == business_id, IdempotencyKey.claimed_until > func.clock_timestamp()
    )

    def is_over() -> bool:
        with db.reading(business_id):
            return not db.scalar(held)

    assert child.wait_until(is_over, limit_s=10, pause_s=0.05)
