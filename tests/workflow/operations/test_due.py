from __future__ import annotations

import threading
import uuid

import pytest

from app.core.ids import new_id
from app.workflow.steps.operations import due
from app.workflow.steps.operations.due import Busy, Piece


class Pile:
    """Rows that are due until they were done; `broken` ones never are."""

    def __init__(self, broken: int | None = None) -> None:
        self.pieces: list[Piece] = [(new_id(), new_id()) for _ in range(5)]
        self.done: list[Piece] = []
        self.broken = self.pieces[broken] if broken is not None else None

    def find(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece not in self.done][:2]

    def work(self, business_id: uuid.UUID, row_id: uuid.UUID) -> bool:
        if (business_id, row_id) == self.broken:
            raise RuntimeError("no")
        self.done.append((business_id, row_id))
        return True


def test_batches_follow_one_another_until_nothing_is_due() -> None:
    pile = Pile()

    assert due.work_off(pile.find, pile.work) == 5
    assert pile.done == pile.pieces


def test_a_piece_that_fails_does_not_hold_up_the_others_and_is_tried_once() -> None:
    pile = Pile(broken=0)

    assert due.work_off(pile.find, pile.work) == 4
    assert pile.done == pile.pieces[1:]


def test_when_the_time_is_over_the_rest_is_left_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    pile = Pile()
    monkeypatch.setattr(due, "BUDGET_S", -1.0)

    assert due.work_off(pile.find, pile.work) == 0
    assert pile.done == []


class Street:
    """Two companies: the first hangs until it is released, the second answers; later it is asked something more."""

    def __init__(self) -> None:
        self.hangs, self.answers = new_id(), new_id()
        self.due = [(self.hangs, (new_id(), new_id())) for _ in range(3)] + [(self.answers, (new_id(), new_id()))]
        self.more = (self.answers, (new_id(), new_id()))
        self.asked: list[uuid.UUID] = []
        self.held = threading.Event()

    def find(self, busy: Busy) -> list[tuple[uuid.UUID, Piece]]:
        return [each for each in self.due if each[0] not in busy.lanes]

    def work(self, business_id: uuid.UUID, row_id: uuid.UUID) -> bool:
        [each] = [each for each in self.due if each[1] == (business_id, row_id)]
        lane = each[0]
        if lane == self.hangs:
            assert self.held.wait(60)
        self.due.remove(each)
        self.asked.append(lane)
        if each == self.more:
            self.held.set()  # all of the second one's was asked while the first one hung
        elif lane == self.answers:
            self.due.append(self.more)
        return True


def test_a_lane_that_hangs_holds_up_itself_alone() -> None:
    street = Street()

    done = due.work_off_in_lanes(street.find, street.work)

    assert (done, street.due) == (5, [])
    assert street.asked == [street.answers] * 2 + [street.hangs] * 3


def test_a_piece_that_stays_due_is_taken_up_once() -> None:
    pieces = [(new_id(), (new_id(), new_id())), (new_id(), (new_id(), new_id()))]
    worked: list[Piece] = []

    def work(*piece: uuid.UUID) -> bool:
        worked.append((piece[0], piece[1]))
        raise RuntimeError("no")

    assert due.work_off_in_lanes(lambda busy: [each for each in pieces if each[0] not in busy.lanes], work) == 0
    assert sorted(worked) == sorted(piece for _, piece in pieces)


def test_a_business_with_many_hanging_accounts_leaves_lanes_to_others() -> None:
    greedy, other = new_id(), new_id()
    pieces = [(new_id(), (greedy, new_id())) for _ in range(3 * due.LANES)] + [(new_id(), (other, new_id()))]
    held, found_full = threading.Event(), []

    def find(busy: Busy) -> list[tuple[uuid.UUID, Piece]]:
        found_full.append(set(busy.full))
        return [each for each in pieces if each[0] not in busy.lanes and each[1][0] not in busy.full]

    def work(business_id: uuid.UUID, row_id: uuid.UUID) -> bool:
        [each] = [each for each in pieces if each[1] == (business_id, row_id)]
        if business_id == other:
            held.set()  # its turn came while all lanes of the first one hung
        assert held.wait(60)
        pieces.remove(each)
        return True

    assert due.work_off_in_lanes(find, work) == 3 * due.LANES + 1
    assert set().union(*found_full) <= {greedy}
