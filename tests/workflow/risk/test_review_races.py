"""Two who decide the same review at once, and a buyer who pays meanwhile: one wins, and the laws hold."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from app.core.errors import AppError
from app.workflow.risk import manage_reviews
from tests.factories.risk import REVIEW_ALL, held, make_rule_set, reviews
from tests.factories.shop import Shop


def _outcome(work: Callable[[], object]) -> str:
    try:
        work()
    except AppError as error:
        return error.code
    return "done"


def test_of_two_who_decide_at_once_one_wins(shop: Shop) -> None:
    make_rule_set(shop, REVIEW_ALL, to="on")
    for _ in range(5):
        order_id = held(shop, rules=False)
        review_id = reviews(shop)[-1].id
        mine = shop.business_id, review_id
        works: list[Callable[[], object]] = [
            partial(manage_reviews.release, *mine, reason="Looked at it", actor="usr_ann"),
            partial(manage_reviews.refuse, *mine, reason="Looked at it", actor="usr_bob"),
            partial(shop.pay, order_id),
        ]
        with ThreadPoolExecutor(3) as pool:
            released, refused, paid = pool.map(_outcome, works)

        assert sorted((released, refused)) in (["done", "review_over"], ["done", "payment_in_progress"])
        assert paid in ("done", "risk_review", "risk_blocked")
        assert reviews(shop)[-1].status == ("released" if released == "done" else "refused")
    shop.audit()
