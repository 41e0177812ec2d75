from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from app.core import clock
from app.core.errors import NotFound
from app.core.ids import derive, made_at, moved, named, new_id, parse, show, try_parse


@pytest.mark.parametrize("value", [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid.UUID(int=31)])
def test_a_shown_id_reads_back(value: uuid.UUID) -> None:
    assert parse("ord", show("ord", value)) == value
    assert try_parse(show("ord", value)) == value


def test_new_ids_are_of_version_seven_and_unique() -> None:
    made = [new_id() for _ in range(1000)]

    assert {value.version for value in made} == {7}
    assert {value.variant for value in made} == {uuid.RFC_4122}
    assert len(set(made)) == 1000


def test_ids_grow_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([1_700_000_000_000_000_000, 1_700_000_000_000_500_000, 1_700_000_000_001_000_000])
    monkeypatch.setattr("app.core.clock.real_ns", lambda: next(moments))

    made = [new_id() for _ in range(3)]

    assert made == sorted(made)
    assert [show("x", value) for value in made] == sorted(show("x", value) for value in made)


_GOOD = show("ord", uuid.UUID(int=7))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "_",
        "ord_",
        _GOOD[4:],
        _GOOD.replace("ord", "att"),
        _GOOD.upper(),
        _GOOD[:-1],
        _GOOD + "0",
        _GOOD + "\n",
        _GOOD[:-1] + "u",
        _GOOD[:-1] + "７",  # a full-width digit
        "ord_" + "z" * 26,  # beyond 128 bits
        "ord_ord_" + _GOOD[4:],
        str(uuid.UUID(int=7)),
        "ord_" + "\x00" * 26,
    ],
)
def test_what_is_no_id_of_ours_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        parse("ord", text)


def test_a_derived_id_is_the_same_every_time_and_as_old_as_its_source() -> None:
    source, other = new_id(), new_id()

    made = [derive(source, "first"), derive(source, "first"), derive(source, "second"), derive(other, "first")]

    assert {value.version for value in made} == {7}
    assert {value.variant for value in made} == {uuid.RFC_4122}
    assert (made[0] == made[1], len(set(made))) == (True, 3)
    assert [made_at(value) for value in made[:3]] == [made_at(source)] * 3


def test_an_id_tells_when_it_was_made_or_that_it_does_not() -> None:
    before_s = clock.real_s()
    made = made_at(new_id())

    assert made is not None
    assert before_s - 0.001 <= made.timestamp() <= clock.real_s() + 0.1  # by the same clock, in whole milliseconds
    assert made_at(derive(uuid.uuid4(), "without a time")) == datetime.fromtimestamp(0, UTC)
    assert [made_at(each) for each in (uuid.uuid4(), named(new_id(), "x"), uuid.UUID(int=0))] == [None] * 3
    assert made_at(uuid.UUID(int=((1 << 48) - 1) << 80 | 0x7 << 76 | 0x2 << 62)) is None


def test_moved_ids_are_other_ids_of_another_time_in_the_same_order() -> None:
    first, second = new_id(), new_id()

    earlier = [moved(each, -86_400_000) for each in (first, second)]

    made, was = made_at(earlier[0]), made_at(first)
    assert made is not None
    assert was is not None
    assert (was - made).total_seconds() == 86_400
    assert (earlier == sorted(earlier), moved(first, 0) != first) == (True, True)
    assert {each.variant for each in earlier} == {uuid.RFC_4122}


def test_an_id_without_a_time_becomes_one_of_now() -> None:
    before = new_id()

    assert moved(named(before, "x"), -86_400_000) > before
