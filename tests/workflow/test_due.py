from __future__ import annotations

import uuid

import pytest

from app.core.ids import new_id
from app.workflow import due
from app.workflow.due import Piece


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
