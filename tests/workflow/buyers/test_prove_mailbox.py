"""A mailbox is proven by a code that was sent there; guests' purchases come with it, and nothing is told to others."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import db, mail
from app.core.errors import Conflict, Invalid, NotFound, TooMany
from app.core.ids import new_id, show
from app.domain.buyers.models import Buyer, MailboxCode
from app.domain.notifications.mails.models import Mail
from app.domain.orders import types
from app.domain.orders.errors import SessionClosed
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.types import OrderItem, SessionTerms
from app.read.fulfilment.owned import owned
from app.read.wallets.wallets import wallets_of
from app.workflow.buyers import prove_mailbox
from app.workflow.buyers.create_buyer import BuyerCommand, create_buyer
from app.workflow.buyers.register_buyers import register
from app.workflow.buyers.set_contact import ContactCommand, set_contact
from app.workflow.checkout.link_buyer import make_link, read_link
from app.workflow.checkout.open_checkout import open_checkout
from app.workflow.notifications.render_mail import render_mail
from app.workflow.orders.place_order import place_order
from tests.factories.shop import Shop

ADA = "ada@example.com"


class Never:
    """Counts nothing: limits have tests of their own."""

    def hit(self, *_: Any) -> int:
        return 0


NEVER: Any = Never()


class Counting:
    """Counts as the real one does, in this process alone."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}

    def hit(self, limit: Any, subject: str) -> int:
        key = (limit.scope, subject)
        self.counts[key] = self.counts.get(key, 0) + 1
        return 60 if self.counts[key] > limit.times else 0


@pytest.fixture(autouse=True)
def mailing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(mail, "is_on", lambda: True)
    return iter(())


def test_a_new_mailbox_makes_a_buyer_and_the_session_theirs(shop: Shop) -> None:
    session_id = _session(shop)

    proven = _prove(shop, session_id)

    session = shop.one(select(CheckoutSession.__table__).where(CheckoutSession.id == session_id))
    buyer = shop.one(select(Buyer.__table__).where(Buyer.id == proven.buyer_id))
    assert (session.buyer_reference, session.buyer_email, session.buyer_signed_in) == (proven.reference, ADA, True)
    assert (buyer.source, buyer.email, buyer.reference) == ("mailbox", ADA, show("byr", buyer.id))


def test_a_known_mailbox_is_found_again_with_wallet_and_goods(shop: Shop) -> None:
    shop.keep_wallets()
    known = BuyerCommand(reference="ada", email=ADA, email_verified=True)
    create_buyer(shop.business_id, known, actor="test")
    shop.paid_order(buyer="ada")
    shop.fund("ada", 700)

    proven = _prove(shop, _session(shop))

    assert proven.reference == "ada"
    assert len(owned(shop.business_id, proven.reference).items) == 1
    assert [each.total_minor for each in wallets_of(shop.business_id, buyer=proven.reference)] == [700]


@pytest.mark.parametrize("is_registered", [True, False])
def test_what_guests_bought_with_the_address_is_the_buyers(shop: Shop, is_registered: bool) -> None:
    order_id = _paid_by_guest(shop, "guest_one", ADA)
    other_id = _paid_by_guest(shop, "guest_two", "grace@example.com")
    old_link = make_link(shop.business_id, "guest_one").url.rpartition("/")[2]
    if is_registered:
        register(shop.business_id)

    proven = _prove(shop, _session(shop))

    assert shop.order(order_id).buyer_reference == proven.reference
    assert shop.order(other_id).buyer_reference == "guest_two"
    assert len(owned(shop.business_id, proven.reference).items) == 1
    # Whoever typed the address before has proven nothing: their link does not show what its owner has by now.
    if is_registered:
        with pytest.raises(NotFound):
            read_link(old_link)
    else:
        assert owned(shop.business_id, read_link(old_link)[1]).items == ()


def test_the_browser_of_a_guest_is_not_let_in(shop: Shop) -> None:
    stranger = _session(shop)
    _say(shop, stranger, email=ADA)
    _paid_by_guest(shop, f"guest_{show('ses', stranger)}", ADA)

    _prove(shop, _session(shop))

    session = shop.one(select(CheckoutSession.__table__).where(CheckoutSession.id == stranger))
    assert (session.buyer_reference, session.buyer_signed_in) == (f"guest_{show('ses', stranger)}", False)


def test_a_wrong_code_counts_and_five_are_enough(shop: Shop) -> None:
    code_id = _request(shop, _session(shop))
    right = _code(shop, code_id)
    wrong = "000000" if right != "000000" else "111111"

    for _ in range(prove_mailbox.MAX_TRIES):
        with pytest.raises(Invalid):
            _take(shop, code_id, wrong)

    with pytest.raises(Invalid) as refused:
        _take(shop, code_id, right)
    assert refused.value.code == "code_invalid"


def test_a_code_counts_once(shop: Shop) -> None:
    code_id = _request(shop, _session(shop))
    _take(shop, code_id, _code(shop, code_id))

    with pytest.raises(Invalid):
        _take(shop, code_id, _code(shop, code_id))


def test_a_code_that_is_over_does_not_count(shop: Shop) -> None:
    code_id = _request(shop, _session(shop))
    with db.phase("test.over", shop.business_id):
        db.run(update(MailboxCode).values(expires_at=MailboxCode.created_at))

    with pytest.raises(Invalid):
        _take(shop, code_id, _code(shop, code_id))


def test_no_code_and_a_strange_one_answer_alike(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    code_id = _request(shop, _session(shop))
    texts = set()
    for business_id, asked, typed in (
        (shop.business_id, code_id, "12"),
        (shop.business_id, new_id(), "123456"),
        (new_shop().business_id, code_id, _code(shop, code_id)),
    ):
        with pytest.raises(Invalid) as refused:
            prove_mailbox.prove(business_id, asked, typed, counter=NEVER, address=None)
        texts.add((refused.value.code, refused.value.message))

    assert len(texts) == 1


def test_a_mailbox_and_a_network_are_sent_few(shop: Shop) -> None:
    counter = Counting()
    for _ in range(3):
        _request(shop, None, counter=counter)
    with pytest.raises(TooMany):
        _request(shop, None, counter=counter)
    for number in range(6):
        _request(shop, None, email=f"b{number}@example.com", counter=counter)

    with pytest.raises(TooMany):
        _request(shop, None, email="last@example.com", counter=counter)


def test_a_mailbox_is_sent_few_by_the_record_too(shop: Shop) -> None:
    for _ in range(prove_mailbox.MAX_AN_HOUR):
        _request(shop, None)

    with pytest.raises(TooMany):
        _request(shop, None)


def test_of_two_that_type_the_code_at_once_one_proves(shop: Shop) -> None:
    code_id = _request(shop, None)
    code = _code(shop, code_id)

    def take(_number: int) -> bool:
        try:
            _take(shop, code_id, code)
        except (Invalid, Conflict):
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, range(4))) == 1
    assert len(shop.many(select(Buyer.id))) == 1


def test_what_is_ordered_is_nobody_elses_any_more(shop: Shop) -> None:
    session_id = _session(shop)
    code_id = _request(shop, session_id)
    with db.phase("test.ordered", shop.business_id):
        db.write(db.change(CheckoutSession, session_id, order_id=new_id()), expect=1)

    with pytest.raises(SessionClosed):
        _take(shop, code_id, _code(shop, code_id))


def test_the_mail_has_the_code_and_the_table_has_not(shop: Shop) -> None:
    code_id = _request(shop, None)

    row = shop.one(select(Mail.__table__).where(Mail.source_id == code_id))
    kept = shop.one(select(MailboxCode.__table__).where(MailboxCode.id == code_id))
    assert (row.kind, row.order_id, row.recipient, row.details) == ("code", None, ADA, {})
    assert _code(shop, code_id) not in kept.ciphertext
    assert re.fullmatch("[0-9]{6}", _code(shop, code_id))


def _session(shop: Shop) -> uuid.UUID:
    own_id = new_id()
    return open_checkout(
        shop.business_id,
        items=[OrderItem(shop.sku_id, 1)],
        buyer=types.Buyer(reference=f"guest_{show('ses', own_id)}"),
        terms=SessionTerms(collect_email="optional"),
        session_id=own_id,
    ).session_id


def _say(shop: Shop, session_id: uuid.UUID, **values: str) -> None:
    command = ContactCommand(values=values)
    set_contact(shop.business_id, session_id, command, locale="en", counter=NEVER, address=None)


def _request(shop: Shop, session_id: uuid.UUID | None, *, email: str = ADA, counter: Any = None) -> uuid.UUID:
    return prove_mailbox.request_code(
        shop.business_id, email, locale="en", counter=counter or Never(), address="203.0.113.9", session_id=session_id
    )


def _code(shop: Shop, code_id: uuid.UUID) -> str:
    """As the mail says it."""
    row = shop.one(select(Mail.__table__).where(Mail.source_id == code_id))
    message = render_mail(shop.business_id, row)
    found = re.search(r"\b[0-9]{6}\b", str(message["Subject"]))
    assert found is not None
    return found[0]


def _take(shop: Shop, code_id: uuid.UUID, code: str) -> prove_mailbox.Proven:
    return prove_mailbox.prove(shop.business_id, code_id, code, counter=NEVER, address=None)


def _prove(shop: Shop, session_id: uuid.UUID) -> prove_mailbox.Proven:
    code_id = _request(shop, session_id)
    return _take(shop, code_id, _code(shop, code_id))


def _paid_by_guest(shop: Shop, reference: str, email: str) -> uuid.UUID:
    order_id = shop.paid_order(buyer=reference)
    with db.phase("test.email", shop.business_id):
        db.write(db.change(Order, order_id, buyer_email=email), expect=1)
    assert place_order
    return order_id
