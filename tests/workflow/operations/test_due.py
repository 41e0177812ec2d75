from __future__ import annotations

import threading
import uuid

import pytest

from app.core.ids import new_id
from app.workflow.steps.operations import due
from app.workflow.steps.operations.due import Busy, DueItem


class Pile:
    """Rows that are due until they were done; `broken` ones never are."""

    def __init__(self, broken: int | None = None) -> None:
        self.items: list[DueItem] = [(new_id(), new_id()) for _ in range(5)]
        self.done: list[DueItem] = []
        self.broken = self.items[broken] if broken is not None else None

    def find(self) -> list[DueItem]:
        return [item for item in self.items if item not in self.done][:2]

    def work(self, business_id: uuid.UUID, row_id: uuid.UUID) -> bool:
        if (business_id, row_id) == self.broken:
            raise RuntimeError("no")
        self.done.append((business_id, row_id))
        return True


def test_batches_follow_one_another_until_nothing_is_due() -> None:
    pile = Pile()

    assert due.process(pile.find, pile.work) == 5
    assert pile.done == pile.items


def test_an_item_that_fails_does_not_hold_up_the_others_and_is_tried_once() -> None:
    pile = Pile(broken=0)

    assert due.process(pile.find, pile.work) == 4
    assert pile.done == pile.items[1:]


def test_when_the_time_is_over_the_rest_is_left_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    pile = Pile()
    monkeypatch.setattr(due, "BUDGET_S", -1.0)

    assert due.process(pile.find, pile.work) == 0
    assert pile.done == []


class Street:
    """Two companies: the first hangs until it is released, the second answers; later it gets one more call."""

    def __init__(self) -> None:
        self.hangs, self.answers = new_id(), new_id()
        self.due = [(self.hangs, (new_id(), new_id())) for _ in range(3)] + [(self.answers, (new_id(), new_id()))]
        self.more = (self.answers, (new_id(), new_id()))
        self.calls: list[uuid.UUID] = []
        self.held = threading.Event()

    def find(self, busy: Busy) -> list[tuple[uuid.UUID, DueItem]]:
        return [each for each in self.due if each[0] not in busy.partitions]

    def work(self, business_id: uuid.UUID, row_id: uuid.UUID) -> bool:
        [each] = [each for each in self.due if each[1] == (business_id, row_id)]
        partition = each[0]
        if partition == self.hangs:
            assert self.held.wait(60)
        self.due.remove(each)
        self.calls.append(partition)
        if each == self.more:
            self.held.set()  # all calls of the second were made while the first hung
        elif partition == self.answers:
            self.due.append(self.more)
        return True


def test_a_partition_that_hangs_holds_up_itself_alone() -> None:
    street = Street()

    done = due.process_by_partition(street.find, street.work)

    assert (done, street.due) == (5, [])
    assert street.calls == [street.answers] * 2 + [street.hangs] * 3


def test_an_item_that_stays_due_is_taken_up_once() -> None:
    items = [(new_id(), (new_id(), new_id())), (new_id(), (new_id(), new_id()))]
    worked: list[DueItem] = []

    def work(*item: uuid.UUID) -> bool:
        worked.append((item[0], item[1]))
        raise RuntimeError("no")

    assert due.process_by_partition(lambda busy: [each for each in items if each[0] not in busy.partitions], work) == 0
    assert sorted(worked) == sorted(item for _, item in items)


def test_a_business_with_many_hanging_accounts_leaves_partitions_to_others() -> None:
    greedy, other = new_id(), new_id()
    items = [(new_id(), (greedy, new_id())) for _ in range(3 * due.MAX_PARTITIONS)] + [(new_id(), (other, new_id()))]
    held, found_full = threading.Event(), []

    def find(busy: Busy) -> list[tuple[uuid.UUID, DueItem]]:
        found_full.append(set(busy.full))
        return [each for each in items if each[0] not in busy.partitions and each[1][0] not in busy.full]

    def work(business_id: uuid.UUID, row_id: uuid.UUID) -> bool:
        [each] = [each for each in items if each[1] == (business_id, row_id)]
        if business_id == other:
            held.set()  # its turn came while all partitions of the first one hung
        assert held.wait(60)
        items.remove(each)
        return True

    assert due.process_by_partition(find, work) == 3 * due.MAX_PARTITIONS + 1
    assert set().union(*found_full) <= {greedy}
